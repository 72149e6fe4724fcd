"""Whole passes at each provider: unhappy mail is seen to be marked, drafted once, and never missed."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest

from assistant.errors import ConnectionLost, LoginRefused
from tests.contract import test_mailbox
from tests.contract.not_yet import NOT_YET
from tests.letters import letter
from tests.providers.labels import LabelUser
from tests.providers.profile import Keywords
from tests.providers.profiles import PROVIDERS
from tests.providers.stand import ProviderAccount, ProviderStand
from tests.workbench import LONG_AGO, Bench, desk


def bench(account: ProviderAccount, folder: Path) -> Bench:
    """A mailbox that has been looked at once: whatever comes now is new."""
    found = Bench(account, folder / "state.sqlite3", desk=desk(account.inbox))
    assert found.run().first_start
    return found


def shown(account: ProviderAccount) -> bool:
    """Whether the first message of the inbox is seen to be marked, in a mail program of its user.

    A star always is. A keyword is where it stays and is promised to; at Gmail, a label is and no
    keyword (research/imap.md section 6).
    """
    profile = account.user.profile
    message = next(iter(account.folder("").messages.values()))
    if "\\Flagged" in message.flags:
        return True
    if isinstance(account.user, LabelUser):
        return any(
            "tone" in each.lower() for each in account.user.labels(message, account.folder(""))
        )
    stays = profile.keywords is Keywords.KEPT and "\\*" in profile.permanent
    return stays and any(each.startswith("tone-") for each in message.flags.names())


def test_an_unhappy_message_is_seen_to_be_marked(
    provider_stand: ProviderStand, tmp_path: Path
) -> None:
    """With everything as it is by default."""
    account = provider_stand.account()
    passes = bench(account, tmp_path)
    account.deliver(letter())
    passes.run()
    assert shown(account)


def test_one_draft_is_laid_however_often_it_looks(
    provider_stand: ProviderStand, tmp_path: Path
) -> None:
    """The draft lies in Drafts as \\Draft and \\Seen; the message stays unread."""
    account = provider_stand.account()
    passes = bench(account, tmp_path)
    account.deliver(letter())
    passes.run()
    passes.run()
    drafts = account.contents("Drafts")
    assert len(drafts) == 1
    assert drafts[0].flags - {"\\recent"} == {"\\draft", "\\seen"}
    assert "\\seen" not in account.contents()[0].flags


def test_nothing_is_made_twice_after_the_state_is_lost(
    provider_stand: ProviderStand, tmp_path: Path
) -> None:
    """Another machine, or a deleted state file: what lies in Drafts is looked for before anything."""
    account = provider_stand.account()
    passes = bench(account, tmp_path)
    account.deliver(letter())
    passes.run()
    (tmp_path / "other").mkdir()
    bench(account, tmp_path / "other").run(LONG_AGO)
    assert len(account.contents("Drafts")) == 1


@pytest.mark.parametrize("when", ["before", "after"])
def test_an_append_that_was_cut_is_made_once(
    provider_stand: ProviderStand, tmp_path: Path, when: str
) -> None:
    """The answer is lost; whether the draft has landed is found out, not guessed."""
    account = provider_stand.account()
    passes = bench(account, tmp_path)
    account.deliver(letter())
    faults = provider_stand.server.faults
    (faults.cut_before if when == "before" else faults.cut_after)("APPEND")
    with contextlib.suppress(ConnectionLost):
        passes.run()
    assert not faults.waiting
    passes.clock.advance(minutes=5)
    passes.run()
    assert len(account.contents("Drafts")) == 1


@pytest.mark.parametrize("provider_stand", ["exchange"], indirect=True)
def test_a_message_that_can_not_be_fetched_yet_is_not_missed(
    provider_stand: ProviderStand, tmp_path: Path
) -> None:
    """Exchange lists a new message before it can be fetched (MailKit#1615, #908)."""
    account = provider_stand.account()
    passes = bench(account, tmp_path)
    account.deliver(letter(number=1))
    account.deliver(letter(number=2, sender="Other <other@client.example>"))
    account.hide(1)
    report = passes.run()
    assert report.judged == 1
    assert report.waits  # it is looked for again soon
    for _ in range(5):
        assert passes.run().problems == {}
    account.hide(1, hidden=False)
    assert passes.run().judged == 1


@pytest.mark.parametrize("provider_stand", ["exchange-online"], indirect=True)
def test_a_server_that_takes_no_password_is_sent_none(provider_stand: ProviderStand) -> None:
    """It is refused all the same, and said so; but a password that can't help needn't leave."""
    account = provider_stand.account()
    with pytest.raises(LoginRefused):
        account.connect()
    assert not [line for line in provider_stand.server.lines if b"LOGIN " in line]


def test_every_row_names_a_provider_and_a_test() -> None:
    """Else it would excuse nothing, or the wrong thing, without a word."""
    for provider, test in NOT_YET:
        assert provider in PROVIDERS
        assert hasattr(test_mailbox, test) or test in globals()

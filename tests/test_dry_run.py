"""The dry run is the real run with the writer left out: the same answer, and nothing written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from assistant.service.dry import DryMailbox
from assistant.service.ports import Mailbox
from assistant.service.scan import Report, Request, Service
from assistant.store import Database, Store
from tests.letters import CALM, FURIOUS, Letter, letter
from tests.servers import Account, ImapAccount, Stand
from tests.transcript import commands
from tests.workbench import LONG_AGO, READER, Bench, Clock, Notes, desk, triage

MAIL = (
    letter(FURIOUS, number=1),
    letter(CALM, number=2, sender="Nia <nia@other.example>"),
    letter(FURIOUS, number=3, sender="Nia <nia@client.example>", subject="Re: The website",
           headers=(("In-Reply-To", "<m1@client.example>"), ("References", "<m1@client.example>"))),
    letter(FURIOUS, number=4, subject="Invoice"),
    letter(FURIOUS, number=5, sender="Otto <otto@third.example>", subject="Logo"),
    letter(FURIOUS, number=6, sender="Robin Hale <robin@studio.example>"),
    Letter(b"\r\nno header\r\n"),
)  # fmt: skip


def run(account: Account, store: Store, mailbox: Mailbox, request: Request) -> tuple[Report, Notes]:
    notes = Notes()
    service = Service(
        mailbox=mailbox, state=store, triage=triage(), reader=READER,
        desk=desk(account.inbox), clock=Clock(), watcher=notes,
    )  # fmt: skip
    return service.run(request), notes


def dry(account: Account, state: Path, request: Request = LONG_AGO) -> tuple[Report, Notes]:
    """What `--dry-run` does."""
    store = Store(Database.scratch(state))
    mailbox = account.connect()
    try:
        return run(account, store, DryMailbox(mailbox), request)
    finally:
        store.close()
        mailbox.close()  # type: ignore[attr-defined]


def real(account: Account, state: Path, request: Request = LONG_AGO) -> tuple[Report, Notes]:
    store = Store(Database.open(state))
    mailbox = account.connect()
    try:
        return run(account, store, mailbox, request)
    finally:
        store.close()
        mailbox.close()  # type: ignore[attr-defined]


def said(result: tuple[Report, Notes]) -> dict[str, Any]:
    report, notes = result
    return {"report": report, "verdicts": notes.verdicts, "done": notes.done, "over": notes.over}


def test_a_dry_run_says_what_the_real_run_does(stand: Stand, tmp_path: Path) -> None:
    """The same verdicts, drafts to the byte, effects and report; and again after the real run."""
    account = stand.account(*MAIL)
    state = tmp_path / "state.sqlite3"
    expected = dry(account, state)
    assert said(expected) == said(dry(account, state)), "a dry run changed what the next one says"
    done = real(account, state)
    assert said(expected) == said(done)
    assert (done[0].judged, done[0].flagged, done[0].drafted) == (6, 4, 2)
    assert said(dry(account, state)) == said(real(account, state))


def test_a_dry_run_takes_up_what_is_open_like_the_real_run(stand: Stand, tmp_path: Path) -> None:
    """Over what an earlier pass has left: new mail and a limit."""
    account = stand.account(MAIL[0])
    state = tmp_path / "state.sqlite3"
    real(account, state, Request())
    for each in MAIL[1:]:
        account.deliver(each)
    for _ in range(3):
        assert said(dry(account, state, Request(limit=2))) == said(
            real(account, state, Request(limit=2))
        )


def test_a_dry_run_writes_nothing(stand: Stand, tmp_path: Path) -> None:
    """No flag, no draft, no state; and no STORE or APPEND on the wire."""
    account = stand.account(*MAIL)
    bench = Bench(account, tmp_path / "state.sqlite3")
    before = bench.everything()
    streams = len(account.proxy.sent) if isinstance(account, ImapAccount) else 0
    report, notes = dry(account, bench.state)
    assert (report.drafted, [each.state for each in notes.done].count("done")) == (2, 6)
    assert bench.everything() == before
    assert not bench.state.exists()
    if isinstance(account, ImapAccount):
        assert account.proxy.wait_quiet()
        (sent,) = account.proxy.sent[streams:]
        verbs = {each.verb for each in commands(bytes(sent))}
        assert "UID FETCH" in verbs
        assert verbs.isdisjoint({"UID STORE", "APPEND", "STORE"})


def test_a_dry_run_without_drafts_says_what_the_real_run_would(
    stand: Stand, tmp_path: Path
) -> None:
    """Its problems are the real ones: a missing folder, an inbox that keeps no keywords."""
    account = stand.account(*MAIL, folders=("Sent",), keywords=False)
    state = tmp_path / "state.sqlite3"
    expected = dry(account, state)
    # Where a star can be set instead of a keyword, nothing is amiss with marking.
    assert len(expected[0].problems) == (2 if stand.name == "dovecot" else 1)
    assert said(expected) == said(real(account, state))


def test_pretended_writes_are_seen_by_later_reads(stand: Stand) -> None:
    """A keyword is read back, a draft is found: as after the real ones."""
    account = stand.account(letter())
    mailbox = account.connect()
    mailbox.open()
    pretended = DryMailbox(mailbox)
    (uid,) = pretended.uids_from(1)
    pretended.add_keyword(uid, "Tone-Angry")
    flags = pretended.flags(uid)
    assert flags is not None
    assert "tone-angry" in flags
    assert "tone-angry" not in (mailbox.flags(uid) or ())
    assert pretended.flags(uid + 9) is None
    pretended.append_draft(
        b"From: x\r\nMessage-ID: <h.1@x.example>\r\n\r\nMessage-ID: <h.2@x.example>\r\n"
    )
    assert pretended.find_draft("<h.1@x.example>") is not None
    assert pretended.find_draft("<h.2@x.example>") is None
    assert mailbox.find_draft("<h.1@x.example>") is None
    assert pretended.drafts_from(1) == {}

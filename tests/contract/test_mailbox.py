"""What the service may rely on, on every kind of server. The fake is held to it too."""

from __future__ import annotations

from datetime import timedelta

import pytest

from assistant.errors import MailboxError, RefusedByServer
from assistant.model import Place
from assistant.service.ports import Mailbox
from tests.contract.facts import Facts
from tests.letters import NOW, Letter, letter
from tests.servers import Stand

DRAFT_ID = "<h.0123456789abcdef@studio.example>"
DRAFT = (
    b"From: robin@studio.example\r\nTo: cleo@client.example\r\nSubject: Re: x\r\n"
    b"Message-ID: " + DRAFT_ID.encode() + b"\r\n\r\nHello.\r\n"
)


def test_a_new_mailbox_says_where_it_stands(stand: Stand, facts: Facts) -> None:
    """UIDVALIDITY, UIDNEXT and the flags it promises to keep are known on opening."""
    mailbox = stand.account(letter(number=1), letter(number=2)).connect()
    opened = mailbox.open()
    uids = mailbox.uids_from(1)
    assert opened.uidvalidity > 0
    assert opened.uidnext == uids[-1] + 1
    assert opened.messages == 2
    assert opened.keeps("tone-angry") is facts.promises_keywords
    assert opened.keeps("\\Flagged")
    assert not opened.read_only


def test_uids_start_at_the_one_asked_for(stand: Stand) -> None:
    """Beyond the last UID there is nothing, although servers answer n:* with the last message."""
    account = stand.account(letter(number=1), letter(number=2), letter(number=3))
    mailbox = account.connect()
    opened = mailbox.open()
    first, second, third = mailbox.uids_from(1)
    assert mailbox.uids_from(second) == [second, third]
    assert mailbox.uids_from(opened.uidnext) == []
    assert first < second < third


def test_uids_since_a_day_go_by_arrival(stand: Stand) -> None:
    """Older mail is found by the day on which it arrived."""
    account = stand.account(letter(number=1, age=timedelta(days=30)), letter(number=2))
    mailbox = account.connect()
    mailbox.open()
    old, new = mailbox.uids_from(1)
    assert mailbox.uids_since((NOW - timedelta(days=2)).date()) == [new]
    assert mailbox.uids_since((NOW - timedelta(days=40)).date()) == [old, new]


def test_fetching_brings_the_bytes_and_leaves_the_message_unread(stand: Stand) -> None:
    """BODY.PEEK: what the client wrote, byte for byte, and no \\Seen."""
    sent = letter(number=1)
    account = stand.account(sent)
    mailbox = account.connect()
    mailbox.open()
    (uid,) = mailbox.uids_from(1)
    (fetched,) = mailbox.fetch([uid, uid + 100])
    assert fetched.raw == sent.raw
    assert fetched.size == len(sent.raw)
    assert "\\seen" not in account.contents()[0].flags


def test_a_big_message_is_cut_at_256_kib(stand: Stand) -> None:
    """Memory stays bounded whatever the attachment."""
    account = stand.account(letter("x" * 70 + "\r\n" + ("y" * 76 + "\r\n") * 5_000))
    mailbox = account.connect()
    mailbox.open()
    (fetched,) = mailbox.fetch(mailbox.uids_from(1))
    assert len(fetched.raw) == 262_144
    assert fetched.size > 380_000


def test_a_keyword_is_read_back_if_it_was_kept(stand: Stand, facts: Facts) -> None:
    """What is set shows, once, however often it is set. A server that keeps no keywords refuses it
    or drops it in silence: then it doesn't show, and nothing else has changed."""
    account = stand.account(letter())
    mailbox = account.connect()
    mailbox.open()
    (uid,) = mailbox.uids_from(1)
    for _ in range(2):
        _try_keyword(mailbox, uid, facts)
    flags = mailbox.flags(uid)
    assert flags is not None
    assert ("tone-angry" in flags) is facts.keeps_keywords
    assert flags - {"\\recent"} <= {"tone-angry"}
    if not facts.labels:
        assert account.contents()[0].flags - {"\\recent"} == flags - {"\\recent"}


def test_a_star_is_kept_and_read_back(stand: Stand) -> None:
    """\\Flagged is what every server keeps; `mark = "flagged"` rests on it."""
    account = stand.account(letter())
    mailbox = account.connect()
    mailbox.open()
    (uid,) = mailbox.uids_from(1)
    mailbox.add_keyword(uid, "\\Flagged")
    assert "\\flagged" in (mailbox.flags(uid) or ())
    assert account.contents()[0].flags - {"\\recent"} == {"\\flagged"}


def test_a_message_that_is_gone_has_no_flags(stand: Stand, facts: Facts) -> None:
    """Expunged by another client: no error, just nothing."""
    account = stand.account(letter())
    mailbox = account.connect()
    mailbox.open()
    (uid,) = mailbox.uids_from(1)
    assert mailbox.flags(uid + 50) is None
    mailbox.add_keyword(uid + 50, facts.mark)
    assert list(mailbox.fetch([uid + 50])) == []


def test_the_flags_of_many_are_told_at_once(stand: Stand, facts: Facts) -> None:
    """Of each that is there, what `flags` says of it alone; what is gone is left out, and nothing is read."""
    account = stand.account(letter(number=1), letter(number=2), letter(number=3))
    mailbox = account.connect()
    mailbox.open()
    first, second, third = mailbox.uids_from(1)
    _try_keyword(mailbox, second, facts)
    mailbox.add_keyword(third, "\\Flagged")
    told = mailbox.flags_of([first, second, third, third + 50])
    assert sorted(told) == [first, second, third]
    assert told == {uid: mailbox.flags(uid) for uid in told}
    assert ("tone-angry" in told[second]) is facts.keeps_keywords
    assert "\\flagged" in told[third] - told[first]
    assert all("\\seen" not in each for each in told.values())
    assert mailbox.flags_of([third + 50]) == mailbox.flags_of([]) == {}


def test_a_draft_is_laid_found_and_counted(stand: Stand) -> None:
    """APPEND moves UIDNEXT, sets \\Draft and \\Seen, and the draft is found by its id."""
    account = stand.account(letter())
    mailbox = account.connect()
    mailbox.open()
    before = mailbox.drafts_status()
    assert mailbox.find_draft(DRAFT_ID) is None
    mailbox.append_draft(DRAFT)
    after = mailbox.drafts_status()
    (stored,) = account.contents("Drafts")
    assert mailbox.find_draft(DRAFT_ID) is Place.DRAFTS
    assert (after.name, after.uidvalidity) == (before.name, before.uidvalidity)
    assert after.uidnext == before.uidnext + 1
    assert mailbox.drafts_from(before.uidnext) == {stored.uid: DRAFT_ID}
    assert mailbox.drafts_from(after.uidnext) == {}
    assert stored.raw == DRAFT
    assert stored.flags - {"\\recent"} == {"\\draft", "\\seen"}


def test_a_draft_that_the_user_sent_or_threw_away_is_still_found(stand: Stand) -> None:
    """Sent and Trash are looked into, so that nothing is made twice."""
    account = stand.account()
    mailbox = account.connect()
    mailbox.open()
    account.deliver(Letter(DRAFT), "Trash")
    assert mailbox.find_draft(DRAFT_ID) is Place.TRASH
    account.deliver(Letter(DRAFT), "Sent")
    assert mailbox.find_draft(DRAFT_ID) is Place.SENT


def test_sent_mail_is_read_from_where_one_stopped(stand: Stand) -> None:
    """By UID; at first by day of arrival. Its bytes come like the inbox's, and it stays unread."""
    account = stand.account(letter())
    mailbox = account.connect()
    mailbox.open()
    old, new = letter("Long ago.", number=8, age=timedelta(days=90)), letter("Sorry!", number=9)
    account.deliver(old, "Sent")
    account.deliver(new, "Sent")
    (folder,) = mailbox.sent.folders()
    first, second = mailbox.sent.uids(folder.name, 1)
    assert folder.uidnext == second + 1
    assert mailbox.sent.uids(folder.name, 1, (NOW - timedelta(days=30)).date()) == [second]
    assert mailbox.sent.uids(folder.name, second + 1) == []
    found = list(mailbox.sent.fetch(folder.name, [first, second, second + 100]))
    assert [(each.uid, each.raw) for each in found] == [(first, old.raw), (second, new.raw)]
    assert "\\seen" not in account.contents("Sent")[1].flags
    assert len(mailbox.uids_from(1)) == 1  # and the inbox is the selected folder again


def test_what_another_mail_program_has_sent_lies_in_a_folder_of_its_own(stand: Stand) -> None:
    """One that it has made beside the server's: an answer, and a draft of ours that was sent, are found there."""
    account = stand.account(letter(), folders=("Drafts", "Sent", "Trash", "Sent Items"))
    mailbox = account.connect()
    mailbox.open()
    before = set(mailbox.sent.folders())
    headers = (("In-Reply-To", "<m1@client.example>"),)
    account.deliver(letter("Sorry!", number=9, headers=headers), "Sent Items")
    account.deliver(Letter(DRAFT), "Sent Items")
    (new,) = set(mailbox.sent.folders()) - before
    assert new.name.endswith("Sent Items")
    assert len(mailbox.sent.uids(new.name, 1)) == 2
    assert mailbox.answered("<m1@client.example>", NOW.date() - timedelta(days=1))
    assert mailbox.find_draft(DRAFT_ID) is Place.SENT


@pytest.mark.parametrize(
    ("headers", "found"),
    [
        ((("In-Reply-To", "<m1@client.example>"),), True),
        ((("References", "<m0@client.example>\r\n <m1@client.example>"),), True),
        ((("In-Reply-To", "<m11@client.example>"), ("References", "<m0@client.example>")), False),
        ((), False),
    ],
)
def test_an_answer_in_sent_is_found(
    stand: Stand, headers: tuple[tuple[str, str], ...], found: bool
) -> None:
    """By what it answers, whichever mail program sent it; one from before that day is none."""
    account = stand.account(letter())
    mailbox = account.connect()
    mailbox.open()
    account.deliver(letter("Sorry!", number=9, headers=headers), "Sent")
    assert mailbox.answered("<m1@client.example>", NOW.date() - timedelta(days=1)) is found
    assert not mailbox.answered("<m1@client.example>", NOW.date() + timedelta(days=2))
    assert len(mailbox.uids_from(1)) == 1  # and the inbox is the selected folder again


def test_the_inbox_is_there_again_after_a_look_into_drafts(stand: Stand) -> None:
    """Looking elsewhere must not change which messages a UID names."""
    account = stand.account(letter(number=1), letter(number=2))
    mailbox = account.connect()
    mailbox.open()
    uids = mailbox.uids_from(1)
    mailbox.find_draft(DRAFT_ID)
    assert [each.uid for each in mailbox.fetch(uids)] == uids
    mailbox.find_draft(DRAFT_ID)
    assert mailbox.uids_from(1) == uids


def test_new_mail_is_seen_by_a_connection_that_is_open(stand: Stand) -> None:
    """Opening again shows what has arrived since."""
    account = stand.account(letter(number=1))
    mailbox = account.connect()
    first = mailbox.open()
    account.deliver(letter(number=2))
    second = mailbox.open()
    assert second.uidnext == first.uidnext + 1
    assert mailbox.uids_from(first.uidnext) == [first.uidnext]


def test_without_drafts_there_is_an_error_and_no_guess(stand: Stand) -> None:
    """A missing Drafts folder is said, not worked around."""
    mailbox = stand.account(letter(), folders=("Sent", "Trash")).connect()
    mailbox.open()
    with pytest.raises(MailboxError, match="Drafts"):
        mailbox.drafts_status()
    with pytest.raises(MailboxError, match="Drafts"):
        mailbox.append_draft(DRAFT)


def test_a_read_only_inbox_says_so_and_keeps_nothing(stand: Stand) -> None:
    """No keyword is kept where nothing may be written."""
    account = stand.account(letter(), read_only=True)
    opened = account.connect().open()
    assert opened.read_only
    assert not opened.keeps("tone-angry")


def test_an_inbox_without_keywords_says_so(stand: Stand, facts: Facts) -> None:
    """PERMANENTFLAGS tells; a STORE would be answered OK and dropped. A label needs no keywords."""
    opened = stand.account(letter(), keywords=False).connect().open()
    assert opened.keeps("tone-angry") is facts.labels


def test_over_quota_is_refused_with_its_code(stand_with_quota: Stand) -> None:
    """The connection stays usable, and nothing was stored."""
    account = stand_with_quota.account(letter(), quota=2_000)
    mailbox = account.connect()
    mailbox.open()
    with pytest.raises(RefusedByServer) as refusal:
        mailbox.append_draft(DRAFT + b"x" * 4_000)
    assert refusal.value.code == "OVERQUOTA"
    assert account.contents("Drafts") == []
    assert mailbox.uids_from(1) == [1]


def test_a_renumbered_mailbox_has_another_uidvalidity(stand: Stand) -> None:
    """Delete and create: the same mail under new numbers."""
    account = stand.account(letter(number=1), letter(number=2), inbox="Work")
    before = account.connect().open()
    account.renumber()
    mailbox = account.connect()
    after = mailbox.open()
    assert after.uidvalidity != before.uidvalidity
    assert len(mailbox.uids_from(1)) == 2


def test_a_copy_is_made_found_and_counted(stand: Stand) -> None:
    """The folder is made when it is wanted; the copy is known for what it is a copy of."""
    account = stand.account(letter(number=1), letter(number=2))
    mailbox = account.connect()
    mailbox.open()
    first, second = mailbox.uids_from(1)
    assert mailbox.copies.status() is None
    assert not mailbox.copies.find(first)
    mailbox.copies.create()
    before = mailbox.copies.status()
    assert before is not None
    mailbox.copies.put(first)
    after = mailbox.copies.status()
    assert after is not None
    (stored,) = account.contents(account.copies)
    assert after.uidnext == before.uidnext + 1
    assert (mailbox.copies.find(first), mailbox.copies.find(second)) == (True, False)
    assert mailbox.copies.arrivals(first, before.uidnext) == {stored.uid: True}
    assert mailbox.copies.arrivals(second, before.uidnext) == {stored.uid: False}
    assert mailbox.copies.arrivals(first, after.uidnext) == {}
    assert stored.raw == letter(number=1).raw
    assert "\\seen" not in account.contents()[0].flags
    assert [each.uid for each in account.contents()] == [first, second]


def _try_keyword(mailbox: Mailbox, uid: int, facts: Facts) -> None:
    try:
        mailbox.add_keyword(uid, "tone-angry")
    except RefusedByServer:
        assert not facts.keeps_keywords

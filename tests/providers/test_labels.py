"""Gmail: one pile of messages, and folders that are labels on it."""

from __future__ import annotations

from tests.providers.clients import (
    ARRIVED,
    ID,
    PASSWORD,
    RAW,
    Wire,
    folder,
    found,
    serving,
    signed_in,
)
from tests.providers.labels import LabelUser
from tests.providers.profiles import CYRUS, GMAIL


def test_gmail_has_one_pile_of_messages_and_labels_on_it() -> None:
    """What is in a folder is in All Mail as well, under another UID and the same X-GM-MSGID."""
    with serving(GMAIL, "inbox", "drafts") as (_, user):
        assert len(folder(user, "all").messages) == 2
        (draft,) = folder(user, "drafts").messages.values()
        assert draft in folder(user, "all").messages.values()
        assert draft.number >> 20 == ARRIVED.timestamp() * 1000
        user.remove(folder(user, "drafts"), 1)
        assert len(folder(user, "all").messages) == 2
        user.copy(folder(user, "inbox"), 1, folder(user, "trash"))
        assert [len(folder(user, role).messages) for role in ("inbox", "all", "trash")] == [0, 1, 1]


def test_gmail_shows_labels_as_it_does() -> None:
    """System labels quoted, with the backslash doubled; never that of the selected folder. A label
    that isn't there is made; \\Starred and \\Flagged are one. Plain X-GM-LABELS replaces."""
    with serving(GMAIL, "inbox") as (server, user), Wire(server) as wire:
        wire.sign_in().ask("SELECT INBOX")
        assert (
            wire.ask("UID FETCH 1 (UID X-GM-LABELS)")[0] == b"* 1 FETCH (X-GM-LABELS () UID 1)\r\n"
        )
        stored = wire.ask('UID STORE 1 +X-GM-LABELS (tone/angry "Zu tun" \\Starred &ANw-bung)')
        assert stored[0] == b'* 1 FETCH (X-GM-LABELS ("Zu tun" "\\\\Starred" &ANw-bung tone/angry) UID 1)\r\n'  # fmt: skip
        assert stored[1] == b"* 1 FETCH (UID 1 FLAGS (\\Flagged))\r\n"
        assert {"tone/angry", "Zu tun", "Übung"} <= set(user.folders)
        assert (
            wire.ask('UID STORE 1 -X-GM-LABELS ("\\\\Inbox")')[-1] == b"X1 OK STORE completed\r\n"
        )
        assert len(folder(user, "inbox").messages) == 1, "the selected folder's own label stays"
        wire.ask('SELECT "[Gmail]/Alle Nachrichten"')
        assert b'"\\\\Inbox" "\\\\Starred"' in wire.ask("UID FETCH 1 (X-GM-LABELS)")[0]
        wire.ask("UID STORE 1 X-GM-LABELS (only)")
        assert (
            wire.ask("UID FETCH 1 (X-GM-LABELS)")[0] == b"* 1 FETCH (X-GM-LABELS (only) UID 1)\r\n"
        )
        assert len(folder(user, "inbox").messages) == 0


def test_gmail_threads_by_references_and_subject() -> None:
    """A draft without In-Reply-To, or with another subject, begins a thread of its own."""
    with serving(GMAIL, "inbox") as (_, user):
        (first,) = folder(user, "inbox").messages.values()
        for subject, answers, joins in (("Re: The website", True, True), ("Re: The website", False, False), ("Hello", True, False)):  # fmt: skip
            header = f"In-Reply-To: {ID}\r\n" if answers else ""
            raw = f"Subject: {subject}\r\n{header}\r\nHi\r\n".encode()
            uid = user.deliver(folder(user, "drafts"), raw, ARRIVED)
            thread = folder(user, "drafts").messages[uid].thread
            assert (thread == first.thread) is joins


def test_gmail_does_not_find_ids_with_special_characters() -> None:
    """MailKit#359, #647: our own ids are of ``[a-z0-9.]``."""
    odd = "<!&!AAAA@client.example>"
    with serving(GMAIL) as (server, user), signed_in(server) as imap:
        user.deliver(folder(user, "inbox"), RAW.replace(ID.encode(), odd.encode()), ARRIVED)
        imap.select("INBOX")
        assert found(imap, "HEADER", "Message-ID", odd) == []
        assert found(imap, "HEADER", "Message-ID", "AAAA@client.example") == [1]


def test_gmail_lets_in_fifteen_at_a_time() -> None:
    with serving(GMAIL) as (server, _):
        wires = [Wire(server).sign_in() for _ in range(15)]
        with Wire(server) as one_more:
            answer = one_more.ask(f"LOGIN robin {PASSWORD}")
            assert answer == [b"X1 NO [ALERT] Too many simultaneous connections. (Failure)\r\n"]
            assert wires[0].ask("LOGOUT")[-1].startswith(b"X1 OK")
            assert wires[0].line() == b"", "it is gone"
            one_more.sign_in()
        for each in wires:
            each.__exit__()


def test_labels_are_gmails_alone() -> None:
    with serving(CYRUS, "inbox") as (server, user), Wire(server) as wire:
        wire.sign_in().ask("SELECT INBOX")
        for each in (
            "UID FETCH 1 (X-GM-LABELS)",
            "UID STORE 1 +X-GM-LABELS (x)",
            "UID SEARCH X-GM-MSGID 1",
        ):
            assert wire.ask(each)[-1] == b"X1 BAD Unrecognized command\r\n"
        assert not isinstance(user, LabelUser)

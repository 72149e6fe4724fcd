"""The folders of sent mail on the wire: what a look costs, and what a refusal hides."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from assistant.errors import ConnectionLost, MailboxError
from assistant.mailbox.imap import ImapMailbox
from assistant.mailbox.session import Server
from tests.scripted import Answer, ScriptedServer

LIST = (
    b'* LIST () "/" INBOX\r\n* LIST (\\Drafts) "/" Drafts\r\n* LIST (\\Sent) "/" Sent\r\n'
    b'* LIST () "/" "Sent Items"\r\nTAG OK done\r\n'
)
SENT = b"* STATUS Sent (UIDVALIDITY 9 UIDNEXT 4)\r\nTAG OK done\r\n"
ITEMS = b'* STATUS "Sent Items" (UIDVALIDITY 8 UIDNEXT 3)\r\nTAG OK done\r\n'
NO = b"TAG NO not now\r\n"


def looked(status: Answer | list[Answer]) -> tuple[list[str], list[str]]:
    """The folders that are found, and the verbs that it took."""
    answers: Mapping[str, Answer | list[Answer]] = {"LIST": LIST, "STATUS": status}
    with (
        ScriptedServer(answers) as server,
        ImapMailbox(Server("127.0.0.1", server.port, "u", "p", insecure=True)) as mailbox,
    ):
        mailbox.open()
        before = len(server.verbs)
        names = [each.name for each in mailbox.sent.folders()]
        return names, server.verbs[before:]


def test_a_look_is_one_command_for_each_folder() -> None:
    """And the list of folders, once for each time that the inbox is opened."""
    assert looked([SENT, ITEMS]) == (["Sent", "Sent Items"], ["LIST", "STATUS", "STATUS"])


def test_a_folder_that_is_refused_hides_no_other() -> None:
    """Where all are, that is said."""
    assert looked([NO, ITEMS])[0] == ["Sent Items"]
    assert looked([SENT, NO])[0] == ["Sent"]
    with pytest.raises(MailboxError, match="not now"):
        looked(NO)
    with pytest.raises(ConnectionLost):
        looked([SENT, b""])

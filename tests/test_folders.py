"""Which folder is Drafts: by special use, then by name, then by asking; never by a guess."""

from __future__ import annotations

import pytest

from assistant.errors import MailboxError
from assistant.mailbox.folders import Folder, candidates, find_drafts, find_role


def folder(name: str, *attributes: str, delimiter: str = "/") -> Folder:
    return Folder(name, frozenset(attributes), delimiter)


def test_special_use_wins_over_names() -> None:
    """A folder that merely is called Drafts is not it where another says that it is."""
    folders = [folder("Drafts"), folder("Kladde", "\\drafts"), folder("Sent")]
    assert find_drafts(folders, "") == "Kladde"


@pytest.mark.parametrize(
    "name",
    ["Drafts", "DRAFTS", "Entwürfe", "Brouillons", "Borradores", "[Gmail]/Drafts", "Черновики", "INBOX/Drafts", "Inbox/drafts"],
)  # fmt: skip
def test_names_that_are_known(name: str) -> None:
    """In the languages of mail programs, in any case, with or without the prefix."""
    assert find_drafts([folder("INBOX"), folder(name), folder("Work")], "") == name


@pytest.mark.parametrize(("name", "delimiter"), [("INBOX.Drafts", "."), ("INBOX/Drafts", "/")])
def test_the_prefix_goes_by_the_server_s_delimiter(name: str, delimiter: str) -> None:
    """Courier and Cyrus put everything below INBOX."""
    assert find_drafts([folder(name, delimiter=delimiter)], "") == name
    with pytest.raises(MailboxError):
        find_drafts([folder(name, delimiter="|")], "")


@pytest.mark.parametrize(
    "name", ["Work/Drafts", "My Drafts", "Drafts 2019", "Draftsman", "INBOX", ""]
)
def test_a_name_that_only_resembles_is_not_guessed(name: str) -> None:
    """The user is asked instead."""
    with pytest.raises(MailboxError, match="no Drafts") as failure:
        find_drafts([folder(name)], "")
    assert "config.toml" in failure.value.hint


def test_two_that_could_be_it_are_named() -> None:
    """By special use or by name: the message lists them, and config decides."""
    for folders in (
        [folder("A", "\\drafts"), folder("B", "\\drafts")],
        [folder("Drafts"), folder("Entwürfe")],
    ):
        with pytest.raises(MailboxError, match="more than one") as failure:
            find_drafts(folders, "")
        assert all(each.name in failure.value.message for each in folders)
        assert find_drafts(folders, folders[1].name) == folders[1].name


def test_what_is_configured_must_exist_as_it_is_spelt() -> None:
    """A wrong name is an error that lists what there is; nothing else is taken in its place."""
    folders = [folder("Drafts", "\\drafts"), folder("Gone", "\\nonexistent")]
    for wrong in ("drafts", "Gone", "Other"):
        with pytest.raises(MailboxError, match=wrong) as failure:
            find_drafts(folders, wrong)
        assert failure.value.hint == "folders there: Drafts"
    with pytest.raises(MailboxError) as failure:
        find_drafts([], "Other")
    assert failure.value.hint == "folders there: none"


@pytest.mark.parametrize("attribute", ["\\noselect", "\\nonexistent"])
def test_what_can_not_be_opened_is_no_candidate(attribute: str) -> None:
    """A mere branch of the tree may carry the name, and even the special use."""
    folders = [folder("Drafts", attribute, "\\drafts"), folder("INBOX/Drafts")]
    assert find_drafts(folders, "") == "INBOX/Drafts"


def test_sent_and_trash_may_be_several() -> None:
    """Looking into one too many does no harm, so that none is left out; config narrows it down."""
    folders = [folder("Papierkorb"), folder("Sent Items"), folder("Sent"), folder("Work")]
    assert find_role(folders, "sent") == ("Sent", "Sent Items")
    assert find_role(folders, "trash") == ("Papierkorb",)
    assert find_role(folders, "sent", "Work") == ("Work",)
    assert find_role([folder("Work")], "trash") == ()
    special = [*folders, folder("Out", "\\sent"), folder("Post", "\\sent")]
    assert candidates(special, "sent") == ("Out", "Post")


def test_what_a_mail_program_has_made_is_looked_into_too() -> None:
    """Beside the folder that the server calls its own, which comes first; at most a few."""
    folders = [folder("INBOX.Sent Messages", delimiter="."), folder("Sent Items"), folder("Sent", "\\sent")]  # fmt: skip
    assert find_role(folders, "sent") == ("Sent", "Sent Items", "INBOX.Sent Messages")
    many = [*folders, folder("Gesendet"), folder("Envoyés"), folder("Post", "\\sent")]
    assert find_role(many, "sent") == ("Sent", "Post", "Sent Items", "INBOX.Sent Messages")
    assert find_role(many, "sent", "Gesendet") == ("Gesendet",)
    trash = [folder("Trash", "\\trash"), folder("Deleted Items"), folder("Sent", "\\noselect")]
    assert find_role(trash, "trash") == ("Trash", "Deleted Items")
    assert find_role(trash, "sent") == ()

"""Finds Drafts, Sent and Trash among a server's folders. Pure.

By special use (RFC 6154; Cyrus returns it in lower case), then by the names that servers and
mail programs use, then by config, which wins over both. Never guessed in silence: where two
folders claim to be Drafts, the user is asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType

from assistant.errors import MailboxError

_NAMES = MappingProxyType(
    {
        "drafts": (
            "drafts", "draft", "entwürfe", "entwurf", "brouillons", "brouillon", "borradores",
            "bozze", "concepten", "rascunhos", "utkast", "kladder", "kladde", "szkice", "robocze",
            "wersje robocze", "luonnokset", "koncepty", "черновики", "[gmail]/drafts",
        ),
        "sent": (
            "sent", "sent items", "sent messages", "sent mail", "gesendet", "gesendete objekte",
            "gesendete elemente", "envoyés", "messages envoyés", "enviados", "inviata",
            "posta inviata", "verzonden", "verzonden items", "itens enviados", "skickat",
            "sendt post", "sendt", "wysłane", "[gmail]/sent mail", "éléments envoyés",
            "elementos enviados", "verzonden berichten", "skickat post", "lähetetyt",
            "odeslaná pošta", "отправленные",
        ),
        "trash": (
            "trash", "deleted items", "deleted messages", "bin", "papierkorb",
            "gelöschte elemente", "corbeille", "papelera", "cestino", "prullenbak", "lixo",
            "papperskorgen", "papirkurv", "kosz", "[gmail]/trash",
        ),
    }
)  # fmt: skip


MOST_OF_A_ROLE = 4
"""Folders that are looked into for Sent or Trash; each costs a command wherever it is looked into."""


@dataclass(frozen=True, slots=True)
class Folder:
    """One line of LIST: name in Unicode, attributes in lower case, the hierarchy delimiter."""

    name: str
    attributes: frozenset[str]
    delimiter: str

    @property
    def selectable(self) -> bool:
        return not self.attributes & {"\\noselect", "\\nonexistent"}

    @property
    def plain_name(self) -> str:
        """The name as compared: without the INBOX prefix that some servers put before all."""
        name = self.name.casefold()
        return name.removeprefix(f"inbox{self.delimiter}") if self.delimiter else name


def candidates(folders: Sequence[Folder], role: str) -> tuple[str, ...]:
    """The folders that may play a role ("drafts", "sent", "trash"), the surest kind only."""
    return _special(folders, role) or _named(folders, role)


def find_drafts(folders: Sequence[Folder], configured: str) -> str:
    """The Drafts folder.

    Raises:
        MailboxError: where there is none, or more than one, or not the configured one.
    """
    if configured:
        return _configured(folders, "drafts", configured)
    found = candidates(folders, "drafts")
    if len(found) == 1:
        return found[0]
    if not found:
        raise MailboxError(
            "no Drafts folder was found on the server",
            hint='create one in your mail program, or name it in config.toml: drafts = "…"',
        )
    raise MailboxError(
        f"more than one folder could be Drafts: {', '.join(found)}",
        hint='say which one in config.toml: drafts = "…"',
    )


def find_role(folders: Sequence[Folder], role: str, configured: str = "") -> tuple[str, ...]:
    """Every folder that may be Sent or Trash, the surest first: looking in one too many does no harm.

    A server may name its own, while a mail program of the user fills another, which it has made by itself.

    Raises:
        MailboxError: where the configured one does not exist.
    """
    if configured:
        return (_configured(folders, role, configured),)
    found = dict.fromkeys((*_special(folders, role), *_named(folders, role)))
    return tuple(found)[:MOST_OF_A_ROLE]


def _usable(folders: Sequence[Folder]) -> list[Folder]:
    # RFC 9051 section 5.1: INBOX is what it is, whatever else a server says of it.
    return [each for each in folders if each.selectable and each.name.upper() != "INBOX"]


def _special(folders: Sequence[Folder], role: str) -> tuple[str, ...]:
    """By special use."""
    return tuple(f.name for f in _usable(folders) if f"\\{role}" in f.attributes)


def _named(folders: Sequence[Folder], role: str) -> tuple[str, ...]:
    """By the names that servers and mail programs use."""
    names = _NAMES[role]
    named = sorted(
        (names.index(folder.plain_name), folder.name)
        for folder in _usable(folders)
        if folder.plain_name in names
    )
    return tuple(name for _, name in named)


def _configured(folders: Sequence[Folder], role: str, name: str) -> str:
    if any(folder.name == name and folder.selectable for folder in folders):
        return name
    there = ", ".join(sorted(f.name for f in folders if f.selectable)[:20]) or "none"
    raise MailboxError(
        f'the folder {role} = "{name}" does not exist on the server',
        hint=f"folders there: {there}",
    )

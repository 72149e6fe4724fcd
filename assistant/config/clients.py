"""clients.toml: what a user knows of clients, checked key by key. clients.example.toml explains every key."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator, Field

from assistant import tomlfile
from assistant.cases.clients import client_key
from assistant.clean import a_label, is_plain_address
from assistant.config.cases import CasesTable
from assistant.config.tables import Name, Table
from assistant.domains import is_shared
from assistant.errors import ConfigError
from assistant.model import Client
from assistant.tomlfile import TomlFile

if TYPE_CHECKING:
    from assistant.config.settings import Config
    from assistant.config.tables import Account

FILE = "clients.toml"
LONGEST = 4_096
"""Characters of terms or notes: a call brief is read in a minute."""
MOST_LABELS = 127
"""No domain has more (RFC 1035 section 3.1)."""


def _match(value: str) -> str:
    wanted = a_label(value).lower()
    if not is_plain_address(f"x{wanted}" if wanted.startswith("@") else wanted):
        raise ValueError(f"{value!r} is no address: write name@host, or @host for a whole firm")
    if wanted.startswith("@") and is_shared(wanted[1:]):
        raise ValueError(f"{value!r} is shared by many strangers; write whole addresses")
    return wanted


def _some(value: tuple[str, ...]) -> tuple[str, ...]:
    if not value:
        raise ValueError("is empty; write whose mail this client's is")
    return value


def _lines(value: str) -> str:
    if any(not each.isprintable() and each not in "\n\t" for each in value):
        raise ValueError("holds a control character; it is lines of plain text")
    return value


Match = Annotated[str, AfterValidator(_match)]
Lines = Annotated[str, Field(max_length=LONGEST), AfterValidator(_lines)]


class ClientTable(CasesTable):
    """One ``[[client]]``: what is known of it, and the keys of ``[cases]`` that it was promised otherwise."""

    match: Annotated[tuple[Match, ...], AfterValidator(_some)] = Field(strict=False)
    name: Name = ""
    terms: Lines = ""
    notes: Lines = ""
    contact: Name = ""

    @property
    def key(self) -> str:
        """Its first address, or domain."""
        return self.match[0].removeprefix("@")

    @property
    def promised(self) -> Mapping[str, Any]:
        """The keys of ``[cases]`` that are given."""
        given = self.model_dump(exclude_unset=True)
        return {key: each for key, each in given.items() if key in CasesTable.model_fields}


class ClientsFile(Table):
    """The whole of clients.toml."""

    client: tuple[ClientTable, ...] = Field(default=(), strict=False)


def read_clients(path: Path) -> tuple[ClientTable, ...]:
    """The clients in a file.

    Raises:
        ConfigError: with every problem in it.
    """
    file = tomlfile.load(path)
    if isinstance(file.value.get("client"), dict):
        said = "write [[client]], in two brackets, above each client"
        raise ConfigError([file.problem(("client",), said)])
    tables = tomlfile.validate(ClientsFile, file).client
    _refuse_duplicates(file, tables)
    return tables


def _refuse_duplicates(file: TomlFile, tables: tuple[ClientTable, ...]) -> None:
    first: dict[str, int] = {}
    problems = []
    for number, table in enumerate(tables):
        for at, each in enumerate(table.match):
            if each in first:
                said = f'"{each}" stands in client[{first[each] + 1}] already'
                problems.append(file.problem(("client", number, "match", at), said))
            first.setdefault(each, number)
    if problems:
        raise ConfigError(problems)


def clients_of(config: Config, account: Account | None = None) -> Callable[[str], Client]:
    """Who stands behind an address, or behind a client's key: as clients.toml says, else as the address itself does.

    An address wins over its domain, and a domain over the one above it.
    """
    general = config.settings.cases_of(account)
    known: dict[str, Client] = {}
    for table in config.clients:
        own = general.model_copy(update=dict(table.promised)).allowed if table.promised else None
        client = Client(
            key=table.key,
            name=table.name,
            terms=table.terms,
            notes=table.notes,
            contact=table.contact,
            allowed=own,
        )
        known.update(dict.fromkeys(table.match, client))

    def client_of(address: str) -> Client:
        found = next((known[each] for each in _names(address) if each in known), None)
        return found or Client(client_key(address))

    return client_of


def _names(address: str) -> Iterator[str]:
    """Under what an address may stand in ``match``, the nearest first."""
    local, _, domain = a_label(address.strip()).lower().rpartition("@")
    if local:
        yield f"{local}@{domain}"
        yield f"{local.partition('+')[0]}@{domain}"
    labels = domain.rstrip(".").split(".")
    for first in range(min(len(labels), MOST_LABELS)):
        yield f"@{'.'.join(labels[first:])}"

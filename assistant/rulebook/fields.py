"""Which file gave a rule what: for whoever asks where a field comes from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

from assistant.rulebook.tables import BehaviourTable, Document, RuleTable
from assistant.tomlfile import Path_, TomlFile

Kind = Literal["rule", "behaviour"]


@dataclass(frozen=True, slots=True)
class Given:
    """A field as one file gives it."""

    file: TomlFile
    where: Path_
    value: Any
    shipped: bool

    @property
    def place(self) -> str:
        """File and line."""
        line = self.file.line(self.where)
        return self.file.name if line is None else f"{self.file.name}:{line}"


@dataclass(frozen=True, slots=True)
class Fields:
    """Everything that files say of one rule; of each field, the last one counts."""

    kind: Kind
    id: str
    language: str
    tables: tuple[Given, ...]
    """The rule's table in each file."""
    given: Mapping[str, tuple[Given, ...]]

    @property
    def enabled(self) -> bool:
        return all(each.value for each in self.given.get("enabled", ())[-1:])

    def place(self, field: str) -> Given:
        """Where a field was given last; or else the rule."""
        return self.given.get(field, self.tables)[-1]


def all_fields(documents: Iterable[Document]) -> Mapping[tuple[Kind, str], Fields]:
    """What files say of each rule, by its kind and id, in the order in which they are laid over one another."""
    found: dict[tuple[Kind, str], Fields] = {}
    for document in documents:
        kinds: tuple[tuple[Kind, Sequence[RuleTable | BehaviourTable]], ...] = (
            ("rule", document.table.rule),
            ("behaviour", document.table.behaviour),
        )
        for kind, tables in kinds:
            for number, table in enumerate(tables):
                known = found.get((kind, table.id))
                if known is not None and not known.enabled:
                    known = None  # what was turned off begins anew
                language = known.language if known else document.table.language
                given = dict(known.given) if known else {}
                for name in type(table).model_fields:
                    if name in table.model_fields_set:
                        each = Given(
                            document.file,
                            (kind, number, name),
                            getattr(table, name),
                            document.trusted,
                        )
                        given[name] = (*given.get(name, ()), each)
                whole = Given(document.file, (kind, number), table, document.trusted)
                before = known.tables if known else ()
                found[kind, table.id] = Fields(
                    kind, table.id, language, (*before, whole), MappingProxyType(given)
                )
    return MappingProxyType(found)

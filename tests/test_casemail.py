"""The letters of many cases: in few commands, and what is searched for elsewhere is bounded."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from datetime import UTC, date, datetime, timedelta

import pytest

from assistant.mailbox.elsewhere import spans_around
from assistant.model import Entry, Fetched, Location, Message
from assistant.service.casemail import CaseMail
from assistant.store import Place
from tests.fakes import FakeMailbox
from tests.letters import letter
from tests.workbench import READER

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def read(raw: bytes) -> Message:
    return READER.read(raw, "en").message


def lying(box: FakeMailbox, folder: str, number: int) -> Place:
    """A message that was in the inbox when it was seen, and lies in a folder now; in none: it is gone."""
    raw = letter(number=number).raw
    at = AT - timedelta(days=number)
    uid = box.folders[folder].add(raw, at) if folder else 77 + number
    inbox = box.folders["INBOX"].uidvalidity
    return Place(
        Location("a", "INBOX", inbox, uid if folder == "INBOX" else 900 + number),
        read(raw).identity,
        Entry(at, inward=True, heat=3),
    )


def test_many_are_found_each_once_in_one_look() -> None:
    """Where they were, then elsewhere, all together; the order of what is found is the one that was asked for."""
    box = FakeMailbox(folders=("Drafts", "Sent", "Trash", "Archive"))
    folders = ("INBOX", "Archive", "", "INBOX", "Trash", "Archive")
    places = [lying(box, folder, n) for n, folder in enumerate(folders)]
    mail = CaseMail(box, read, "INBOX")
    found = mail.find([*places, places[0]])
    assert [each.folder for each in found] == ["INBOX", "Archive", "INBOX", "Trash", "Archive", "INBOX"]  # fmt: skip
    assert [each.place.identity for each in found[:5]] == [
        each.identity for each, folder in zip(places, folders, strict=True) if folder
    ]
    assert box.calls.count("fetch") == box.calls.count("elsewhere.find") == 1
    assert sorted(each.place.identity for each in mail.each(places)) == sorted(
        each.place.identity for each in found[:5]
    )


def test_nothing_wanted_asks_for_nothing() -> None:
    """No command at all."""
    box = FakeMailbox()
    assert CaseMail(box, read, "INBOX").find([]) == []
    assert box.calls == []


def test_a_copy_that_lies_twice_is_found_once() -> None:
    """As with labels that are folders."""
    box = FakeMailbox(folders=("Drafts", "Archive", "All"))
    place = lying(box, "Archive", 1)
    box.folders["All"].add(letter(number=1).raw, AT)
    assert len(list(CaseMail(box, read, "INBOX").each([place]))) == 1


def test_what_is_gone_for_good_costs_so_many_looks_and_no_more() -> None:
    """In all that one purpose asks for; and nothing where all was found."""
    box = FakeMailbox(folders=("Drafts", *(f"F{n:02}" for n in range(20))))
    asked: list[date] = []

    class Counting:
        def find(
            self, days: Callable[[], Collection[date]], wanted: Callable[[bytes], bool]
        ) -> Iterator[tuple[str, Fetched]]:
            for _ in range(20):
                if not (found := days()):
                    return
                asked.extend(found)
            yield from ()

    box.elsewhere = Counting()  # type: ignore[assignment]
    gone, there = lying(box, "", 1), lying(box, "INBOX", 2)
    mail = CaseMail(box, read, "INBOX", looks=25)
    assert mail.find([gone, there])[0].place == there
    assert len(asked) == 20
    mail.find([gone])
    assert len(asked) == 25
    assert set(asked) == {(AT - timedelta(days=1)).date()}
    assert CaseMail(box, read, "INBOX").find([there])
    assert len(asked) == 25


@pytest.mark.parametrize(
    ("days", "spans"),
    [
        ([], []),
        ([1], [(0, 3)]),
        ([1, 1, 2], [(0, 4)]),
        ([1, 4], [(0, 6)]),  # the one ends where the other begins
        ([1, 5], [(4, 7), (0, 3)]),
        ([20, 1, 3, 5], [(19, 22), (0, 7)]),
    ],
)
def test_days_that_lie_together_are_one_search(
    days: list[int], spans: list[tuple[int, int]]
) -> None:
    """The newest first; a day on each side, for a server in another zone."""
    first = date(2026, 1, 1)
    found = spans_around([first + timedelta(days=each) for each in days])
    assert [((a - first).days, (b - first).days) for a, b in found] == spans

"""What the user promised by a day, for `today`: in open cases, and in every other thread."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

    from assistant.cases.today import Promise
    from assistant.cli.wiring import Setup
    from assistant.config import Account
    from assistant.model import Case, Client, Profile
    from assistant.service.casemail import CaseMail, Found
    from assistant.service.listening import Listening
    from assistant.service.standing import Standing
    from assistant.store import CaseBook, Promised


def in_cases(setup: Setup, account: Account, cases: Sequence[Case]) -> Iterator[Promise]:
    """The user's own in open cases, with a day, after which they have not written again."""
    from assistant.cases.brief import written_on
    from assistant.cases.said import Kind
    from assistant.cases.today import Promise
    from assistant.cli import wiring
    from assistant.rulebook.sayings import listeners

    calling = wiring.profile(setup.config, account).calling
    last_words = [
        (case, case.letters[-1])
        for case in cases
        if case.letters and not case.letters[-1].entry.inward
    ]
    by_language = listeners({last.message.language for _, last in last_words})
    for case, last in last_words:
        listener = by_language.get(last.message.language)
        if listener is None:
            continue
        day = written_on(last, calling)
        for said in listener.hear(last.message.own_words, day, len(case.letters), inward=False):
            if said.kind is Kind.PROMISE and said.due is not None:
                yield Promise(case.key, said.quote, said.due)


def in_threads(
    setup: Setup,
    book: CaseBook,
    standing: Sequence[Standing],
    account: Account,
    mail: CaseMail,
) -> tuple[list[Promise], int]:
    """The user's own in threads that are no open case, and how many letters more owe something by these days.

    Args:
        standing: every case of the account.

    Raises:
        MailboxError: at the mailbox.
    """
    from assistant.cases.office import day_of
    from assistant.cases.today import MOST_OWING, away, telling
    from assistant.cli import wiring
    from assistant.config import clients_of
    from assistant.service.listening import Listening

    profile = wiring.profile(setup.config, account)
    client_of = clients_of(setup.config, account)
    today = day_of(profile.calling, wiring.now())
    days = telling(profile.calling, today)

    def near(each: Promised) -> int:
        return min(away(day, today) for day in each.days if days[0] <= day <= days[1])

    promised = book.promised(account.mailbox_address, *days)
    owing = sorted((each for each in promised if _is_owed(each, standing)), key=near)
    found = mail.find([each.place for each in owing[:MOST_OWING]])
    listening = Listening()
    said = [one for each in found for one in _said(profile, client_of, listening, each, days)]
    return said, len(owing[MOST_OWING:])


def _is_owed(promised: Promised, standing: Sequence[Standing]) -> bool:
    """Not in an open case, of which more is told; nor where the user has said since that all is settled."""
    from assistant.model import Doing

    case = next((each for each in standing if each.thread.number == promised.thread), None)
    return case is None or not (
        case.progress.open
        or any(
            each.doing is Doing.RESOLVED and each.at >= promised.place.entry.at
            for each in case.notes
        )
    )


def _said(
    profile: Profile,
    client_of: Callable[[str], Client],
    listening: Listening,
    found: Found,
    days: tuple[date, date],
) -> Iterator[Promise]:
    """What a letter promises by one of these days: heard again, for nothing but the day was kept."""
    from assistant.cases.office import day_of
    from assistant.cases.today import Promise

    message = found.message
    others = [each for each in (*message.to, *message.cc) if not profile.owns(each)]
    if not others:
        return
    client = replace(client_of(others[0].email), people=(others[0],))
    written = day_of(profile.calling, found.place.entry.at)
    for said in listening.owed(message, written):
        if said.due is not None and days[0] <= said.due <= days[1]:
            yield Promise("", said.quote, said.due, client, written, message.subject)

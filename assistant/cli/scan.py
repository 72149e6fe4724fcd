"""`scan`: one pass over each inbox."""

from __future__ import annotations

import contextlib
import json
import re
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from assistant.cli import cli, tell

if TYPE_CHECKING:
    from assistant.cli.show import Collector
    from assistant.cli.wiring import Setup
    from assistant.config import Account
    from assistant.service.ports import Reader, Watcher
    from assistant.service.report import Report, Request
    from assistant.store import Store
    from assistant.worker import Worker

CALIBRATION_DAYS = 90
MOST_DAYS = 36_500


def on_or_after(
    _context: click.Context, _option: click.Parameter, given: str | None
) -> date | None:
    """A day, as YYYY-MM-DD, or as a number of days before today (UTC): 30d."""
    if given is None:
        return None
    if (days := re.fullmatch(r"([0-9]{1,5})d", given)) and int(days[1]) <= MOST_DAYS:
        return datetime.now(UTC).date() - timedelta(days=int(days[1]))
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", given):
        with contextlib.suppress(ValueError):
            return date.fromisoformat(given)
    raise click.BadParameter(f"{given!r} is no day; write YYYY-MM-DD, or 30d for the last 30 days")


@cli.command()
@click.option(
    "--dry-run", is_flag=True, help="Do everything but write: not to the mailbox, not to the state."
)
@click.option(
    "--since",
    callback=on_or_after,
    metavar="YYYY-MM-DD|30d",
    help="Also judge older mail, from this day on, or of so many days. Without it, only what arrived since the "
    "first start.",
)
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    metavar="N",
    help="Judge at most N messages, oldest first.",
)
@click.option(
    "--calibrate",
    is_flag=True,
    help="Judge the last 90 days (or --since) and propose a budget of flags. Writes nothing.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object for each account.")
@click.pass_obj
def scan(
    config_path: Path | None,
    dry_run: bool,
    since: date | None,
    limit: int | None,
    calibrate: bool,
    as_json: bool,
) -> None:
    """One pass over the inbox: judge what is new, mark and draft, and stop.

    Exit code 4 where something could not be done and waits; the output says what.
    """
    from assistant.cli import wiring
    from assistant.errors import MailboxError
    from assistant.service.report import Request

    setup = wiring.read_setup(config_path)
    day = since
    if calibrate:
        day = day or (wiring.now() - timedelta(days=CALIBRATION_DAYS)).date()
    one = _calibrate_one if calibrate else partial(_scan_one, dry_run=dry_run)
    request = Request(day, limit, retry=True)
    waits = False
    failure: MailboxError | None = None
    accounts = wiring.accounts(setup.config)
    with _held(setup, dry_run or calibrate), _reader(setup) as reader:
        for account in accounts:
            try:
                waits |= one(setup, account, reader, request, as_json=as_json)
            except MailboxError as error:
                if len(accounts) == 1:
                    raise
                tell(f"error: {account.mailbox_address}: {error.message}")
                if error.hint:
                    tell(f"hint: {error.hint}")
                failure = error
    if failure is not None or waits:
        raise click.exceptions.Exit(failure.exit_code if failure else MailboxError.exit_code)


def _held(setup: Setup, dry_run: bool) -> contextlib.AbstractContextManager[object]:
    """The lock, which a dry run needs no more than any other reader."""
    from assistant.store import Lock

    return contextlib.nullcontext() if dry_run else Lock(setup.config.state_folder)


def _reader(setup: Setup) -> contextlib.closing[Worker]:
    from assistant.cli import wiring
    from assistant.worker import Worker

    return contextlib.closing(Worker(folder=wiring.encoders(setup.config)))


def _scan_one(
    setup: Setup,
    account: Account,
    reader: Reader,
    request: Request,
    *,
    dry_run: bool,
    as_json: bool,
) -> bool:
    """Scan one account and show it; whether anything has to wait."""
    from assistant.cli import show, wiring
    from assistant.service.following import reminded
    from assistant.store import Database, Store

    state_file = setup.config.state_file
    database = Database.scratch(state_file) if dry_run else Database.open(state_file, alone=True)
    with contextlib.closing(Store(database)) as store:
        with show.progress() as bar:
            watcher = show.Collector(bar)
            report = _pass(setup, account, reader, request, store, watcher, dry_run=dry_run)
        name = account.mailbox_address
        if as_json:
            click.echo(json.dumps(_as_json(name, report, watcher, dry_run)))
        else:
            _show(name, report, watcher, dry_run)
        reminded(store.cases({}), name, report, wiring.now())
    return report.waits


def _calibrate_one(
    setup: Setup, account: Account, reader: Reader, request: Request, *, as_json: bool
) -> bool:
    """Judge one account's mail as if none were known, and show what each budget would flag."""
    from assistant.cli import calibrate, show, wiring
    from assistant.store import Database, Store

    with show.progress() as bar, contextlib.closing(Store(Database.scratch(None))) as nothing:
        watcher = calibrate.Scores(bar)
        _pass(setup, account, reader, request, nothing, watcher, dry_run=True, follow=False)
    triage, budget = wiring.triage(setup, account), setup.config.settings.judging.flags_per_1000
    name = account.mailbox_address
    if as_json:
        click.echo(json.dumps(calibrate.as_json(name, watcher.scores, triage, budget)))
    else:
        calibrate.show(name, watcher.scores, triage, budget)
    return False


def _pass(
    setup: Setup,
    account: Account,
    reader: Reader,
    request: Request,
    store: Store,
    watcher: Watcher,
    *,
    dry_run: bool,
    follow: bool = True,
) -> Report:
    """One pass over one account.

    Args:
        follow: whether what became of unhappy mail is looked at, too.
    """
    from assistant.cli import casework, retention, wiring
    from assistant.errors import ConnectionLost
    from assistant.service.dry import DryMailbox

    with wiring.connect(setup.config, account) as mailbox:
        box = DryMailbox(mailbox) if dry_run else mailbox
        service = casework.passing(setup, account, box, store, reader, watcher=watcher)
        report = service.run(request)
        if follow and not report.left:
            try:
                casework.following(setup, account, box, store, reader).run(report)
            except ConnectionLost as error:  # what was judged is shown all the same
                report.tell(f"what you sent could not be looked at: {error.message}")
    if not (dry_run or report.left):
        retention.erase_old(setup, account, store)
    return report


def _as_json(name: str, report: Report, watcher: Collector, dry_run: bool) -> dict[str, Any]:
    from assistant.cli import show

    return {
        "account": name,
        "dry_run": dry_run,
        "first_start": report.first_start,
        "older": report.older,
        "judged": report.judged,
        "flagged": report.flagged,
        "known": report.known,
        "corrections": report.corrected,
        "taken_back": report.taken_back,
        "left": report.left,
        "messages": [
            {"uid": each.uid, **show.as_json(each.message, each.outcome)}
            for each in watcher.messages
        ],
        "effects": [
            {"uid": e.uid, "kind": e.kind, "value": e.value, "state": e.state, "note": e.note}
            for e in watcher.effects
        ],
        "reminders": [
            {"case": e.case, "clock": e.clock, "due": e.due.isoformat(), "action": e.number or None}
            for e in report.reminders
        ],
        "told": report.told,
        "problems": report.problems,
    }


def _show(name: str, report: Report, watcher: Collector, dry_run: bool) -> None:
    from assistant.cli import show

    out = show.console()
    if watcher.messages:
        out.print(show.messages_table(watcher.messages))
        out.print()
    done = [each for each in watcher.effects if each.state == "done" and not each.note]
    marks = len({each.uid for each in done if each.kind == "mark"})
    drafts = sum(each.kind == "draft" for each in done)
    would = "would have been " if dry_run else ""
    out.print(
        f"{name}: {report.judged} judged, {report.flagged} flagged; "
        f"{marks} {would}marked, {drafts} {would}drafted",
        markup=False,
    )
    for effect in watcher.effects:
        if effect.kind == "draft" and effect.note and effect.state != "waiting":
            about = "draft for" if effect.state == "done" else "no draft made for"
            out.print(f"  {about} message {effect.uid}: {effect.note}", markup=False)
    for judged in watcher.messages:
        for note in judged.outcome.notes:
            out.print(f"  message {judged.uid}: {note}", markup=False)
        if judged.outcome.skip is not None:
            out.print(
                f"  no draft for message {judged.uid}: {judged.outcome.skip.detail}", markup=False
            )
    if report.first_start and not report.judged:
        out.print(
            f"First start: {report.older} older messages are left alone; from now on new mail is judged.\n"
            "To judge older mail too: assistant scan --since YYYY-MM-DD (try it with --dry-run first)",
            markup=False,
        )
    if noticed := report.corrections:
        out.print(noticed, markup=False)
    for each in report.told:
        out.print(f"Told by keyword: {each}", markup=False)
    for reminder in report.reminders:
        out.print(f"Due: {reminder.told}", markup=False)
    if report.left:
        out.print(f"{report.left} more are left for the next scan (--limit)", markup=False)
    for problem, count in report.problems.items():
        times = f" ({count} times)" if count > 1 else ""
        tell(f"warning: {name}: {problem}{times}")

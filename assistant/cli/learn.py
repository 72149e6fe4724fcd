"""`learn`: a patch of the rules, proposed by what the user has said, and measured before it is made."""

from __future__ import annotations

import dataclasses
import json
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from assistant.cli import cli, tell
from assistant.cli.mailboxes import in_mailboxes, mailbox_options

if TYPE_CHECKING:
    from assistant.cli.learngather import Gathered
    from assistant.cli.learnpatch import Change
    from assistant.cli.wiring import Setup
    from assistant.lab.proposal import Count, Learned, Proposal


FEW = 10
"""Mistakes; what is learned from fewer is as likely to be chance (docs/lab.md)."""


@cli.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="[FILE.jsonl|FOLDER]…")
@mailbox_options("Learn from")
@click.option(
    "--save",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write the proposal as a rule file of its own, for `assistant try --rules FILE`. Nothing is in effect by that.",
)
@click.option("--apply", "apply_", is_flag=True, help="Write the proposal into your rules.")
@click.option("--undo", is_flag=True, help="Put your rules back as they were before --apply.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_obj
def learn(
    config_path: Path | None,
    paths: tuple[Path, ...],
    since: date | None,
    last: int | None,
    save: Path | None,
    apply_: bool,
    undo: bool,
    as_json: bool,
) -> None:
    """Propose a change of the rules by what you have corrected, and show what it is worth.

    Other points for rules, phrases that unhappy writers use and others don't, another budget of flags. FILE.jsonl and
    FOLDER are labelled mail, as for `assistant eval`; a "sender" beside a "text" says who wrote it. Without them, --since or
    --last reads the mailboxes again (read only): your corrections count, marks that you let stand, and what you left
    unmarked for a day.

    The effect is measured by cross-validation: each sender's mail is judged by what the others' taught. What doesn't help
    so, or may be chance, is not proposed. Nothing is written without --save or --apply. Exit code 12: there is too little to
    learn from; 8: a message could not be read, the others counted.
    """
    from assistant.cli import learnpatch, wiring
    from assistant.cli.show import working
    from assistant.errors import ConfigError, TooLittleEvidence, UnreadableMail
    from assistant.lab.learning import learn as learned_from

    setup, layers = wiring.read_layers(config_path)
    if undo:
        if paths or since or last or save or apply_:
            raise click.UsageError("--undo stands alone")
        for path in learnpatch.undo(setup.config.rules_folder):
            click.echo(f"{path} is as it was")
        return
    in_mailboxes(paths, since, last, "learn from what?", "labelled files")
    gathered = _gathered(setup, paths, since, last)
    for problem in gathered.problems:
        tell(f"error: {problem}")
    points = {rule.id: rule.points for rule in setup.rulebook.rules}
    budget = setup.config.settings.judging.flags_per_1000
    with working("learning"):
        learned = learned_from(gathered.samples, points, budget)
    if not as_json:
        _show(gathered, learned, budget)
    found: tuple[Change, ...] = ()
    try:
        found = learnpatch.changes(setup, layers, learned.proposal)
    except ConfigError as error:
        if apply_:
            raise
        for problem_ in error.problems:
            tell(f"--apply could not write it: {problem_}")
    if as_json:
        click.echo(json.dumps(_as_json(gathered, learned, found), indent=2))
    if save is not None and not learned.proposal.empty:
        _save(setup, learned.proposal, save)
    if apply_ and found:
        learnpatch.apply(setup.config.rules_folder, found)
        for each in found:
            tell(f"written: {each.path}")
        tell("a running assistant reads it at a reload; `assistant learn --undo` takes it back")
    if learned.shortages:
        raise click.exceptions.Exit(TooLittleEvidence.exit_code)
    if gathered.problems:
        raise click.exceptions.Exit(UnreadableMail.exit_code)


def _save(setup: Setup, proposal: Proposal, path: Path) -> None:
    """Write it, and say how it is tried."""
    from assistant.cli import learnsave

    files = learnsave.save(setup, proposal, path)
    for each in files:
        tell(f"written: {each}")
    options = [f"--rules {each}" for each in files]
    if proposal.flags_per_1000 is not None:
        options.append(f"--budget {proposal.flags_per_1000:g}")
    tell(f"try it: assistant try {' '.join(options)} --since 30d")


def _gathered(
    setup: Setup, paths: tuple[Path, ...], since: date | None, last: int | None
) -> Gathered:
    from assistant.cli import learngather
    from assistant.cli import show as shown

    with shown.counting("reading") as counting:
        if paths:
            return learngather.from_files(setup, paths, counting.step)
        return learngather.from_mailboxes(setup, since, last, counting.step)


def _as_json(gathered: Gathered, learned: Learned, found: tuple[Change, ...]) -> dict[str, object]:
    return {
        "messages": len(gathered.samples),
        "senders": learned.senders,
        "not_used": gathered.skipped,
        "without_sender": gathered.nameless,
        "shortages": [dataclasses.asdict(each) for each in learned.shortages],
        "proposal": dataclasses.asdict(learned.proposal),
        "before": dataclasses.asdict(learned.before),
        "cross_validated": dataclasses.asdict(learned.validated),
        "on_all": dataclasses.asdict(learned.fitted),
        "files": [str(each.path) for each in found],
    }


# --- for people ---


def _show(gathered: Gathered, learned: Learned, budget: float) -> None:
    from assistant.cli import show as shown

    out = shown.console()

    def say(text: str) -> None:
        out.print(text, markup=False)

    say(f"{len(gathered.samples):,} messages to learn from, of {learned.senders:,} senders.")
    if gathered.told or gathered.silent:
        say(f"You spoke of {gathered.told:,}; {gathered.silent:,} you left as they were.")
    if gathered.skipped:
        say(f"{gathered.skipped:,} more say nothing: without a label, or no person's mail.")
    if gathered.nameless:
        say(f'{gathered.nameless:,} texts have no "sender": each counts as another writer\'s.')
    if learned.shortages:
        say("\nToo little to learn from:")
        for each in learned.shortages:
            say(f"  {each.what}: {each.there}, needed: {each.needed}")
        return
    if not learned.before.mistakes:
        say("\nNone of them is judged wrongly: there is nothing to learn.")
        return
    if learned.proposal.empty:
        say(
            f"\n{learned.before.mistakes} were judged wrongly, but no change helps that would also help with senders that "
            "it was not learned from. Nothing is proposed."
        )
        return
    _show_proposal(learned.proposal, budget)
    say("")
    table = shown.plain_table()
    for head in ("", "As it is", "Cross-validated", "On all of it"):
        table.add_column(head, justify="right" if head else "left", no_wrap=True)
    for title, values in _rows(learned.before, learned.validated, learned.fitted):
        table.add_row(title, *values)
    out.print(table)
    say("\nCross-validated: each sender's mail judged by what was learned from others.")
    if learned.before.mistakes < FEW:
        say(
            f"Only {learned.before.mistakes} mistakes to learn from: apply it if you see why it should hold."
        )


def _show_proposal(proposal: Proposal, budget: float) -> None:
    from assistant.clean import clean_text
    from assistant.cli import show as shown

    out = shown.console()
    out.print("\nProposed:", style="bold")
    for each in proposal.points:
        after = f"{each.after:+d}" if each.after else "off"
        why = f"{each.messages} wrongly judged messages, {each.senders} senders"
        out.print(f"  {each.rule}: {each.before:+d} → {after}  ({why})", markup=False)
    for phrase in proposal.phrases:
        found = phrase.found
        why = f"{found.messages} messages, {found.senders} senders; {found.others} of the others"
        words = clean_text(phrase.text, 80)
        out.print(f"  “{words}” ({phrase.language}): {phrase.points:+d}  ({why})", markup=False)
    if proposal.flags_per_1000 is not None:
        out.print(f"  flags_per_1000: {budget:g} → {proposal.flags_per_1000:g}", markup=False)


def _rows(*counts: Count) -> list[tuple[str, list[str]]]:
    return [
        ("unhappy, flagged", [f"{each.right:,}" for each in counts]),
        ("unhappy, missed", [f"{each.missed:,}" for each in counts]),
        ("content, flagged", [f"{each.wrong:,}" for each in counts]),
        ("content, not flagged", [f"{each.passed:,}" for each in counts]),
        ("judged wrongly", [f"{each.mistakes:,}" for each in counts]),
    ]

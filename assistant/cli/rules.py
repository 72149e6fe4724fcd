"""`rules`: what is in effect and where each comes from, one rule whole, new ones, and whether they keep their word."""

from __future__ import annotations

import dataclasses
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from assistant.cli import cli

if TYPE_CHECKING:
    from assistant.cli.wiring import Setup
    from assistant.config import Account
    from assistant.rulebook import Layers

_FOR = click.option(
    "--account", metavar="ADDRESS", help="An account's address: by the rules for its mail."
)
_JSON = "Everything, for machines."


@cli.group(invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help=_JSON)
@click.pass_context
def rules(context: click.Context, as_json: bool) -> None:
    """List, show, add, check and test the rules. Without a command: list them."""
    if context.invoked_subcommand is None:
        _list(context.obj, None, as_json=as_json)


@rules.command("list")
@_FOR
@click.option("--json", "as_json", is_flag=True, help=_JSON)
@click.pass_obj
def list_(config_path: Path | None, account: str | None, as_json: bool) -> None:
    """List the effective rules and the file each comes from."""
    _list(config_path, account, as_json=as_json)


@rules.command("show")
@click.argument("rule_id", metavar="ID")
@_FOR
@click.option("--json", "as_json", is_flag=True, help=_JSON)
@click.pass_obj
def show_one(config_path: Path | None, rule_id: str, account: str | None, as_json: bool) -> None:
    """Show one rule as TOML, each field with the file and line that it comes from.

    What is shown can be copied into a file of your own.
    """
    from assistant.cli import ruleshow, wiring

    setup, layers = wiring.read_layers(config_path)
    documents = layers.of(_number(setup, _account(setup, account)))
    fields = ruleshow.wanted(documents, rule_id)
    click.echo(ruleshow.as_json(fields) if as_json else ruleshow.as_toml(fields))


@rules.command()
@click.argument("rule_id", required=False, metavar="[ID]")
@click.option("--phrase", "phrases", multiple=True, help="What must occur; may be given again.")
@click.option("--describe", help='What it notices, as it is read after "the writer".')
@click.option("--points", type=int, help="-1000 to 1000; usually 40.")
@click.option("--tone", help="The tone it speaks for; none where the points are below 0.")
@click.option("--match", "matches", multiple=True, help="A sentence that it must find.")
@click.option("--ignore", "ignores", multiple=True, help="A sentence that it must leave alone.")
@click.option("--language", metavar="xx", help="Of the rule; usually that of config.toml.")
@click.option("--file", "name", metavar="NAME.toml", help="In the rules folder; my-xx.toml.")
@click.option("--yes", is_flag=True, help="Ask nothing; what isn't given is as usual.")
@click.pass_obj
def new(config_path: Path | None, /, yes: bool, **given: Any) -> None:
    """Write a new rule into a file of your own, with comments on what may be changed.

    What no option gives is asked for. A rule that is there already is never touched, nor is anything else
    in the file.
    """
    from assistant.cli import rulenew, wiring
    from assistant.cli.questions import Questions

    setup, layers = wiring.read_layers(config_path)
    silent = yes or not sys.stdin.isatty()
    rulenew.run(setup, layers, rulenew.Wanted(**given), Questions(silent=silent))


_FILES = click.argument("files", nargs=-1, type=click.Path(path_type=Path), metavar="[FILE]…")


@rules.command()
@_FILES
@click.option("--json", "as_json", is_flag=True, help="A JSON list, one object for each finding.")
@click.pass_obj
def lint(config_path: Path | None, files: tuple[Path, ...], as_json: bool) -> None:
    """Check rule files: every mistake with its line, and what can never match or matter.

    Without FILE, the rules in effect are checked. FILE is laid over the shipped rules. Exit code 3
    where anything is wrong.
    """
    from assistant.clean import clean_text
    from assistant.cli import LONGEST_LINE, rulelint
    from assistant.errors import ConfigError

    setup, layers = _read(config_path, files)
    found = rulelint.check(setup, layers)
    if as_json:
        click.echo(json.dumps([dataclasses.asdict(each) for each in found], indent=2))
    else:
        for each in found:
            click.echo(clean_text(str(each), LONGEST_LINE))
    if found:
        raise click.exceptions.Exit(ConfigError.exit_code)
    if not as_json:
        book = setup.rulebook
        click.echo(
            f"{len(book.rules)} rules and their {rulelint.examples(book)} examples are in order"
        )


@rules.command("test")
@_FILES
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_obj
def test_(config_path: Path | None, files: tuple[Path, ...], as_json: bool) -> None:
    """Run every rule's own examples and every [[test]] in config.toml and your rule files.

    Without FILE, the rules in effect are tested. FILE is laid over the shipped rules. Exit code 3
    where anything fails.
    """
    from assistant.cli import ruletests
    from assistant.errors import ConfigError

    setup, layers = _read(config_path, files)
    tested = ruletests.run(setup, layers)
    if as_json:
        click.echo(json.dumps(tested.as_json(), indent=2))
    else:
        ruletests.show_all(tested)
    if not tested.passed:
        raise click.exceptions.Exit(ConfigError.exit_code)


@rules.command()
@click.argument("kind", type=click.Choice(["rules", "config", "clients"]), default="rules")
def schema(kind: str) -> None:
    """Print the JSON Schema of rule files, of config.toml or of clients.toml: for editors that check TOML.

    docs/rules.md tells how an editor gets to know it.
    """
    from assistant.cli import schema as schemas

    click.echo(schemas.text(kind), nl=False)


def _read(config_path: Path | None, files: tuple[Path, ...]) -> tuple[Setup, Layers]:
    """The rules in effect, or the shipped ones with these files laid over them."""
    from assistant import rulebook, tomlfile
    from assistant.cli import wiring
    from assistant.errors import ConfigError

    if not files:
        return wiring.read_layers(config_path)
    setup = wiring.read_setup_defaults()
    try:
        layers = rulebook.read(None, [tomlfile.load(path) for path in files])
        return dataclasses.replace(setup, rulebook=layers.books()[0]), layers
    except ConfigError as error:
        problems = sorted(error.problems, key=lambda each: (each.file, each.line or 0))
        config = any(each.key == "account" or each.key.startswith("account[") for each in problems)
        hint = "FILE is a rule file; a config.toml is checked by --config FILE before the command"
        raise ConfigError(problems, hint=hint if config else error.hint) from error


def _account(setup: Setup, address: str | None) -> Account | None:
    from assistant.tomlfile import suggest

    if address is None:
        return None
    accounts = {each.mailbox_address: each for each in setup.config.settings.account}
    if address.casefold() not in accounts:
        raise click.UsageError(f"no account {address!r}{suggest(address, accounts)}")
    return accounts[address.casefold()]


def _number(setup: Setup, account: Account | None) -> int | None:
    return None if account is None else setup.config.settings.account.index(account)


def _list(config_path: Path | None, account: str | None, *, as_json: bool) -> None:
    from rich.text import Text

    from assistant.clean import clean_text
    from assistant.cli import show, wiring

    setup = wiring.read_setup(config_path)
    book = setup.rulebook_of(_account(setup, account))
    if as_json:
        listed = [dataclasses.asdict(rule) for rule in book.rules]
        click.echo(
            json.dumps(
                {"threshold": book.threshold, "evidence": book.evidence, "rules": listed},
                indent=2,
            )
        )
        return
    table = show.plain_table()
    for name in ("Rule", "Points", "Tone", "What it notices", "From"):
        table.add_column(
            name,
            justify="right" if name == "Points" else "left",
            no_wrap=name in ("Rule", "Points", "Tone"),
        )
    for rule in sorted(book.rules, key=lambda rule: (rule.language, -rule.points, rule.id)):
        table.add_row(
            Text(rule.id, style="bold"),
            Text(f"{rule.points:+d}", style="yellow" if rule.points > 0 else "green"),
            Text(rule.tone or "–"),
            Text(rule.describe),
            Text(clean_text(rule.origin, 300), style="dim"),
        )
    out = show.console()
    out.print(table)
    out.print(
        f"\n{len(book.rules)} rules. Beside them words, the thread and the reader are heard; "
        "rules/README.md tells how, and how to change them.",
        markup=False,
    )
    if account is None and setup.own:
        out.print(f"With rules of their own (--account): {', '.join(setup.own)}", markup=False)

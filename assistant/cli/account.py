"""`account`: adding mailboxes, listing them, signing in again, removing them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from assistant.cli import cli

if TYPE_CHECKING:
    from assistant.cli.consent import Manner
    from assistant.cli.wizard import Given
    from assistant.config import Config


@cli.group()
def account() -> None:
    """Add a mailbox, list them, sign in again, remove one."""


def _refused(_context: click.Context, option: click.Parameter, given: str | None) -> None:
    """A secret on the command line."""
    if given is not None:
        raise click.UsageError(
            f"--{(option.name or '').replace('_', '-')}: every user of this machine can read command lines, "
            "and the shell remembers them. It is asked for; or use --password-stdin, --password-command, "
            "--password-file or --password-env. Think of a new one, if this was real"
        )


def _manner(command: Any) -> Any:
    """The options of a sign-in by browser."""
    for option in (
        click.option("--no-browser", is_flag=True, help="Only show the sign-in page's address."),
        click.option("--paste", is_flag=True, help="The browser is on another machine: paste where it ended."),
        click.option("--device-code", is_flag=True, help="Microsoft: sign in by a code; often blocked."),
        click.option("--client-file", metavar="FILE", help="Google: the client's JSON file, with id and secret."),
        click.option("--testing/--in-production", default=None, help="Google: the client's publishing status."),
        click.option("--in-file", is_flag=True, help="Keep the tokens in a file, even if there is a keyring."),
    ):  # fmt: skip
        command = option(command)
    return command


def _secrets(command: Any) -> Any:
    """How a password gets in, and how it does not."""
    for option in (
        click.option("--password-stdin", is_flag=True, help="Read the password from standard input."),
        click.option("--password", hidden=True, callback=_refused, expose_value=False),
        click.option("--client-secret", hidden=True, callback=_refused, expose_value=False),
        click.option("--token", hidden=True, callback=_refused, expose_value=False),
    ):  # fmt: skip
        command = option(command)
    return command


# --- add ------------------------------------------------------------------------------------------


@account.command()
@click.argument("address", required=False)
@click.option("--host", help="The IMAP server.")
@click.option("--port", type=click.IntRange(1, 65_535), help="Its port (default: 993).")
@click.option("--user", help="Your user name there (default: the address).")
@click.option("--name", help="Your name, as it stands in From.")
@click.option("--sign-in", type=click.Choice(["password", "microsoft", "google"]))
@click.option("--keyring", is_flag=True, help="Keep the password in the system's keyring.")
@click.option(
    "--password-file", metavar="FILE", help="Keep it in, or take it from, a file of mode 0600."
)
@click.option("--password-command", metavar="COMMAND", help="A program that prints it.")
@click.option("--password-env", metavar="NAME", help="An environment variable that holds it.")
@click.option("--credential", metavar="NAME", help="A systemd credential that will hold it.")
@click.option("--client-id", metavar="ID", help="Microsoft, Google: of your own application.")
@click.option("--tenant", help="Microsoft: your tenant (default: common).")
@click.option("--authority", metavar="URL", help="Another sign-in server (national clouds).")
@click.option("--insecure", is_flag=True, help="No encryption: for a server on this machine only.")
@click.option("--ca-file", metavar="FILE", help="A certificate authority of your own.")
@click.option(
    "--yes", is_flag=True, help="Ask nothing: take what is usual where no option says more."
)
@_manner
@_secrets
@click.pass_obj
def add(config_path: Path | None, /, address: str | None, yes: bool, **options: Any) -> None:
    """Set up a mailbox: recognise its provider, sign in, and write it into config.toml.

    Every question can be answered by an option. Nothing is written before the sign-in has worked.
    """
    from assistant.clean import a_label
    from assistant.cli import filing, wizard
    from assistant.cli.questions import Questions
    from assistant.config import edit

    ask = Questions(silent=yes)
    place = filing.place(config_path, new=True)
    address = a_label(ask.text("ADDRESS", "Mail address", address, wrong=wizard.address_problem))
    if place.find(address) is not None:
        raise click.UsageError(f"{address} is there already: assistant account sign-in {address}")
    in_file = options.pop("in_file")
    found = wizard.run(address, _given(options), ask, place.path.parent, place.find)
    new = filing.checked(place, edit.with_account(str(place.path), place.text, found.values))
    click.echo(f"\nThis goes into {place.path}:\n\n{edit.account_text(found.values)}")
    ask.sure("Write it?")
    filing.keep(place, found, in_file=in_file, then=lambda: edit.write(place.path, new))
    filing.tell_next(place, found)
    _tell_daemon(place.config)


def _given(options: dict[str, Any]) -> Given:
    """The options as the wizard takes them."""
    from assistant.cli.keeping import Kind
    from assistant.cli.wizard import Given

    keep: dict[Kind, str] = {"keyring": ""} if options.pop("keyring") else {}
    places: dict[str, Kind] = {
        "password_command": "command",
        "password_file": "file",
        "password_env": "env",
        "credential": "credential",
    }
    for option, kind in places.items():
        if (value := options.pop(option)) is not None:
            keep[kind] = value
    return Given(keep=keep, manner=_how(options), **options)


def _how(options: dict[str, Any]) -> Manner:
    """The options of a sign-in by browser, taken out."""
    from assistant.cli.consent import Manner

    paste, code = options.pop("paste"), options.pop("device_code")
    if paste and code:
        raise click.UsageError("give one of --paste and --device-code")
    return Manner(browser=not options.pop("no_browser"), paste=paste, device_code=code)


# --- list, sign-in, remove ------------------------------------------------------------------------


@account.command("list")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.pass_obj
def list_(config_path: Path | None, as_json: bool) -> None:
    """The mailboxes, how each signs in, and how long that lasts. Connects to nobody."""
    import json

    from assistant.cli import filing

    place = filing.place(config_path)
    listed = [filing.described(place.config, each) for each in place.config.settings.account]
    if as_json:
        click.echo(json.dumps(listed, indent=2))
        return
    if not listed:
        click.echo("No mailbox is set up yet: assistant account add")
    filing.show(listed)


@account.command("sign-in")
@click.argument("address")
@_manner
@_secrets
@click.pass_obj
def sign_in(config_path: Path | None, /, address: str, **options: Any) -> None:
    """Sign in again: a new password, or the browser once more.

    What was kept before is replaced only after the new sign-in has worked.
    """
    from assistant.cli import filing
    from assistant.cli.questions import Questions

    place = filing.place(config_path)
    found = place.wanted(address)
    ask = Questions()
    if found.sign_in == "password":
        filing.new_password(found, ask, stdin=options["password_stdin"])
    else:
        filing.new_consent(
            place, found, ask, _how(options), client_file=options["client_file"],
            testing=options["testing"], in_file=options["in_file"],
        )  # fmt: skip
    _tell_daemon(place.config)


@account.command()
@click.argument("address")
@click.option("--yes", is_flag=True, help="Ask nothing.")
@click.pass_obj
def remove(config_path: Path | None, address: str, yes: bool) -> None:
    """Take a mailbox out of config.toml and forget its secret. Nothing changes on the server."""
    from assistant.cli import filing
    from assistant.cli.questions import Questions

    place = filing.place(config_path)
    filing.remove(place, place.wanted(address), Questions(silent=yes))
    _tell_daemon(place.config)


def _tell_daemon(config: Config) -> None:
    """Let a running daemon take over what has changed.

    That it holds its lock is looked at first: the process that health.json names may have been
    killed, and its number be another's by now.
    """
    from assistant.cli import wiring
    from assistant.cli.standing import is_locked
    from assistant.daemon import health

    folder = config.state_folder
    if health.read(folder) is None or not is_locked(folder):
        return
    asked = health.reload(folder, wiring.now())
    if asked:
        click.echo("The running assistant has been told.")
    elif asked is False:
        click.echo(
            "The running assistant can't be told from here (it is another user's, or in a container). Have it "
            "read its config anew:\n"
            "  docker compose kill -s HUP inbox-assistant    or    systemctl reload inbox-assistant"
        )

"""The commands. Data on stdout, logs and progress on stderr; exit codes as in assistant/errors.py.

This is where real objects are wired together, and one of the program's two edges: every error of
ours becomes a message and an exit code here. Heavy imports wait inside the commands, so that
`assistant --help` is instant.
"""

from __future__ import annotations

import contextlib
import gc
import io
import logging
import os
import sys
import traceback
from importlib import import_module
from pathlib import Path
from types import MappingProxyType

import click

from assistant.clean import clean_text
from assistant.errors import AssistantError

BUG = 1
NOT_RUNNING = 9
"""The exit code of `status` and `service status` where no daemon runs."""
LONGEST_LINE = 2_000
MODULES = MappingProxyType({
    "account": "account", "assign": "told", "brief": "briefly", "called": "told", "cases": "cases", "check": "check",
    "client-setup": "client_setup", "clients": "clients", "correct": "correct", "demo": "demo", "done": "told",
    "eval": "evaluate", "explain": "explain", "export": "export", "forget": "forget", "import": "export",
    "learn": "learn", "part": "told", "reply": "reply", "report": "reporting", "resolve": "told", "rules": "hits",
    "run": "run", "scan": "scan", "service": "service", "status": "status", "today": "morning", "try": "trying",
})  # fmt: skip
"""The module that registers each command. (`hits` adds one to the group in `rules`, which it imports.)"""


class Commands(click.Group):
    """Imports a command's module when it is called, and all of them only where each is to say what it does."""

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name in MODULES:
            import_module(f"{__name__}.{MODULES[name]}")
        return super().get_command(context, name)

    def list_commands(self, _context: click.Context) -> list[str]:
        return sorted(MODULES)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="inbox-assistant", message="%(version)s")
@click.option(
    "--config",
    "config_path",
    type=click.Path(path_type=Path),
    help="The config.toml to use (default: $ASSISTANT_CONFIG, else the platform's folder).",
)
@click.option(
    "--verbose", "-v", is_flag=True, help="Log every command sent (verbs only) on stderr."
)
@click.pass_context
def cli(context: click.Context, config_path: Path | None, verbose: bool) -> None:
    """Notices unhappy clients in an IMAP inbox, labels their tone, and lays a holding reply in Drafts.

    It never sends, never marks as read, never moves or deletes; nothing leaves this machine.
    Start with `assistant demo`, then `assistant account add`.
    """
    context.obj = config_path
    logging.basicConfig(
        stream=sys.stderr,
        level=logging.DEBUG if verbose else logging.INFO,
        format="%(asctime)s %(levelname)s %(message)s",
    )
    # imapclient would log whole answers, and so a client's words.
    logging.getLogger("imapclient").setLevel(logging.WARNING)


def _leave_no_core() -> None:
    """A crash must not write what is in memory to the disk: there are clients' words in it."""
    try:
        import resource
    except ImportError:  # Windows, which writes no such files unless it is told to
        return
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))


def tell(line: str) -> None:
    """A line for the person at the keyboard. It may quote a server or a file name: nothing of
    that reaches the terminal but printable text."""
    click.echo(clean_text(line, LONGEST_LINE), err=True)


def main() -> None:
    """The program. Turns every error of ours into a message and its exit code."""
    _leave_no_core()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that knows no “ or ✓ shows a ?
    try:
        code = cli.main(prog_name="assistant", standalone_mode=False)  # what ctx.exit() was given
        sys.stdout.flush()
        gc.freeze()  # else Python looks through all of it once more before it ends (70 ms)
        sys.exit(code)
    except click.exceptions.Abort:
        click.echo("stopped", err=True)
        sys.exit(130)
    except click.ClickException as wrong:
        wrong.show()
        sys.exit(wrong.exit_code)
    except AssistantError as error:
        for line in error.message.splitlines():
            tell(f"error: {line}")
        if error.hint:
            tell(f"hint: {error.hint}")
        sys.exit(error.exit_code)
    except BrokenPipeError:
        # Somebody like `head` has seen enough; keep Python from complaining at its exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)
    except Exception as error:  # noqa: BLE001 - the edge: a bug is reported as one
        # Where it happened, not what it said: an error's text may hold a client's words.
        where = "".join(traceback.format_tb(error.__traceback__))
        logging.getLogger("assistant").debug("traceback:\n%s", where)
        click.echo(
            f"error: a bug in the assistant ({type(error).__name__}); nothing was lost. "
            "Run again with --verbose for the details to report.",
            err=True,
        )
        sys.exit(BUG)

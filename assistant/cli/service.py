"""`service`: the daemon as a systemd service, installed, looked at, removed."""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import click

from assistant import units
from assistant.clean import clean_text
from assistant.cli import LONGEST_LINE, NOT_RUNNING, cli, tell, unitfile
from assistant.cli.systemctl import Standing, Systemctl
from assistant.errors import ServiceError

_LINGER = "to have it run from the start of the machine: loginctl enable-linger"
_ENDS = {
    1: "a bug; please report what the log says",
    3: "mistakes in config or rules: `assistant check` lists them",
    6: "the state is damaged, or from a newer version",
    7: "another assistant is at work on the same state",
    11: "the state can't be written: is the disk full?",
}
"""What the daemon means by its exit codes (assistant/errors.py)."""
_OF_SYSTEMD = 200
"""From here on exit codes are systemd's own (systemd.exec(5)): it could not start the program."""
_system = click.option(
    "--system", is_flag=True, help="The system's service, for a server; without it, yours alone."
)
_force = click.option(
    "--force", is_flag=True, help="Even if the unit there was not written by this program."
)


@cli.group()
def service() -> None:
    """Run as a systemd service: install, status, uninstall.

    Without --system: a service of your own, for a laptop (docs/laptop.md). With --system: a sandboxed
    service with a user of its own, for a server (docs/server.md).
    """


@service.command()
@_system
@click.option("--print", "only_print", is_flag=True, help="Show the unit; write nothing.")
@_force
@click.pass_obj
def install(config_path: Path | None, system: bool, only_print: bool, force: bool) -> None:
    """Install the service and start it, now and whenever the machine does.

    Again: brings an installed one up to date. The config is checked first.
    """
    from assistant.cli import wiring

    systemctl = Systemctl.of(system)
    if not only_print:
        systemctl.require()
        _require_root("install", system)
    config = wiring.read_setup(_config_path(config_path, system)).config
    accounts = wiring.accounts(config)
    text = unitfile.unit_text(config, system=system, only_print=only_print)
    notes = unitfile.advice(config, accounts, system=system)
    if only_print:
        click.echo(text, nl=False)
        _note(*notes)
        return
    unitfile.require_ours(systemctl.unit_file, force)
    if system:
        _make_user()
    changed = unitfile.write(systemctl.unit_file, text)
    _say("written" if changed else "unchanged", systemctl.unit_file)
    systemctl.run("daemon-reload")
    systemctl.run("enable", units.FILE)
    # It starts one that doesn't run; one that does may be of an older version, or have an older config.
    systemctl.run("restart", units.FILE)
    _say("running", systemctl.standing().said or "yes")
    _say("starts", "with the machine" if system else f"when you sign in; {_LINGER}")
    _say("log", systemctl.log_command)
    _note(*notes)


@service.command()
@_system
@_force
def uninstall(system: bool, force: bool) -> None:
    """Stop the service and remove its unit. Config and state stay."""
    systemctl = Systemctl.of(system)
    systemctl.require()
    _require_root("uninstall", system)
    if not os.path.lexists(systemctl.unit_file):
        _say("absent", f"{systemctl.unit_file}; nothing to remove")
        return
    unitfile.require_ours(systemctl.unit_file, force)
    systemctl.run("disable", "--now", units.FILE)
    unitfile.remove(systemctl.unit_file)
    systemctl.run("daemon-reload")
    systemctl.forget()
    _say("stopped", units.FILE)
    _say("removed", systemctl.unit_file)
    own = systemctl.unit_file.with_name(f"{units.FILE}.d")
    if own.exists():
        _say("kept", f"{own}, where your own changes of the unit are (systemctl edit)")
    _say("kept", "config.toml and the state; the page in docs/ says how to remove them, too")


@service.command()
@_system
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def status(system: bool, as_json: bool) -> None:
    """Show whether the service is installed, enabled and running, and where its log is.

    Ends with 0 if it is running, 9 if not. `assistant status` tells what it has done.
    """
    systemctl = Systemctl.of(system)
    systemctl.require()
    standing = systemctl.standing()
    if as_json:
        click.echo(json.dumps(_as_json(systemctl, standing), indent=2))
    else:
        _show(systemctl, standing)
    raise click.exceptions.Exit(0 if standing.running else NOT_RUNNING)


def _config_path(given: Path | None, system: bool) -> Path | None:
    """The config that the service will use, wherever it is started from; None for the platform's."""
    in_etc = units.SYSTEM_CONFIG if system else ""
    named = given or os.environ.get("ASSISTANT_CONFIG") or in_etc
    return Path(named).absolute() if named else None


def _require_root(verb: str, system: bool) -> None:
    if not system or os.geteuid() == 0:
        return
    program = shlex.join([sys.executable, "-m", "assistant", "service", verb, "--system"])
    raise ServiceError(f"only root may {verb} a system service", hint=f"sudo {program}")


def _make_user() -> None:
    """The system service's own user, if it isn't there yet."""
    import pwd

    with contextlib.suppress(KeyError):
        pwd.getpwnam(units.NAME)
        return
    try:
        done = subprocess.run(units.MAKE_USER, capture_output=True, check=False, text=True)
    except OSError as error:
        raise ServiceError(
            f"the user {units.NAME} can't be made: no useradd",
            f"make it by hand: {shlex.join(units.MAKE_USER)}",
        ) from error
    if done.returncode != 0:
        raise ServiceError(
            f"the user {units.NAME} can't be made: {clean_text(done.stderr, 200)}",
            f"make it by hand: {shlex.join(units.MAKE_USER)}",
        )
    _say("made", f"the user {units.NAME}")


def _note(*notes: str) -> None:
    for each in notes:
        tell(f"note: {each}")


def _say(label: str, text: object) -> None:
    """A line of what was done, or of how things are."""
    click.echo(f"{label:<11}{clean_text(str(text), LONGEST_LINE)}")


def _show(systemctl: Systemctl, standing: Standing) -> None:
    """Installed, enabled, running; and where the log is."""
    file, when = systemctl.unit_file, "with the machine" if systemctl.system else "when you sign in"
    there = standing.loaded or os.path.lexists(file)
    _say("Installed", (file if os.path.lexists(file) else "yes") if there else "no")
    _say("Enabled", f"yes: it starts {when}" if standing.enabled else "no")
    _say("Running", _running(standing))
    _say("Log", systemctl.log_command)


def _running(standing: Standing) -> str:
    if standing.running:
        said = f": {standing.said}" if standing.said else ""
        return f"since {standing.since}{said}"
    if standing.restarting:
        return f"no: {_end(standing)}; it is started again in a minute"
    if standing.active == "failed":
        return f"no: {_end(standing)}; the log tells why"
    return {"activating": "not yet: it is starting", "deactivating": "it is stopping"}.get(
        standing.active, "no"
    )


def _end(standing: Standing) -> str:
    """Why the last run ended."""
    if standing.result == "exit-code":
        code = standing.status
        why = "systemd could not start it" if code >= _OF_SYSTEMD else _ENDS.get(code, "")
        return f"it ended with exit code {code}{f' ({why})' if why else ''}"
    return {
        "oom-kill": "it ran out of memory",
        "resources": "systemd could not start it",
        "timeout": "it took too long",
        "watchdog": "it hung, and the watchdog ended it",
    }.get(standing.result, f"it was ended ({standing.result})")


def _as_json(systemctl: Systemctl, standing: Standing) -> dict[str, Any]:
    return {
        "unit": str(systemctl.unit_file),
        "installed": standing.loaded,
        "enabled": standing.enabled,
        "running": standing.running,
        "since": standing.since,
        "active": standing.active,
        "result": standing.result,
        "exit_status": standing.status,
        "said": standing.said,
        "log": systemctl.log_command,
    }

"""`assistant service`: the real program in a home of its own, and a stand-in for systemctl on its PATH."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests import sandbox
from tests import systemctl as stand_in
from tests.program import SECONDS, Done, Home, command
from tests.unit_reader import command as command_line
from tests.unit_reader import settings, words

ROOT = Path(__file__).parent.parent
ACCOUNT = '[[account]]\nhost = "imap.example.com"\nuser = "robin@example.com"\npassword_command = ["true"]\n'
LABELS = ["written", "running", "starts", "log"]
NOT_RUNNING = 9
NO_SERVICE = 10


class Machine:
    """A home folder on a machine with a systemctl that only takes notes."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.folder = home.folder / "systemctl of this machine"
        self.folder.mkdir()
        self.unit_file = home.folder / "config" / "systemd" / "user" / "inbox-assistant.service"
        self.stands()
        program = self.folder / "systemctl"
        program.write_text(
            f'#!/bin/sh\nexec "{sys.executable}" "{stand_in.__file__}" "{self.folder}" "$@"\n'
        )
        program.chmod(0o755)
        self.environ = {"PATH": f"{self.folder}:{os.environ['PATH']}"}

    def stands(self, **unit: str) -> None:
        """What systemd knows of the unit."""
        (self.folder / "unit").write_text(json.dumps(unit))

    def wrong(self, **what: str) -> None:
        """What goes wrong when systemctl is asked for it; ``state`` is what the manager answers."""
        named = {key.replace("_", "-"): said for key, said in what.items()}
        (self.folder / "wrong").write_text(json.dumps(named))

    @property
    def calls(self) -> list[str]:
        """What was asked of systemctl, and forgotten by this look at it."""
        path = self.folder / "calls"
        found = path.read_text().splitlines() if path.exists() else []
        path.unlink(missing_ok=True)
        return found

    def run(self, *arguments: str | Path, **environ: str) -> Done:
        return self.home.run(*arguments, environ={**self.environ, **environ})


@pytest.fixture
def machine(home: Home) -> Machine:
    found = Machine(home)
    home.configure(ACCOUNT)
    return found


def labels(done: Done) -> list[str]:
    return [line.split()[0] for line in done.out.splitlines()]


# --- install, status, uninstall -----------------------------------------------------------------


def test_install_writes_the_unit_and_starts_it(machine: Machine) -> None:
    """One user's service, of this very installation and this config."""
    done = machine.run("service", "install")
    assert (done.code, done.err) == (0, "")
    assert labels(done) == LABELS
    assert str(machine.unit_file) in done.out
    assert "loginctl enable-linger" in done.out
    assert "\x1b" not in done.out
    assert machine.calls == [
        "--user --no-pager is-system-running",
        "--user --no-pager daemon-reload",
        "--user --no-pager enable inbox-assistant.service",
        "--user --no-pager restart inbox-assistant.service",
        f"--user --no-pager show inbox-assistant.service --property={','.join(sorted(stand_in.NEW))}",
    ]
    (line,) = settings(machine.unit_file.read_text())["Service.ExecStart"]
    assert command_line(line) == [
        sys.executable, "-P", "-m", "assistant", "--config", str(machine.home.config_file), "run",
    ]  # fmt: skip
    assert machine.unit_file.stat().st_mode & 0o777 == 0o644
    assert [path.name for path in machine.unit_file.parent.iterdir()] == [machine.unit_file.name]
    assert not machine.home.state.exists()


def test_what_was_installed_starts(machine: Machine, tmp_path: Path) -> None:
    """The command in the unit, run as systemd would: it is this program, and gets to its config.

    From a folder that holds another package of its name, and with a word behind it that shows the help.
    """
    machine.run("service", "install")
    (line,) = settings(machine.unit_file.read_text())["Service.ExecStart"]
    (tmp_path / "assistant").mkdir()
    (tmp_path / "assistant" / "__main__.py").write_text("raise SystemExit(99)")
    done = subprocess.run(
        [*command_line(line), "--help"], env=machine.home.environ, cwd=tmp_path, capture_output=True,
        text=True, check=False, timeout=SECONDS,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Usage: assistant run")


def test_again_changes_nothing_and_starts_anew(machine: Machine) -> None:
    """After an update: the same command; the unit is not even touched."""
    machine.run("service", "install")
    before, _ = machine.unit_file.stat(), machine.calls
    done = machine.run("service", "install")
    assert (done.code, labels(done)) == (0, ["unchanged", *LABELS[1:]])
    after = machine.unit_file.stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert "--user --no-pager restart inbox-assistant.service" in machine.calls


def test_uninstall_takes_the_unit_and_nothing_else(machine: Machine) -> None:
    """Config and state stay; a second time there is nothing to do."""
    machine.run("service", "install")
    machine.home.state.mkdir(parents=True)
    assert machine.calls
    done = machine.run("service", "uninstall")
    assert (done.code, done.err) == (0, "")
    assert labels(done) == ["stopped", "removed", "kept"]
    assert machine.calls == [
        "--user --no-pager is-system-running",
        "--user --no-pager disable --now inbox-assistant.service",
        "--user --no-pager daemon-reload",
        "--user --no-pager reset-failed inbox-assistant.service",
    ]
    assert not machine.unit_file.exists()
    assert machine.home.config_file.exists()
    assert machine.home.state.exists()
    done = machine.run("service", "uninstall")
    assert (done.code, labels(done)) == (0, ["absent"])


def test_uninstall_leaves_the_users_own_changes_and_says_so(machine: Machine) -> None:
    """What `systemctl edit` wrote would come back with the next install."""
    machine.run("service", "install")
    own = machine.unit_file.with_name("inbox-assistant.service.d")
    own.mkdir()
    (own / "override.conf").write_text("[Service]\n")
    done = machine.run("service", "uninstall")
    assert f"kept       {own}, where your own changes" in done.out
    assert (own / "override.conf").exists()


def test_status_tells_how_it_stands(machine: Machine) -> None:
    """Installed, enabled, running since; and 9 where it doesn't run."""
    done = machine.run("service", "status")
    assert done.code == NOT_RUNNING
    assert [line.split() for line in done.out.splitlines()[:3]] == [
        ["Installed", "no"], ["Enabled", "no"], ["Running", "no"],
    ]  # fmt: skip
    machine.run("service", "install")
    done = machine.run("service", "status")
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines() == [
        f"Installed  {machine.unit_file}",
        "Enabled    yes: it starts when you sign in",
        "Running    since Sun 2026-11-22 19:50:13 UTC: watching 2 mailboxes[2J",
        "Log        journalctl --user -u inbox-assistant",
    ]
    found = machine.run("service", "status", "--json").json
    assert (found["unit"], found["installed"], found["enabled"], found["running"]) == (
        str(machine.unit_file), True, True, True,
    )  # fmt: skip
    assert "--user" not in machine.run("service", "status", "--system").out


@pytest.mark.parametrize(
    ("unit", "said"),
    [
        ({"ActiveState": "failed", "Result": "exit-code", "ExecMainStatus": "3"},
         "no: it ended with exit code 3 (mistakes in config or rules: `assistant check` lists them); the log tells why"),
        ({"ActiveState": "failed", "Result": "exit-code", "ExecMainStatus": "243"},
         "no: it ended with exit code 243 (systemd could not start it); the log tells why"),
        ({"ActiveState": "activating", "SubState": "auto-restart", "Result": "watchdog"},
         "no: it hung, and the watchdog ended it; it is started again in a minute"),
        ({"ActiveState": "activating", "SubState": "start"}, "not yet: it is starting"),
        ({"ActiveState": "failed", "Result": "oom-kill"}, "no: it ran out of memory; the log tells why"),
        ({"ActiveState": "failed", "Result": "signal"}, "no: it was ended (signal); the log tells why"),
    ],
)  # fmt: skip
def test_status_says_why_it_does_not_run(machine: Machine, unit: dict[str, str], said: str) -> None:
    """In words, as far as systemd knows it."""
    machine.stands(LoadState="loaded", **unit)
    done = machine.run("service", "status")
    assert done.code == NOT_RUNNING
    assert f"Running    {said}" in done.out.splitlines()


# --- what is refused ----------------------------------------------------------------------------


def test_somebody_elses_unit_is_left_alone(machine: Machine) -> None:
    """Neither written over nor removed, unless it is asked for by --force."""
    machine.unit_file.parent.mkdir(parents=True)
    machine.unit_file.write_text("[Service]\nExecStart=/bin/true\n")
    for verb in ("install", "uninstall"):
        done = machine.run("service", verb)
        assert done.code == NO_SERVICE
        assert f"error: {machine.unit_file}: was not written by this program" in done.err
        assert "--force" in done.err
    assert machine.unit_file.read_text() == "[Service]\nExecStart=/bin/true\n"
    assert machine.calls == ["--user --no-pager is-system-running"] * 2
    assert machine.run("service", "install", "--force").code == 0
    assert "-m assistant" in machine.unit_file.read_text()
    machine.unit_file.write_text("")
    assert machine.run("service", "uninstall", "--force").code == 0
    assert not machine.unit_file.exists()


@pytest.mark.parametrize(
    ("config", "said"),
    [("", "no [[account]] is set up"), ("poll = 1\n" + ACCOUNT, "config.toml:1: poll: unknown key")],
)  # fmt: skip
def test_a_config_that_would_not_start_is_not_installed(
    machine: Machine, config: str, said: str
) -> None:
    """The usual message, before anything is written."""
    machine.home.configure(config)
    for more in ([], ["--print"]):
        done = machine.run("service", "install", *more)
        assert (done.code, done.out) == (3, "")
        assert said in done.err
    assert not machine.unit_file.exists()
    assert machine.calls == ["--user --no-pager is-system-running"]


@pytest.mark.parametrize("verb", ["install", "uninstall", "status"])
def test_without_systemd_it_is_said_what_else_there_is(machine: Machine, verb: str) -> None:
    """No systemctl; one that runs nothing; one that reaches no manager."""
    nowhere = machine.home.folder / "empty"
    nowhere.mkdir()
    done = machine.run("service", verb, PATH=str(nowhere))
    assert done.code == NO_SERVICE
    assert "error: there is no systemd on this machine" in done.err
    assert "docs/docker.md" in done.err
    machine.wrong(state="offline")
    done = machine.run("service", verb)
    assert done.code == NO_SERVICE
    assert "error: systemd is installed, but does not run this machine" in done.err
    machine.wrong(is_system_running="Failed to connect to bus: \x1b[2JNo medium found\n")
    done = machine.run("service", verb)
    assert done.code == NO_SERVICE
    assert "your user's manager: Failed to connect to bus: [2JNo medium found" in done.err
    assert "not by su or sudo" in done.err
    assert not machine.unit_file.exists()


def test_a_start_that_fails_is_told_in_systemds_words(machine: Machine) -> None:
    """With the place of the log. The unit stays, for `status` to look at."""
    machine.wrong(restart="Job for inbox-assistant.service failed.\nSee journalctl.\n")
    done = machine.run("service", "install")
    assert done.code == NO_SERVICE
    assert "`systemctl restart inbox-assistant.service` failed: Job for inbox-assistant" in done.err
    assert "hint: the log tells more: journalctl --user -u inbox-assistant -n 20" in done.err
    assert machine.unit_file.exists()


def test_a_folder_that_can_not_be_written(machine: Machine) -> None:
    """The file is named, and no traceback shown."""
    machine.unit_file.parent.parent.parent.mkdir(exist_ok=True)
    machine.unit_file.parent.parent.write_text("a file where a folder should be")
    done = machine.run("service", "install")
    assert done.code == NO_SERVICE
    assert f"error: {machine.unit_file}: can't be" in done.err


def test_only_root_installs_a_system_service(machine: Machine) -> None:
    """It is said how; nothing is tried."""
    # In a user namespace without a map even root is nobody.
    outside = ["unshare", "--user"] if os.geteuid() == 0 else []
    if outside:
        sandbox.need(*outside)
    for verb in ("install", "uninstall"):
        done = subprocess.run(
            [*outside, *command("service", verb, "--system")], capture_output=True, text=True,
            check=False, timeout=SECONDS, env={**machine.home.environ, **machine.environ},
        )  # fmt: skip
        assert done.returncode == NO_SERVICE, done.stderr
        assert f"error: only root may {verb} a system service" in done.stderr
        assert f"hint: sudo {sys.executable} -m assistant service {verb} --system" in done.stderr
        assert machine.calls == ["--no-pager is-system-running"]


# --- what the unit holds ------------------------------------------------------------------------


def test_print_writes_nothing_and_asks_nobody(machine: Machine) -> None:
    """The very text that would be installed, on standard output, with or without systemd."""
    nowhere = machine.home.folder / "empty"
    nowhere.mkdir()
    printed = machine.run("service", "install", "--print", PATH=str(nowhere))
    assert (printed.code, printed.err) == (0, "")
    assert not machine.unit_file.exists()
    assert machine.calls == []
    machine.run("service", "install")
    assert machine.unit_file.read_text() == printed.out


def test_the_config_is_the_one_that_was_named(machine: Machine) -> None:
    """By --config or by $ASSISTANT_CONFIG, wherever the command was given; odd names included."""
    odd = machine.home.folder / "my $HOME 100% 'mail' b\\s é"
    odd.mkdir()
    (odd / 'c "1".toml').write_text(ACCOUNT)
    relative = Path(odd.name) / 'c "1".toml'  # the program is run in the home folder
    named = machine.run("--config", relative, "service", "install", "--print")
    inherited = machine.run("service", "install", "--print", ASSISTANT_CONFIG=str(relative))
    assert (named.code, named.out) == (0, inherited.out)
    (line,) = settings(named.out)["Service.ExecStart"]
    assert command_line(line)[-2:] == [str(odd / 'c "1".toml'), "run"]


def test_a_path_that_no_unit_can_hold(machine: Machine) -> None:
    """A line end in a folder's name would be a setting of its own."""
    folder = machine.home.folder / "a\nExecStartPre=evil"
    folder.mkdir()
    (folder / "config.toml").write_text(ACCOUNT)
    done = machine.run("--config", folder / "config.toml", "service", "install", "--print")
    assert (done.code, done.out) == (NO_SERVICE, "")
    assert "error: systemd can't be told of" in done.err


def test_service_and_keyboard_agree_on_the_state(machine: Machine) -> None:
    """$XDG_STATE_HOME goes along, unless config.toml names the folder."""
    place = "/home/x/100% st"
    printed = machine.run("service", "install", "--print", XDG_STATE_HOME=place).out
    assert [words(each) for each in settings(printed)["Service.Environment"]] == [
        [f"XDG_STATE_HOME={place}"]
    ]
    machine.home.configure('state = "s"', ACCOUNT)
    printed = machine.run("service", "install", "--print", XDG_STATE_HOME=place).out
    assert "Service.Environment" not in settings(printed)


def test_what_a_service_lacks_is_said(machine: Machine) -> None:
    """The shell's variables; a system service has no keyring, either."""
    machine.home.configure(
        ACCOUNT.replace('password_command = ["true"]', 'password_env = "PW"'),
        ACCOUNT.replace("robin", "nia").replace('password_command = ["true"]', ""),
    )
    done = machine.run("service", "install")
    assert done.code == 0
    assert "note: robin@example.com: the service doesn't see your shell's PW" in done.err
    assert "systemctl --user edit inbox-assistant" in done.err
    assert "nia@example.com" not in done.err
    done = machine.run(
        "--config", machine.home.config_file, "service", "install", "--system", "--print"
    )
    assert "`systemctl edit inbox-assistant`" in done.err
    assert "note: nia@example.com: a system service has no keyring" in done.err
    assert 'note: put state = "/var/lib/inbox-assistant" into' in done.err


def test_secrets_beside_the_config_are_loaded_by_systemd(machine: Machine) -> None:
    """One line for each; a file elsewhere is the service's own to read."""
    machine.home.configure(
        ACCOUNT.replace('password_command = ["true"]', 'password_file = "mail-robin"'),
        ACCOUNT.replace("robin", "nia").replace('password_command = ["true"]', 'password_file = "mail-robin"'),
        ACCOUNT.replace("robin", "zoe").replace('password_command = ["true"]', 'password_file = "/etc/z/zoe"'),
        '[notify]\nurls_file = "notices"\n',
    )  # fmt: skip
    config = machine.home.config_file
    (config.parent / "mail-robin").touch()
    (config.parent / "notices").touch()
    done = machine.run("--config", config, "service", "install", "--system", "--print")
    assert settings(done.out)["Service.LoadCredential"] == [
        f"mail-robin:{config.parent}/mail-robin",
        f"notices:{config.parent}/notices",
    ]
    assert "system service can't see" in done.err  # it lies in a temporary folder
    assert "the user inbox-assistant itself has to be able to read /etc/z/zoe" in done.err
    machine.home.configure(
        ACCOUNT.replace('password_command = ["true"]', 'password_file = "mail: robin"')
    )
    done = machine.run("--config", config, "service", "install", "--system", "--print")
    assert (done.code, done.out) == (NO_SERVICE, "")
    assert "systemd can't hand over a file of this name" in done.err


def test_a_secret_that_the_user_gives_to_systemd_gets_no_line(machine: Machine) -> None:
    """Two lines for one name would spoil the user's own. How that is done is said; a whole path is never handed
    over, for it is not looked for among credentials."""
    there = machine.home.config_file.parent / "robin@studio.example.password"
    there.touch()
    machine.home.configure(
        ACCOUNT.replace('password_command = ["true"]', 'password_file = "mail-robin"'),
        ACCOUNT.replace("robin", "nia").replace('password_command = ["true"]', f'password_file = "{there}"'),
    )  # fmt: skip
    config = machine.home.config_file
    done = machine.run("--config", config, "service", "install", "--system", "--print")
    assert done.code == 0
    assert "Service.LoadCredential" not in settings(done.out)
    assert (
        f"note: robin@example.com: password_file: there is no {config.parent}/mail-robin."
        in done.err
    )
    assert (
        "`systemd-creds encrypt --name=mail-robin - /etc/credstore.encrypted/mail-robin`, then "
        "`systemctl edit inbox-assistant`: [Service] "
        "LoadCredentialEncrypted=mail-robin:/etc/credstore.encrypted/mail-robin"
    ) in done.err


def test_what_the_system_service_can_not_see_is_said(machine: Machine) -> None:
    """Each file that the config names in a home folder or /tmp, by its key."""
    signature = machine.home.folder / "signature"
    signature.write_text("Robin")
    rules = machine.home.folder / "rules"
    rules.mkdir()
    clients = machine.home.folder / "clients.toml"
    clients.touch()
    machine.home.configure(
        f'rules_folder = "{rules}"\nclients_file = "{clients}"\n',
        '[[account]]\nhost = "h.example"\nuser = "r@h.example"\npassword_file = "/root/pw"\nca_file = "/home/r/ca"\n'
        f'[[account.identity]]\naddress = "r@h.example"\nsignature_file = "{signature}"\n',
        '[[account]]\nhost = "h.example"\nuser = "n@h.example"\npassword_command = ["/home/r/pw"]\n',
        '[notify]\nurls_file = "/root/urls"\n',
    )
    done = machine.run(
        "--config", machine.home.config_file, "service", "install", "--system", "--print"
    )
    told = dict(
        re.findall(r"^note: (.*): the service can't see (.*): home folders", done.err, re.MULTILINE)
    )
    assert told == {
        "r@h.example: password_file": "/root/pw",
        "r@h.example: ca_file": "/home/r/ca",
        "r@h.example: signature_file": str(signature),
        "n@h.example: password_command": "/home/r/pw",
        "[notify]: urls_file": "/root/urls",
        "config.toml: rules_folder": str(rules),
        "config.toml: clients_file": str(clients),
    }


# --- the system's service, in a private view of the machine -------------------------------------


class Server:
    """The machine as root sees it, with empty folders of its own where the system's units and config lie.

    Python and this checkout are shown in /media, for they may lie in a home folder, which is refused.
    """

    UNITS = Path("/etc/systemd/system")
    _ENTER = """
        set -e
        mount -t tmpfs none /media
        mkdir /media/python /media/code /media/config
        mount --bind "$1" /media/python
        mount --bind "$2" /media/code
        mount --bind "$3" /media/config
        mount --bind "$4" /etc/systemd/system
        shift 4
        exec "$@"
    """

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.config, self.units = machine.home.folder / "etc", machine.home.folder / "units"
        self.config.mkdir()
        self.units.mkdir()
        useradd = machine.folder / "useradd"
        useradd.write_text(f'#!/bin/sh\necho useradd "$@" >>"{machine.folder}/calls"\n')
        useradd.chmod(0o755)

    def run(self, *arguments: str, config: str = "/media/config/config.toml") -> Done:
        """As root, on this machine; the config lies in a folder that every service can see."""
        libraries = [path for path in sys.path if "site-packages" in path]
        done = subprocess.run(
            [
                "unshare", "--mount", "sh", "-c", self._ENTER, "sh", sys.base_prefix, ROOT, self.config,
                self.units, "/media/python/bin/python3", "-m", "assistant", "--config", config, "service",
                *arguments,
            ],
            capture_output=True, text=True, check=False, timeout=SECONDS, cwd=self.machine.home.folder,
            env={
                **self.machine.home.environ, **self.machine.environ,
                "PYTHONPATH": ":".join(["/media/code", *libraries]),
            },
        )  # fmt: skip
        assert "Traceback" not in done.stderr, done.stderr
        return Done(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def server(machine: Machine) -> Server:
    if os.geteuid() != 0:
        pytest.skip("needs root, for a view of its own on the machine")
    if not Server.UNITS.is_dir():
        if os.environ.get("ASSISTANT_NEED_SYSTEMD"):
            pytest.fail("systemd is not installed, and CI must not do without")
        pytest.skip("systemd is not installed (apt-get install systemd)")
    sandbox.need("unshare", "--mount")
    return Server(machine)


def test_a_system_service_is_installed_and_removed(server: Server) -> None:
    """A user of its own, the unit in /etc, its password as a credential; and away again."""
    before = sorted(server.UNITS.iterdir())
    (server.config / "config.toml").write_text(
        'state = "/var/lib/inbox-assistant"\n'
        + ACCOUNT.replace('password_command = ["true"]', 'password_file = "mail-robin"')
    )
    (server.config / "mail-robin").write_text("secret\n")
    done = server.run("install", "--system")
    assert (done.code, done.err) == (0, "")
    assert labels(done) == ["made", *LABELS]
    calls = server.machine.calls
    assert calls[1].startswith("useradd --system --user-group --no-create-home")
    assert [each.split()[1] for each in (calls[0], *calls[2:])] == [
        "is-system-running", "daemon-reload", "enable", "restart", "show",
    ]  # fmt: skip
    (unit,) = server.units.iterdir()
    found = settings(unit.read_text())
    assert unit.name == "inbox-assistant.service"
    assert found["Service.LoadCredential"] == ["mail-robin:/media/config/mail-robin"]
    assert command_line(found["Service.ExecStart"][0]) == [
        "/media/python/bin/python3", "-P", "-m", "assistant", "--config", "/media/config/config.toml", "run",
    ]  # fmt: skip
    assert server.run("uninstall", "--system").code == 0
    assert not list(server.units.iterdir())
    assert sorted(server.UNITS.iterdir()) == before


def test_a_system_service_in_a_home_folder_is_refused(server: Server) -> None:
    """It could not see its own program: said before anything is made or written."""
    done = server.run("install", "--system", config=str(server.machine.home.config_file))
    assert done.code == NO_SERVICE
    assert "error: the system service can't see" in done.err
    assert "docs/server.md" in done.err
    assert not list(server.units.iterdir())
    assert server.machine.calls == ["--no-pager is-system-running"]

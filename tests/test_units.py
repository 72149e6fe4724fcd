"""The units' texts: read back as systemd reads them, and by systemd itself where it is installed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.errors import ConfigError, StateError, StateLocked, StateUnavailable
from assistant.units import (
    FILE,
    MAKE_USER,
    NAME,
    Credential,
    hidden,
    is_credential,
    is_ours,
    is_plain,
    is_program,
    quoted,
    system_unit,
    user_unit,
)
from tests.unit_reader import command, settings, words

ROOT = Path(__file__).parent.parent
ODD = "/opt/my progs/100% ${HOME} $$ $PATH \"q\" 'a' b\\s é;#"
NEED_SYSTEMD = "ASSISTANT_NEED_SYSTEMD"


def both(*words_: str) -> list[str]:
    """Both units, for a command."""
    return [user_unit(words_, {}), system_unit(words_, [])]


# --- as we read them ----------------------------------------------------------------------------


@given(st.lists(st.text(st.characters(exclude_categories=("C", "Z")) | st.just(" "), min_size=1)))
def test_every_word_is_read_back(given_: list[str]) -> None:
    """Whatever a path holds: blanks, quotes, backslashes, per cent signs."""
    assert words(" ".join(map(quoted, given_))) == given_


@pytest.mark.parametrize("path", ["/usr/bin/python3", ODD, "/a b/%h/%%", "/c\\", "/d'e", '/f"g'])
def test_the_command_line_is_read_back(path: str) -> None:
    """The program and each argument, as they are; a dollar sign is no variable."""
    wanted = [path, "-m", "assistant", "--config", f"{path}/config.toml", "run"]
    for unit in both(*wanted):
        (value,) = settings(unit)["Service.ExecStart"]
        assert command(value) == wanted


def test_the_environment_is_read_back() -> None:
    """One variable a line."""
    found = settings(user_unit(["/p"], {"XDG_STATE_HOME": ODD, "A": "b"}))["Service.Environment"]
    assert [words(each) for each in found] == [[f"XDG_STATE_HOME={ODD}"], ["A=b"]]


def test_both_notify_reload_and_restart() -> None:
    """What the daemon and systemd have agreed on."""
    for unit in both("/p"):
        found = settings(unit)
        assert found["Service.Type"] == ["notify"]
        assert found["Service.NotifyAccess"] == ["main"]
        assert found["Service.ExecReload"] == ["/bin/kill -HUP $MAINPID"]
        assert found["Service.Restart"] == ["on-failure"]
        assert int(found["Service.TimeoutStopSec"][0]) > 10
        assert found["Service.KillMode"] == ["mixed"]
        assert int(found["Service.WatchdogSec"][0]) >= 60


def test_what_a_restart_does_not_mend_is_not_restarted() -> None:
    """Mistakes in config, a damaged state, wrong usage; but a bug (1) is, and what passes: a full disk, a lock."""
    for unit in both("/p"):
        codes = {
            int(each) for each in settings(unit)["Service.RestartPreventExitStatus"][0].split()
        }
        assert codes == {2, ConfigError.exit_code, StateError.exit_code}
        assert not codes & {StateUnavailable.exit_code, StateLocked.exit_code}


def test_a_password_beside_the_config_is_a_credential() -> None:
    """Its path goes on to the end of the line, unquoted; a per cent sign is doubled."""
    unit = system_unit(["/p"], [Credential("robin", "/etc/a b/100%/robin"), Credential("b", "/b")])
    assert settings(unit)["Service.LoadCredential"] == ["robin:/etc/a b/100%%/robin", "b:/b"]
    assert "# LoadCredential=" not in unit
    without = system_unit(["/p"], [])
    assert "Service.LoadCredential" not in settings(without)
    assert f"# LoadCredential=mail-robin:/etc/{NAME}/mail-robin" in without


@pytest.mark.parametrize(
    ("state", "written"),
    [("", None), (f"/var/lib/{NAME}", None), (f"/var/lib/{NAME}/x", None), (f"/var/lib/{NAME}x", True), ("/srv/a b", True)],
)  # fmt: skip
def test_a_state_folder_elsewhere_may_be_written(state: str, written: bool | None) -> None:
    """The rest of the disk is read-only for the system's service."""
    found = settings(system_unit(["/p"], [], state))
    assert found["Service.StateDirectory"] == [NAME]
    assert found["Service.StateDirectoryMode"] == ["0700"]
    assert found.get("Service.ReadWritePaths") == ([quoted(state)] if written else None)


def test_the_user_unit_needs_no_namespace() -> None:
    """Nothing that wants a mount or user namespace, which a user's manager may not have (Ubuntu 24.04)."""
    needing = re.compile(
        r"Service\.(?:Private|Protect|ReadWrite|ReadOnly|Inaccessible|Bind|State|TemporaryFile)"
    )
    assert not [key for key in settings(user_unit(["/p"], {})) if needing.match(key)]
    assert [key for key in settings(system_unit(["/p"], [])) if needing.match(key)]


def test_the_user_is_made_as_the_page_says() -> None:
    """docs/server.md, for who puts the unit there by hand."""
    text = " ".join((ROOT / "docs" / "server.md").read_text("utf-8").split())
    assert f"`{' '.join(MAKE_USER)}`" in text


def test_no_memory_image_is_ever_dumped() -> None:
    """A core file would hold clients' mail."""
    for unit in both("/p"):
        assert settings(unit)["Service.LimitCORE"] == ["0"]
        assert settings(unit)["Service.UMask"] == ["0077"]


def test_our_units_are_told_from_others() -> None:
    """By their first line."""
    assert all(is_ours(each) for each in both("/p"))
    assert not is_ours("")
    assert not is_ours("[Unit]\n" + user_unit(["/p"], {}))


@pytest.mark.parametrize(
    ("path", "seen"),
    [
        ("/opt/inbox-assistant/bin/python", True), ("/usr/bin/python3", True), ("/homes/x", True), ("/srv/tmp", True),
        ("/home/robin/p", False), ("/root/p", False), ("/tmp/p", False), ("/opt/../home/p", False), ("/var/tmp/p", False),
    ],
)  # fmt: skip
def test_what_the_system_unit_can_not_see(path: str, seen: bool) -> None:
    """Home folders and /tmp: said before it is installed, not by an obscure failure at its start."""
    assert hidden(["/usr/bin/env", path]) == (None if seen else path)


def test_names_that_systemd_does_not_take() -> None:
    """Control characters in paths, quotes in a program's; credentials with a colon, a blank or other alphabets."""
    assert is_plain(ODD)
    assert not any(map(is_plain, ("/a\nExecStart=/bin/evil", "/a\x07", "/a\udcff", "/a\u202e")))
    assert is_program("/opt/100% ${HOME} $$ é;#/python")
    assert not any(map(is_program, ('/a"b', "/a'b", "/a\\b", "/a\nb")))
    assert is_credential("mail-robin_2.txt")
    assert not any(map(is_credential, ("", "a:b", "a b", "ä", "a/b", "x" * 256)))


# --- as systemd reads them ----------------------------------------------------------------------


@pytest.fixture
def analyze(tmp_path: Path) -> tuple[str, dict[str, str]]:
    """systemd's own checker, and an environment for it."""
    program = shutil.which("systemd-analyze")
    if program is None:
        if os.environ.get(NEED_SYSTEMD):
            pytest.fail("systemd-analyze is not installed, and CI must not do without")
        pytest.skip("systemd-analyze is not installed (apt-get install systemd)")
    (tmp_path / "runtime").mkdir(mode=0o700)
    return program, {
        "PATH": os.environ["PATH"], "HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path / "runtime"),
        "LC_ALL": "C", "SYSTEMD_PAGER": "",
    }  # fmt: skip


def run_analyze(
    analyze: tuple[str, dict[str, str]], folder: Path, unit: str, *arguments: str
) -> tuple[int, str]:
    program, environ = analyze
    (folder / FILE).write_text(unit, "utf-8")
    done = subprocess.run(
        [program, *arguments, str(folder / FILE)], env=environ, capture_output=True, text=True,
        check=False, timeout=60,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


def program_in(folder: Path) -> str:
    """A program in a folder with everything in its name that a unit could misread, and systemd starts."""
    place = folder / "my progs" / "100% ${HOME} $$ $PATH é;#"
    place.mkdir(parents=True)
    shutil.copy("/bin/true", place / "python")
    return str(place / "python")


@pytest.mark.parametrize("kind", ["user", "system"])
def test_systemd_finds_nothing_wrong(
    analyze: tuple[str, dict[str, str]], tmp_path: Path, kind: str
) -> None:
    """Every setting is known, every value is right, and the program is found where it is."""
    words_ = [program_in(tmp_path), "-m", "assistant", "--config", f"{ODD}/config.toml", "run"]
    if kind == "user":
        unit, manager = user_unit(words_, {"XDG_STATE_HOME": ODD}), "--user"
    else:
        unit, manager = system_unit(words_, [Credential("a", f"{ODD}/a")], ODD), "--system"
    assert run_analyze(analyze, tmp_path, unit, manager, "verify", "--man=no") == (0, "")
    wrong = unit.replace("UMask=0077", "UMask=rwx").replace("KillMode", "KilMode")
    _, said = run_analyze(analyze, tmp_path, wrong, manager, "verify", "--man=no")
    assert "rwx" in said
    assert "KilMode" in said
    Path(words_[0]).unlink()
    code, said = run_analyze(analyze, tmp_path, unit, manager, "verify", "--man=no")
    assert code != 0
    assert "is not executable" in said


def test_systemd_calls_the_system_unit_safe(
    analyze: tuple[str, dict[str, str]], tmp_path: Path
) -> None:
    """systemd-analyze security: an exposure of 2.0 at most, of 10. (docs/server.md gives the figure.)"""
    unit = system_unit(["/usr/bin/env", "run"], [])
    code, said = run_analyze(
        analyze, tmp_path, unit, "security", "--offline=true", "--threshold=20", "--no-pager"
    )
    (level,) = re.findall(rf"Overall exposure level for {FILE}: ([\d.]+)", said)
    assert (code, float(level) <= 2.0) == (0, True), said

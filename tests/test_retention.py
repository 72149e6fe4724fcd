"""retention_days: what config takes, what it means, and that a pass erases by it."""

from __future__ import annotations

import contextlib
import signal
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from assistant.cli import retention, wiring
from assistant.cli.steady import A_DAY, Steady, through_sleep
from assistant.config import Config, Settings, load
from assistant.errors import ConfigError
from assistant.model import Location, Outcome
from assistant.store import Cursor, Database, Store
from tests.builders import ME, NOW, message
from tests.program import Home, account_table, days_ago, fresh, stop
from tests.servers import PymapStand

ACCOUNT = '[[account]]\nhost = "imap.example.com"\nuser = "robin@example.com"\n'


def config(folder: Path, *lines: str) -> Config:
    path = folder / "config.toml"
    path.write_text("\n".join(lines), "utf-8")
    return load(path, {})


def refusal(folder: Path, *lines: str) -> str:
    with pytest.raises(ConfigError) as caught:
        config(folder, *lines)
    (problem,) = caught.value.problems
    return str(problem).replace(f"{folder}/", "")


def days(settings: Settings) -> int | None:
    """How long a message is remembered; None for ever."""
    since = settings.remembered_since(NOW)
    return None if since is None else (NOW - since).days


def test_a_year_unless_said_otherwise(tmp_path: Path) -> None:
    assert days(config(tmp_path).settings) == 365
    assert days(config(tmp_path, "retention_days = 30").settings) == 30
    assert days(config(tmp_path, "retention_days = 0").settings) is None


@pytest.mark.parametrize("value", ["-1", "36_501", '"a year"', "30.5", "true"])
def test_what_is_no_number_of_days(tmp_path: Path, value: str) -> None:
    assert refusal(tmp_path, f"retention_days = {value}").startswith(
        "config.toml:1: retention_days: "
    )


@pytest.mark.parametrize(
    ("lines", "least"),
    [
        ((), 16),
        (("[drafting]", "max_age_days = 90"), 92),
        (("[drafting]", "once_per_sender_days = 100"), 102),
        (("[drafting]", "max_age_days = 1", "once_per_sender_days = 0"), 3),
        ((ACCOUNT, "[account.drafting]", "max_age_days = 3650"), 3652),
        # An account may want less than the others; the longest decides.
        (
            ("[drafting]", "max_age_days = 60", ACCOUNT, "[account.drafting]", "max_age_days = 5"),
            62,
        ),
    ],
)
def test_as_long_as_a_message_could_get_a_draft(
    tmp_path: Path, lines: tuple[str, ...], least: int
) -> None:
    """What is too short is refused, with its line, the reason and the least that goes; the least goes."""
    said = refusal(tmp_path, f"retention_days = {least - 1}", *lines)
    assert said.startswith(f"config.toml:1: retention_days: {least - 1} is too short: ")
    assert "max_age_days" in said
    assert "once_per_sender_days" in said
    assert f"at least {least}, or 0" in said
    assert days(config(tmp_path, f"retention_days = {least}", *lines).settings) == least
    assert days(config(tmp_path, "retention_days = 0", *lines).settings) is None


def test_the_default_gives_way(tmp_path: Path) -> None:
    """Who has drafts made for old mail, and says nothing of retention, is no mistake."""
    assert days(config(tmp_path, "[drafting]", "max_age_days = 3650").settings) == 3652


def test_in_the_wrong_place_it_is_said_so(tmp_path: Path) -> None:
    assert "belongs at the top" in refusal(tmp_path, "[drafting]", "retention_days = 30")


def remembered(wanted: Config, ages: tuple[int, ...]) -> set[int]:
    """Which of messages that were judged so many days ago are left after a pass."""
    with contextlib.closing(Database.open(wanted.state_file)) as database:
        store = Store(database)
        store.start(ME.email, "INBOX", Cursor(1, 0, NOW, rescan=False))
        for age in ages:
            found = message(identity=f"mid-{age}", message_id=f"<{age}@client.example>")
            judged: datetime = wiring.now() - timedelta(days=age)
            outcome = Outcome(found.identity, None, None, ())
            store.record(Location(ME.email, "INBOX", 1, age), found, outcome, "rules", judged)
        retention.erase_old(wiring.read_setup(wanted.path), wanted.settings.account[0], store)
        return store.seen(ME.email, "INBOX", 1, ages)


@pytest.mark.parametrize(
    ("line", "left"),
    [("", {1, 100, 364}), ("retention_days = 30", {1}), ("retention_days = 0", {1, 100, 364, 400, 4000})],
)  # fmt: skip
def test_what_a_pass_erases(tmp_path: Path, line: str, left: set[int]) -> None:
    """By the clock of today, and the config in force."""
    wanted = config(tmp_path, line, f'state = "{tmp_path}/state"', ACCOUNT)
    assert remembered(wanted, (1, 100, 364, 400, 4000)) == left


def age(home: Home, days: int) -> None:
    """Let everything that is remembered have happened so long ago."""
    long_ago = (wiring.now() - timedelta(days=days)).isoformat(timespec="microseconds")
    with contextlib.closing(Database.open(home.state / "state.sqlite3")) as database:
        database.run("UPDATE message SET judged_at = ?", (long_ago,))


def remembered_by(home: Home) -> int:
    with contextlib.closing(Database.open(home.state / "state.sqlite3")) as database:
        ((count,),) = database.rows("SELECT count(*) FROM message")
        return int(count)


def test_scan_and_run_erase_by_it(pymap: PymapStand, home: Home) -> None:
    """The real program: a dry run and a pass that left something don't; a whole pass does, and so does the daemon.

    Cases that are open stay 90 days more.
    """
    account = pymap.account(*(fresh(number=n, hours=n) for n in range(1, 4)))
    home.configure("retention_days = 30", account_table(account))
    assert home.run("scan", "--since", days_ago(7)).code == 0
    age(home, 29)
    assert home.run("scan").code == 0
    assert remembered_by(home) == 3
    age(home, 32)
    assert home.run("scan").code == 0
    assert remembered_by(home) == 3
    age(home, 122)
    assert home.run("scan", "--dry-run").code == 0
    account.deliver(fresh(number=8, hours=0.1))
    account.deliver(fresh(number=9, hours=0.1))
    assert home.run("scan", "--limit", "1").code == 0
    assert remembered_by(home) == 4
    assert home.run("scan").code == 0
    assert remembered_by(home) == 2
    age(home, 122)
    with home.start("run") as process:
        home.until_healthy()
        assert stop(process, signal.SIGTERM) == 0
    assert remembered_by(home) == 0
    assert len(account.contents("Drafts")) == 1


def test_a_clock_that_jumps_is_not_believed_for_a_day() -> None:
    """A year ahead, and set right again: nothing may be erased meanwhile. A jump that lasts was right."""
    wall, through = [1_000_000.0], [500.0]
    steady = Steady(lambda: wall[0], lambda: through[0])

    def passes(seconds: float, jump: float = 0.0) -> bool:
        wall[0] += seconds + jump
        through[0] += seconds
        return steady()

    assert steady()
    assert passes(30 * A_DAY)  # a machine that slept for a month
    assert passes(60.0, jump=600.0)  # a small correction
    assert not passes(60.0, jump=365 * A_DAY)
    assert not passes(3_600.0)
    assert not passes(60.0, jump=-365 * A_DAY)
    assert not passes(A_DAY - 120.0)
    assert passes(120.0)
    assert not passes(60.0, jump=-2 * A_DAY)
    assert passes(A_DAY)


def test_the_clocks_of_this_machine_go_together() -> None:
    """So that the daemon does erase."""
    assert abs(through_sleep() - through_sleep()) < 1.0
    assert Steady()()

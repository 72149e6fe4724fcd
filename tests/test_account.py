"""`account`: the wizard at a real terminal, and by options alone; list, sign-in and remove."""

from __future__ import annotations

import json
import re
import stat
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.dialogue import Dialogue
from tests.program import ADDRESS, Home, days_ago, fresh
from tests.servers import PASSWORD, DovecotStand, ImapAccount, PymapStand
from tests.unit_reader import settings

Stands = PymapStand | DovecotStand
WRONG = "Falsches-Passwort-17"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home with a keyring that is a file, and no config yet."""
    found = Home(tmp_path / "home")
    found.environ["PYTHON_KEYRING_BACKEND"] = "keyrings.alt.file.PlaintextKeyring"
    found.environ["XDG_DATA_HOME"] = str(found.folder / "data")
    found.config_file.parent.rmdir()
    return found


def keyring_text(home: Home) -> str:
    """All that the keyring holds."""
    files = [path for path in (home.folder / "data").rglob("*") if path.is_file()]
    return "".join(path.read_text() for path in files)


def server_options(account: ImapAccount) -> list[str]:
    return ["--host", "127.0.0.1", "--port", str(account.proxy.port), "--user", account.user, "--insecure"]  # fmt: skip


def written(home: Home) -> dict[str, Any]:
    """What config.toml says now."""
    return tomllib.loads(home.config_file.read_text("utf-8"))


def nothing_written(home: Home) -> bool:
    """No config, no state, no secret."""
    places = (home.config_file, home.state, home.folder / "data")
    return not any(place.exists() for place in places)


# --- the wizard -------------------------------------------------------------------------------------


def test_the_wizard_from_address_to_first_scan(real_stand: Stands, home: Home) -> None:
    """A wrong password is said and asked again; the right one goes into the keyring and nowhere else; what is
    said to come next works."""
    account = real_stand.account(fresh(number=1, hours=30))
    options = server_options(account)
    with Dialogue(home, "account", "add", *options) as wizard:
        wizard.answer("Mail address: ", "robin at studio")
        wizard.until("is no address; write name@host")
        wizard.answer("Mail address: ", ADDRESS)
        wizard.answer("Your name, as it stands in From", "Robin Hälé")
        wizard.until("1  the system's keyring")
        wizard.answer("Number", "")
        wizard.answer("Password (not shown): ", WRONG)
        wizard.until("✗ 127.0.0.1 refused the sign-in")
        wizard.until("2 more tries. Nothing was written.")
        assert nothing_written(home)
        wizard.answer("Password (not shown): ", PASSWORD)
        wizard.until("✓ signed in; 1 messages in the inbox")
        wizard.until("[[account]]")
        assert nothing_written(home)
        wizard.answer("Write it?", "y")
        assert wizard.end() == 0
        assert WRONG not in wizard.shown
        assert (
            f"assistant {'scan --dry-run --since 30d':<28} what it would have flagged"
            in wizard.shown
        )
        assert not re.search(rf"\b{PASSWORD}\b", wizard.shown)
    assert written(home) == {
        "account": [
            {
                "host": "127.0.0.1",
                "user": account.user,
                **({} if account.user == ADDRESS else {"addresses": [ADDRESS]}),
                "port": account.proxy.port,
                "insecure": True,
                "name": "Robin Hälé",
            }
        ]
    }
    assert stat.S_IMODE(home.config_file.stat().st_mode) == 0o600
    assert stat.S_IMODE(home.config_file.parent.stat().st_mode) == 0o700
    checked = home.run("check")
    assert (checked.code, checked.err) == (0, "")
    scanned = home.run("scan", "--dry-run", "--since", "30d")
    assert "1 judged, 1 flagged; 1 would have been marked, 1 would have been drafted" in scanned.out
    assert len(account.contents("Drafts")) == 0


def test_three_wrong_passwords_are_enough(pymap: PymapStand, home: Home) -> None:
    """Servers lock accounts. Nothing is written, and the exit code is that of a refused sign-in."""
    account = pymap.account()
    options = [*server_options(account), "--name", "Robin", "--keyring"]
    with Dialogue(home, "account", "add", ADDRESS, *options) as wizard:
        for left in ("2 more tries", "1 more try"):
            wizard.answer("Password (not shown): ", WRONG)
            wizard.until(left)
        wizard.answer("Password (not shown): ", WRONG)
        assert wizard.end() == 5
        assert "refused the sign-in" in wizard.shown
        assert WRONG not in wizard.shown
    assert nothing_written(home)


QUESTIONS = ("Mail address: ", "Your name", "Number", "Password (not shown): ", "Write it?")


@pytest.mark.parametrize("last", range(len(QUESTIONS)))
def test_ctrl_c_anywhere_writes_nothing(pymap: PymapStand, home: Home, last: int) -> None:
    """At every question."""
    answers = (ADDRESS, "Robin", "1", PASSWORD, "")
    with Dialogue(home, "account", "add", *server_options(pymap.account())) as wizard:
        for question, answer in zip(QUESTIONS[:last], answers, strict=False):
            wizard.answer(question, answer)
        wizard.until(QUESTIONS[last])
        wizard.interrupt()
        assert wizard.end() == 130
        assert wizard.shown.rstrip().endswith("stopped")
    assert nothing_written(home)


def test_no_is_no(pymap: PymapStand, home: Home) -> None:
    """The last question is a real one."""
    options = [*server_options(pymap.account()), "--name", "Robin", "--keyring"]
    with Dialogue(home, "account", "add", ADDRESS, *options) as wizard:
        wizard.answer("Password (not shown): ", PASSWORD)
        wizard.answer("Write it?", "n")
        assert wizard.end() == 130
    assert nothing_written(home)


def test_a_second_account_leaves_the_rest_of_the_file_alone(pymap: PymapStand, home: Home) -> None:
    """Comments, order and mode; who is there already is refused."""
    first, second = pymap.account(), pymap.account()
    home.config_file.parent.mkdir()
    home.use(first)
    text = f"# mine\n{home.config_file.read_text()}\n\n# the calls\n[calling]\noffers = 1   # one\n"
    home.config_file.write_text(text)
    home.config_file.chmod(0o640)
    options = [*server_options(second), "--name", "", "--keyring", "--password-stdin", "--yes"]
    done = home.run("account", "add", "second@studio.example", *options, stdin=PASSWORD.encode())
    assert (done.code, done.err) == (0, "")
    after = home.config_file.read_text()
    assert [each["user"] for each in written(home)["account"]] == [first.user, second.user]
    start, end = after.index("\n\n[[account]]\nhost"), after.index("\n\n# the calls")
    assert after[:start] + after[end:] == text
    assert stat.S_IMODE(home.config_file.stat().st_mode) == 0o640
    again = home.run("account", "add", "Second@Studio.example", *options, stdin=PASSWORD.encode())
    assert again.code == 2
    assert "is there already: assistant account sign-in" in again.err
    other = home.run("account", "add", "third@studio.example", *options, stdin=PASSWORD.encode())
    assert other.code == 2
    assert f"{second.user} is there already" in other.err
    assert home.config_file.read_text() == after


def test_a_config_with_mistakes_is_mended_first(home: Home) -> None:
    """Before any question is asked."""
    home.config_file.parent.mkdir()
    home.configure("pol_seconds = 3")
    done = home.run("account", "add", ADDRESS, "--yes")
    assert done.code == 3
    assert 'unknown key; did you mean "poll_seconds"?' in done.err


def test_a_server_without_keywords_gets_stars(pymap: PymapStand, home: Home) -> None:
    """Looked up at the server, not guessed; said, and written."""
    options = [
        *server_options(pymap.account(keywords=False)),
        "--keyring",
        "--password-stdin",
        "--yes",
    ]
    done = home.run("account", "add", ADDRESS, *options, stdin=PASSWORD.encode())
    assert "unhappy mail will get a star" in done.out
    assert written(home)["account"][0]["mark"] == "flagged"


def test_an_answer_that_no_config_may_hold_is_refused_before_the_password(home: Home) -> None:
    """A port in the host's place."""
    done = home.run(
        "account", "add", ADDRESS, "--host", "imap.example.com:993", "--yes", "--keyring"
    )
    assert done.code == 3
    assert "host: 'imap.example.com:993' is no host name" in done.err
    assert nothing_written(home)


def test_a_server_that_is_not_there_is_said(home: Home) -> None:
    """Nothing is written."""
    options = [
        "--host",
        "127.0.0.1",
        "--port",
        "1",
        "--insecure",
        "--keyring",
        "--password-stdin",
        "--yes",
    ]
    done = home.run("account", "add", ADDRESS, *options, stdin=b"secret")
    assert done.code == 4
    assert "can't be reached" in done.err
    assert nothing_written(home)


# --- where the password is kept ---------------------------------------------------------------------


def test_a_file_that_the_wizard_makes(pymap: PymapStand, home: Home) -> None:
    """Mode 0600, beside config.toml by itself; a relative path is made absolute."""
    account, path = pymap.account(), home.folder / "secrets" / "mail"
    options = [
        *server_options(account),
        "--password-stdin",
        "--yes",
        "--password-file",
        "secrets/mail",
    ]
    done = home.run("account", "add", ADDRESS, *options, stdin=PASSWORD.encode() + b"\nmore\n")
    assert (done.code, done.err) == (0, "")
    assert written(home)["account"][0]["password_file"] == str(path)
    assert path.read_text() == f"{PASSWORD}\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert home.run("check").code == 0


def test_without_a_keyring_a_file_is_proposed(pymap: PymapStand, home: Home) -> None:
    """As on a server."""
    home.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"
    with Dialogue(home, "account", "add", ADDRESS, *server_options(pymap.account()), "--name", "") as wizard:  # fmt: skip
        wizard.until("1  a file that only you can read")
        wizard.answer("Number", "1")
        wizard.answer("File for the password (mode 0600)", "")
        wizard.answer("Password (not shown): ", PASSWORD)
        wizard.answer("Write it?", "y")
        assert wizard.end() == 0
        assert "the system's keyring" not in wizard.shown
    kept = home.config_file.parent / "robin_studio.example.password"
    assert written(home)["account"][0]["password_file"] == kept.name
    assert kept.read_text() == f"{PASSWORD}\n"
    assert home.run("check").code == 0
    # And with the line that `service install --system` makes of it:
    unit = ("--config", home.config_file, "service", "install", "--system", "--print")
    printed = home.run(*unit).out
    assert settings(printed)["Service.LoadCredential"] == [f"{kept.name}:{kept}"]
    credentials = home.folder / "credentials"
    credentials.mkdir()
    assert home.run("check", environ={"CREDENTIALS_DIRECTORY": str(credentials)}).code == 0
    kept.rename(credentials / kept.name)
    assert home.run("check", environ={"CREDENTIALS_DIRECTORY": str(credentials)}).code == 0
    refused = home.run(
        "account", "add", "b@studio.example", "--host", "x.example", "--keyring", "--yes"
    )
    assert refused.code == 2
    assert "there is none that keeps anything" in refused.err


@pytest.mark.parametrize(
    ("option", "value", "key", "wanted"),
    [
        ("--password-command", f"printf '%s' {PASSWORD}", "password_command", ["printf", "%s", PASSWORD]),
        ("--password-env", "ASSISTANT_TEST_PASSWORD", "password_env", "ASSISTANT_TEST_PASSWORD"),
        ("--password-file", "there", "password_file", "there"),
    ],
)  # fmt: skip
def test_a_password_that_is_somewhere_already(
    pymap: PymapStand, home: Home, option: str, value: str, key: str, wanted: object
) -> None:
    """It is taken from there, and nothing is kept."""
    (home.folder / "there").touch(mode=0o600)
    (home.folder / "there").write_text(PASSWORD)
    options = [*server_options(pymap.account()), option, value, "--yes"]
    done = home.run("account", "add", ADDRESS, *options)
    assert (done.code, done.err) == (0, "")
    assert "is kept in" not in done.out
    found = written(home)["account"][0][key]
    assert found == (str(home.folder / "there") if wanted == "there" else wanted)
    assert keyring_text(home) == ""


def test_a_refused_password_that_is_somewhere_already(pymap: PymapStand, home: Home) -> None:
    """Asked for once, refused once: it can't be typed anew. The user's own file stays."""
    path = home.folder / "there"
    path.touch(mode=0o600)
    path.write_text(WRONG)
    done = home.run("account", "add", ADDRESS, *server_options(pymap.account()), "--password-file", path, "--yes")  # fmt: skip
    assert done.code == 5
    assert WRONG not in done.out + done.err
    assert path.read_text() == WRONG
    assert not home.config_file.exists()


def test_a_systemd_credential(pymap: PymapStand, home: Home) -> None:
    """Tried with the password that was typed, which is kept nowhere; config.toml names the credential, and the
    service finds it there."""
    options = [
        *server_options(pymap.account()),
        "--credential",
        "mail-robin",
        "--password-stdin",
        "--yes",
    ]
    done = home.run("account", "add", ADDRESS, *options, stdin=PASSWORD.encode())
    assert (done.code, done.err) == (0, "")
    assert "LoadCredentialEncrypted=mail-robin" in done.out
    assert written(home)["account"][0]["password_file"] == "mail-robin"
    assert keyring_text(home) == ""
    credentials = home.folder / "credentials"
    credentials.mkdir()
    (credentials / "mail-robin").write_text(PASSWORD)
    assert home.run("check", environ={"CREDENTIALS_DIRECTORY": str(credentials)}).code == 0


@pytest.mark.parametrize(
    "options",
    [
        ["--keyring", "--password-file", "x"],
        ["--password-env", "A", "--password-command", "b"],
        ["--password-env", "not a name"],
        ["--credential", "../x"],
        ["--user", "  ", "--password-env", "A"],
        ["--password-command", "pass 'show"],
        ["--password-command", ""],
        ["--password-file", "~no-such-user/x"],
        ["--keyring", "--ca-file", "~no-such-user/x"],
        ["--keyring"],
        ["--keyring", "--password-stdin"],
        ["--paste", "--device-code", "--keyring"],
    ],
)
def test_options_that_can_not_be(home: Home, options: list[str]) -> None:
    """Wrong usage, said before anybody is connected to."""
    done = home.run("account", "add", ADDRESS, "--host", "x.example", "--yes", *options)
    assert (done.code, done.out) == (2, "") or "Signing in" not in done.out
    assert done.code == 2
    assert "Error: " in done.err
    assert nothing_written(home)


@pytest.mark.parametrize("command", ["add", "sign-in"])
@pytest.mark.parametrize("option", ["--password", "--client-secret", "--token"])
def test_a_secret_on_the_command_line_is_refused(home: Home, command: str, option: str) -> None:
    """With the reason, and without showing it once more."""
    for given in ([option, "hunter2"], [f"{option}=hunter2"]):
        done = home.run("account", command, ADDRESS, *given)
        assert done.code == 2
        assert "every user of this machine can read command lines" in done.err
        assert "hunter2" not in done.out + done.err


def test_a_keyring_that_takes_nothing_leaves_nothing_behind(pymap: PymapStand, home: Home) -> None:
    """It is noticed at once, not when the daemon starts at night."""
    (home.folder / "shelf.py").write_text(
        "from keyring.backend import KeyringBackend\n"
        "class Shelf(KeyringBackend):\n"
        "    priority = 1\n"
        "    def get_password(self, *_): return None\n"
        "    def set_password(self, *_): pass\n"
        "    def delete_password(self, *_): pass\n"
    )
    home.environ |= {"PYTHON_KEYRING_BACKEND": "shelf.Shelf", "PYTHONPATH": str(home.folder)}
    options = [*server_options(pymap.account()), "--keyring", "--password-stdin", "--yes"]
    done = home.run("account", "add", ADDRESS, *options, stdin=PASSWORD.encode())
    assert done.code == 4
    assert "the keyring did not keep what it was given" in done.err
    assert not home.config_file.exists()


def test_a_config_that_can_not_be_written_leaves_no_secret_behind(
    pymap: PymapStand, home: Home
) -> None:
    """The password is taken out of the keyring again, or its file removed."""
    home.config_file.parent.write_text("a file where the folder belongs")
    options = [*server_options(pymap.account()), "--password-stdin", "--yes"]
    for kept in (["--keyring"], ["--password-file", "mail"]):
        done = home.run("account", "add", ADDRESS, *options, *kept, stdin=PASSWORD.encode())
        assert done.code == 3
        assert "config.toml: can't be written: " in done.err
        assert "is kept in" in done.out
    assert ADDRESS.split("@")[0] not in keyring_text(home)
    assert "user" not in keyring_text(home)
    assert not (home.folder / "mail").exists()


# --- list, sign-in, remove --------------------------------------------------------------------------


def added(home: Home, account: ImapAccount, address: str = ADDRESS) -> None:
    """An account with its password in the keyring."""
    options = [*server_options(account), "--name", "", "--keyring", "--password-stdin", "--yes"]
    assert home.run("account", "add", address, *options, stdin=PASSWORD.encode()).code == 0


def test_the_list_says_how_each_signs_in(pymap: PymapStand, home: Home) -> None:
    """In columns, and as JSON; nobody is connected to."""
    assert "assistant account add" in home.run("account", "list").out
    account = pymap.account()
    added(home, account)
    more = (
        '\n[[account]]\nhost = "imap.example.com"\nuser = "a@b.example"\npassword_command = ["pass"]\n'
        '[[account]]\nhost = "imap.gmail.com"\nuser = "c@b.example"\nsign_in = "google"\n'
        'client_id = "1-a.apps.googleusercontent.com"\n'
    )
    home.config_file.write_text(home.config_file.read_text() + more)
    done = home.run("account", "list")
    assert (done.code, done.err) == (0, "")
    shown = [re.split(r"  +", line) for line in done.out.splitlines()]
    assert shown == [
        [account.user, f"127.0.0.1:{account.proxy.port}", "password (keyring)"],
        ["a@b.example", "imap.example.com:993", "password (command)"],
        ["c@b.example", "imap.gmail.com:993", "google: not signed in"],
    ]
    listed = json.loads(home.run("account", "list", "--json").out)
    assert [each["address"] for each in listed] == [account.user, "a@b.example", "c@b.example"]
    assert listed[2]["state"] == "not signed in"


def test_a_new_password_replaces_the_old_one_once_it_works(pymap: PymapStand, home: Home) -> None:
    """After it was changed at the provider: the wrong one is not kept."""
    account = pymap.account()
    added(home, account)
    before = keyring_text(home)
    with Dialogue(home, "account", "sign-in", ADDRESS) as dialogue:
        dialogue.answer("Password (not shown): ", WRONG)
        dialogue.until("2 more tries")
        assert keyring_text(home) == before
        dialogue.answer("Password (not shown): ", PASSWORD)
        assert dialogue.end() == 0
        assert "the password is kept in the keyring" in dialogue.shown
    refused = home.run("account", "sign-in", ADDRESS, "--password-stdin", stdin=WRONG.encode())
    assert refused.code == 5
    assert home.run("check").code == 0
    nobody = home.run("account", "sign-in", ADDRESS, stdin=b"secret")
    assert nobody.code == 2
    assert "--password-stdin" in nobody.err


def test_a_new_password_goes_where_the_old_one_is(pymap: PymapStand, home: Home) -> None:
    """Into its file; what a program or the environment gives is theirs."""
    account, path = pymap.account(), home.folder / "mail"
    home.config_file.parent.mkdir()
    home.use(account, password_env="", password_file=str(path))
    done = home.run("account", "sign-in", ADDRESS, "--password-stdin", stdin=PASSWORD.encode())
    assert (done.code, done.err) == (0, "")
    assert path.read_text() == f"{PASSWORD}\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    home.use(account)
    done = home.run("account", "sign-in", ADDRESS, "--password-stdin", stdin=PASSWORD.encode())
    assert done.code == 2
    assert (
        "comes from the environment variable ASSISTANT_TEST_PASSWORD; change it there" in done.err
    )


def test_remove_takes_the_account_and_its_secret(pymap: PymapStand, home: Home) -> None:
    """The others stay, and so does what was remembered of the mail, which is said."""
    first, second = pymap.account(), pymap.account(fresh())
    added(home, first, "first@studio.example")
    added(home, second)
    assert home.run("scan").code == 0
    state = home.snapshot()
    text = home.config_file.read_text()
    with Dialogue(home, "account", "remove", ADDRESS) as dialogue:
        dialogue.until("forget how it signs in?")
        dialogue.interrupt()
        assert dialogue.end() == 130
    assert home.config_file.read_text() == text
    done = home.run("account", "remove", ADDRESS, "--yes")
    assert (done.code, done.err) == (0, "")
    assert [each["user"] for each in written(home)["account"]] == [first.user]
    assert str(home.state) in done.out
    hint = re.search(r"assistant (forget --all --account \S+)$", done.out, re.MULTILINE)
    assert hint is not None
    assert set(home.snapshot()) >= {"state.sqlite3"}
    assert home.snapshot()["state.sqlite3"] == state["state.sqlite3"]
    kept = keyring_text(home).casefold()
    assert "first" in kept or first.user.split("@")[0] in kept
    assert second.user.split("@")[0] not in kept
    for command in ("list", "remove", "sign-in"):
        where = [*(["x"] if command != "list" else []), *(["--yes"] if command == "remove" else [])]
        missing = home.run("--config", "missing.toml", "account", command, *where)
        assert (missing.code, "missing.toml: can't be read" in missing.err) == (3, True)
    gone = home.run("account", "remove", ADDRESS, "--yes")
    assert gone.code == 3
    forgotten = home.run(*hint[1].split(), "--yes")
    assert (forgotten.code, "how far it was looked at" in forgotten.out) == (0, True)
    assert f"there is no account of {ADDRESS}" in gone.err


# --- the first look ---------------------------------------------------------------------------------


@pytest.mark.parametrize("since", ["7d", days_ago(7)])
def test_scan_takes_a_number_of_days(pymap: PymapStand, home: Home, since: str) -> None:
    """As the wizard says it, and as before."""
    account = pymap.account(
        fresh(number=1, hours=24 * 5, sender="a@client.example"),
        fresh(number=2, hours=24 * 10, sender="b@client.example"),
    )
    added(home, account)
    done = home.run("scan", "--dry-run", "--since", since)
    assert "1 judged, 1 flagged" in done.out


@pytest.mark.parametrize(
    "since", ["30", "d", "-3d", "3 d", "3w", "99999d", "123456d", "2026-02-30", "2026-1-1", "٣d"]
)
def test_a_since_that_is_no_day(home: Home, since: str) -> None:
    """Wrong usage, with both forms that are right."""
    done = home.run("scan", f"--since={since}")
    assert done.code == 2
    assert "write YYYY-MM-DD, or 30d" in done.err

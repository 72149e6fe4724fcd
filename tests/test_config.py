"""config.toml: what it may hold, what is said about mistakes, and where passwords come from."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from assistant import config
from assistant.cli import wiring
from assistant.config import Account, DraftingTable, Judging, Settings, load, notice_urls, password
from assistant.config.calling import CallingTable
from assistant.config.cases import CasesTable
from assistant.config.tables import IdentityTable, NotifyTable
from assistant.errors import ConfigError, MailboxError, Problem
from assistant.model import Address, Profile

EXAMPLE = Path(__file__).parent.parent / "config.example.toml"
MINIMAL = '[[account]]\nhost = "imap.example.com"\nuser = "robin@example.com"\n'
SECRET = "correct horse"
GOOGLE = 'sign_in = "google"\nclient_id = "1-a.apps.googleusercontent.com"\n'


def write(folder: Path, text: str) -> Path:
    path = folder / "config.toml"
    path.write_text(text, "utf-8")
    return path


def problems(folder: Path, text: str) -> list[str]:
    """What is said about a config.toml, without the folder that it lies in."""
    path = write(folder, text)
    with pytest.raises(ConfigError) as caught:
        load(path, {})
    return [str(problem).replace(f"{folder}/", "") for problem in caught.value.problems]


def account(**keys: object) -> Account:
    return Account.model_validate({"host": "imap.example.com", "user": "robin@example.com", **keys})


def refusal(wanted: Account, environ: dict[str, str] | None = None) -> str:
    """Why there is no password, hint and all."""
    with pytest.raises(MailboxError) as caught:
        password(wanted, environ or {})
    said = f"{caught.value.message} | {caught.value.hint}"
    assert SECRET not in said
    return said


# --- what may be in it --------------------------------------------------------------------------


def test_the_example_is_right(tmp_path: Path) -> None:
    """config.example.toml loads as it stands, its rule included."""
    setup = wiring.read_setup(write(tmp_path, EXAMPLE.read_text("utf-8")))
    assert setup.config.settings.account[0].password_command == ("pass", "show", "mail/robin")
    assert any(rule.id == "my.logo-again" for rule in setup.rulebook.rules)


def test_the_example_names_every_key_and_no_other() -> None:
    """Each key stands there, given or commented out, with the default that it says it has."""
    text = EXAMPLE.read_text("utf-8")
    settings, rest = text.split("[[account]]", 1)[0], text.split("[[account]]", 1)[1]
    accounts, rest = rest.split("\n[drafting]", 1)
    accounts, identity = accounts.split("# [[account.identity]]", 1)
    identity = identity.split("# [account.drafting]", 1)[0]
    drafting, rest = rest.split("\n[calling]", 1)
    calling, rest = rest.split("\n[cases]", 1)
    cases, rest = rest.split("\n[judging]", 1)
    judging, rest = rest.split("\n[notify]", 1)
    notify = rest.split("# --- rules", 1)[0]
    key = re.compile(r"^(?:# )?([a-z_0-9]+) = ", re.MULTILINE)
    assert set(key.findall(settings)) == {
        *Settings.model_fields,
        "threshold",
        "form_senders",
        "own_lists",
        "never_screened",
    } - {
        "account",
        "calling",
        "cases",
        "drafting",
        "judging",
        "notify",
    }
    assert set(key.findall(notify)) == set(NotifyTable.model_fields)
    assert set(key.findall(judging)) == set(Judging.model_fields)
    tables = {"identity", "calling", "cases", "drafting"}
    assert set(key.findall(accounts)) == set(Account.model_fields) - tables
    assert {*key.findall(identity), "signature"} == set(IdentityTable.model_fields)
    assert set(key.findall(calling)) == set(CallingTable.model_fields)
    assert set(key.findall(cases)) == set(CasesTable.model_fields)
    assert set(key.findall(drafting)) == set(DraftingTable.model_fields)


def test_the_example_shows_the_defaults(tmp_path: Path) -> None:
    """What the example gives for a key with a default is that default."""
    given = load(write(tmp_path, EXAMPLE.read_text("utf-8")), {}).settings
    shown = {"name", "addresses", "password_command", "host", "user"}
    defaults = account().model_dump(exclude=shown)
    assert given.account[0].model_dump(exclude={*shown, "password_file"}) == {
        key: each for key, each in defaults.items() if key != "password_file"
    }
    assert given.model_dump(exclude={"account"}) == Settings().model_dump(exclude={"account"})


def test_five_lines_are_enough(tmp_path: Path) -> None:
    """Host, user, name and a way to the password; everything else has its default."""
    more = 'name = "Robin Hale"\npassword_command = ["pass", "mail"]\n'
    loaded = load(write(tmp_path, MINIMAL + more), {})
    (only,) = loaded.settings.account
    assert (only.port, only.inbox, only.mark, only.insecure) == (993, "INBOX", "auto", False)
    assert only.own_addresses == ("robin@example.com",)
    assert loaded.rules is None


def test_the_default_place_is_the_platforms(tmp_path: Path) -> None:
    """Without --config: $ASSISTANT_CONFIG, then the folder that XDG names; state has its own."""
    code = (
        "from assistant.config import default_path, load; import os; "
        "print(default_path(os.environ)); print(load(None).state_file)"
    )
    environ = {
        "HOME": str(tmp_path),
        "XDG_CONFIG_HOME": str(tmp_path / "c"),
        "XDG_STATE_HOME": str(tmp_path / "s"),
    }
    done = subprocess.run(
        [sys.executable, "-c", code], env=environ, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == [
        str(tmp_path / "c/inbox-assistant/config.toml"),
        str(tmp_path / "s/inbox-assistant/state.sqlite3"),
    ]
    assert config.default_path({"ASSISTANT_CONFIG": "/elsewhere.toml"}) == Path("/elsewhere.toml")


@pytest.mark.parametrize(
    ("named", "given", "folder"),
    [
        ("", "/var/lib/a", "/var/lib/a"),
        ("", "/var/lib/a:/var/lib/b", "/var/lib/a"),
        ("/srv/own", "/var/lib/a", "/srv/own"),
    ],
)
def test_a_service_manager_makes_room_for_the_state(
    tmp_path: Path, named: str, given: str, folder: str
) -> None:
    """systemd's StateDirectory= wins over the platform's folder, and what config.toml says over both."""
    path, environ = write(tmp_path, f'state = "{named}"\n{MINIMAL}'), {"STATE_DIRECTORY": given}
    assert load(path, environ).state_folder == Path(folder)
    assert load(path, {"STATE_DIRECTORY": ""}).state_folder == load(path, {}).state_folder


def test_relative_paths_start_at_the_folder_of_the_file(tmp_path: Path) -> None:
    """State, rules, password and authority are found wherever the program is started from."""
    (tmp_path / "mine").mkdir()
    text = (
        'state = "s"\nrules_folder = "mine"\n'
        + MINIMAL
        + 'password_file = "p/w"\nca_file = "ca.pem"\n'
    )
    loaded = load(write(tmp_path, text), {})
    assert (loaded.state_file, loaded.rules_folder) == (
        tmp_path / "s/state.sqlite3",
        tmp_path / "mine",
    )
    assert loaded.settings.account[0].password_file == str(tmp_path / "p/w")
    assert loaded.settings.account[0].ca_file == str(tmp_path / "ca.pem")
    assert load(write(tmp_path, MINIMAL), {}).rules_folder == tmp_path / "rules"


def test_rules_in_the_file_override_the_shipped_ones(tmp_path: Path) -> None:
    """The same id changes, enabled = false turns off, a new id adds, threshold is one line."""
    shipped = {rule.id: rule for rule in wiring.read_setup_defaults().rulebook.rules}
    changed, off, *_ = shipped
    text = (
        "threshold = 120\n" + MINIMAL + f'[[rule]]\nid = "{changed}"\npoints = 7\n'
        f'[[rule]]\nid = "{off}"\nenabled = false\n'
        '[[rule]]\nid = "my.own"\ndescribe = "x"\npoints = 5\ntone = "angry"\nphrases = ["logo"]\nmatches = ["logo"]\n'
    )  # fmt: skip
    path = write(tmp_path, text)
    book = wiring.read_setup(path).rulebook
    rules = {rule.id: rule for rule in book.rules}
    assert book.threshold == 120
    assert (rules[changed].points, rules[changed].phrases) == (7, shipped[changed].phrases)
    assert rules[changed].origin == f"{shipped[changed].origin}, {path}"
    assert set(rules) == (set(shipped) - {off}) | {"my.own"}


# --- mistakes -----------------------------------------------------------------------------------


def test_every_mistake_is_reported_at_once(tmp_path: Path) -> None:
    """One run names them all, each with its line and what was probably meant."""
    text = (
        "pol_seconds = 60\n"
        "state = 5\n"
        "[[account]]\n"
        'hots = "imap.example.com"\n'
        'user = "robin@example.com"\n'
        "port = 70000\n"
        'mark = "star"\n'
        'addresses = "robin@example.com"\n'
        "threshold = 5\n"
        "[drafting]\n"
        "max_age_days = 0\n"
        "poll_seconds = 60\n"
        "[acount]\n"
    )
    assert sorted(problems(tmp_path, text)) == sorted(
        [
            'config.toml:1: pol_seconds: unknown key; did you mean "poll_seconds"?',
            "config.toml:2: state: should be a text (it is 5)",
            "config.toml:3: account[1].host: is required",
            'config.toml:4: account[1].hots: unknown key; did you mean "host"?',
            "config.toml:6: account[1].port: should be less than or equal to 65535 (it is 70000)",
            "config.toml:7: account[1].mark: should be 'auto', 'keyword', 'flagged', 'folder' or 'none' (it is 'star')",
            "config.toml:8: account[1].addresses: should be a list, in [ ] (it is 'robin@example.com')",
            "config.toml:9: account[1].threshold: belongs at the top of the file, above the first [table]",
            "config.toml:11: drafting.max_age_days: should be greater than or equal to 1 (it is 0)",
            "config.toml:12: drafting.poll_seconds: belongs at the top of the file, above the first [table]",
            'config.toml:13: acount: unknown key; did you mean "account"?',
        ]
    )


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("insecure = true", "2: account[1]: insecure = true is for servers on this machine only"),
        ('password_env = "A"\npassword_file = "b"', "2: account[1]: more than one of password_command"),
        ('addresses = ["robin at example"]', "2: account[1]: 'robin at example' is no address"),
        ('drafts = "Inbox"', "2: account[1]: drafts = 'Inbox' is the inbox"),
        ('inbox = "Work"\ndrafts = "Work"', "2: account[1]: drafts = 'Work' is the inbox"),
        ("port = true", "5: account[1].port: should be a valid integer (it is True)"),
        ('port = "993"', "5: account[1].port: should be a valid integer (it is '993')"),
        ("addresses = [1]", "5: account[1].addresses[1]: should be a text (it is 1)"),
        ("insecure = 1", "5: account[1].insecure: should be a valid boolean (it is 1)"),
        ('[[account]]\nhost = "h"\nuser = "robin"', "5: account[2]: addresses is required"),
        ('[[account]]\nhost = "x"\nuser = "Robin@example.com"', "7: account[2].user: two accounts for robin@example.com"),
        ('client_id = "x"', '2: account[1]: client_id is for sign_in = "microsoft" or "google" only'),
        ('sign_in = "microsoft"', '2: account[1]: client_id is required for sign_in = "microsoft"; docs/sign-in.md'),
        ('sign_in = "microsoft"\nclient_id = "x"', "2: account[1]: client_id 'x' is none of Microsoft's"),
        ('sign_in = "google"\nclient_id = "x"', "2: account[1]: client_id 'x' is none of Google's: it ends in"),
        ('sign_in = "oauth"', "5: account[1].sign_in: should be 'password', 'microsoft' or 'google' (it is 'oauth')"),
        (f'{GOOGLE}password_env = "A"', '2: account[1]: both sign_in = "google" and password_env; give one'),
        (f'{GOOGLE}tenant = "x"', "2: account[1]: tenant is Microsoft's; remove it"),
        (f'{GOOGLE}tenant = "a/b"', "7: account[1].tenant: "),
        (f'{GOOGLE}authority = "http://127.0.0.1"', "7: account[1].authority: 'http://127.0.0.1' is no address of a sign-in server"),
        (f'{GOOGLE}authority = "https://a@b"', "7: account[1].authority: "),
        (f'{GOOGLE}client_secret = "{SECRET}"', "7: account[1].client_secret: secrets don't belong in this file"),
        (f'{GOOGLE}refresh_token = "{SECRET}"', "7: account[1].refresh_token: secrets don't belong in this file"),
        ("[drafting]\nmax_days = 3", '6: drafting.max_days: unknown key; did you mean "max_age_days"?'),
        ("[drafting]\nonce_per_sender_days = -1", "6: drafting.once_per_sender_days: should be greater"),
    ],
)  # fmt: skip
def test_each_mistake_in_an_account(tmp_path: Path, lines: str, said: str) -> None:
    """Said in a user's words, with the line of the key or of the table that lacks it."""
    (problem,) = problems(tmp_path, f"\n{MINIMAL}{lines}\n")
    assert problem.startswith(f"config.toml:{said}")
    assert SECRET not in problem


@pytest.mark.parametrize(
    "keys",
    [
        {"sign_in": "microsoft", "client_id": "0a1b2c3d-1111-2222-3333-444455556666", "tenant": "studio.example"},
        {"sign_in": "microsoft", "client_id": "0A1B2C3D-1111-2222-3333-444455556666", "authority": "https://login.microsoftonline.us"},
        {"sign_in": "google", "client_id": "123-abc.apps.googleusercontent.com", "authority": "https://127.0.0.1:8443"},
        {"sign_in": "password", "client_id": "", "authority": ""},
    ],
)  # fmt: skip
def test_each_way_to_sign_in(keys: dict[str, str]) -> None:
    """What goes together."""
    assert account(**keys).sign_in == keys["sign_in"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("poll_seconds = 1", "1: poll_seconds: should be greater than or equal to 5 (it is 1)"),
        ('language = "English"', "1: language: "),
        ('rules_folder = "nowhere"', "1: rules_folder: there is no folder "),
        ("account = 3", "1: account: should be a list, in [ ] (it is 3)"),
        ('[account]\nhost = "h"\nuser = "u@h"', "1: account: write [[account]], in two brackets"),
        ("drafting = 3", "1: drafting: should be a table (it is 3)"),
        ("account = [3]", "1: account[1]: should be a table (it is 3)"),
    ],
)
def test_each_mistake_at_the_top(tmp_path: Path, text: str, said: str) -> None:
    """The usual slips of people who have never written TOML are named as such."""
    (problem,) = problems(tmp_path, text)
    assert problem.startswith(f"config.toml:{said}")


@pytest.mark.parametrize(
    ("text", "where"),
    [
        (MINIMAL + "password_file = {}", "4: account[1].password_file"),
        (MINIMAL + "ca_file = {}", "4: account[1].ca_file"),
        (MINIMAL + '[[account.identity]]\naddress = "a@b.example"\nsignature_file = {}',
         "6: account[1].identity[1].signature_file"),
        ("[notify]\nurls_file = {}", "2: notify.urls_file"),
        ("state = {}", "1: state"),
        ("rules_folder = {}", "1: rules_folder"),
    ],
)  # fmt: skip
def test_a_file_that_can_not_be_meant(tmp_path: Path, text: str, where: str) -> None:
    """The home folder of nobody, mistyped as a rule; a NUL, which ends a name. Said where it stands."""
    for name, said in (
        ('"~no-such-user/x"', "there is no home folder ~no-such-user; write the whole path"),
        ('"\\u0000"', "holds a NUL character; no file has such a name"),
    ):
        (problem,) = problems(tmp_path, text.format(name))
        assert problem == f"config.toml:{where}: {said}"


def test_a_rules_folder_of_which_nothing_can_be_said(tmp_path: Path) -> None:
    """A name that is too long for the file system is a mistake like others."""
    (problem,) = problems(tmp_path, f'rules_folder = "{"x" * 300}"')
    assert problem.startswith("config.toml:1: rules_folder: ")
    assert "can't be read: File name too long" in problem


def test_contradictions_in_one_account_come_together(tmp_path: Path) -> None:
    """An account that is wrong in two ways needs one look, not two."""
    (problem,) = problems(tmp_path, MINIMAL + 'insecure = true\naddresses = ["x"]\n')
    assert "on this machine only" in problem
    assert "'x' is no address" in problem


@pytest.mark.parametrize(
    "host",
    [
        "imap..example.com",
        "i" * 64,
        "imap.example.com:993",
        "https://example.com",
        "me@example.com",
        " ",
    ],
)
def test_a_host_that_is_no_host_name(tmp_path: Path, host: str) -> None:
    """A port, an address or two dots in it: said at its line, not after a minute of trying."""
    (problem,) = problems(tmp_path, MINIMAL.replace("imap.example.com", host))
    assert problem.startswith(f"config.toml:2: account[1].host: {host!r} is no host name")


@pytest.mark.parametrize("host", ["mail", "imap.bücher.example", "192.0.2.1", "::1", "2001:db8::1"])
def test_what_is_a_host(host: str) -> None:
    """Names, names beyond ASCII and addresses of both kinds."""
    assert account(host=host).host == host


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "::1"])
def test_insecure_is_for_this_machine(host: str) -> None:
    """A mail bridge on loopback needs no TLS; anything else has no way around it."""
    assert account(host=host, insecure=True).insecure
    with pytest.raises(ValueError, match="on this machine only"):
        account(host="imap.example.com", insecure=True)


def test_mistakes_in_settings_and_rules_come_together(tmp_path: Path) -> None:
    """Whoever edits both at once is told about both at once, in the order of the file."""
    path = write(tmp_path, f'pol = 1\n{MINIMAL}[[rule]]\nid = "my.x"\npoint = 3\n')
    with pytest.raises(ConfigError) as caught:
        wiring.read_setup(path)
    assert [(each.line, each.key) for each in caught.value.problems] == [
        (1, "pol"),
        (7, "rule[1].point"),
    ]
    assert caught.value.hint


@pytest.mark.parametrize(
    ("make", "line", "said"),
    [
        (lambda path: path.mkdir(), None, "can't be read: Is a directory"),
        (lambda path: path.write_bytes(b"a = 1\nb = '\xff'\n"), 2, "not UTF-8"),
        (lambda path: path.write_text("poll_seconds = \n"), 1, "not valid TOML: Invalid value"),
        (lambda _path: None, None, "can't be read: No such file"),
    ],
)
def test_a_file_that_cannot_be_read(
    tmp_path: Path, make: object, line: int | None, said: str
) -> None:
    """A folder, wrong bytes, broken TOML, a file asked for that isn't there: one problem, no crash."""
    path = tmp_path / "config.toml"
    assert callable(make)
    make(path)
    for read in (lambda: load(path, {}), lambda: load(None, {"ASSISTANT_CONFIG": str(path)})):
        with pytest.raises(ConfigError) as caught:
            read()
        (problem,) = caught.value.problems
        assert (problem.file, problem.line) == (str(path), line)
        assert problem.message.startswith(said)


def test_a_problem_is_spelt_as_editors_know_it() -> None:
    """file:line: key: message, so that an editor can jump there."""
    assert str(Problem("c.toml", 3, "a.b", "no")) == "c.toml:3: a.b: no"
    assert str(Problem("c.toml", None, "", "no")) == "c.toml: no"


# --- passwords ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("where", "line"),
    [
        (f'password = "{SECRET}"\n{MINIMAL}', 1),
        (f'{MINIMAL}password = "{SECRET}"\n', 4),
    ],
)
def test_a_password_in_the_file_is_refused_and_not_repeated(
    tmp_path: Path, where: str, line: int
) -> None:
    """It is said what to do instead, and the secret is not shown to whoever looks on."""
    (problem,) = problems(tmp_path, where)
    assert problem.startswith(f"config.toml:{line}: ")
    assert "passwords don't belong in this file" in problem
    assert SECRET not in problem


@pytest.mark.parametrize("key", ["password_command", "passwort", "password_env", "password_file"])
def test_no_mistake_repeats_a_secret(tmp_path: Path, key: str) -> None:
    """A secret under a wrong key, or in a wrong form, is not shown either."""
    wrong = f"[[{SECRET!r}]]" if key in ("password_env", "password_file") else f'"{SECRET}"'
    for problem in problems(tmp_path, f"{MINIMAL}{key} = {wrong}\n"):
        assert problem.startswith(f"config.toml:4: account[1].{key}: ")
        assert SECRET not in problem


def test_a_password_command_prints_it_on_its_first_line() -> None:
    """As `pass` does, with whatever it likes below."""
    wanted = account(password_command=["printf", f"{SECRET}\\nuser: robin\\n"])
    assert password(wanted, {}) == SECRET


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["no-such-program-here"], "no program 'no-such-program-here'"),
        (["sh", "-c", f"echo '{SECRET}'; echo 'store is \x1b[2Jlocked' >&2; exit 3"], "ended with 3 and gave no password | it said: store is [2Jlocked"),
        (["true"], "ended with 0 and gave no password | it must print the password on its first line"),
        (["printf", f"\\n{SECRET}"], "ended with 0 and gave no password"),
        (["printf", "\\377\\376"], "password_command failed (UnicodeDecodeError)"),
        (["/"], "password_command failed (PermissionError)"),
    ],
)  # fmt: skip
def test_a_password_command_that_fails(command: list[str], said: str) -> None:
    """What it said on stderr helps; what it printed is never shown."""
    assert said in refusal(account(password_command=command))


def test_a_password_from_the_environment() -> None:
    """Set, unset, empty."""
    wanted = account(password_env="MAIL_PASSWORD")
    assert password(wanted, {"MAIL_PASSWORD": SECRET}) == SECRET
    assert "variable MAIL_PASSWORD is not set" in refusal(wanted)
    assert "variable MAIL_PASSWORD is not set" in refusal(wanted, {"MAIL_PASSWORD": ""})


def test_a_password_from_a_file_that_only_its_owner_reads(tmp_path: Path) -> None:
    """Its first line; a file that others can read is refused, and it is said what to do."""
    path = tmp_path / "password"
    path.write_text(f"{SECRET}\nsecond line\n")
    wanted = account(password_file=str(path))
    for mode in (0o644, 0o640, 0o604, 0o620):
        path.chmod(mode)
        assert f"others can read it | chmod 600 {path}" in refusal(wanted)
    path.chmod(0o600)
    assert password(wanted, {}) == SECRET


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (None, "can't be read: No such file or directory"),
        (b"", "its first line is empty"),
        (b"\ncorrect horse", "its first line is empty"),
        (b"\xff\xfe", "can't be read: is not UTF-8"),
    ],
)
def test_a_password_file_that_holds_none(tmp_path: Path, raw: bytes | None, said: str) -> None:
    """Missing, empty or unreadable: never a sign-in with an empty password."""
    path = tmp_path / "password"
    if raw is not None:
        path.touch(mode=0o600)
        path.write_bytes(raw)
    assert said in refusal(account(password_file=str(path)))


def test_a_systemd_credential(tmp_path: Path) -> None:
    """A bare name is looked for among the credentials, whose mode is systemd's business."""
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    (credentials / "mail").write_text(f"{SECRET}\n")
    (credentials / "mail").chmod(0o440)
    environ = {"CREDENTIALS_DIRECTORY": str(credentials)}
    loaded = load(write(tmp_path, MINIMAL + 'password_file = "mail"\n'), environ)
    assert password(loaded.settings.account[0], environ) == SECRET
    (credentials / "notices").write_text(f"ntfys://{SECRET}\n")
    loaded = load(write(tmp_path, MINIMAL + '[notify]\nurls_file = "notices"\n'), environ)
    assert notice_urls(loaded.settings.notify, environ) == (f"ntfys://{SECRET}",)


def test_credentials_do_not_excuse_other_files(tmp_path: Path) -> None:
    """Under systemd too, a file elsewhere is found where it is and has to be one's own."""
    (tmp_path / "credentials").mkdir()
    path = tmp_path / "password"
    path.write_text(SECRET)
    path.chmod(0o644)
    environ = {"CREDENTIALS_DIRECTORY": str(tmp_path / "credentials")}
    loaded = load(write(tmp_path, MINIMAL + f'password_file = "{path}"\n'), environ)
    assert "others can read it" in refusal(loaded.settings.account[0], environ)


@pytest.mark.parametrize(
    ("backend", "said", "hint"),
    [
        ("keyring.backends.null.Keyring", "the keyring holds no password", "keyring set inbox-assistant robin@example.com"),
        ("keyring.backends.fail.Keyring", "the keyring can't be used here (NoKeyringError)", "use password_command or password_file"),
    ],
)  # fmt: skip
def test_an_empty_keyring_and_none_at_all(
    tmp_path: Path, backend: str, said: str, hint: str
) -> None:
    """With no other way configured the keyring is asked, and it is said what it lacks."""
    code = (
        "from assistant.config import Account, password\n"
        "from assistant.errors import MailboxError\n"
        "try: password(Account(host='imap.example.com', user='robin@example.com'))\n"
        "except MailboxError as error: print(error.message, '|', error.hint)"
    )
    environ = {"PYTHON_KEYRING_BACKEND": backend, "HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environ, capture_output=True, text=True, check=True
    )
    assert said in done.stdout
    assert hint in done.stdout


def test_a_keyring_that_holds_it(tmp_path: Path) -> None:
    """The entry is found under the program's name and the mailbox's address."""
    (tmp_path / "shelf.py").write_text(
        "from keyring.backend import KeyringBackend\n"
        "class Shelf(KeyringBackend):\n"
        "    priority = 1\n"
        f"    def get_password(self, service, user): return {SECRET!r} if (service, user) == "
        "('inbox-assistant', 'robin@example.com') else None\n"
        "    def set_password(self, *_): raise NotImplementedError\n"
        "    def delete_password(self, *_): raise NotImplementedError\n"
    )
    code = (
        "from assistant.config import Account, password\n"
        "print(password(Account(host='imap.example.com', user='robin@example.com')))"
    )
    environ = {
        "PYTHON_KEYRING_BACKEND": "shelf.Shelf",
        "HOME": str(tmp_path),
        "PYTHONPATH": str(tmp_path),
    }
    done = subprocess.run(
        [sys.executable, "-c", code], env=environ, capture_output=True, text=True, check=True
    )
    assert done.stdout == f"{SECRET}\n"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('never_screened = ["acme"]', "'acme' is no address: write name@host, or @host"),
        ('form_senders = ["form @x.example"]', "is no address"),
        ('never_screened = ["forms@"]', "'forms@' is no address"),
    ],
)
def test_senders_that_are_none_are_said(tmp_path: Path, line: str, said: str) -> None:
    """Each with its line; nothing is guessed."""
    with pytest.raises(ConfigError, match=r"config\.toml:1: ") as failure:
        wiring.read_setup(write(tmp_path, line))
    assert said in failure.value.message


def test_who_is_let_through_is_added_to_the_shipped(tmp_path: Path) -> None:
    """Lists of the user's do not replace those of the services."""
    text = 'never_screened = ["@Acme.example"]\nform_senders = ["forms@"]\nown_lists = ["<a.b>"]'
    screening = wiring.read_setup(write(tmp_path, text)).rulebook.screening
    assert screening.never_screened == ("@acme.example",)
    assert {"wordpress@", "forms@"} <= set(screening.form_senders)
    assert screening.own_lists == ("a.b",)


@pytest.mark.parametrize(("region", "said"), [("UK", "write GB"), ("de", "two capital letters")])
def test_a_region_that_is_none(tmp_path: Path, region: str, said: str) -> None:
    """Told what it should be."""
    text = f'[[account]]\nhost = "h"\nuser = "a@b.example"\nregion = "{region}"'
    with pytest.raises(ConfigError, match=said):
        wiring.read_setup(write(tmp_path, text))


# --- identities, drafting and calling of an account ---------------------------------------------

CALLING = """
[calling]
time_zone = "Europe/Berlin"
hours = ["13:30-17:00", "09:00-12:30"]
days = ["mon", "sat"]
days_off = ["2026-12-24..2026-12-26"]
holidays = "DE-BY"
phone = "+49 30 1234567"
"""


def profile(folder: Path, text: str, number: int = 0) -> Profile:
    setup = wiring.read_setup(write(folder, text))
    return wiring.desk(setup.config, setup.config.settings.account[number]).profile


def test_calling_is_what_the_reply_needs(tmp_path: Path) -> None:
    calling = profile(tmp_path, CALLING + MINIMAL).calling
    assert calling.hours == ((540, 750), (810, 1020))
    assert calling.days == {0, 5}
    assert {date(2026, 12, 24), date(2026, 12, 26)} <= calling.off
    year = wiring.now().year
    assert date(year, 1, 6) in calling.off  # Epiphany, in Bavaria
    assert date(year + 2, 5, 1) in calling.off
    assert (calling.line, calling.booking, calling.lead) == ("+49 30 1234567", "", 180)


def test_an_accounts_own_tables_are_laid_over_the_general_ones(tmp_path: Path) -> None:
    own = """
[account.calling]
phone = "+49 89 7654321"
[account.drafting]
label_only = true
"""
    text = f"{CALLING}[drafting]\nonce_per_sender_days = 3\n{MINIMAL}{own}"
    found = profile(tmp_path, text)
    assert (found.calling.line, found.calling.days) == ("+49 89 7654321", {0, 5})
    assert (found.label_only, found.sender_days) == (True, 3)


def test_identities_have_names_and_signatures_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "signature.txt").write_text("Best\nThe Studio\n", "utf-8")
    own = """
[[account.identity]]
address = "studio@example.com"
aliases = ["Info@example.com"]
name = "Studio"
signature_file = "signature.txt"
"""
    found = profile(tmp_path, MINIMAL + own)
    studio = next(each for each in found.identities if each.address.email == "studio@example.com")
    assert (studio.address.name, studio.signature) == ("Studio", "Best\nThe Studio")
    assert studio.aliases == ("info@example.com",)
    assert found.owns(Address("", "INFO@example.com"))


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ('[calling]\ntime_zone = "Berlin"\n', "time_zone: 'Berlin' is no time zone"),
        ('[calling]\nhours = ["9-17"]\n', "hours[1]: '9-17' is no span of hours"),
        ('[calling]\nhours = ["17:00-09:00"]\n', "is no span of hours"),
        ('[calling]\nhours = ["09:00-09:10"]\n', "no span is as long as a call"),
        ('[calling]\ndays = ["monday"]\n', "days[1]: should be 'mon'"),
        ('[calling]\ndays_off = ["24.12.2026"]\n', "'24.12.2026' is no day"),
        ('[calling]\ndays_off = ["2026-12-26..2026-12-24"]\n', "ends before it begins"),
        ('[calling]\nholidays = "XX"\n', "'XX': no holidays are known for it"),
        ('[calling]\nholidays = "utils"\n', "'utils': no holidays are known for it"),
        ('[calling]\nholidays = "NYSE"\n', "'NYSE': no holidays are known for it"),
        ('[calling]\nphone = "      "\n', "is no telephone number"),
        ('[calling]\nholidays = "DE-XX"\n', "'DE-XX': no holidays are known for it"),
        ('[calling]\nbooking = "cal.example"\n', "is no link; it begins with https://"),
        ('[calling]\nphone = "ring me"\n', "'ring me' is no telephone number"),
        ("[calling]\noffers = 9\n", "offers: should be less than or equal to 3"),
        ('[calling]\nphon = "1"\n', 'unknown key; did you mean "phone"?'),
        ('[drafting]\nfrom_tone = "cross"\n', "from_tone: should be 'concerned'"),
        ('[drafting]\nnever = ["bob"]\n', "never[1]: 'bob' is no address"),
        ('[[identity]]\naddress = "a@b.org"\n', "write [[account.identity]]"),
    ],
)
def test_what_cannot_be_is_refused(tmp_path: Path, text: str, part: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(write(tmp_path, text + MINIMAL), {})
    assert part in str(caught.value)


def test_an_accounts_calling_is_held_to_the_whole(tmp_path: Path) -> None:
    """Its keys are checked together with those that it leaves as they are."""
    general = '[calling]\nhours = ["09:00-09:30"]\n'
    with pytest.raises(ConfigError, match="no span is as long as a call"):
        load(write(tmp_path, f"{general}{MINIMAL}[account.calling]\nlength_minutes = 60\n"), {})
    wide = '[calling]\nhours = ["08:00-18:00"]\n'
    load(write(tmp_path, f"{wide}{MINIMAL}[account.calling]\nlength_minutes = 240\n"), {})


@pytest.mark.parametrize("key", ["name", "signature"])
def test_names_and_signatures_are_plain_text(tmp_path: Path, key: str) -> None:
    with pytest.raises(ConfigError, match="holds a control character"):
        load(write(tmp_path, f'{MINIMAL}{key} = "Kim\\u0007"\n'), {})


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ('address = "bob"\n', "'bob' is no address that mail can be written from"),
        (
            'address = "a@b.org"\nsignature_file = "nowhere"\n',
            "nowhere can't be read: No such file",
        ),
        ('address = "a@b.org"\nsignature = "x"\nsignature_file = "x"\n', "both signature and"),
    ],
)
def test_an_identity_that_cannot_be_is_refused(tmp_path: Path, text: str, part: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(write(tmp_path, f"{MINIMAL}[[account.identity]]\n{text}"), {})
    assert part in str(caught.value)

"""Sign-in by browser as its users live with it: the real program, a sign-in server, a mail server that checks the
token, and the days after."""

from __future__ import annotations

import base64
import json
import os
import re
import signal
import stat
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.authority import (
    GOOGLE_ID,
    GOOGLE_SECRET,
    MICROSOFT_ID,
    USER,
    AuthorizationServer,
    end_of,
    visit,
)
from tests.dialogue import Dialogue
from tests.program import Home, read_until, stop
from tests.scripted import Conversation, ScriptedServer

KINDS = ("microsoft", "google")


class MailServer:
    """Takes the tokens that the sign-in server stands by, and no others."""

    def __init__(self, authority: AuthorizationServer) -> None:
        self._authority = authority
        self.refused = 0
        self.unwilling = 0
        """So many good tokens are refused all the same."""
        offered = b"* CAPABILITY IMAP4rev1 SASL-IR AUTH=XOAUTH2\r\nTAG OK done\r\n"
        self.scripted = ScriptedServer({"CAPABILITY": offered, "AUTHENTICATE": self._sign_in})

    def _sign_in(self, conversation: Conversation, tag: bytes) -> None:
        said = base64.b64decode(conversation.lines[-1].split()[3]).decode()
        found = re.fullmatch(f"user={re.escape(USER)}\x01auth=Bearer (.+)\x01\x01", said)
        good = found is not None and found[1] in self._authority.access
        if good and not self.unwilling:
            conversation.say(tag + b" OK welcome\r\n")
            return
        self.unwilling -= good
        self.refused += 1
        why = {"status": "400", "schemes": "Bearer", "scope": "https://mail.google.com/"}
        conversation.say(b"+ " + base64.b64encode(json.dumps(why).encode()) + b"\r\n")
        assert conversation.hear() == b"\r\n"
        conversation.say(tag + b" NO [AUTHENTICATIONFAILED] Invalid credentials (Failure)\r\n")


@pytest.fixture
def authority(tmp_path: Path) -> Iterator[AuthorizationServer]:
    found = AuthorizationServer(tmp_path)
    yield found
    found.close()
    assert found.problems == []


@pytest.fixture
def mail(authority: AuthorizationServer) -> Iterator[MailServer]:
    found = MailServer(authority)
    with found.scripted:
        yield found


@pytest.fixture(params=["keyring", "file"])
def home(request: pytest.FixtureRequest, tmp_path: Path, authority: AuthorizationServer) -> Home:
    """A laptop with a keyring, and a server without one. Both trust the sign-in server, and have a browser."""
    found = Home(tmp_path / "home")
    backend = "keyrings.alt.file.PlaintextKeyring" if request.param == "keyring" else "keyring.backends.fail.Keyring"  # fmt: skip
    found.environ |= {
        "PYTHON_KEYRING_BACKEND": backend,
        "XDG_DATA_HOME": str(found.folder / "data"),
        "REQUESTS_CA_BUNDLE": str(authority.ca_file),
        "BROWSER": f"{sys.executable} {Path(__file__).parent / 'authority.py'} {authority.ca_file} %s",
    }
    return found


def options(kind: str, authority: AuthorizationServer, mail: MailServer, home: Home) -> list[str]:
    """Everything that the wizard would ask, and the address."""
    client = ["--client-id", MICROSOFT_ID, "--tenant", "common"]
    if kind == "google":
        path = home.folder / "client.json"
        installed = {
            "client_id": GOOGLE_ID,
            "client_secret": GOOGLE_SECRET,
            "auth_uri": "https://elsewhere.example",
        }
        path.write_text(json.dumps({"installed": installed}))
        client = ["--client-file", str(path)]
    return [
        "account", "add", USER, "--host", "127.0.0.1", "--port", str(mail.scripted.port), "--insecure",
        "--sign-in", kind, "--authority", authority.url, *client, "--yes",
    ]  # fmt: skip


def add(kind: str, authority: AuthorizationServer, mail: MailServer, home: Home) -> str:
    """An account that has signed in; what was shown."""
    done = home.run(*options(kind, authority, mail, home))
    assert (done.code, done.err) == (0, ""), done.out + done.err
    return done.out


def written(home: Home) -> dict[str, Any]:
    return dict(tomllib.loads(home.config_file.read_text("utf-8"))["account"][0])


def everywhere(home: Home) -> str:
    """Every file of the home, but those where the tokens belong."""
    kept = [*(home.state / "sign-in").glob("*"), *(home.folder / "data").rglob("*")]
    files = [path for path in home.folder.rglob("*") if path.is_file() and path not in kept]
    return "\n".join(path.read_bytes().decode("latin-1") for path in files)


def expire(authority: AuthorizationServer) -> None:
    """All access tokens end now, before their time; the sign-ins stay."""
    authority.access.clear()


@pytest.mark.parametrize("kind", KINDS)
def test_from_the_browser_to_the_daily_pass(
    authority: AuthorizationServer, mail: MailServer, home: Home, kind: str
) -> None:
    """Signed in once, the program gets in by itself; tokens are where they belong and nowhere else."""
    shown = add(kind, authority, mail, home)
    assert f"Sign in as {USER}" in shown
    assert "signed in; 1 messages" in shown
    keys = written(home)
    assert keys["sign_in"] == kind
    assert keys["client_id"] == (GOOGLE_ID if kind == "google" else MICROSOFT_ID)
    assert not {"password_command", "password_file", "client_secret", "tenant"} & set(keys)
    for _ in range(3):
        done = home.run("check")
        assert (done.code, done.err) == (0, "")
    assert authority.asked == {"authorization_code": 1}
    assert mail.refused == 0
    tokens = list((home.state / "sign-in").glob("*"))
    in_file = "fail" in home.environ["PYTHON_KEYRING_BACKEND"]
    assert len(tokens) == in_file
    assert [stat.S_IMODE(each.stat().st_mode) for each in tokens] == [0o600] * in_file
    assert not any(secret in everywhere(home) for secret in authority.given)
    assert not any(secret in shown for secret in authority.given)


@pytest.mark.parametrize("kind", KINDS)
def test_a_token_that_ended_early_is_renewed_once(
    authority: AuthorizationServer, mail: MailServer, home: Home, kind: str
) -> None:
    """The mail server says no, a new token says yes; the new one is kept."""
    add(kind, authority, mail, home)
    expire(authority)
    assert home.run("check").code == 0
    assert (mail.refused, authority.asked["refresh_token"]) == (1, 1)
    assert home.run("scan").code == 0
    assert (mail.refused, authority.asked["refresh_token"]) == (1, 1)


@pytest.mark.parametrize("kind", KINDS)
def test_a_mail_server_that_refuses_every_token_is_not_hammered(
    authority: AuthorizationServer, mail: MailServer, home: Home, kind: str
) -> None:
    """IMAP turned off for the mailbox: one renewal, then the user is told."""
    add(kind, authority, mail, home)
    mail.unwilling = 100
    done = home.run("scan")
    assert done.code == 5
    assert "refused the sign-in of robin@studio.example" in done.err
    assert "for another mailbox), it wants https://mail.google.com/" in done.err
    assert f"assistant account sign-in {USER}" in done.err
    assert (mail.refused, authority.asked["refresh_token"]) == (2, 1)
    assert not any(secret in done.err + done.out for secret in authority.given)


@pytest.mark.parametrize("kind", KINDS)
def test_a_revoked_sign_in_stops_and_is_mended_by_signing_in(
    authority: AuthorizationServer, mail: MailServer, home: Home, kind: str
) -> None:
    """`run` stops the account and says what to do; signing in once more is all there is to do: the daemon is told."""
    add(kind, authority, mail, home)
    authority.revoke()
    with home.start("run") as process:
        stopped = read_until(process.stderr, f"assistant account sign-in {USER}")
        assert "stopped: " in stopped
        assert "the sign-in has ended or was revoked" in stopped
        assert home.until_healthy()["state"] == "refused"
        assert f"{kind}: ended" in home.run("account", "list").out
        assert home.run("check").code == 5
        assert authority.asked["refresh_token"] == 1
        more = ["--in-production"] if kind == "google" else []
        again = home.run("account", "sign-in", USER, *more)
        assert (again.code, again.err) == (0, "")
        assert "The running assistant has been told." in again.out
        read_until(process.stderr, f"{USER}: connected")
        assert stop(process, signal.SIGTERM) == 0
    assert home.run("check").code == 0
    assert f"{kind}: signed in" in home.run("account", "list").out


def test_the_list_says_why_a_sign_in_is_refused(
    authority: AuthorizationServer, mail: MailServer, home: Home
) -> None:
    """A policy of the organisation: told by `check` and the list, and well again without a new sign-in."""
    add("microsoft", authority, mail, home)
    expire(authority)
    said = "AADSTS53003: blocked by Conditional Access policies."
    refusal = {"error": "invalid_grant", "error_description": said}
    authority.answer = (400, json.dumps(refusal).encode())
    assert home.run("check").code == 5
    assert f"microsoft: refused: 127.0.0.1 refused: invalid_grant: {said}" in home.run("account", "list").out  # fmt: skip
    authority.answer = None
    assert home.run("check").code == 0
    assert "microsoft: signed in" in home.run("account", "list").out


def test_a_sign_in_that_ends_in_a_week_is_told_ahead(
    authority: AuthorizationServer, mail: MailServer, home: Home
) -> None:
    """Google's testing mode, as the user said: `check`, and the list, name the day."""
    done = home.run(*options("google", authority, mail, home), "--testing")
    assert done.code == 0
    checked = home.run("check")
    found = re.search(r"the sign-in ends on (\d{4}-\d\d-\d\d) \d\d:\d\d; then: assistant account sign-in", checked.out)  # fmt: skip
    assert found is not None
    (listed,) = json.loads(home.run("account", "list", "--json").out)
    assert listed["state"] == "signed in"
    assert listed["ends"][:10] in home.run("account", "list").out
    assert abs(int(listed["ends"][8:10]) - int(found[1][8:10])) in (0, 1, 29, 30)


@pytest.mark.parametrize("kind", KINDS)
def test_remove_forgets_the_tokens(
    authority: AuthorizationServer, mail: MailServer, home: Home, kind: str
) -> None:
    """Of the file, and of the keyring."""
    add(kind, authority, mail, home)
    done = home.run("account", "remove", USER, "--yes")
    assert (done.code, done.err) == (0, "")
    assert "its sign-in is forgotten" in done.out
    assert list((home.state / "sign-in").glob("*")) == []
    files = [path.read_text() for path in (home.folder / "data").rglob("*") if path.is_file()]
    assert "sign-in" not in "".join(files) or USER.replace("@", "_40") not in "".join(files)


def test_a_mail_server_that_takes_no_tokens_gets_none_and_nothing_is_written(
    authority: AuthorizationServer, home: Home
) -> None:
    """The sign-in worked, the mail server does not: no account comes of it, and no token is kept."""
    mail = MailServer(authority)
    with ScriptedServer() as plain:
        mail.scripted.__exit__()
        mail.scripted = plain
        done = home.run(*options("microsoft", authority, mail, home))
        assert done.code == 5
        assert "offers neither OAUTHBEARER nor XOAUTH2; no token was sent" in done.err
        assert "AUTHENTICATE" not in plain.verbs
    assert not home.config_file.exists()
    assert not (home.state / "sign-in").exists()
    assert not any(path.is_file() for path in (home.folder / "data").rglob("*"))


def test_a_config_that_can_not_be_written_leaves_no_token_behind(
    authority: AuthorizationServer, mail: MailServer, home: Home
) -> None:
    """The sign-in is forgotten again, in the keyring and in the file."""
    home.config_file.parent.rmdir()
    home.config_file.parent.write_text("a file where the folder belongs")
    done = home.run(*options("microsoft", authority, mail, home))
    assert done.code == 3
    assert "The sign-in is kept in" in done.out
    assert list((home.state / "sign-in").glob("*")) == []
    files = [path.read_text() for path in (home.folder / "data").rglob("*") if path.is_file()]
    assert "studio" not in "".join(files)


def test_a_declined_sign_in_writes_nothing(
    authority: AuthorizationServer, mail: MailServer, home: Home
) -> None:
    """The browser says no, the terminal says so."""
    authority.declines = "access_denied"
    done = home.run(*options("microsoft", authority, mail, home))
    assert done.code == 5
    assert "declined in the browser" in done.err
    assert not home.config_file.exists()
    assert mail.scripted.conversations == []


# --- other ways to a browser --------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_the_address_alone_is_shown(
    authority: AuthorizationServer, mail: MailServer, home: Home, kind: str
) -> None:
    """--no-browser: the user opens it, and the program hears the answer."""
    arguments = [*options(kind, authority, mail, home), "--no-browser"]
    with home.start(*arguments) as process:
        assert process.stdout is not None
        url = next(line for line in process.stdout if line.startswith(b"https://"))
        assert "back to the terminal" in visit(url.decode().strip(), str(authority.ca_file))
        out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, b"")
    assert b"should have opened" not in out


@pytest.mark.parametrize("kind", KINDS)
def test_the_browsers_last_address_is_pasted(
    authority: AuthorizationServer, mail: MailServer, home: Home, kind: str
) -> None:
    """--paste, at a real terminal; what is pasted holds the code, and is not shown."""
    arguments = [*options(kind, authority, mail, home), "--paste"]
    with Dialogue(home, *arguments, columns=4_000) as dialogue:
        url = dialogue.until("\n\nAt the end").split("\n")[-3]
        pasted = end_of(url, str(authority.ca_file))
        dialogue.answer("Address (not shown): ", pasted)
        assert dialogue.end() == 0
        assert pasted[-20:] not in dialogue.shown
    assert home.run("check").code == 0


@pytest.mark.parametrize("home", ["file"], indirect=True)
def test_on_a_server_the_services_user_signs_in(
    authority: AuthorizationServer, mail: MailServer, home: Home
) -> None:
    """docs/sign-in.md: the account is written by hand, since that user may not write into config.toml; the tokens are
    that user's, and the daemon, which is the same user's, is told."""
    if os.geteuid() != 0:
        pytest.skip("needs root, to become the service's user")
    me = ("setpriv", "--reuid=4241", "--regid=4241", "--clear-groups")
    with tempfile.TemporaryDirectory() as name:  # pytest's own folders are closed to other users
        folder = Path(name)
        folder.chmod(0o755)
        config, state, trust = folder / "config.toml", folder / "state", folder / "authority.pem"
        trust.write_bytes(authority.ca_file.read_bytes())
        state.mkdir(mode=0o700)
        os.chown(state, 4241, 4241)
        config.write_text(
            f'state = "{state}"\n[[account]]\nhost = "127.0.0.1"\nport = {mail.scripted.port}\nuser = "{USER}"\n'
            f'insecure = true\nsign_in = "microsoft"\nclient_id = "{MICROSOFT_ID}"\nauthority = "{authority.url}"\n'
        )
        home.folder, home.state = folder, state
        home.environ |= {"REQUESTS_CA_BUNDLE": str(trust), "HOME": str(state)}
        arguments = ("--config", str(config), "account", "sign-in", USER, "--paste")
        with home.start("--config", config, "run", under=me) as process:
            read_until(process.stderr, "nobody has signed in yet")
            home.until_healthy()
            with Dialogue(home, *arguments, columns=4_000, under=me) as dialogue:
                url = dialogue.until("\n\nAt the end").split("\n")[-3]
                dialogue.answer("Address (not shown): ", end_of(url, str(authority.ca_file)))
                assert dialogue.end() == 0
                assert "The running assistant has been told." in dialogue.shown
            read_until(process.stderr, f"{USER}: connected")
            assert stop(process, signal.SIGTERM) == 0
        (tokens,) = (state / "sign-in").iterdir()
        assert (tokens.stat().st_uid, stat.S_IMODE(tokens.stat().st_mode)) == (4241, 0o600)
        # Root may sign in again; the file stays the service's.
        with Dialogue(home, *arguments, columns=4_000) as dialogue:
            url = dialogue.until("\n\nAt the end").split("\n")[-3]
            dialogue.answer("Address (not shown): ", end_of(url, str(authority.ca_file)))
            assert dialogue.end() == 0
        assert tokens.stat().st_uid == 4241


def test_a_device_code(authority: AuthorizationServer, mail: MailServer, home: Home) -> None:
    """With the warning that many organisations block it, before it is tried."""
    done = home.run(*options("microsoft", authority, mail, home), "--device-code")
    assert (done.code, done.err) == (0, "")
    assert done.out.index("Many organisations block") < done.out.index("ABCD-EFGH")
    assert "https://login.example/device" in done.out
    assert home.run("check").code == 0


def test_google_has_no_device_code_for_mail(
    authority: AuthorizationServer, mail: MailServer, home: Home
) -> None:
    """Said before anything is asked of Google."""
    done = home.run(*options("google", authority, mail, home), "--device-code")
    assert done.code == 2
    assert "--device-code is Microsoft's" in done.err
    assert authority.asked == {}


@pytest.mark.parametrize("raw", [None, "{", "[]", '{"web": {"client_id": "x", "client_secret": "y"}}', '{"installed": {}}'])  # fmt: skip
def test_a_client_file_that_is_none(
    authority: AuthorizationServer, mail: MailServer, home: Home, raw: str | None
) -> None:
    """Google makes several kinds; only desktop apps come back to this machine."""
    arguments = options("google", authority, mail, home)
    path = home.folder / "client.json"
    path.unlink()
    if raw is not None:
        path.write_text(raw)
    done = home.run(*arguments)
    assert done.code == 3
    assert "client.json: " in done.err
    assert not home.config_file.exists()


# --- nothing leaks ------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_no_secret_is_in_any_output(
    authority: AuthorizationServer, mail: MailServer, home: Home, kind: str
) -> None:
    """At --verbose, through the sign-in, a renewal, nonsense, and a refusal."""
    outputs = []
    done = home.run("--verbose", *options(kind, authority, mail, home))
    outputs.append(done.out + done.err)
    expire(authority)
    outputs += [done.out + done.err for done in (home.run("--verbose", "check"),)]
    expire(authority)
    authority.answer = (200, json.dumps({"access_token": authority.given}).encode()[:-3])
    outputs += [done.out + done.err for done in (home.run("--verbose", "scan"),)]
    authority.answer = None
    authority.revoke()
    outputs += [done.out + done.err for done in (home.run("--verbose", "scan"),)]
    shown = "".join(outputs)
    assert "AUTHENTICATE" in shown
    for secret in (*authority.given, GOOGLE_SECRET):
        assert secret not in shown
        assert base64.b64encode(secret.encode())[10:50].decode() not in shown


def test_an_extra_that_is_missing_is_named(home: Home) -> None:
    """Without msal or google-auth-oauthlib: what to install, no traceback."""
    path = home.folder / "client.json"
    path.write_text(json.dumps({"installed": {"client_id": GOOGLE_ID, "client_secret": "x"}}))
    (home.folder / "site").mkdir()
    for name, module, client in (
        ("microsoft", "msal", ["--client-id", MICROSOFT_ID]),
        ("google", "google_auth_oauthlib", ["--client-file", str(path)]),
    ):
        (home.folder / "site" / f"{module}.py").write_text("raise ImportError\n")
        done = home.run(
            "account", "add", USER, "--host", "127.0.0.1", "--insecure", "--sign-in", name, *client, "--yes",
            environ={"PYTHONPATH": str(home.folder / "site")},
        )  # fmt: skip
        assert done.code == 4
        assert f"pip install 'inbox-assistant[{name}]'" in done.err

"""Sign-in by browser, against a sign-in server that checks what it is sent."""

from __future__ import annotations

import json
import logging
import os
import stat
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import keyring
import pytest
from keyring.backends import null
from keyrings.alt.file import PlaintextKeyring

from assistant.errors import (
    CertificateError,
    ConnectionLost,
    LoginRefused,
    MailboxError,
    StateUnavailable,
)
from assistant.signin import oauth
from assistant.signin.grant import Granted, OAuthClient
from assistant.signin.loopback import Loopback
from assistant.signin.microsoft import DeviceCode
from assistant.signin.tokens import Tokens, TokenStore
from tests.authority import (
    GOOGLE_ID,
    GOOGLE_SECRET,
    MICROSOFT_ID,
    USER,
    AuthorizationServer,
    end_of,
    fetch,
    visit,
)

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
KINDS = ("microsoft", "google")


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AuthorizationServer]:
    """A sign-in server that the HTTP libraries trust; at the end, nothing was wrong with what it was sent."""
    found = AuthorizationServer(tmp_path)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(found.ca_file))
    yield found
    found.close()
    assert found.problems == []


@pytest.fixture(params=["file", "keyring"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[TokenStore]:
    """Tokens in a file, where there is no keyring that keeps anything, and in a real keyring."""
    before = keyring.get_keyring()
    shelf = PlaintextKeyring() if request.param == "keyring" else null.Keyring()
    if request.param == "keyring":
        shelf.file_path = str(tmp_path / "keyring.cfg")  # type: ignore[attr-defined]
    keyring.set_keyring(shelf)
    yield TokenStore("inbox-assistant sign-in", tmp_path / "state" / "sign-in")
    keyring.set_keyring(before)


def client_of(server: AuthorizationServer, kind: str, **more: str) -> OAuthClient:
    if kind == "microsoft":
        return OAuthClient("microsoft", MICROSOFT_ID, authority=server.url, **more)
    return OAuthClient("google", GOOGLE_ID, authority=server.url, secret=GOOGLE_SECRET)


def signed_in(server: AuthorizationServer, kind: str) -> Granted:
    """Through the browser, as a user does it."""
    ca_file = str(server.ca_file)
    return oauth.by_browser(client_of(server, kind), USER, lambda url: _seen(url, ca_file))


def _seen(url: str, ca_file: str) -> None:
    assert "go back to the terminal" in visit(url, ca_file)


# --- the browser ------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_a_browser_brings_the_sign_in_back(server: AuthorizationServer, kind: str) -> None:
    """The server has checked client, scope, redirect, state and PKCE; the tokens are those that it gave."""
    granted = signed_in(server, kind)
    assert granted.access in server.access
    assert granted.refresh in server.refresh
    assert granted.seconds == 3600
    assert server.asked == {"authorization_code": 1}


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_not_this_sign_ins_answer_is_not_heard(
    server: AuthorizationServer, kind: str
) -> None:
    """Other pages of the machine, and who guesses, are turned away; the sign-in goes on (RFC 6749 section 10.12)."""
    told: list[tuple[int, str]] = []

    def intruders(url: str) -> None:
        redirect = parse_qs(urlsplit(url).query)["redirect_uri"][0]
        port = urlsplit(redirect).port
        for query in ("", "code=x", "code=x&state=guessed", "error=x&state=", "state=&code="):
            status, headers, page = fetch(f"http://127.0.0.1:{port}/?{query}", "")
            told.append((status, page))
            assert headers["Content-Security-Policy"] == "default-src 'none'"
        visit(url, str(server.ca_file))

    granted = oauth.by_browser(client_of(server, kind), USER, intruders)
    assert granted.access in server.access
    assert {status for status, _ in told} == {404}
    assert all("guessed" not in page for _, page in told)


@pytest.mark.parametrize("kind", KINDS)
def test_a_declined_sign_in_is_told(server: AuthorizationServer, kind: str) -> None:
    """The user has clicked "Cancel"."""
    server.declines = "access_denied"
    with pytest.raises(
        LoginRefused, match="access_denied: the sign-in was declined in the browser"
    ):
        signed_in(server, kind)


def test_a_browser_that_never_comes_back_is_not_waited_for_for_ever() -> None:
    """And the port is free again."""
    with Loopback("localhost") as loopback:
        loopback.expect("state")
        with pytest.raises(MailboxError, match="did not come back"):
            loopback.answer(0.05)
    with pytest.raises(ConnectionRefusedError):
        fetch(loopback.redirect.replace("localhost", "127.0.0.1"), "")


def test_a_silent_connection_does_not_hold_up_the_answer() -> None:
    """Browsers open connections ahead of need; the answer comes on another one."""
    import socket

    with Loopback("127.0.0.1") as loopback:
        loopback.expect("secret-state")
        port = int(loopback.redirect.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port)):
            fetch(f"{loopback.redirect}/?code=c&state=secret-state", "")
            assert loopback.answer(10) == {"code": "c", "state": "secret-state"}


def test_the_answer_is_heard_on_loopback_alone() -> None:
    """Nobody on the network can bring one."""
    with Loopback("localhost") as loopback:
        assert loopback._server.server_address[0] == "127.0.0.1"


@pytest.mark.parametrize("kind", KINDS)
def test_a_browser_elsewhere_by_pasting_its_last_address(
    server: AuthorizationServer, kind: str
) -> None:
    """For servers without a browser: nobody listens, the user carries the address over."""
    granted = oauth.by_pasting(
        client_of(server, kind), USER, lambda url: f"  {end_of(url, str(server.ca_file))}\n"
    )
    assert granted.refresh in server.refresh


@pytest.mark.parametrize("pasted", ["", "yes", "http://localhost/?code=x", "http://localhost/?code=x&state=y"])  # fmt: skip
def test_something_else_is_pasted(server: AuthorizationServer, pasted: str) -> None:
    """Nothing of it is sent anywhere."""
    with pytest.raises(LoginRefused, match="not the address at which this sign-in ends"):
        oauth.by_pasting(client_of(server, "microsoft"), USER, lambda _: pasted)
    assert server.asked == {}


@pytest.mark.parametrize("kind", KINDS)
def test_a_sign_in_without_a_refresh_token_is_none(server: AuthorizationServer, kind: str) -> None:
    """It would end within the hour, and the user would be asked again and again."""
    server.gives_refresh = False
    with pytest.raises(LoginRefused, match="no refresh token"):
        signed_in(server, kind)


def test_a_permission_that_was_not_ticked_is_told(server: AuthorizationServer) -> None:
    """Google lets its users leave some out."""
    server.scope_given = "openid"
    with pytest.raises(LoginRefused, match="the permission to read mail was not given"):
        signed_in(server, "google")


# --- the device code --------------------------------------------------------------------------------


def test_a_device_code_is_shown_and_waited_for(server: AuthorizationServer) -> None:
    """RFC 8628: pending at first, then granted."""
    shown: list[DeviceCode] = []
    granted = oauth.by_device_code(client_of(server, "microsoft"), shown.append)
    assert shown == [DeviceCode("https://login.example/device", "ABCD-EFGH", 900)]
    assert granted.access in server.access


def test_a_tenant_that_blocks_device_codes_is_told_with_another_way(
    server: AuthorizationServer,
) -> None:
    """Microsoft recommends it to administrators; the error's number says so, and we say what to do."""
    server.declines = "access_denied"
    with pytest.raises(LoginRefused, match="AADSTS53003") as caught:
        oauth.by_device_code(client_of(server, "microsoft"), lambda _: None)
    assert "sign in with the browser" in caught.value.hint


def test_a_tenant_that_is_none_is_told(server: AuthorizationServer) -> None:
    """A slip in `tenant`."""
    client = replace(client_of(server, "microsoft"), tenant="studoi.example")
    with pytest.raises(MailboxError, match=r"no sign-in for the tenant 'studoi\.example'"):
        oauth.by_device_code(client, lambda _: None)


# --- a token for each connect -----------------------------------------------------------------------


def kept(server: AuthorizationServer, kind: str, store: TokenStore, **more: object) -> OAuthClient:
    """A sign-in that was made at NOW."""
    client = client_of(server, kind)
    tokens = oauth.kept(client, signed_in(server, kind), NOW, testing=bool(more.get("testing")))
    store.save(USER, tokens)
    return client


@pytest.mark.parametrize("kind", KINDS)
def test_a_token_is_used_until_shortly_before_its_end(
    server: AuthorizationServer, store: TokenStore, kind: str
) -> None:
    """Not fetched at each look (abuse, to a provider), and never used on its last minutes."""
    client = kept(server, kind, store)
    for minutes in (0, 30, 54):
        access = oauth.access_token(client, store, USER, NOW + timedelta(minutes=minutes))
        assert not access.fresh
    assert server.asked == {"authorization_code": 1}
    renewed = oauth.access_token(client, store, USER, NOW + timedelta(minutes=55))
    assert renewed.fresh
    assert renewed.token != access.token
    assert renewed.token in server.access
    again = oauth.access_token(client, store, USER, NOW + timedelta(minutes=56))
    assert (again.token, again.fresh) == (renewed.token, False)
    assert server.asked == {"authorization_code": 1, "refresh_token": 1}


@pytest.mark.parametrize("rotates", [True, False])
@pytest.mark.parametrize("kind", KINDS)
def test_a_refresh_token_is_replaced_where_a_new_one_comes(
    server: AuthorizationServer, store: TokenStore, kind: str, rotates: bool
) -> None:
    """Microsoft sends a new one each time, Google keeps the old one (RFC 6749 section 6)."""
    server.rotates = rotates
    client = kept(server, kind, store)
    seen = set()
    for hours in (1, 2, 3):
        oauth.access_token(client, store, USER, NOW + timedelta(hours=hours))
        tokens = store.load(USER)
        assert tokens is not None
        assert tokens.refresh in server.refresh
        assert tokens.since == NOW
        seen.add(tokens.refresh)
    assert len(seen) == (3 if rotates else 1)


@pytest.mark.parametrize("kind", KINDS)
def test_a_token_that_the_mail_server_refuses_is_renewed_before_its_time(
    server: AuthorizationServer, store: TokenStore, kind: str
) -> None:
    """What `renew` is for."""
    client = kept(server, kind, store)
    access = oauth.access_token(client, store, USER, NOW, renew=True)
    assert access.fresh
    assert server.asked["refresh_token"] == 1


@pytest.mark.parametrize("kind", KINDS)
def test_a_revoked_sign_in_is_told_once_and_not_tried_again(
    server: AuthorizationServer, store: TokenStore, kind: str
) -> None:
    """The sign-in server is not asked again and again; signing in anew mends it."""
    client = kept(server, kind, store)
    server.revoke()
    later = NOW + timedelta(hours=1)
    with pytest.raises(LoginRefused, match="invalid_grant: the sign-in has ended or was revoked") as caught:  # fmt: skip
        oauth.access_token(client, store, USER, later)
    assert caught.value.hint.endswith(f"assistant account sign-in {USER}")
    for _ in range(3):
        with pytest.raises(LoginRefused, match="has ended or was revoked"):
            oauth.access_token(client, store, USER, later)
    assert server.asked["refresh_token"] == 1
    kept(server, kind, store)
    assert oauth.access_token(client, store, USER, NOW).token in server.access


@pytest.mark.parametrize(
    ("kind", "error", "said"),
    [
        ("google", "invalid_client", ""),
        ("google", "access_denied", ""),
        ("microsoft", "consent_required", "AADSTS65001: consent is missing."),
        ("microsoft", "invalid_grant", "AADSTS53003: blocked by Conditional Access policies."),
        ("microsoft", "interaction_required", "AADSTS50076: use multi-factor authentication."),
        ("microsoft", "invalid_client", "AADSTS7000218: a secret is wanted."),
    ],
)
def test_a_refusal_that_may_pass_costs_nobody_their_sign_in(
    server: AuthorizationServer, store: TokenStore, kind: str, error: str, said: str
) -> None:
    """A policy, a client secret: once somebody has mended it, the kept sign-in works. Until then the reason is kept."""
    client = kept(server, kind, store)
    before, later = store.load(USER), NOW + timedelta(hours=1)
    assert before is not None
    server.answer = (400, json.dumps({"error": error, "error_description": said}).encode())
    for _ in range(2):
        with pytest.raises(LoginRefused, match=f"refused: {error}") as caught:
            oauth.access_token(client, store, USER, later)
        assert "ended or was revoked" not in caught.value.message
        found = store.load(USER)
        assert found == replace(before, problem=found.problem if found else "")
        assert error in found.problem
        assert said.partition(":")[0] in found.problem
    server.answer = None
    assert oauth.access_token(client, store, USER, later).token in server.access
    found = store.load(USER)
    assert found is not None
    assert found.problem == ""


def test_nobody_has_signed_in_yet(server: AuthorizationServer, store: TokenStore) -> None:
    """Or with another client: its refresh token is of no use to this one."""
    client = client_of(server, "microsoft")
    with pytest.raises(LoginRefused, match="nobody has signed in yet") as caught:
        oauth.access_token(client, store, USER, NOW)
    assert caught.value.hint == f"assistant account sign-in {USER}"
    kept(server, "google", store)
    with pytest.raises(LoginRefused, match="signed in with another client_id"):
        oauth.access_token(client, store, USER, NOW)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "answer",
    [
        (200, b"<html>welcome to the hotel</html>"), (200, b"{}"), (200, b"[]"), (200, b"null"), (200, b""),
        (200, b'{"access_token": 5, "token_type": "Bearer"}'),
        (200, b'{"access_token": "a b\\r\\nc", "token_type": "Bearer"}'),
        (200, b'{"access_token": "a", "token_type": "Bearer", "expires_in": "soon"}'),
        (503, b"try later"), (400, b'{"error": "temporarily_unavailable"}'), (200, b"\xff\xfe"),
    ],
)  # fmt: skip
def test_nonsense_from_the_sign_in_server_passes(
    server: AuthorizationServer, store: TokenStore, kind: str, answer: tuple[int, bytes]
) -> None:
    """A captive portal or an outage: tried again later, and the sign-in is still there then."""
    client = kept(server, kind, store)
    server.answer = answer
    with pytest.raises(ConnectionLost):
        oauth.access_token(client, store, USER, NOW + timedelta(hours=1))
    server.answer = None
    assert oauth.access_token(client, store, USER, NOW + timedelta(hours=1)).fresh


@pytest.mark.parametrize("kind", KINDS)
def test_a_sign_in_server_that_is_not_there_passes(
    server: AuthorizationServer, store: TokenStore, kind: str
) -> None:
    """No network just now."""
    client = kept(server, kind, store)
    server.close()
    with pytest.raises(ConnectionLost, match=r"127\.0\.0\.1: can't be reached"):
        oauth.access_token(client, store, USER, NOW + timedelta(hours=1))


@pytest.mark.parametrize("kind", KINDS)
def test_a_sign_in_server_that_proves_nothing_gets_no_secret(
    server: AuthorizationServer, store: TokenStore, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """TLS is checked there as everywhere."""
    client = kept(server, kind, store)
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    with pytest.raises(CertificateError, match="the sign-in server's certificate"):
        oauth.access_token(client, store, USER, NOW + timedelta(hours=1))
    assert server.asked == {"authorization_code": 1}


@pytest.mark.parametrize(
    ("lifetime", "seconds"), [("3600", 3600), (3600, 3600), (-5, 0), (10**9, 315_360_000)]
)
@pytest.mark.parametrize("kind", KINDS)
def test_a_lifetime_may_be_a_number_or_the_text_of_one(
    server: AuthorizationServer, kind: str, lifetime: object, seconds: int
) -> None:
    """Some servers write it in quotation marks; ten years are enough."""
    server.expires_in = lifetime
    assert signed_in(server, kind).seconds == seconds


# --- when it ends -----------------------------------------------------------------------------------


def test_the_end_of_a_sign_in_is_known_where_somebody_says_it(
    server: AuthorizationServer, store: TokenStore
) -> None:
    """Google's testing mode, as the user said or as the server says; never the access token's hour."""
    assert oauth.expires(store, USER) is None
    kept(server, "google", store)
    assert oauth.expires(store, USER) is None
    kept(server, "google", store, testing=True)
    assert oauth.expires(store, USER) == NOW + timedelta(days=7)
    server.ends_in = 3 * 86_400
    client = kept(server, "google", store, testing=True)
    assert oauth.expires(store, USER) == NOW + timedelta(days=3)
    server.ends_in = 2 * 86_400
    later = NOW + timedelta(days=1)
    oauth.access_token(client, store, USER, later)
    assert oauth.expires(store, USER) == later + timedelta(days=2)


def test_a_sign_in_that_ended_as_foreseen_says_so(
    server: AuthorizationServer, store: TokenStore
) -> None:
    """The user learns that it was no accident."""
    client = kept(server, "google", store, testing=True)
    server.revoke()
    with pytest.raises(LoginRefused, match="it was to end on 2026-11-29"):
        oauth.access_token(client, store, USER, NOW + timedelta(days=8))


# --- where it is kept -------------------------------------------------------------------------------


def tokens(**more: object) -> Tokens:
    plain = Tokens("id", "access-secret", NOW, "refresh-secret", NOW, secret="client-secret")
    return replace(plain, **more)  # type: ignore[arg-type]


def test_tokens_come_back_as_they_were(store: TokenStore) -> None:
    """Each mailbox has its own; forgetting one leaves the others."""
    assert store.load(USER) is None
    for name in (USER, "other/../../@studio.example", "ö" * 300):
        store.save(name, tokens(client_id=name, ends=NOW))
    assert store.load(USER) == tokens(client_id=USER, ends=NOW)
    assert store.forget("ö" * 300)
    assert not store.forget("ö" * 300)
    assert store.load("ö" * 300) is None
    found = store.load("other/../../@studio.example")
    assert found is not None
    assert found.client_id == "other/../../@studio.example"


def test_a_keyring_is_used_where_there_is_one_and_a_file_where_there_is_a_file(
    store: TokenStore, tmp_path: Path
) -> None:
    """Who has asked for a file once, keeps it."""
    in_keyring = isinstance(keyring.get_keyring(), PlaintextKeyring)
    where = store.save(USER, tokens())
    assert (where == "the keyring") == in_keyring
    assert store.file(USER).exists() != in_keyring
    assert store.save(USER, tokens(client_id="new"), in_file=True) == str(store.file(USER))
    assert store.save(USER, tokens(client_id="newer")) == str(store.file(USER))
    found = store.load(USER)
    assert found is not None
    assert found.client_id == "newer"
    assert store.forget(USER)
    assert store.load(USER) is None


@pytest.fixture
def in_file(tmp_path: Path) -> Iterator[TokenStore]:
    before = keyring.get_keyring()
    keyring.set_keyring(null.Keyring())
    yield TokenStore("inbox-assistant sign-in", tmp_path / "state" / "sign-in")
    keyring.set_keyring(before)


def test_the_file_is_its_owners_alone(in_file: TokenStore) -> None:
    """Whatever the umask: 0600 in a folder of 0700, and no trace of the writing."""
    before = os.umask(0)
    try:
        in_file.save(USER, tokens())
        in_file.save(USER, tokens())
    finally:
        os.umask(before)
    path = in_file.file(USER)
    assert [each.name for each in in_file.folder.iterdir()] == [path.name]
    modes = [stat.S_IMODE(each.stat().st_mode) for each in (path, path.parent, path.parent.parent)]
    assert modes == [0o600, 0o700, 0o700]


def test_a_file_that_others_can_read_or_that_is_a_link_is_refused(
    in_file: TokenStore, tmp_path: Path
) -> None:
    """Somebody has been at it."""
    in_file.save(USER, tokens())
    path = in_file.file(USER)
    path.chmod(0o640)
    with pytest.raises(MailboxError, match="others can read it"):
        in_file.load(USER)
    path.chmod(0o600)
    path.rename(tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(MailboxError, match="can't be read"):
        in_file.load(USER)
    in_file.save(USER, tokens(client_id="new"))
    assert not path.is_symlink()
    assert b"new" not in (tmp_path / "elsewhere").read_bytes()


@pytest.mark.parametrize(
    "raw", ["", "{", "[]", '{"client_id": "x"}', "\x00" * 100, "refresh-secret"]
)
def test_a_damaged_file_is_told_without_what_is_in_it(in_file: TokenStore, raw: str) -> None:
    """With the way out."""
    in_file.save(USER, tokens())
    in_file.file(USER).write_text(raw)
    if not raw:
        assert in_file.load(USER) is None
        return
    with pytest.raises(MailboxError, match="is damaged") as caught:
        in_file.load(USER)
    assert "assistant account sign-in" in caught.value.hint
    assert "refresh-secret" not in caught.value.message + str(caught.value.__cause__)


def test_a_file_that_can_not_be_written_is_worth_another_try(
    in_file: TokenStore, server: AuthorizationServer
) -> None:
    """A full disk passes; what was kept before is as it was."""
    client = kept(server, "microsoft", in_file)
    before = in_file.load(USER)
    in_file.folder.rename(in_file.folder.with_name("aside"))
    in_file.folder.write_text("a file where the folder belongs")
    assert before is not None
    with pytest.raises(StateUnavailable, match="can't be written: "):
        in_file.save(USER, before)
    in_file.folder.unlink()
    in_file.folder.with_name("aside").rename(in_file.folder)
    assert in_file.load(USER) == before
    assert oauth.access_token(client, in_file, USER, NOW).token == before.access


def test_two_writers_leave_one_whole_file(in_file: TokenStore) -> None:
    """The daemon and a scan by hand renew at the same moment."""
    threads = [
        threading.Thread(target=in_file.save, args=(USER, tokens(client_id=f"{number}" * 50_000)))
        for number in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = in_file.load(USER)
    assert found is not None
    assert len(set(found.client_id)) == 1
    assert len(list(in_file.folder.iterdir())) == 1


# --- secrets stay where they are --------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_secret_is_logged_or_shown(
    server: AuthorizationServer, store: TokenStore, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    """At the most talkative level, of every library, through sign-in, renewal, nonsense and refusal."""
    caplog.set_level(logging.DEBUG)
    client = kept(server, kind, store)
    oauth.access_token(client, store, USER, NOW + timedelta(hours=1))
    errors = []
    leak = json.dumps({"access_token": list(server.given), "note": server.given[-1]}).encode()
    for answer in ((200, leak), (200, leak[:-5]), (500, leak), (400, leak)):
        server.answer = answer
        with pytest.raises(MailboxError) as caught:
            oauth.access_token(client, store, USER, NOW + timedelta(hours=3))
        errors.append(caught.value.message + caught.value.hint)
    server.answer = None
    server.revoke()
    with pytest.raises(LoginRefused) as refused:
        oauth.access_token(client, store, USER, NOW + timedelta(hours=3))
    shown = "\n".join([*errors, refused.value.message, caplog.text, repr(store.load(USER)), repr(client)])  # fmt: skip
    assert len(server.given) >= 4
    for secret in (*server.given, GOOGLE_SECRET):
        assert secret not in shown
        assert secret[:40] not in shown or secret == GOOGLE_SECRET

"""A sign-in server on loopback, of both kinds: it checks what it is sent, and can be told to misbehave.

It speaks TLS with a certificate of the tests' own authority, which the program trusts through
REQUESTS_CA_BUNDLE: nothing in the program knows of it but the `authority` in its config.
"""

from __future__ import annotations

import base64
import hashlib
import html
import http.client
import json
import re
import secrets
import ssl
import sys
import threading
import urllib.parse
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import trustme

MICROSOFT_ID = "0a1b2c3d-1111-2222-3333-444455556666"
GOOGLE_ID = "123-abc.apps.googleusercontent.com"
GOOGLE_SECRET = "GOCSPX-not-so-secret"
OUTLOOK = "https://outlook.office.com/IMAP.AccessAsUser.All"
GMAIL = "https://mail.google.com/"
DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"
USER = "robin@studio.example"
_REDIRECT = re.compile(r"http://(localhost|127\.0\.0\.1):\d{1,5}")


class Refused(Exception):
    """An OAuth error to answer with."""

    def __init__(self, error: str, description: str = "") -> None:
        super().__init__(error)
        self.fields = {"error": error, "error_description": description}


class AuthorizationServer:
    """Listens from its making until :meth:`close`."""

    def __init__(self, folder: Path) -> None:
        authority = trustme.CA()
        self.ca_file = folder / "authority.pem"
        authority.cert_pem.write_to_path(self.ca_file)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("127.0.0.1", "localhost").configure_cert(context)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.url = f"https://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        # What it was asked, and what was wrong with that.
        self.asked: Counter[str] = Counter()
        self.problems: list[str] = []
        # What it gave out, and is still good.
        self.codes: dict[str, dict[str, str]] = {}
        self.access: set[str] = set()
        self.refresh: dict[str, str] = {}
        self.given: list[str] = []
        """Everything secret that it ever gave out."""
        # How it behaves.
        self.expires_in: object = 3600
        self.ends_in: int | None = None
        self.rotates = True
        self.declines = ""
        self.polls = 1
        self.answer: tuple[int, bytes] | None = None
        """In place of any answer of the token endpoint."""
        self.scope_given = ""
        self.gives_refresh = True

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def revoke(self) -> None:
        """End every sign-in, as a user does on the provider's page."""
        self.refresh.clear()
        self.access.clear()

    # --- the endpoints ---

    def configuration(self, tenant: str) -> dict[str, str]:
        if tenant not in ("common", "studio.example"):
            raise Refused("invalid_tenant", f"AADSTS90002: Tenant '{tenant}' not found.")
        base = f"{self.url}/{tenant}/oauth2/v2.0"
        return {
            "issuer": f"{self.url}/{tenant}/v2.0",
            "authorization_endpoint": f"{base}/authorize",
            "token_endpoint": f"{base}/token",
            "device_authorization_endpoint": f"{base}/devicecode",
        }

    def authorize(self, query: dict[str, str], google: bool) -> tuple[str, dict[str, str]]:
        """Where the browser is sent, and with which fields."""
        self._expect(query, "client_id", GOOGLE_ID if google else MICROSOFT_ID)
        self._expect(query, "response_type", "code")
        self._expect(query, "code_challenge_method", "S256")
        self._expect(query, "login_hint", USER)
        scopes = {GMAIL} if google else {OUTLOOK, "offline_access", "openid", "profile"}
        self._check(set(query.get("scope", "").split()) == scopes, f"scope {query.get('scope')}")
        if google:
            self._expect(query, "access_type", "offline")
            self._expect(query, "prompt", "consent")
        redirect = _REDIRECT.fullmatch(query.get("redirect_uri", ""))
        host = "127.0.0.1" if google else "localhost"
        self._check(redirect and redirect[1] == host, f"redirect {query.get('redirect_uri')}")
        self._check(
            re.fullmatch(r"[\w-]{43}", query.get("code_challenge", "")), "no code_challenge"
        )
        self._check(len(query.get("state", "")) >= 16, "a state that can be guessed")
        state = {"state": query["state"]}
        if self.declines:
            return query["redirect_uri"], {**state, "error": self.declines}
        code = self._new("code")
        self.codes[code] = query
        return query["redirect_uri"], {**state, "code": code}

    def introspect(self, query: dict[str, str]) -> dict[str, Any]:
        """For mail servers: whose token is it, and is it good? (RFC 7662, as Dovecot asks it.)"""
        self.asked["introspect"] += 1
        if query.get("token", "") not in self.access:
            return {"active": "false"}
        return {"active": "true", "email": USER}

    def device(self, form: dict[str, str]) -> dict[str, Any]:
        self._expect(form, "client_id", MICROSOFT_ID)
        self._check(OUTLOOK in form.get("scope", ""), f"scope {form.get('scope')}")
        return {
            "device_code": self._new("device"), "user_code": "ABCD-EFGH", "expires_in": 900, "interval": 1,
            "verification_uri": "https://login.example/device",
        }  # fmt: skip

    def token(self, form: dict[str, str], google: bool) -> dict[str, Any]:
        grant = form.get("grant_type", "")
        self.asked[grant] += 1
        self._expect(form, "client_id", GOOGLE_ID if google else MICROSOFT_ID)
        if google:
            self._expect(form, "client_secret", GOOGLE_SECRET)
        if grant == "authorization_code":
            self._redeem(form)
        elif grant == "refresh_token":
            if form.get("refresh_token", "") not in self.refresh:
                raise Refused("invalid_grant", "AADSTS700082: The refresh token has expired.")
            if self.rotates:
                del self.refresh[form["refresh_token"]]
        elif grant == DEVICE_CODE:
            self._check(form.get("device_code") in self.given, "an unknown device code")
            if self.declines:
                raise Refused(self.declines, "AADSTS53003: blocked by Conditional Access policies.")
            if self.asked[grant] <= self.polls:
                raise Refused("authorization_pending")
        else:
            self._check(False, f"grant_type {grant}")
        return self._granted(google, renewed=grant == "refresh_token")

    def _redeem(self, form: dict[str, str]) -> None:
        asked = self.codes.pop(form.get("code", ""), None)
        if asked is None:
            self._check(False, "a code that is unknown, or used")
            raise Refused("invalid_grant")
        verifier = form.get("code_verifier", "")
        digest = hashlib.sha256(verifier.encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        self._check(43 <= len(verifier) <= 128, "a code_verifier of the wrong length (RFC 7636)")
        self._check(challenge == asked["code_challenge"], "a code_verifier that does not fit")
        self._check(form.get("redirect_uri") == asked["redirect_uri"], "another redirect_uri")

    def _granted(self, google: bool, *, renewed: bool) -> dict[str, Any]:
        access = self._new("access")
        self.access.add(access)
        answer: dict[str, Any] = {
            "token_type": "Bearer",
            "access_token": access,
            "expires_in": self.expires_in,
            "scope": self.scope_given or (GMAIL if google else OUTLOOK),
        }
        if self.gives_refresh and (self.rotates or not renewed):
            answer["refresh_token"] = self._new("refresh")
            self.refresh[answer["refresh_token"]] = access
        if self.ends_in is not None:
            answer["refresh_token_expires_in"] = self.ends_in
        return answer

    def _new(self, kind: str) -> str:
        # Real tokens are a thousand letters and more.
        secret = f"{kind}-{secrets.token_urlsafe(48 if kind == 'code' else 900)}"
        self.given.append(secret)
        return secret

    def _expect(self, fields: dict[str, str], key: str, wanted: str) -> None:
        self._check(fields.get(key) == wanted, f"{key} is {fields.get(key)!r}, not {wanted!r}")

    def _check(self, good: object, problem: str) -> None:
        if not good:
            self.problems.append(problem)
            raise Refused("invalid_request", problem)

    # --- HTTP ---

    def _route(self, method: str, path: str, fields: dict[str, str]) -> tuple[int, str, bytes, str]:
        """Status, kind, body, and where a browser is sent."""
        google = path in ("/o/oauth2/v2/auth", "/token")
        end = path.rpartition("/")[2]
        try:
            if (method, end) == ("GET", "openid-configuration"):
                answer: dict[str, Any] = dict(self.configuration(path.split("/")[1]))
            elif (method, end) in (("GET", "authorize"), ("GET", "auth")):
                target, given = self.authorize(fields, google)
                if fields.get("response_mode") == "form_post":
                    return 200, "text/html", _form(target, given).encode(), ""
                return 302, "text/plain", b"", f"{target}?{urllib.parse.urlencode(given)}"
            elif (method, end) == ("GET", "introspect"):
                answer = self.introspect(fields)
            elif (method, end) == ("POST", "devicecode"):
                answer = self.device(fields)
            elif (method, end) == ("POST", "token"):
                if self.answer is not None:
                    self.asked[fields.get("grant_type", "")] += 1
                    return self.answer[0], "application/json", self.answer[1], ""
                answer = self.token(fields, google)
            else:
                return 404, "text/plain", b"nothing here", ""
        except Refused as refusal:
            return 400, "application/json", json.dumps(refusal.fields).encode(), ""
        return 200, "application/json", json.dumps(answer).encode(), ""

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        route = self._route

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                url = urllib.parse.urlsplit(self.path)
                self._answer("GET", url.path, url.query)

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                self._answer("POST", urllib.parse.urlsplit(self.path).path, body)

            def _answer(self, method: str, path: str, fields: str) -> None:
                status, kind, body, target = route(
                    method, path, dict(urllib.parse.parse_qsl(fields))
                )
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                if target:
                    self.send_header("Location", target)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Quiet."""

        return Handler


def _form(target: str, fields: dict[str, str]) -> str:
    """A page that sends itself on, as Microsoft's does."""
    inputs = "".join(
        f'<input type="hidden" name="{name}" value="{html.escape(value)}">'
        for name, value in fields.items()
    )
    return f'<form method="POST" action="{html.escape(target)}">{inputs}</form>'


# --- the browser ----------------------------------------------------------------------------------


def visit(url: str, ca_file: str) -> str:
    """What a user does with the page: agree, and be sent back. The last page that they see."""
    status, headers, page = fetch(url, ca_file)
    if status == 302:
        return fetch(headers["Location"], ca_file)[2]
    action = re.search(r'<form method="POST" action="([^"]+)">', page)
    assert action is not None, f"the sign-in page says: {status} {page}"
    fields = re.findall(r'name="([^"]+)" value="([^"]*)"', page)
    sent = {name: html.unescape(value) for name, value in fields}
    return fetch(html.unescape(action[1]), ca_file, urllib.parse.urlencode(sent))[2]


def end_of(url: str, ca_file: str) -> str:
    """Where a browser ends that can't reach the program: the address in its address bar."""
    status, headers, page = fetch(url, ca_file)
    assert status == 302, page
    return headers["Location"]


def fetch(url: str, ca_file: str, form: str | None = None) -> tuple[int, Any, str]:
    """One request, no redirect followed."""
    parts = urllib.parse.urlsplit(url)
    assert parts.hostname in ("127.0.0.1", "localhost")
    if parts.scheme == "https":
        context = ssl.create_default_context(cafile=ca_file)
        connection = http.client.HTTPSConnection(parts.netloc, timeout=20, context=context)
    else:
        connection = http.client.HTTPConnection(parts.netloc, timeout=20)  # type: ignore[assignment]
    try:
        headers = {"Content-Type": "application/x-www-form-urlencoded"} if form is not None else {}
        target = f"{parts.path or '/'}?{parts.query}"
        connection.request("GET" if form is None else "POST", target, form, headers)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read().decode()
    finally:
        connection.close()


if __name__ == "__main__":  # as $BROWSER of the program
    visit(sys.argv[2], sys.argv[1])

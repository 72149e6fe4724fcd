"""Tokens on a real mail server: Dovecot, which asks the sign-in server whether each of them is good."""

from __future__ import annotations

import contextlib
import grp
import os
import pwd
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.errors import LoginRefused
from assistant.mailbox import session
from assistant.mailbox.session import Server
from tests.authority import USER, AuthorizationServer
from tests.conftest import NEED_DOVECOT
from tests.servers import DovecotStand, _dovecot, _free_port, select_wait

CONFIG = """
base_dir = {folder}/run
state_dir = {folder}/state
instance_name = assistant-oauth
log_path = /dev/stderr
protocols = imap
listen = 127.0.0.1
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
first_valid_uid = {uid}
ssl = no
disable_plaintext_auth = no
auth_mechanisms = {mechanisms}
auth_failure_delay = 0
mail_location = maildir:{folder}/mail/%u
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {folder}/oauth2.conf
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/mail/%u
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
"""
OAUTH = """
introspection_url = {url}/introspect?token=
introspection_mode = get
force_introspection = yes
username_attribute = email
active_attribute = active
active_value = true
tls_ca_cert_file = {ca_file}
"""


@contextlib.contextmanager
def dovecot(authority: AuthorizationServer, mechanisms: str) -> Iterator[int]:
    """The port of a Dovecot that takes tokens of this sign-in server."""
    with tempfile.TemporaryDirectory(prefix="assistant-oauth-") as name:
        folder, port = Path(name), _free_port()
        user = pwd.getpwuid(os.getuid()).pw_name if os.getuid() else "nobody"
        entry = pwd.getpwnam(user)
        for each in ("mail", "run", "state"):
            (folder / each).mkdir()
        ca_file = folder / "ca.pem"
        ca_file.write_bytes(authority.ca_file.read_bytes())
        (folder / "oauth2.conf").write_text(OAUTH.format(url=authority.url, ca_file=ca_file))
        (folder / "dovecot.conf").write_text(
            CONFIG.format(
                folder=folder,
                port=port,
                user=user,
                uid=entry.pw_uid,
                gid=entry.pw_gid,
                group=grp.getgrgid(entry.pw_gid).gr_name,
                mechanisms=mechanisms,
            )
        )
        switch: list[str] = []
        if os.getuid() == 0:
            for path in (folder, *folder.rglob("*")):
                os.chown(path, entry.pw_uid, entry.pw_gid)
            switch = ["setpriv", f"--reuid={entry.pw_uid}", f"--regid={entry.pw_gid}", "--clear-groups"]  # fmt: skip
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [*switch, _dovecot(), "-F", "-c", str(folder / "dovecot.conf")],
                stdout=log,
                stderr=log,
            )
        try:
            _wait(process, port, folder / "log")
            yield port
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(20)


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    import socket

    for _ in range(2_000):
        assert process.poll() is None, log.read_text()[-2_000:]
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 5) as sock:
            if sock.recv(100).startswith(b"* OK"):
                return
        select_wait(0.01)
    raise RuntimeError(f"dovecot did not greet: {log.read_text()[-2_000:]}")


@pytest.fixture
def authority(tmp_path: Path) -> Iterator[AuthorizationServer]:
    if not DovecotStand.installed():
        if os.environ.get(NEED_DOVECOT):
            pytest.fail("Dovecot is not installed, and CI must not do without")
        pytest.skip("Dovecot is not installed (apt-get install dovecot-imapd)")
    found = AuthorizationServer(tmp_path)
    yield found
    found.close()


@pytest.mark.parametrize(
    ("mechanism", "status"), [("oauthbearer", "invalid_token"), ("xoauth2", "401")]
)
def test_dovecot_takes_our_token_and_tells_why_it_takes_no_other(
    authority: AuthorizationServer, mechanism: str, status: str
) -> None:
    """What we send is what a real server understands, and its refusal is what we understand."""
    good = authority._new("access")
    authority.access.add(good)
    with dovecot(authority, mechanism) as port:

        def connect(token: str, user: str = USER) -> None:
            where = Server("127.0.0.1", port, user, insecure=True, token=token)
            client = session.connect(where)
            assert client._imap.state == "AUTH"
            session.close(client)

        connect(good)
        with pytest.raises(LoginRefused) as refused:
            connect("expired-" + good[8:])
        connect(good)
        with pytest.raises(LoginRefused):
            connect(good, "somebody@else.example")
    assert authority.asked["introspect"] >= 3
    assert (
        f"{status} (the token is expired, revoked, or for another mailbox)" in refused.value.message
    )
    assert good[8:] not in refused.value.message

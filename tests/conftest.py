"""The servers, started once for the whole run, and the check of everything that was sent to them."""

from __future__ import annotations

import http.server
import os
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from assistant.demo.server import EmbeddedServer
from tests import browser
from tests.browser import Browser
from tests.program import Home
from tests.providers.profiles import PROVIDERS, WITH_PASSWORDS
from tests.providers.stand import ProviderStand
from tests.proxy import RecordingProxy
from tests.servers import DovecotStand, FakeStand, PymapStand, Stand
from tests.transcript import DRAFTS, commands, violations

NEED_DOVECOT = "ASSISTANT_NEED_DOVECOT"


def _check(name: str, recorded: Sequence[bytearray], drafts: Sequence[bytes] = DRAFTS) -> None:
    """The promise on the wire: nothing in the whole suite's traffic that isn't on the list."""
    sent = [bytes(stream) for stream in recorded]
    wrong = [each for stream in sent for each in violations(stream, drafts)]
    assert not wrong, f"sent to {name}: {wrong[:10]}"
    assert sum(len(commands(stream)) for stream in sent) > 0, f"nothing was recorded at {name}"


@pytest.fixture(scope="session")
def pymap() -> Iterator[PymapStand]:
    with EmbeddedServer() as server:
        proxy = RecordingProxy(server.port)
        yield PymapStand(server, proxy)
        proxy.close()
    _check("pymap", proxy.sent)


@pytest.fixture(scope="session")
def dovecot() -> Iterator[DovecotStand]:
    if not DovecotStand.installed():
        if os.environ.get(NEED_DOVECOT):
            pytest.fail("Dovecot is not installed, and CI must not do without")
        pytest.skip("Dovecot is not installed (apt-get install dovecot-imapd): fake and pymap only")
    # Not in pytest's own folder: other runs tidy up there, and its path is closed to others.
    with tempfile.TemporaryDirectory(prefix="assistant-dovecot-") as folder:
        stand = DovecotStand(Path(folder))
        yield stand
        stand.proxy.close()
        stand.close()
    _check("dovecot", stand.proxy.sent)


@pytest.fixture(scope="session")
def provider() -> Iterator[Callable[[str], ProviderStand]]:
    """A provider's stand by its name, started when first asked for."""
    started: dict[str, ProviderStand] = {}

    def found(name: str) -> ProviderStand:
        if name not in started:
            started[name] = ProviderStand(PROVIDERS[name])
        return started[name]

    yield found
    for name, stand in started.items():
        stand.close()
        _check(name, stand.server.sent, [stand.drafts])


@pytest.fixture(params=["fake", "pymap", "dovecot"])
def stand(request: pytest.FixtureRequest) -> Iterator[Stand]:
    """Each kind of server in turn; a test that asks for it runs on all."""
    yield from _stand(request)


@pytest.fixture(params=["fake", "dovecot"])
def stand_with_quota(request: pytest.FixtureRequest) -> Iterator[Stand]:
    """Those that know quotas; pymap doesn't."""
    yield from _stand(request)


@pytest.fixture(params=["pymap", "dovecot"])
def real_stand(request: pytest.FixtureRequest) -> Iterator[PymapStand | DovecotStand]:
    """The servers that a process of its own can reach."""
    yield from _stand(request)


@pytest.fixture(params=["fake", "pymap", "dovecot", *WITH_PASSWORDS])
def any_stand(request: pytest.FixtureRequest) -> Iterator[Stand]:
    """Those and the scripted providers: for the contract suite, which is short."""
    yield from _stand(request)


@pytest.fixture(params=["fake", "dovecot", *WITH_PASSWORDS])
def any_stand_with_quota(request: pytest.FixtureRequest) -> Iterator[Stand]:
    """Those that know quotas, with the scripted providers."""
    yield from _stand(request)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home folder for the real program."""
    return Home(tmp_path / "home")


def _stand(request: pytest.FixtureRequest) -> Iterator[Stand]:
    found: Stand
    if request.param == "fake":
        found = FakeStand()
    elif request.param in PROVIDERS:
        found = request.getfixturevalue("provider")(request.param)
    else:
        found = request.getfixturevalue(request.param)
    yield found
    for account in found.accounts:
        account.close()
    found.accounts.clear()


@pytest.fixture
def chromium(tmp_path: Path) -> Browser:
    browser.needed()
    return Browser(tmp_path / "chromium")


@pytest.fixture
def listener() -> Iterator[tuple[int, list[str]]]:
    """A web server on this machine that writes down who asks for what."""
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_address[1], asked
        server.shutdown()
        thread.join()

"""A web server for one answer: the browser comes back to it from the sign-in page (RFC 8252 section 7.3).

Ours rather than the libraries': msal's listens on every interface inside a container, Google's takes
whatever request comes first for the answer. This one listens on loopback alone, and hears only who
knows the `state` of this sign-in. What a page is told never repeats what came in.
"""

from __future__ import annotations

import hmac
import queue
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from urllib.parse import parse_qsl, urlsplit

from assistant.errors import MailboxError

LONGEST_ANSWER = 65_536
"""Octets of an answer that are read; a code is a thousand at most."""
REQUEST_SECONDS = 10.0
"""Browsers open connections ahead of need and say nothing on them."""
_GONE_WELL = "Done. You can close this page and go back to the terminal, which says how it went.\n"
_NOT_OURS = "This address is for one sign-in only, and not for this request.\n"


class Loopback:
    """Listens from its making to the end of the ``with`` block.

    Args:
        host: the name of this machine that the sign-in server lets programs come back to.
    """

    def __init__(self, host: str) -> None:
        self._answers: queue.SimpleQueue[dict[str, str]] = queue.SimpleQueue()
        self._state = ""
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.redirect = f"http://{host}:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.1,), daemon=True)
        self._thread.start()

    def __enter__(self) -> Loopback:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:  # fmt: skip
        self._server.shutdown()
        self._server.server_close()

    def expect(self, state: str) -> None:
        """From now on, answers to this sign-in are heard."""
        self._state = state

    def answer(self, seconds: float) -> Mapping[str, str]:
        """What the browser brings back.

        Raises:
            MailboxError: where it doesn't come back in time.
        """
        try:
            return self._answers.get(timeout=seconds)
        except queue.Empty:
            raise MailboxError(
                f"the browser did not come back within {seconds / 60:.0f} minutes; nothing was changed"
            ) from None

    def _take(self, text: str) -> bool:
        found = fields(text)
        ours = bool(self._state) and hmac.compare_digest(
            found.get("state", "").encode(), self._state.encode()
        )
        if ours and ("code" in found or "error" in found):
            self._answers.put(found)
            return True
        return False

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        take = self._take

        class Handler(BaseHTTPRequestHandler):
            timeout = REQUEST_SECONDS

            def do_GET(self) -> None:
                self._say(take(urlsplit(self.path).query))

            def do_POST(self) -> None:
                length = self.headers.get("Content-Length", "")
                size = int(length) if length.isascii() and length.isdigit() else 0
                self._say(size <= LONGEST_ANSWER and take(self.rfile.read(size).decode("latin-1")))

            def _say(self, well: bool) -> None:
                page = (_GONE_WELL if well else _NOT_OURS).encode("ascii")
                self.send_response(200 if well else 404)
                self.send_header("Content-Type", "text/plain; charset=utf-8")
                self.send_header("Content-Length", str(len(page)))
                self.send_header("Content-Security-Policy", "default-src 'none'")
                self.send_header("Referrer-Policy", "no-referrer")
                self.send_header("Connection", "close")
                self.end_headers()
                self.wfile.write(page)

            def log_message(self, *_: object) -> None:
                """Requests hold the code; nothing of them is logged."""

        return Handler


def fields(query: str) -> dict[str, str]:
    """The fields of a query or form, the first of each name; none where it can't be read."""
    try:
        pairs = parse_qsl(query, max_num_fields=50)
    except ValueError:
        return {}
    return dict(reversed(pairs))

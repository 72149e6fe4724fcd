"""Debian's chromium without a screen: what a page is once a real browser has read it."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

SECONDS = 90.0
NEED_CHROMIUM = "ASSISTANT_NEED_CHROMIUM"
_OPTIONS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--mute-audio",
    # Whatever is not on this machine is asked of a proxy that is not there.
    "--proxy-server=socks5://127.0.0.1:9", "--proxy-bypass-list=127.0.0.1",
    # The wrapper that measures a page stands beside it on the disk.
    "--allow-file-access-from-files", "--virtual-time-budget=3000",
)  # fmt: skip


class Browser:
    """A browser with a profile of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def dom(self, page: Path, width: int = 1000) -> str:
        """The page as it stands after everything in it that may run has run."""
        return self._run(f"--window-size={width},900", "--dump-dom", page.as_uri()).decode()

    def printed(self, page: Path, target: Path) -> None:
        """The page on paper, as a PDF."""
        self._run(f"--print-to-pdf={target}", "--no-pdf-header-footer", page.as_uri())

    def _run(self, *arguments: str) -> bytes:
        program = found()
        assert program is not None
        done = subprocess.run(
            [program, *_OPTIONS, f"--user-data-dir={self._folder}", *arguments],
            stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=SECONDS,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout


def found() -> str | None:
    return shutil.which("chromium") or shutil.which("chromium-browser")


def needed() -> None:
    """Skips where there is no browser; fails where one must be there."""
    if found() is None:
        if os.environ.get(NEED_CHROMIUM):
            pytest.fail("chromium is needed here: apt-get install chromium")
        pytest.skip("needs chromium (apt-get install chromium)")

"""Mailboxes of any size on a Dovecot of our own, filled by writing Maildir files before it first looks."""

from __future__ import annotations

import base64
import contextlib
import os
import re
import tempfile
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

from tests.letters import Letter, letter
from tests.office import month
from tests.servers import DovecotStand, ImapAccount

HOURS = 7_000
"""Over so many hours the mail of a mailbox came: most of a year."""
_OWN = re.compile(rb"^(From|Date|Message-ID): [^\r\n]*", re.MULTILINE)


@contextlib.contextmanager
def dovecot() -> Iterator[DovecotStand]:
    """A server for the length of a block; its folder is gone with it."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        Path(folder).chmod(0o711)
        (Path(folder) / "dovecot").mkdir()
        stand = DovecotStand(Path(folder) / "dovecot")
        try:
            yield stand
        finally:
            stand.proxy.close()
            stand.close()


def filled(stand: DovecotStand, letters: Iterable[Letter]) -> ImapAccount:
    """An account with these in its inbox, which Dovecot has looked at once: its index is made."""
    account = stand.account()
    fill(stand, account, letters)
    return account


def fill(stand: DovecotStand, account: ImapAccount, letters: Iterable[Letter]) -> None:
    """Lay letters into an empty inbox, read and with the day of their arrival, and let Dovecot index them.

    Raises:
        RuntimeError: where Dovecot sees another number of them.
    """
    home = stand.folder / "mail" / account.user
    owner = home.stat()
    folder = home / "Maildir" / "cur"
    for path in (folder.parent, folder):
        path.mkdir(mode=0o700, exist_ok=True)
        os.chown(path, owner.st_uid, owner.st_gid)
    count = 0
    for count, each in enumerate(letters, 1):
        # As Dovecot stores and names them: line ends of one byte, both sizes in the name.
        raw = each.raw.replace(b"\r\n", b"\n")
        arrived = each.arrived.timestamp()
        path = folder / f"{int(arrived)}.M{count:06}P1.bench,S={len(raw)},W={len(each.raw)}:2,S"
        path.write_bytes(raw)
        os.chown(path, owner.st_uid, owner.st_gid)
        os.utime(path, (arrived, arrived))
    with account.client() as imap:
        _, answer = imap.select("INBOX", readonly=True)
        if int(answer[0] or b"0") != count:
            raise RuntimeError(f"{count} messages were laid down, Dovecot sees {answer[0]!r}")
        imap.uid("FETCH", "1:*", "(RFC822.SIZE INTERNALDATE)")


def letters(count: int, attached: int = 0) -> Iterator[Letter]:
    """So many, the oldest first: those of tests/office.py, each time from other people.

    Args:
        attached: bytes of a picture that comes with each.
    """
    now, models = datetime.now(UTC), month()
    picture = _picture(attached) if attached else b""
    for number in range(count):
        model = models[number % len(models)].raw
        arrived = now - timedelta(hours=30 + HOURS * (count - number) / count)
        who = f"c{number % len(models) % 40}@client{number // len(models)}.example"
        own = {
            b"From": f"A Client <{who}>",
            b"Date": format_datetime(arrived),
            b"Message-ID": f"<bench{number}@client.example>",
        }
        raw = _OWN.sub(lambda found, own=own: found[1] + b": " + own[found[1]].encode(), model)
        yield Letter(_with(raw, picture) if picture else raw, arrived)


def large(megabytes: int) -> Letter:
    """One with an attachment of such a size."""
    raw = letter("Here is the film. It has become long.", number=999_999_999).raw
    return Letter(
        _with(raw, _picture(megabytes * 1024 * 1024)), datetime.now(UTC) - timedelta(days=40)
    )


def _picture(size: int) -> bytes:
    """Base64 of so many bytes, in lines."""
    return base64.encodebytes(bytes(range(256)) * (size * 3 // 4 // 256)).replace(b"\n", b"\r\n")


def _with(raw: bytes, picture: bytes) -> bytes:
    """A letter with a part more."""
    head, _, text = raw.partition(b"\r\n\r\n")
    kept = [line for line in head.split(b"\r\n") if not line.startswith(b"Content-")]
    return b"\r\n".join(
        [
            *kept,
            b'Content-Type: multipart/mixed; boundary="=bench"',
            b"",
            b"--=bench",
            b"Content-Type: text/plain; charset=utf-8",
            b"",
            text,
            b"--=bench",
            b'Content-Type: image/jpeg; name="picture.jpg"',
            b"Content-Transfer-Encoding: base64",
            b"Content-Disposition: attachment",
            b"",
            picture + b"--=bench--",
            b"",
        ]
    )

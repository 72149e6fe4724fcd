"""A coverage-guided fuzzer on the way from bytes to a draft: read, written_by, no_draft, compose.

    python -m bench.fuzz [--seconds 60] [--corpus FOLDER]

What must hold of every message is `tests.test_reading_fuzz.check`. Atheris (libFuzzer for Python)
starts from tests/mail, keeps what reaches new code in the corpus folder, and stops at the first
input that breaks an invariant or takes more than two seconds, which it leaves in that folder's
`found` beside.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

LIMIT = 2
"""Seconds that one message may cost, instrumented as it is here."""
LONGEST = 65_536
"""Bytes of an input: more finds little and takes long."""
SEEDS = Path(__file__).parent.parent / "tests" / "mail"
DEFAULT_CORPUS = Path(sys.prefix) / "fuzz"
_WORD = re.compile(rb"[A-Za-z][A-Za-z0-9/-]{3,30}[:=]")
_TOKENS = (
    b"multipart/mixed; boundary=", b"multipart/alternative", b"message/rfc822", b"text/html", b"text/enriched", b"format=flowed", b"charset=",
    b"base64", b"quoted-printable", b"x-uuencode", b"=?utf-8?q?", b"=?utf-8?b?", b"?=", b"=0D=0A", b"utf-7", b"utf-16", b"hz", b"iso-2022-jp",
    b"\\x0d\\x0a\\x0d\\x0a", b"\\x0d\\x0a ", b"<blockquote type=cite>", b"<div class=gmail_quote>", b"border-top:solid", b"-- \\x0a", b" wrote:",
    b"-----BEGIN PGP SIGNED MESSAGE-----", b"undisclosed-recipients:;", b"@x.org>", b"filename*=", b"Original Message", b"\\xff\\xfe", b"\\x00",
)  # fmt: skip


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--seconds", type=int, default=60, help="how long (default: 60)")
    parser.add_argument("--corpus", type=Path, default=DEFAULT_CORPUS, help="default: .venv/fuzz")
    parser.add_argument("inputs", nargs="*", type=Path, help="run these files and nothing else")
    given = parser.parse_args()
    try:
        import atheris
    except ImportError:
        version = ".".join(map(str, sys.version_info[:2]))
        print(
            f"atheris is not installed for this Python {version} (pip install -e '.[fuzz]'; "
            "there are wheels for CPython 3.11 to 3.14 on x86-64 Linux)",
            file=sys.stderr,
        )
        return 1
    with atheris.instrument_imports(include=["assistant", "mailparser"]):
        from tests.test_reading_fuzz import check
    corpus, found = given.corpus / "corpus", given.corpus / "found"
    for folder in (corpus, found):
        folder.mkdir(parents=True, exist_ok=True)
    dictionary = given.corpus / "words.dict"
    dictionary.write_text(_dictionary(), encoding="ascii")
    places = list(map(str, given.inputs)) or [str(corpus), str(SEEDS)]
    options = [
        f"-max_total_time={given.seconds}",
        f"-timeout={LIMIT}",
        f"-max_len={LONGEST}",
        f"-dict={dictionary}",
        f"-artifact_prefix={found}/",
        "-rss_limit_mb=2048",
        "-print_final_stats=1",
    ]

    def one_input(data: bytes) -> None:
        check(data)

    print(f"{given.seconds} s from {SEEDS}; corpus in {corpus}; what is found goes to {found}")
    atheris.Setup([sys.argv[0], *options, *places], one_input)
    atheris.Fuzz()
    return 0


def _dictionary() -> str:
    """Words that a mail program writes, for libFuzzer to put in: ours, and the seeds' field names."""
    words = {
        word
        for path in sorted(SEEDS.glob("*.eml"))
        for word in _WORD.findall(path.read_bytes().partition(b"\n\n")[0])
    }
    tokens = [word.decode("ascii") for word in (*_TOKENS, *sorted(words)[:300])]
    return "".join(f'"{token}"\n' for token in tokens)


if __name__ == "__main__":
    sys.exit(main())

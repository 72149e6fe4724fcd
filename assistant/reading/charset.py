"""Bytes of a body part -> text: transfer encodings that are broken, charsets that lie.

The ladder (research: reliability.md section 4, RFC 7103 section 7.6): UTF-8 where the bytes prove
it, the declared charset strictly, its superset, cp1252. Nothing here raises on any bytes.
"""

from __future__ import annotations

import binascii
import codecs
import re
from types import MappingProxyType

from assistant.reading.parts import Part

# NUL, and the lone surrogates that UTF-7 can spell and nothing else can write.
_UNSAFE = re.compile("[\0\ufeff\ud800-\udfff\ufdd0-\ufdef]")
# Python's codecs that are no charsets of mail; some take quadratic time.
_NO_CHARSETS = frozenset(
    {"idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined", "mbcs", "oem"}
)
# Charsets that write other letters in ASCII's bytes.
_NOT_ASCII = ("utf-16", "utf-32", "utf-7", "iso-2022", "hz", "unicode-1-1-utf-7")
_SUPERSETS = MappingProxyType(
    {
        "us-ascii": "cp1252",
        "ascii": "cp1252",
        "iso-8859-1": "cp1252",
        "latin-1": "cp1252",
        "latin1": "cp1252",
        "iso8859-1": "cp1252",
        "iso-8859-9": "cp1254",
        "gb2312": "gb18030",
        "gbk": "gb18030",
        "x-gbk": "gb18030",
        "euc-kr": "cp949",
        "ks_c_5601-1987": "cp949",
        "big5": "big5hkscs",
        "chinesebig5": "big5hkscs",
        "shift_jis": "cp932",
        "windows-31j": "cp932",
        "windows-874": "cp874",
        "koi8r": "koi8-r",
        "x-mac-cyrillic": "mac-cyrillic",
        "x-mac-roman": "mac-roman",
        "macintosh": "mac-roman",
        "cp-850": "cp850",
        "unicode-1-1-utf-7": "utf-7",
    }
)
_ISO_2022_JP = re.compile(rb"\x1b(?:\$[@B]|\([BJ])")
_UUENCODED = ("x-uuencode", "uuencode", "uue", "x-uue")
_BLANKS_AFTER_BREAK = re.compile(rb"=[ \t]+\r?\n")
_BASE64_RUN = re.compile(rb"(?=[^\s.]{0,80}?[A-Za-z0-9+/]{10})[^\s.]++")
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/=]+")
_META = re.compile(rb"<meta[^>]{1,200}charset\s*=\s*[\"']?\s*([\w.:-]{2,40})", re.IGNORECASE)
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def payload(part: Part, longest: int) -> bytes:
    """The bytes of a part, its transfer encoding undone as far as it can be."""
    encoding = str(part.get("Content-Transfer-Encoding", "")).partition("(")[0].partition(";")[0]
    encoding = encoding.strip().strip("\"'").casefold()
    if encoding in _UUENCODED:
        decoded = part.get_payload(decode=True)
        raw = decoded if isinstance(decoded, bytes) else b""
    else:
        raw = part.as_it_stands()
    raw = raw[: 6 * longest]
    if encoding == "quoted-printable":
        raw = binascii.a2b_qp(_BLANKS_AFTER_BREAK.sub(b"=\n", raw))
    elif encoding == "base64":
        raw = unbase64(raw)
    return raw[: 4 * longest]


def unbase64(raw: bytes) -> bytes:
    """Base64 with whatever is wrong with it: padding, stray bytes, clear text below; or no base64."""
    lines = raw.split(b"\n")
    encoded: list[bytes] = []
    for line in lines:
        bare = line.strip()
        if not bare:
            if encoded and encoded[-1].endswith(b"="):
                break
            continue
        if not any(map(_BASE64_RUN.fullmatch, bare.split())) and not _one_word(bare):
            break  # clear text: a list's footer, or no base64 at all
        encoded.append(_NOT_BASE64.sub(b"", bare))
    if sum(map(len, encoded)) * 4 < len(raw):
        return raw  # the header lies
    # Each padded piece stands for itself; what lacks its padding gets it, a lone letter goes.
    return b"".join(map(_piece, re.findall(rb"[^=]+", b"".join(encoded))))


def _one_word(bare: bytes) -> bool:
    """Whether a short line is base64, with a stray byte perhaps."""
    letters = len(_NOT_BASE64.sub(b"", bare))
    return b" " not in bare and b"." not in bare and letters * 10 >= len(bare) * 6


def _piece(letters: bytes) -> bytes:
    if len(letters) % 4 == 1:
        letters = letters[:-1]
    return binascii.a2b_base64(letters + b"=" * (-len(letters) % 4))


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def to_text(raw: bytes, declared: str) -> tuple[str, str, bool]:
    """Text, the charset that fitted, and whether the label was true.

    Args:
        declared: the charset's name in lower case; empty where none is given.
    """
    text, used = decode(raw, declared)
    ours = (declared or "us-ascii", declared or "utf-8", _SUPERSETS.get(declared), "utf-8-sig")
    true = raw.isascii() or (used in ours and declared not in ("us-ascii", "ascii"))
    return _UNSAFE.sub("", text.replace("\r\n", "\n").replace("\r", "\n")), used, true


def by_meta(raw: bytes, text: str, used: str) -> tuple[str, str, bool]:
    """The same for HTML without a label, which may name its charset itself (HTML 13.2.3.2)."""
    found = _META.search(raw[:2048])
    if found is None or raw.isascii() or used in ("utf-8", "utf-8-sig"):
        return text, used, True
    return to_text(raw, found.group(1).decode("ascii").casefold())


def decode(raw: bytes, declared: str) -> tuple[str, str]:
    """Text and the charset that fitted."""
    for bom, charset in _BOMS:
        if raw.startswith(bom):
            return raw.decode(charset, "replace"), charset
    if raw.isascii():
        if _ISO_2022_JP.search(raw):
            return _first_fit(raw, ("iso-2022-jp", "iso-2022-jp-ext", "iso-2022-jp-2"))
        if not declared.startswith(_NOT_ASCII):
            return raw.decode("ascii"), declared or "us-ascii"
    superset = _SUPERSETS.get(declared, "")
    # Latin-1 fits any bytes, and would make control characters of cp1252's quotation marks. Bytes
    # that are valid UTF-8 beyond ASCII are UTF-8, whatever a single-byte label says.
    if superset == "cp1252" or not declared or _single_byte(declared):
        return _first_fit(raw, ("utf-8", superset, declared))
    return _first_fit(raw, (superset, declared, "utf-8"))


def _proves(raw: bytes, charset: str) -> bool:
    """Whether these bytes are UTF-8 beyond ASCII, so that more of it is to be expected."""
    return charset.startswith("utf-8") and not raw.isascii() and _is_utf8(raw)


def _single_byte(declared: str) -> bool:
    return declared.startswith(
        ("iso-8859", "windows-125", "cp125", "koi8", "cp-", "cp8", "x-mac", "mac")
    )


def _first_fit(raw: bytes, charsets: tuple[str, ...]) -> tuple[str, str]:
    for charset in charsets:
        try:
            if not charset or codecs.lookup(charset).name in _NO_CHARSETS:
                continue
            return raw.decode(charset), charset
        except UnicodeDecodeError as error:
            # The last letter may have been cut in two with the message.
            if (
                error.end == len(raw)
                and error.start > len(raw) - 4
                and _proves(raw[: error.start], charset)
            ):
                return raw[: error.start].decode(charset), charset
        except (LookupError, UnicodeError, ValueError):
            continue
    lenient = raw.decode("utf-8", "replace")
    damaged = lenient.count("\ufffd")
    if sum(not each.isascii() for each in lenient) > 4 * damaged:
        return lenient, "utf-8"  # UTF-8 all the same, a few bytes of it damaged on the way
    return raw.decode("cp1252", "replace"), "cp1252"

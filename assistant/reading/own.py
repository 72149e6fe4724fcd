"""The writer's own newest words, from the plain text or from the HTML of a message. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from assistant.model import Cut
from assistant.reading.disclaimers import cut_disclaimer
from assistant.reading.html import html_to_text
from assistant.reading.mime import Body
from assistant.reading.quotes import CUT_HERE, header_block, is_quoted, unquoted
from assistant.reading.signatures import says_something, without_surroundings

# What programs put into the plain part when all they mean is the HTML.
_STUB = re.compile(
    r"\b(?:html[- ]?(?:e-?mail|mail|message|version|format|nachricht|fähig)|(?:does|do) not (?:support|display|show) html|(?:can(?:not|['’]t)|unable to) (?:see|read|view|display) (?:this|html|the)"
    r"|view (?:this|the) (?:e-?mail|message|it) (?:in|online|as)|see (?:the )?html|html (?:part|version|anzeigen)|in html|en html|au format html|formato html|als html|plain[- ]text version)\b",
    re.IGNORECASE,
)
_PGP = re.compile(r"-----BEGIN PGP SIGNED MESSAGE-----\s*\n(?:[\w-]+:.*\n)*\s*\n")
_PGP_KINDS = ("SIGNATURE", "PUBLIC KEY BLOCK")
_ENCRYPTED = re.compile(r"-----BEGIN PGP MESSAGE-----[\s\S]*?(?:-----END PGP MESSAGE-----|\Z)")


@dataclass(frozen=True, slots=True)
class Own:
    """Own words with their line breaks, and the cuts."""

    words: str
    cuts: tuple[Cut, ...]

    @property
    def count(self) -> int:
        return len(self.words.split())


def own_words(body: Body, *, forwards: bool, answers: bool) -> Own:
    """The better reading of the two forms, where there are two.

    Args:
        forwards: whether the subject says that a message is passed on.
        answers: whether the header says that it answers another.
    """
    if not body.html:
        return of_text(body.plain, forwards=forwards, answers=answers)
    page = html_to_text(body.html)
    rich = of_text(page.text, page.cuts, forwards=forwards, answers=answers)
    if not body.plain.strip():
        return rich
    plain = of_text(body.plain, forwards=forwards, answers=answers)
    marked = {cut.reason for cut in page.cuts}
    return rich if page.answers or _html_is_better(plain, rich, marked) else plain


def _html_is_better(plain: Own, rich: Own, marked: set[str]) -> bool:
    """Plain text is the surer reading, unless it says less, or nothing, or what HTML marks as quoted.

    Args:
        marked: the reasons of what the structure of the HTML cut.
    """
    if rich.words.split() == plain.words.split() or not rich.words:
        return False
    if not plain.words:
        return True
    if plain.count < min(40, rich.count + 1) and _STUB.search(plain.words):
        return True
    if rich.count < plain.count and not marked <= {cut.reason for cut in plain.cuts}:
        return True
    return plain.count * 2 < rich.count


def _parted(cut: Cut) -> list[Cut]:
    """A quote, and the disclaimer that a gateway wrote below it."""
    if is_quoted(cut.text):
        return [cut]
    below: list[Cut] = []
    above = cut_disclaimer(cut.text.split("\n"), below)
    return [replace(cut, text="\n".join(above).strip("\n")), *below] if below else [cut]


def of_text(text: str, cuts: tuple[Cut, ...] = (), *, forwards: bool, answers: bool = True) -> Own:
    """Own words of text from which `cuts` were taken already."""
    taken = [part for cut in cuts for part in _parted(_passed_on(cut, forwards))]
    if "-----BEGIN PGP" in text:
        text = _without_pgp(text)
    whole = text.split("\n")
    lines, quoted = unquoted(whole, forwards=forwards)
    if not answers and not says_something(lines) and _unmarked(quoted):
        # Nobody sends a greeting and a quote, unless in answer; so it only looked like one.
        lines, quoted = whole, []
    for cut in quoted:
        taken += _parted(cut)
    quotes = any(cut.reason in ("quote", "forward") for cut in taken)
    lines, around = without_surroundings(lines, alone=not quotes)
    words = "\n".join(line.rstrip() for line in lines).replace(CUT_HERE, "")
    return Own(re.sub(r"\n{3,}", "\n\n", words).strip("\n"), (*taken, *around))


def _passed_on(cut: Cut, forwards: bool) -> Cut:
    """A quote is a forward where the subject says so and it begins with another's header."""
    if forwards and cut.reason == "quote" and header_block(cut.text.split("\n")[:16], 0):
        return replace(cut, reason="forward")
    return cut


def _unmarked(quoted: list[Cut]) -> bool:
    """Whether all that was cut was cut for the look of its first line."""
    return bool(quoted) and all(cut.reason == "quote" and not is_quoted(cut.text) for cut in quoted)


def _without_pgp(text: str) -> str:
    """Text without the armour around it; what is encrypted is nobody's words."""
    for kind in _PGP_KINDS:
        begins, ends = f"-----BEGIN PGP {kind}-----", f"-----END PGP {kind}-----"
        while (start := text.find(begins)) >= 0 and (end := text.find(ends, start)) >= 0:
            text = f"{text[:start]}\n{text[end + len(ends) :]}"
    text = _ENCRYPTED.sub("\n", text)
    if found := _PGP.search(text):
        text = text[: found.start()] + re.sub(r"^- ", "", text[found.end() :], flags=re.MULTILINE)
    return text

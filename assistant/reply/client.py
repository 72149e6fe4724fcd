"""What the client's own words tell about the answer: how to address them, and about calls. Pure.

The signals and their phrases are each language's, in rules/<language>/replies.toml.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from itertools import pairwise

from assistant.clean import clean_text
from assistant.model import Address, Manner, Message, Verdict, Wording
from assistant.reply.lists import NO_CLASSES, Classes, PhraseLists
from assistant.tone.tokens import Word, bare, sentences

SIGNALS = ("formal", "informal", "asks-call", "names-time", "no-call", "not-now")
LONGEST_MATTER = 40
MOST_WORDS = 5
LAST_LINES = 3
"""In which a message is signed."""
_MATTER = re.compile(r"[^\W_][\w &#'’./-]*[\w]")
_HYPHENS = re.compile("[-'’]")
_PIECES = re.compile(r"[-'’]|[^-'’]+")
_PARTICLES = frozenset(
    ("de", "der", "den", "del", "della", "di", "da", "dos", "du", "la", "le", "les", "van", "von", "zu", "zur", "el", "al",
     "bin", "ibn", "y")
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Client:
    """What is known of whom the reply goes to, as far as it matters for the wording."""

    formal: bool
    asks_call: bool
    names_time: bool
    no_call: bool
    matter: str
    """What it is about, in the client's words; empty where none would read well."""


class Signals:
    """The signals of one language's clients.

    Raises:
        PhraseError: for a phrase that can't be read.
    """

    def __init__(self, wording: Wording, classes: Classes = NO_CLASSES) -> None:
        self._usual: Manner = wording.manner
        self._signals = PhraseLists(wording.signals, classes)
        self._subjects = PhraseLists({"unless": wording.subjects}, classes)

    def read(self, message: Message, verdict: Verdict, manner: Manner | None) -> Client:
        """What a message tells.

        Args:
            verdict: a subject that speaks for or against its writer's mood names no matter.
            manner: how the user wants every client to be addressed; None: as they write.
        """
        heard = [self._heard(words) for words in sentences(message.own_words)]
        refused = any("no-call" in signals for signals in heard)
        asked = [at for at, signals in enumerate(heard) if "asks-call" in signals]
        # A time counts in the sentence that asks for the call, or in the next.
        named = any(
            "names-time" in heard[near]
            for at in asked
            for near in (at, at + 1)
            if near < len(heard)
        )
        return Client(
            formal=self._formal(heard, manner),
            asks_call=bool(asked) and not refused,
            names_time=named and not refused,
            no_call=refused,
            matter=self._matter(message, verdict),
        )

    def formal(self, texts: Iterable[str], manner: Manner | None) -> bool:
        """Whether somebody is addressed formally, from what was written to and fro."""
        return self._formal(
            (self._heard(words) for each in texts for words in sentences(each)), manner
        )

    def _formal(self, heard: Iterable[frozenset[str]], manner: Manner | None) -> bool:
        counts = Counter(signal for signals in heard for signal in signals)
        leaning = counts["formal"] - counts["informal"]
        usual = ("formal" if leaning > 0 else "informal") if leaning else self._usual
        return (manner or usual) == "formal"

    def _heard(self, words: Sequence[Word]) -> frozenset[str]:
        """The signals of one sentence. One that tells of calls that were promised or never came
        asks for none."""
        found = self._signals.named(words)
        return found - {"asks-call", "names-time"} if "not-now" in found else found

    def _matter(self, message: Message, verdict: Verdict) -> str:
        """The subject, where it is a short noun phrase that its writer chose, and neutral.

        An awkward echo is worse than none: nothing that is a sentence, shouts, greets, reproaches,
        or that any rule has an opinion on.
        """
        subject = clean_text(message.subject, LONGEST_MATTER + 1).strip()
        if message.is_answer or not 4 <= len(subject) <= LONGEST_MATTER:
            return ""
        if not _MATTER.fullmatch(subject) or len(subject.split()) > MOST_WORDS or subject.isupper():
            return ""
        if any(hit.where == "subject" for hit in verdict.hits) or _names_us(subject, message):
            return ""
        unfit = any(self._subjects.named(words) for words in sentences(subject))
        return subject if not unfit and any(map(str.isalpha, subject)) else ""


def _names_us(subject: str, message: Message) -> bool:
    """Whether a subject is a name that the mail was written to, or comes from."""
    people = (*message.to, *message.cc, *filter(None, [message.sender]))
    return any(bare(subject) in bare(each.name) for each in people if each.name)


def signs_as(message: Message, sender: Address, not_names: Set[str]) -> bool:
    """Whether a display name is that of a person who writes: its first word is in the address, or
    closes the message. "Gîtes de la Combe" greets nobody.

    Args:
        not_names: words that are nobody's name, as :func:`assistant.tone.tokens.bare` has them.
    """
    first = bare(sender.name.split()[0].strip("\"',")) if sender.name.split() else ""
    if len(first) < 2:
        return False
    local = re.split(r"[\W\d_]+", bare(sender.email.rpartition("@")[0]))
    if first in local:
        return True
    lines = [bare(line).strip() for line in message.own_words.split("\n") if line.strip()]
    # Below a person's name stands a firm's, which may be the display name.
    return any(
        line.strip(" ,.") == first
        or (line.strip(" ,.") == bare(sender.name) and not _is_name(before, not_names))
        for before, line in pairwise(["", *lines[-LAST_LINES:]])
    )


def names(message: Message, to: Address | None, not_names: Set[str]) -> dict[str, str]:
    """What a greeting may call its reader: ``name`` and ``full_name``, each only where it is sure."""
    shown = to.name if to and signs_as(message, to, not_names) else ""
    found = {"name": first_name(shown, not_names), "full_name": full_name(shown, not_names)}
    return {key: name for key, name in found.items() if name}


def _is_name(line: str, not_names: Set[str]) -> bool:
    """Whether a closing line can be somebody's name: one word, and no formula."""
    return len(line.split()) == 1 and line.isalpha() and line not in not_names


def first_name(display_name: str, not_names: Set[str]) -> str:
    """The name to greet somebody by, or "" where a guess might be wrong ("Lopez, M.", "Acme Ltd")."""
    return full_name(display_name, not_names).partition(" ")[0]


def full_name(display_name: str, not_names: Set[str]) -> str:
    """A person's name as it can follow a greeting, or "" where it may be none."""
    words = display_name.split()
    if not 1 <= len(words) <= 4 or len(display_name) > 60:
        return ""
    if any(_is_no_name(word, not_names) for word in words):
        return ""
    return " ".join(_cased(word) for word in words) if len(words[0]) > 1 else ""


def _is_no_name(word: str, not_names: Set[str]) -> bool:
    """Whether a word is part of nobody's name: initials, titles, capitals, a firm's words."""
    if not all(part.isalpha() for part in _HYPHENS.split(word)) or bare(word) in not_names:
        return True
    return any(part[:2].isupper() and len(part) > 1 for part in _HYPHENS.split(word))


def _cased(word: str) -> str:
    """A name with capitals where it has none: "jean-pierre" is Jean-Pierre, "de" stays."""
    if word.casefold() in _PARTICLES or not word.islower():
        return word
    return "".join(part.capitalize() if part.isalpha() else part for part in _PIECES.findall(word))

"""What to ask in the call, and in which order to go: the guidance in a person's words. Pure.

Open questions only (guidance: call-facts): who, what, when, how; "why" sounds like a reproach.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from assistant.cases.right import Fact
from assistant.cases.said import Kind, Said

BY_CUE: Mapping[str, str] = MappingProxyType(
    {
        "late": "What does the wait hold up, and which day matters to them?",
        "ignored": "When and how did they try to reach you, and whom?",
        "quality": "What exactly is not right, where, and what did they expect?",
        "wrong": "What did they ask for, and what did they get?",
        "billing": "Which invoice and which line, and what did they expect to pay?",
        "misunderstood": "What did they mean from the beginning?",
        "broken-promise": "What was promised, by whom, and when?",
        "repeat-problem": "How often has it happened, and what was tried each time?",
        "rude-treatment": "What was said, by whom, and when?",
        "lost-trust": "What would let them rely on you again?",
        "refund-demand": "Which amount, for which part?",
        "leaving": "What would have to be different for them to stay?",
        "legal-threat": "Who advises them, and what would settle it for them?",
        "public-threat": "What do they want others to know?",
        "escalation": "Who else is concerned, and what do they need to hear?",
        "ultimatum": "What happens for them on that day?",
    }
)
PHONE = "On which number can they be reached? None stands in their mail."
WISH = "What would they like to happen? They have not written it."
WHEN = "By when do they need it? They name no day."
ACCOUNT = "What was promised, in whose words? They tell of it; it is not in this thread."
EFFECT = "What has it meant for them and their work?"
UNREAD = "What do they want? Letters in this language are not read for wishes:"


def questions(
    cues: Sequence[str], heard: Sequence[Said], phones: int, promised: int, unread: Sequence[str]
) -> Iterator[str]:
    """What the thread doesn't tell, what a call needs first at the beginning.

    Args:
        cues: what it is about, the strongest first.
        heard: what the client said.
        phones: how many numbers were found.
        promised: how many promises of the user's own are in the thread.
        unread: languages that nobody reads.
    """
    wishes = [each for each in heard if each.kind is Kind.WISH]
    if not phones:
        yield PHONE
    if unread:
        yield f"{UNREAD} {', '.join(unread)}."
    elif not wishes:
        yield WISH
    if wishes and not any(each.due for each in heard if each.kind is not Kind.TOLD):
        yield WHEN
    if not promised and any(each.kind is Kind.TOLD for each in heard):
        yield ACCOUNT
    yield from (BY_CUE[cue] for cue in cues if cue in BY_CUE)
    yield EFFECT


def order(right: Sequence[Fact], wished: bool) -> tuple[tuple[str, str], ...]:
    """The order of the call: what to do, and how (guidance rows call-listen to call-pause)."""
    own = (
        "what is proved above; no reason, no “but”"
        if right
        else "sorry for the trouble; admit no fact"
    )
    wish = "is it still what they wrote?" if wished else "what would put it right?"
    return (
        ("Listen", "to all of it; do not explain, do not correct"),
        ("Restate", "what you heard, until they say “yes, that is it”"),
        ("Own", own),
        ("Their wish", wish),
        ("Options", "work them out together, write them down"),
        ("Pause", "promise nothing yet; name the hour you ring back"),
        ("Next step", "who does what by when; in writing today"),
    )

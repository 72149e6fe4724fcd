"""A call brief as sections of short lines, the same for terminal, paper and Markdown. Pure.

Every stranger's word is cleaned here; who shows a line only escapes it. Each list is cut to what can be read in
a minute, and says how much more there is. Every line tells the number of its message.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from assistant.cases.brief import Brief
from assistant.cases.feeling import Heard
from assistant.cases.right import Fact, Proved
from assistant.cases.said import Kind, Said
from assistant.cases.timeline import Step, Wait
from assistant.clean import clean_text
from assistant.cli.briefpieces import Line, Piece, Section, day, length, on, quoted, relative
from assistant.model import Action

LONGEST_NAME = 60
LONGEST_NOTE = 130
STEPS = 7
"""Of a timeline."""
INFERRED = "inferred"
CALL = "The call"


def title(brief: Brief) -> tuple[Piece, ...]:
    """What the case is, in a line."""
    about = ", ".join(brief.cues[:3])
    facts = [brief.stage.value, *([about] if about else [])]
    if brief.owner:
        facts.append(f"with {clean_text(brief.owner, LONGEST_NAME)}")
    tone = [Piece(brief.tone, "bad"), Piece(" · ", "soft")] if brief.tone else []
    subject = clean_text(brief.subject, LONGEST_NAME) or "(no subject)"
    return (Piece(subject, "strong"), Piece("  "), *tone, Piece(" · ".join(facts), "soft"))


def sections(brief: Brief) -> tuple[Section, ...]:
    """The brief in the order in which it is read; what is empty is left out, but for what must be known."""
    nothing = (Line((Piece("nothing that the thread proves", "soft"),)),)
    found = (
        Section("Who", tuple(_who(brief))),
        Section("They say", _cut((_heard(brief, each) for each in brief.says), 3)),
        Section("They want", tuple(_wants(brief))),
        Section("Timeline", tuple(_timeline(brief))),
        Section("They're right", _cut(_facts(brief), 3) or nothing),
        Section("You promised", tuple(_promises(brief))),
        Section("Agreed", _cut(_agreed(brief), 4)),
        Section("Earlier", _cut(_earlier(brief), 2)),
        Section("Ask", _cut((Line((Piece(each),)) for each in brief.ask), 4)),
        Section(CALL, tuple(_order(brief))),
    )  # fmt: skip
    return tuple(each for each in found if each.lines)


def _cut(lines: Iterable[Line], most: int) -> tuple[Line, ...]:
    """At most so many lines, and how many more there are."""
    every = tuple(lines)
    over = len(every) - most
    if over <= 0:
        return every
    last = every[most - 1]
    told = Piece(f"  ({over} more)", "soft")
    return (*every[: most - 1], Line(last.pieces, last.letters, (told,)))


def _who(brief: Brief) -> Iterator[Line]:
    who = brief.who
    later = {each for each, _ in who.copied}
    people = [each for each in who.people if each not in later]
    names = [_address(each.name, each.email) for each in people[:2]]
    if len(people) > 2:
        names.append(f"{len(people) - 2} more")
    firm = clean_text(who.firm, LONGEST_NAME)
    yield Line((Piece("; ".join(names) or "nobody is named"), *_after(firm)))
    for each in who.numbers[:2]:
        where = "their signature" if each.phone.signed else "their words"
        number = Piece(clean_text(each.phone.shown, 40), "strong")
        yield Line((number, Piece(f"  from {where}", "soft")), (each.letter,))
    if who.there is not None:
        there = Piece(f"{who.there:%H:%M} on {who.there:%A}", "strong")
        yield Line((there, Piece(f" there now ({INFERRED} from number or mail)", "soft")))
    if brief.agreed.contact:
        yield Line((Piece("Ask for "), Piece(clean_text(brief.agreed.contact, LONGEST_NAME))))
    if who.copied:
        names = [clean_text(each.name or each.email, LONGEST_NAME) for each, _ in who.copied[:2]]
        over = f" and {len(who.copied) - 2} more" if len(who.copied) > 2 else ""
        yield Line((Piece(f"Let in on it later: {', '.join(names)}{over}"),), (who.copied[0][1],))


def _address(name: str, email: str) -> str:
    email = clean_text(email, LONGEST_NAME)
    return f"{clean_text(name, LONGEST_NAME)} <{email}>" if name.strip() else email


def _after(text: str) -> tuple[Piece, ...]:
    return (Piece(f"  {text}", "soft"),) if text else ()


def _heard(brief: Brief, each: Heard) -> Line:
    about = each.cue or each.tone
    told = Piece(f"  {about}, {day(each.at, brief.now)}", "soft")
    return Line((quoted(each.quote), told), (each.letter,))


def _wants(brief: Brief) -> Iterator[Line]:
    lines = [
        Line((quoted(each.quote), *_due(each, brief.now)), (each.letter,)) for each in brief.wants
    ]
    yield from _cut(lines, 3)
    if brief.amounts:
        named = dict.fromkeys(clean_text(each.quote, 30) for each in brief.amounts)
        letters = tuple(sorted({each.letter for each in brief.amounts}))[:3]
        yield Line((Piece("Amounts they name: "), Piece(", ".join([*named][:4]))), letters)


def _due(said: Said, now: datetime) -> tuple[Piece, ...]:
    """The day that something said names."""
    if said.due is None:
        return ()
    style = "bad" if said.due < now.date() and said.kind is Kind.PROMISE else "soft"
    inferred = f", {INFERRED}" if said.inferred else ""
    return (Piece(f"  {relative(said.due, now)}{inferred}", style),)


def _timeline(brief: Brief) -> Iterator[Line]:
    left_out = 0
    shown = _shown(brief.line.steps)
    for number, step in enumerate(brief.line.steps):
        if number not in shown:
            left_out += 1
            continue
        if left_out:
            yield Line((Piece(f"… {left_out} more", "soft"),))
        left_out = 0
        yield _step(brief, step)
    waits = brief.line.now
    if waits is not None and (told := length(waits.worked, brief.day)):
        text = f"they have waited {told} for you" if waits.client else f"you have waited {told}"
        pieces = (Piece("Now: "), Piece(text, "bad" if waits.client else "plain"))
        yield Line(pieces, (waits.since,) if waits.since else ())


def _shown(steps: Sequence[Step]) -> set[int]:
    """The steps that tell most: the first, the last two, unhappy ones, calls, and long waits."""

    def weight(number: int) -> tuple[bool, bool, timedelta, int]:
        step = steps[number]
        edge = number == 0 or number >= len(steps) - 2
        return edge, bool(step.tone or not step.number), _waited(step.wait), number

    return set(sorted(range(len(steps)), key=weight, reverse=True)[:STEPS])


def _waited(wait: Wait | None) -> timedelta:
    return wait.worked if wait else timedelta()


def _step(brief: Brief, step: Step) -> Line:
    at = step.at.astimezone(brief.now.tzinfo)
    when = Piece(f"{on(at.date(), brief.now):<10} {at:%H:%M}  ", "soft")
    if not step.number:
        text = f": {clean_text(step.text, LONGEST_NOTE)}" if step.text else ""
        return Line((when, Piece(f"{step.kind}{text}"), *_wait(brief, step)))
    who = _short(step.who) if step.inward else "you"
    kind = (
        f", {step.kind} reply" if step.kind == "holding" else f", {step.kind}" if step.kind else ""
    )
    tone = (Piece(", "), Piece(step.tone, "bad")) if step.tone else ()
    return Line((when, Piece(f"{who}{kind}"), *tone, *_wait(brief, step)), (step.number,))


def _short(name: str) -> str:
    """A first name, where there is one."""
    return clean_text(name.strip().partition(" ")[0], 20) or "(nobody)"


def _wait(brief: Brief, step: Step) -> tuple[Piece, ...]:
    if step.wait is None or not (told := length(step.wait.worked, brief.day)):
        return ()
    if step.wait.over or not step.wait.client:
        return (Piece(f", after {told}", "plain" if step.wait.client else "soft"),)
    return (Piece(", "), Piece(f"no answer for {told}", "bad"))


def _facts(brief: Brief) -> Iterator[Line]:
    """What is proved; complaints that the same messages repeat in one line."""
    again: dict[tuple[int, ...], list[str]] = {}
    for fact in brief.right:
        if fact.about is Proved.REPEATED:
            again.setdefault(fact.letters, []).append(fact.cue)
        else:
            yield Line((Piece(_fact(brief, fact), "strong"),), fact.letters)
    for letters, cues in again.items():
        told = f"said {len(letters)} times: {', '.join(cues)}"
        yield Line((Piece(told, "strong"),), letters)


def _fact(brief: Brief, fact: Fact) -> str:
    if fact.due is None:
        told = length(fact.worked, brief.day)
        return f"{len(fact.letters)} messages in a row, no answer for {told}"
    inferred = f" ({INFERRED})" if fact.inferred else ""
    return f"{on(fact.due, brief.now)}{inferred} passed without a word from you"


def _promises(brief: Brief) -> Iterator[Line]:
    lines = [
        Line((quoted(each.quote, 80), *_due(each, brief.now)), (each.letter,))
        for each in brief.promises
    ]
    yield from _cut(lines, 3)
    known = {each.due for each in brief.promises if each.due}
    told = [each for each in brief.told if each.due not in known]
    yield from _cut((_told(brief, each) for each in told), 2)


def _told(brief: Brief, each: Said) -> Line:
    """Their account of a promise that is not in the thread."""
    pieces = (Piece("They say: "), quoted(each.quote, 80), *_due(each, brief.now))
    return Line(pieces, (each.letter,))


def _agreed(brief: Brief) -> Iterator[Line]:
    agreed = brief.agreed
    for action in sorted(agreed.actions, key=lambda each: each.done is not None):
        yield _action(brief, action)
    for name, text in (("Terms", agreed.terms), ("Your notes", agreed.notes)):
        if text.strip():
            yield Line((Piece(f"{name}: ", "strong"), Piece(clean_text(text, LONGEST_NOTE))))
    for note in agreed.noted:
        when = Piece(f"{day(note.at, brief.now)}  ", "soft")
        yield Line((when, Piece(clean_text(note.text, LONGEST_NOTE))))


def _action(brief: Brief, action: Action) -> Line:
    owner = f", {clean_text(action.owner, 30)}" if action.owner else ""
    if action.done is not None:
        state = Piece(f"  done {day(action.done, brief.now)}", "soft")
    elif action.due is not None:
        late = action.due < brief.now.date()
        state = Piece(f"  {relative(action.due, brief.now)}", "bad" if late else "soft")
    else:
        state = Piece("  no day", "soft")
    return Line((Piece(f"{action.number}. {clean_text(action.text, 90)}{owner}"), state))


def _earlier(brief: Brief) -> Iterator[Line]:
    for each in brief.earlier:
        cues = f", {', '.join(each.cues[:2])}" if each.cues else ""
        about = f"  {day(each.first, brief.now)}, {each.stage.value}{cues}  {each.key}"
        yield Line((Piece(clean_text(each.subject, 50)), Piece(about, "soft")))


def _order(brief: Brief) -> Iterator[Line]:
    for number, (name, how) in enumerate(brief.order, 1):
        yield Line((Piece(f"{number} {name}: ", "strong"), Piece(how)))

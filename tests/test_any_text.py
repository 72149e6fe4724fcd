"""Whatever a body holds: a verdict or a named abstention, within the time limit, the same every time."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import replace

import pytest

from assistant.model import Message, Opinion, Outcome
from assistant.rulebook import load, shipped_folder
from assistant.triage import Triage
from assistant.worker import Here, Worker
from tests.builders import facts, mail

TEXTS = {
    "empty": "",
    "blank": " \n\t\n ",
    "one word": "Unacceptable",
    "one sign": "?",
    "200 KB": "I am still waiting for the draft, and nobody answers. " * 4_000,
    "200 KB without a break": "x" * 200_000,
    "only emoji": "\U0001f621\U0001f621\U0001f44e",
    "only a link": "https://example.com/a/b?c=d",
    "mixed languages": "Ich warte seit drei Wochen. I have written twice. ¿Qué pasa? C'est inadmissible.",
    "code": "def f(x):\n    raise ValueError('unacceptable')  # TODO: terrible\n" * 20,
    "base64": base64.b64encode(bytes(range(256)) * 40).decode(),
    "a table": "| item | due | state |\n|---|---|---|\n| logo | 3 May | late |\n" * 30,
    "all capitals": "WHERE IS MY ORDER? THIS IS THE THIRD TIME I ASK.",
    "right to left": "أنا غاضب جدا من هذه الخدمة السيئة. " * 5,
    "control characters": "\x00\x01\x1b[31m late \x7f\u202e\u2066" * 50,
    "combining marks": "z" + "\u0301" * 5_000 + " unacceptable",
    "surrogates": "late \ud83d again",
    "one line of 100,000 words": "late " * 100_000,
    "only punctuation": "!?.,;:" * 5_000,
    "numbers": "1 2 3 4 5 6 7 8 9 " * 2_000,
}


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    found = Worker(folder=shipped_folder())
    yield found
    found.close()


@pytest.fixture(scope="module")
def triage() -> Triage:
    return Triage(load(), reader=True)


def judged(text: str, reader: Worker | Here, triage: Triage) -> Outcome:
    raw = mail(text.encode("utf-8", "surrogatepass"), {"Content-Type": "text/plain; charset=utf-8"})
    reading = reader.read(raw, "en")
    return triage.decide(reading, facts(), reader.opinion)


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_a_verdict_or_a_named_abstention(text: str, worker: Worker, triage: Triage) -> None:
    """In the worker, which kills what takes longer than two seconds; and once more, the same."""
    outcome = judged(text, worker, triage)
    if outcome.verdict is None:
        assert outcome.skip is not None
        assert outcome.skip.reason
        assert outcome.skip.detail
    else:
        assert outcome.verdict.score == sum(hit.points for hit in outcome.verdict.hits)
    assert judged(text, worker, triage) == outcome
    assert judged(text, Here(shipped_folder()), triage) == outcome


@pytest.mark.parametrize(
    ("text", "unhappy"),
    [
        ("This is unacceptable.", True),
        ("I have now written three times and still have no answer. I want my money back.", True),
        ("You promised the draft for the 3rd. It is the 19th, and I have heard nothing.", True),
        ("We are very disappointed with the result. It is not what we agreed.", True),
        ("Thanks, that looks great. See you on Tuesday.", False),
        ("Could you send me the invoice for March? No hurry.", False),
        ("The courier lost the parcel again, they are useless. Your labels are perfect though.", False),
        ("Sorry for my tone yesterday, that was uncalled for. All is well with the site.", False),
    ],
)  # fmt: skip
@pytest.mark.parametrize("reader", [True, False], ids=["with the reader", "without"])
def test_plain_mail_is_judged_as_anybody_would(
    text: str, unhappy: bool, reader: bool, worker: Worker, triage: Triage
) -> None:
    """Sentences that nobody may miss, and some that only look like them."""
    verdict = judged(text, worker, triage if reader else Triage(triage.rulebook)).verdict
    assert verdict is not None
    assert verdict.dissatisfied is unhappy


def test_the_reader_gives_its_evidence_for_flagged_mail_only(
    worker: Worker, triage: Triage
) -> None:
    """Every sentence of it costs as much again; and whose opinion is there already isn't asked."""
    asked: list[bool] = []

    def ask(message: Message, evidence: bool) -> Opinion | None:
        asked.append(evidence)
        return worker.opinion(message, evidence)

    def asked_for(text: str, opinion: Opinion | None = None) -> list[bool]:
        asked.clear()
        reading = worker.read(mail(text), "en")
        triage.decide(replace(reading, opinion=opinion), facts(), ask)
        return list(asked)

    flagged = "I must say that this is the third date that has passed, and we heard it from others."
    assert asked_for("Could we move our call to Tuesday at three?") == [False]
    assert asked_for(flagged) == [False, True]
    known = worker.opinion(worker.read(mail(flagged), "en").message, False)
    assert asked_for(flagged, known) == []

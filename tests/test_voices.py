"""What each voice's opinion is worth: points that add up, capped, and a threshold by a budget."""

from __future__ import annotations

from dataclasses import replace

import pytest

from assistant.errors import ConfigError
from assistant.model import (
    Behaviour,
    CueWeights,
    Hit,
    Opinion,
    Polarity,
    Reading,
    RuleBook,
    Voices,
    WordModel,
)
from assistant.tone.judge import Judge
from assistant.tone.voices import READER, WORDS, cues, surest
from tests.builders import REPLIES, RULES, TONES, message, rulebook

VOICES = """
[voices.en]
words = 20
words_cap = 90
polarity = 40
polarity_cap = 15
tone = { rules = 1, words = 1 }
thresholds = [[1, 200], [10, 100], [100, 10]]

[voices.en.reader]
words = 10
heads = { ours = 30, affect = 5 }
sure = 5.0
band = [-50, 150]
tone = { rules = 1, words = 1, reader = 2 }
thresholds = [[1, 150], [10, 80], [100, 0]]
"""
NO_THRESHOLD = TONES.replace("threshold = 100\n", "")
WORD_MODEL = WordModel("en", -1.0, 2.0, {"late": (8.0, 4.0), "fine": (-8.0, 0.0)})


def book(voices: str = VOICES) -> RuleBook:
    return replace(rulebook(NO_THRESHOLD, REPLIES, RULES, voices), words={"en": WORD_MODEL})


def opinion(
    ours: float = 4.0,
    affect: float = 0.0,
    heat: float = 4.0,
    cues: tuple[tuple[str, float], ...] = (),
) -> Opinion:
    return Opinion((("ours", ours), ("affect", affect)), heat, cues, (0, 4))


def reading(text: str, heard: Opinion | None = None, polarity: float = 0.0) -> Reading:
    return Reading(message(text), Polarity(polarity, ("bad",)), heard)


def points(judge: Judge, given: Reading) -> dict[str, int]:
    return {hit.rule: hit.points for hit in judge.judge(given).hits}


def test_without_the_reader_the_rules_name_the_cues() -> None:
    """Each once, in the order of the hits."""
    assert cues(["late", "quality", "late"], None, CueWeights(1.0, ())) == ("late", "quality")


def test_reader_and_rules_name_the_cues_together() -> None:
    """The surest first; a rule's word tips what the reader half hears, and can't outvote it."""
    heard = opinion(cues=(("late", 0.5), ("quality", -0.4), ("billing", -3.0), ("wrong", 2.0)))
    weight = CueWeights(1.0, (("late", 0.3), ("quality", 0.5), ("billing", 0.5), ("wrong", 0.5)))
    assert cues([], heard, weight) == ("wrong", "late")
    assert cues(["quality", "billing"], heard, weight) == ("wrong", "late", "quality")


def test_a_cue_that_the_reader_knows_nothing_of_is_the_rules() -> None:
    """One that has no weight, or that an older reader doesn't hear."""
    heard = opinion(cues=(("late", 9.0),))
    assert cues(["billing"], heard, CueWeights(1.0, (("billing", 0.5),))) == ("billing",)
    assert cues(["late"], heard, CueWeights(0.0, ())) == ("late",)


def test_what_the_thread_proves_is_named_whatever_the_reader_hears() -> None:
    """It reads the text only; that this is the third mail in a row stands in the headers."""
    deaf = opinion(cues=(("ignored", -9.0),))
    fact = "[[behaviour]]\nid = 'x'\ndescribe = 'x'\nfact = 'unanswered'\nat_least = 3\npoints = 50\ntone = 'angry'\ncues = ['ignored']\n"
    heeding = VOICES + "cues = { rules = 1, ignored = 0.5 }\n" + fact
    judge = Judge(book(heeding), reader=True)
    assert (
        judge.judge(reading("Worried, for it is late.", deaf), Behaviour(unanswered=3)).cues[0]
        == "ignored"
    )


def test_the_verdict_names_the_cues_that_the_reader_hears() -> None:
    """By the weights of the rulebook, which a user's file may change."""
    given = reading("Worried, for it is late.", opinion(cues=(("late", 1.0), ("wrong", 0.4))))
    heeding = VOICES + "cues = { rules = 1, late = 0.3, wrong = 0.3 }\n"
    assert Judge(book(heeding), reader=True).judge(given).cues == ("late", "wrong")
    stricter = VOICES + "cues = { rules = 0, late = 0.8, wrong = 0.8 }\n"
    assert Judge(book(stricter), reader=True).judge(given).cues == ("late",)
    assert Judge(book(), reader=True).judge(given).cues == ("late",)  # only the rules' own


def cued(points: int, *named: str) -> Hit:
    return Hit("x", points, "", "body", (0, 0), "angry", named, "")


@pytest.mark.parametrize(
    ("hits", "heard", "expected"),
    [
        ((), None, ""),
        ((cued(90, "late"),), None, ""),
        ((cued(90, "late"), cued(20, "late"), cued(105, "wrong")), None, "late"),
        ((cued(180, "late", "ignored"),), None, ""),
        ((cued(-200, "late"),), None, ""),
        ((), opinion(cues=(("late", 0.9), ("wrong", 0.5))), ""),
        ((), opinion(cues=(("late", 1.0), ("wrong", 0.5))), "late"),
        ((cued(10, "wrong"),), opinion(cues=(("late", 1.0), ("wrong", 0.5))), "wrong"),
        ((cued(500, "billing"),), opinion(cues=(("late", 0.0), ("billing", -3.0))), ""),
    ],
)
def test_a_reply_speaks_of_the_surest_cue_or_of_none(
    hits: tuple[Hit, ...], heard: Opinion | None, expected: str
) -> None:
    assert surest(hits, heard, CueWeights(1.0, ())) == expected


def test_the_verdict_tells_what_it_is_surely_about() -> None:
    given = reading("Worried, for it is late.", opinion(cues=(("late", 3.0), ("wrong", 2.4))))
    heeding = VOICES + "cues = { rules = 1, late = 0.3, wrong = 0.3 }\n"
    assert Judge(book(heeding), reader=True).judge(given).about == "late"
    assert Judge(book(), reader=True).judge(reading("Worried.", opinion())).about == ""


def test_every_voice_has_its_hit_and_the_hits_are_the_score() -> None:
    """Rules as they are, the others by their weights; the sum is exact."""
    given = reading("Worried, for it is late.", opinion(), polarity=-0.5)
    verdict = Judge(book(), reader=True).judge(given)
    assert {hit.rule: hit.points for hit in verdict.hits} == {
        "worry": 60, WORDS: 30, "textblob-polarity": 15, READER: 120,
    }  # fmt: skip
    assert verdict.score == 225 == sum(hit.points for hit in verdict.hits)
    assert next(hit for hit in verdict.hits if hit.rule == READER).quote == "Worr"


@pytest.mark.parametrize(
    ("ours", "expected"), [(100.0, 150), (-100.0, -150), (0.01, None), (-1.0, -30)]
)
def test_the_reader_is_capped_and_silent_at_nothing(ours: float, expected: int | None) -> None:
    """However sure it is, its points stay within the cap."""
    assert (
        points(Judge(book(), reader=True), reading("Hello.", opinion(ours))).get(READER) == expected
    )


def test_words_are_capped_and_a_long_text_loses_points() -> None:
    """One voice alone is never sure enough; twice as long, twice as much of everything."""
    given = replace(book(), words={"en": WordModel("en", 0.0, 2.0, {"late": (40.0, 0.0)})})
    assert points(Judge(given), reading("Late."))[WORDS] == 90
    lengthy = replace(
        given.voices["en"].alone, length=10.0, words=replace(given.voices["en"].alone.words, cap=50)
    )
    given = replace(given, voices={"en": Voices(lengthy)})
    assert points(Judge(given), reading("Late " * 20))[WORDS] == 50
    assert points(Judge(given), reading("Late " * 80))[WORDS] == 30


def test_only_words_for_an_unhappy_writer_name_a_tone() -> None:
    """A voice that takes points names none."""
    judge = Judge(book(), reader=True)
    for given in (reading("It is fine.", opinion(-3.0)), reading("It is late.", opinion(3.0))):
        for hit in judge.judge(given).hits:
            assert bool(hit.tone) is (hit.points > 0)


# --- with the reader, and without -----------------------------------------------------------------


def test_the_reader_is_asked_within_its_band() -> None:
    """Where the others have decided, nobody waits for it."""

    def asked(text: str, judge: Judge) -> bool:
        return judge.undecided(judge.hear(reading(text)))

    judge = Judge(book(), reader=True)
    assert asked("Hello.", judge)
    assert asked("Worried: late.", judge)
    assert not asked("Worried. Unacceptable, and late.", judge)
    assert not asked("Hello.", Judge(book()))
    without_weights = book(VOICES.split("[voices.en.reader]")[0])
    assert not asked("Hello.", Judge(without_weights, reader=True))


def test_outside_the_band_the_readers_weights_hold_all_the_same() -> None:
    """The threshold that was fitted for judging with it, whether or not it was needed."""
    verdict = Judge(book(), reader=True).judge(reading("Worried. Unacceptable, and late."))
    assert verdict.threshold == 80
    assert WORDS in {hit.rule for hit in verdict.hits}


def test_without_the_opinion_that_was_wanted_the_others_judge_alone() -> None:
    """A reader that failed is as good as none: other weights, another threshold."""
    given = reading("Worried: late.")
    assert Judge(book(), reader=True).judge(given) == Judge(book()).judge(given)
    assert Judge(book()).judge(given).threshold == 100


# --- threshold and tone ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("budget", "threshold"),
    [(0.1, 200), (1, 200), (5.5, 150), (10, 100), (55, 55), (100, 10), (400, 10)],
)
def test_the_threshold_keeps_a_budget(budget: float, threshold: int) -> None:
    """Measured ones as they are, between them a straight line, beyond them the nearest."""
    assert Judge(book(), budget).judge(reading("Hello.")).threshold == threshold


def test_a_threshold_of_the_users_beats_the_budget() -> None:
    """Who sets it knows why."""
    given = replace(book(), threshold=42)
    assert Judge(given, 1).judge(reading("Hello.")).threshold == 42


@pytest.mark.parametrize(
    ("text", "heard", "tone"),
    [
        ("I am worried, really worried. It is late.", None, "concerned"),
        ("Unacceptable.", None, "angry"),
        ("Worried.", opinion(heat=4.4), "angry"),
        ("Worried.", opinion(heat=1.2), "concerned"),
    ],
)
def test_the_tone_is_what_those_who_name_one_agree_on(
    text: str, heard: Opinion | None, tone: str
) -> None:
    """The mean of rules (1), words (4 where late, 2 where not) and reader, by their weights."""
    verdict = Judge(replace(book(), threshold=10), reader=heard is not None).judge(
        reading(text, heard)
    )
    assert verdict.tone is not None
    assert verdict.tone.id == tone


def test_words_alone_can_flag_and_name_a_tone() -> None:
    """A message that no rule knows is still heard."""
    verdict = Judge(replace(book(), threshold=50)).judge(reading("It is late."))
    assert (verdict.score, verdict.tone.id if verdict.tone else "") == (60, "angry")


def test_a_user_changes_one_weight_and_keeps_the_rest() -> None:
    """Overriding works as everywhere: what is given replaces, nothing else changes."""
    changed = rulebook(NO_THRESHOLD, REPLIES, RULES, VOICES, "[voices.en.reader]\nsure = 1.5\n")
    before, after = book().voices["en"], changed.voices["en"]
    assert after.alone == before.alone
    assert before.with_reader is not None
    assert after.with_reader == replace(
        before.with_reader, reader=replace(before.with_reader.reader, sure=1.5)
    )


def test_one_cue_can_be_changed_and_the_others_stay() -> None:
    """Key by key, as with every fitted number."""
    fitted = VOICES + "cues = { rules = 1, late = 0.3, wrong = 0.5 }\n"
    changed = rulebook(NO_THRESHOLD, REPLIES, RULES, fitted, "voices.en.reader.cues.late = 2\n")
    weighing = changed.voices["en"].with_reader
    assert weighing is not None
    assert weighing.reader.cues == CueWeights(1.0, (("late", 2.0), ("wrong", 0.5)))


def test_a_cue_that_there_is_not_is_a_mistake_that_names_those_there_are() -> None:
    """One line for one mistake."""
    with pytest.raises(ConfigError) as caught:
        rulebook(NO_THRESHOLD, REPLIES, RULES, VOICES + "cues = { lat = 2 }\n")
    (problem,) = caught.value.problems
    assert "'lat' is no cue" in str(problem)
    assert "late" in str(problem)

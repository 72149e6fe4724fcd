"""The drafts of tests/mail/reply-*.eml, word by word (tests/golden.py writes them anew)."""

from __future__ import annotations

import pytest

from tests.golden import Golden, golden

ALL = tuple(golden())


@pytest.mark.parametrize("each", [pytest.param(each, id=each.name) for each in ALL])
def test_the_draft_is_as_it_was(each: Golden) -> None:
    assert each.shown == each.file.read_text("utf-8")


def test_there_are_enough_of_them_and_all_get_a_draft() -> None:
    """Across tones, cues, languages and configurations."""
    assert len(ALL) >= 40
    assert [each.name for each in ALL if each.outcome.draft is None] == []

"""Hears what the user owes a reader by a day, in whatever language; nothing is kept of it but the day."""

from __future__ import annotations

from datetime import date

from assistant.cases.owed import Owing
from assistant.cases.said import Said
from assistant.model import Message


class Listening:
    """Safe to share between threads, which saves each account what a language takes: half a megabyte."""

    def __init__(self) -> None:
        self._by_language: dict[str, Owing | None] = {}

    def owed(self, message: Message, written: date) -> tuple[Said, ...]:
        """What a message of the user's promises by a day.

        Args:
            written: the day on which it was written, where its writer was.
        """
        # Here, and not at every start: most have sent nothing since the last.
        from assistant.rulebook.sayings import owing

        language = message.language
        if language not in self._by_language:  # two threads at once make it twice, and that is all
            self._by_language[language] = owing(language)
        reads = self._by_language[language]
        return reads.hear(message.own_words, written) if reads else ()

"""Asking at the terminal, where an option has not given the answer already. Nothing secret is shown."""

from __future__ import annotations

import shutil
import sys
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

import click

from assistant.clean import clean_text

LONGEST_SHOWN = 300
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Questions:
    """Asks, or with ``silent`` takes what is usual and asks nothing."""

    silent: bool = False

    def text(
        self, option: str, question: str, given: str | None, usual: str | None = None,
        wrong: Callable[[str], str] = lambda _: "",
    ) -> str:  # fmt: skip
        """A line of text.

        Args:
            option: that gives it without a question.
            given: what the option gave.
            wrong: what is wrong with an answer; empty if nothing.

        Raises:
            click.UsageError: where it can't be asked, or the option gave what is wrong.
        """
        if given is not None or self.silent:
            answer = given if given is not None else usual
            if answer is None:
                raise click.UsageError(f"{option} is needed where no questions are asked (--yes)")
            if problem := wrong(answer):
                raise click.UsageError(f"{option}: {problem}")
            return answer
        while True:
            answer = str(click.prompt(question, default=usual, show_default=bool(usual))).strip()
            problem = wrong(answer)
            if not problem:
                return answer
            bad(problem)

    def choice(
        self, option: str, question: str, choices: Mapping[str, str], given: str | None
    ) -> str:
        """One of several, the first being the usual one; a single one is not asked for.

        Args:
            choices: what may be chosen, with what is said of it.
        """
        if given is not None:
            return given
        usual = next(iter(choices))
        if self.silent or len(choices) == 1:
            return usual
        click.echo(f"\n{question}")
        for number, told in enumerate(choices.values(), start=1):
            click.echo(f"  {number}  {told}")
        numbers = click.Choice([str(number) for number in range(1, len(choices) + 1)])
        chosen: str = click.prompt(
            f"Number ({option})", type=numbers, default="1", show_choices=False
        )
        return list(choices)[int(chosen) - 1]

    def lines(self, mark: str, understood: Callable[[str], _T]) -> list[_T]:
        """What lines of text come to, until an empty one; nothing where nothing is to be asked.

        Args:
            mark: stands before each line.
            understood: what a line comes to; a ``UsageError`` of it is shown, and the line asked for again.
        """
        found: list[_T] = []
        while not self.silent:
            line = str(click.prompt(mark, default="", show_default=False, prompt_suffix=" "))
            if not line.strip():
                break
            try:
                found.append(understood(line.strip()))
            except click.UsageError as wrong:
                bad(wrong.message)
        return found

    def sure(self, question: str) -> None:
        """Go on only if the answer is yes.

        Raises:
            click.Abort: where it is no.
        """
        if not self.silent:
            click.confirm(question, default=True, abort=True)

    def secret(self, question: str, otherwise: str) -> str:
        """A password, not shown as it is typed.

        Args:
            otherwise: the options that give it without a question.

        Raises:
            click.UsageError: where nobody can be asked.
        """
        if self.silent or not sys.stdin.isatty():
            raise click.UsageError(f"secrets are asked for at a terminal only; else: {otherwise}")
        return str(click.prompt(f"{question} (not shown)", hide_input=True))


def good(text: str) -> None:
    """A line about something that is well."""
    click.echo(_wrapped(clean_text(text, LONGEST_SHOWN), click.style("✓", fg="green")))


def bad(text: str, hint: str = "") -> None:
    """Lines about something that is not, and what to do."""
    click.echo(_wrapped(clean_text(text, LONGEST_SHOWN), click.style("✗", fg="red")))
    if hint:
        note(hint)


def note(text: str) -> None:
    """Lines that belong to the one above."""
    click.echo(_wrapped(clean_text(text, 3 * LONGEST_SHOWN), " "))


def _wrapped(text: str, mark: str) -> str:
    """Between words, in a terminal; a pipe gets one line."""
    width = shutil.get_terminal_size().columns - 2 if sys.stdout.isatty() else len(text) + 1
    lines = textwrap.wrap(text, max(width, 30), break_long_words=False, break_on_hyphens=False)
    return f"{mark} " + "\n  ".join(lines)

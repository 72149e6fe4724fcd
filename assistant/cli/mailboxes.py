"""Mail from files or from the mailboxes: what `try` and `learn` ask for in the same way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from assistant.cli.scan import on_or_after

if TYPE_CHECKING:
    from assistant.service.ports import Mailbox


def mailbox_options(doing: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """`--since` and `--last`.

    Args:
        doing: what is done with the mail: "Learn from".
    """
    since = click.option(
        "--since",
        callback=on_or_after,
        metavar="YYYY-MM-DD|30d",
        help=f"{doing} the mailbox: what arrived from this day on, or in so many days.",
    )
    last = click.option(
        "--last",
        type=click.IntRange(min=1),
        metavar="N",
        help=f"{doing} the mailbox: the newest N messages (of those since the day).",
    )
    return lambda command: since(last(command))


def in_mailboxes(
    paths: Sequence[object], since: date | None, last: int | None, question: str, files: str
) -> bool:
    """Whether the mailboxes are meant.

    Args:
        question: asked where nothing is named: "learn from what?".
        files: what may be named instead of a mailbox.

    Raises:
        click.UsageError: where nothing is named, or both are.
    """
    in_mailbox = since is not None or last is not None
    if not paths and not in_mailbox:
        raise click.UsageError(f"{question} Name {files}, or give --since 30d for the mailbox")
    if paths and in_mailbox:
        raise click.UsageError(
            "files are one source, --since and --last (the mailbox) the other: one of both"
        )
    return in_mailbox


def wanted(mailbox: Mailbox, since: date | None, last: int | None) -> Sequence[int]:
    """The UIDs of the messages that are meant, ascending."""
    uids = mailbox.uids_from(1) if since is None else mailbox.uids_since(since)
    return uids if last is None else uids[-last:]

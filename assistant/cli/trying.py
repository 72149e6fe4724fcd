"""`try`: what a change of the rules would do to the user's mail."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from assistant.cli import cli, tell
from assistant.cli.mailboxes import in_mailboxes, mailbox_options

if TYPE_CHECKING:
    from assistant.cli.show import Counting
    from assistant.cli.wiring import Setup
    from assistant.config import Account
    from assistant.lab.cache import Cache
    from assistant.lab.tried import Found, Tried
    from assistant.model import Message
    from assistant.service.dry import DryMailbox
    from assistant.worker import Here


@cli.command("try")
@click.argument("paths", nargs=-1, metavar="[PATH]…")
@click.option(
    "--rules",
    "files",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A rule file, laid over the rules in effect. May be given several times.",
)
@click.option(
    "--config",
    "other",
    type=click.Path(path_type=Path),
    metavar="NEW.toml",
    help="Another config.toml, with its rules, instead of the one in effect.",
)
@click.option(
    "--budget",
    type=click.FloatRange(0, 500, min_open=True),
    metavar="N",
    help="Another flags_per_1000: how many of 1,000 ordinary messages may be flagged.",
)
@mailbox_options("Try it on")
@click.option(
    "--no-cache", is_flag=True, help="Keep nothing for the next try, and use nothing that was kept."
)
@click.option(
    "--keep-text",
    is_flag=True,
    help="Keep the words of the mail too, in the state folder, so that new phrases are tried as fast. A try without "
    "this takes them out again.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_obj
def try_(
    config_path: Path | None,
    paths: tuple[str, ...],
    files: tuple[Path, ...],
    other: Path | None,
    budget: float | None,
    since: date | None,
    last: int | None,
    no_cache: bool,
    keep_text: bool,
    as_json: bool,
) -> None:
    """Show what a change of the rules would do to your mail, before you make it.

    Each message is judged by the rules in effect and by the changed ones: which would be flagged, which no more, which
    with another tone, and by which hits. PATH is an .eml, an mbox, a Maildir, or a folder of .eml files; - reads one
    message from standard input. Without PATH, --since or --last judges the mailboxes of the config, which
    are only read.

    Nothing is written but, in the state folder, what the next try needs to be faster: numbers and hashes, no text,
    unless --keep-text asks for it. Other points, tones and thresholds are then tried at once; for new phrases the
    mail is read again, unless its text was kept. Exit code 8 where a message could not be read; the others are judged.
    """
    from assistant.cli import known as knowing
    from assistant.cli import show, sidebyside, tried, wiring
    from assistant.errors import UnreadableMail

    if not files and other is None and budget is None:
        raise click.UsageError("what is to be tried? --rules FILE, --config NEW.toml or --budget N")
    in_mailbox = in_mailboxes(paths, since, last, "try it on what?", "files (PATH…)")
    if no_cache and keep_text:
        raise click.UsageError("--no-cache keeps nothing, --keep-text the words too: one of both")
    before, layers = wiring.read_layers(config_path)
    after = sidebyside.changed(before, layers, files, other, budget)
    if after.config.settings.language != before.config.settings.language:
        tell("warning: language differs; messages are read by the config in effect")
    cache = _cache(before, keep=not no_cache, texts=keep_text)
    with show.counting("judging") as counting:
        try:
            if in_mailbox:
                found = _mailboxes(before, after, cache, since, last, counting)
            else:
                found = _files(before, after, cache, paths, counting)
        finally:  # what was found out before a connection broke, or somebody had enough, needn't be again
            _save(cache)
    for where, why in found.unreadable:
        tell(f"error: {where}: {why}" if where else f"error: {why}")
    known = knowing.known(before, before.config.settings.account)
    if as_json:
        tried.print_json(found, known)
    else:
        tried.show(show.console(), found, known)
    if found.unreadable:
        raise click.exceptions.Exit(UnreadableMail.exit_code)


def _save(cache: Cache) -> None:
    """Keep what was found out. A disk that is full costs the next try its speed, and this one nothing."""
    from assistant.errors import StateUnavailable

    try:
        cache.save()
    except StateUnavailable as error:
        tell(f"warning: {error.message}; the next try begins anew ({error.hint})")


def _cache(setup: Setup, *, keep: bool, texts: bool) -> Cache:
    """What the last tries found out, as far as it holds still."""
    from importlib.metadata import version

    from assistant import rulebook
    from assistant.cli import wiring
    from assistant.lab import cache

    shipped = rulebook.shipped_folder()
    fitted = [
        path
        for name in ("reader.onnx", "reader.json", "words.tsv")
        for path in shipped.glob(f"*/{name}")
    ]
    language = setup.config.settings.language
    stamp = cache.stamp(cache.FORMAT, version("inbox-assistant"), language, files=fitted)
    place = setup.config.state_folder / cache.NAME if keep else None
    return cache.Cache(place, stamp, wiring.now().date(), texts=texts)


# --- files ---


def _files(
    before: Setup, after: Setup, cache: Cache, paths: Sequence[str], counting: Counting
) -> Found:
    from assistant.cli import sidebyside
    from assistant.cli.judging import arrived
    from assistant.cli.sources import sources
    from assistant.errors import UnreadableMail
    from assistant.lab.tried import Tried
    from assistant.model import Facts

    def facts(message: Message) -> tuple[Facts, Facts]:
        return arrived(before.config, message), arrived(after.config, message)

    here = _here(before, after)
    tried = Tried(
        sidebyside.trials(before, after, here, texts=cache.texts),
        here,
        cache,
        before.config.settings.language,
        counting.step,
    )
    for path in paths:
        try:
            for source in sources(path):
                if source.why:
                    tried.found.unreadable.append((source.name, source.why))
                else:
                    tried.file(source.name, source.raw, facts)
        except UnreadableMail as error:
            tried.found.unreadable.append(("", error.message))
    return tried.found


def _here(before: Setup, after: Setup) -> Here:
    from assistant.cli import wiring
    from assistant.worker import Here

    return Here(wiring.encoders(before.config) or wiring.encoders(after.config))


# --- the mailbox ---


def _mailboxes(
    before: Setup,
    after: Setup,
    cache: Cache,
    since: date | None,
    last: int | None,
    counting: Counting,
) -> Found:
    from assistant.cli import sidebyside, wiring
    from assistant.cli.mailboxes import wanted
    from assistant.lab.tried import Tried
    from assistant.service.dry import DryMailbox
    from assistant.worker import Worker

    accounts = wiring.accounts(before.config)
    folder = wiring.encoders(before.config) or wiring.encoders(after.config)
    with contextlib.closing(Worker(folder=folder)) as reader:
        tried = Tried(
            sidebyside.trials(before, after, reader, texts=cache.texts),
            reader,
            cache,
            before.config.settings.language,
            counting.step,
        )
        waiting = 0
        for account in accounts:
            with wiring.connect(before.config, account) as mailbox:
                dry = DryMailbox(mailbox)
                opened = dry.open()
                uids = wanted(dry, since, last)
                waiting += len(uids)
                counting.total(waiting)
                _mailbox(before, after, account, dry, opened.uidvalidity, uids, tried)
    return tried.found


def _mailbox(
    before: Setup,
    after: Setup,
    account: Account,
    mailbox: DryMailbox,
    uidvalidity: int,
    uids: Sequence[int],
    tried: Tried,
) -> None:
    """One account, by rules and profile as they are and as they would be."""
    from assistant.cli import wiring
    from assistant.lab.tried import Inbox
    from assistant.store import Database, Store

    name = account.mailbox_address
    there = (each for each in after.config.settings.account if each.mailbox_address == name)
    profiles = (
        wiring.profile(before.config, account),
        wiring.profile(after.config, next(there, account)),
    )
    # A pass over all of it finds the threads out by itself; of what is left out, the daemon's state knows more.
    inbox = Inbox(mailbox, name, account.inbox, uidvalidity, profiles, wiring.now)
    nothing = not any(tried.knows(inbox, uid) for uid in uids)
    copy = Database.scratch(None if nothing else before.config.state_file)
    with contextlib.closing(Store(copy)) as store:
        tried.mailbox(inbox, store, uids)

"""Config -> the real objects that the commands work with.

What speaks IMAP or keeps a state is imported when it is asked for: `explain` and `rules` do neither.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from assistant import config as configuration
from assistant import encoder, rulebook
from assistant.config import Account, Config
from assistant.errors import ConfigError, Problem
from assistant.model import Address, Identity, Profile, RuleBook
from assistant.rulebook import Layers
from assistant.triage import Triage

if TYPE_CHECKING:
    from assistant.daemon.notices import Notices, Post
    from assistant.mailbox.imap import ImapMailbox
    from assistant.service.ports import Desk

log = logging.getLogger("assistant.wire")


@dataclass(frozen=True, slots=True)
class Setup:
    """Everything that is read before anything is done."""

    config: Config
    rulebook: RuleBook
    own: Mapping[str, RuleBook] = field(default_factory=dict)
    """By mailbox address: the rulebooks of the accounts that have rules of their own."""

    def rulebook_of(self, account: Account | None) -> RuleBook:
        """The rules that an account's mail is judged by; without one, those for all."""
        return self.own.get(account.mailbox_address, self.rulebook) if account else self.rulebook


def _nothing(_config: Config) -> None:
    """For whoever waits for the rules."""


def read_setup(path: Path | None, then: Callable[[Config], None] = _nothing) -> Setup:
    """Config and rules, checked.

    Args:
        then: told the config, as soon as it is read; the rules take longer.

    Raises:
        ConfigError: with every problem of both.
    """
    return read_layers(path, then)[0]


def read_layers(
    path: Path | None, then: Callable[[Config], None] = _nothing
) -> tuple[Setup, Layers]:
    """The same, and the files that the rules came from: for whoever looks into them.

    Raises:
        ConfigError: with every problem of both.
    """
    file = configuration.read(path)
    problems: list[Problem] = []
    config: Config | None = None
    layers: Layers | None = None
    try:
        config = configuration.interpret(file)
        then(config)
    except ConfigError as error:
        problems += error.problems
    try:
        tables = configuration.rule_tables(file) if file else None
        own = configuration.account_rule_tables(file) if file else {}
        folder = config.rules_folder if config else None
        layers = rulebook.read(folder, [tables] if tables else [], own)
        book, books = layers.books()
    except ConfigError as error:
        problems += error.problems
    if config is None or layers is None or problems:
        raise ConfigError(
            sorted(problems, key=lambda problem: (problem.file, problem.line or 0)),
            hint="config.example.toml explains every key, rules/README.md the rules",
        )
    return _setup(config, book, books), layers


def with_rules(config: Config, layers: Layers) -> Setup:
    """A config, and other rules than it names.

    Raises:
        ConfigError: with every problem of the rules.
    """
    return _setup(config, *layers.books())


def with_budget(setup: Setup, flags_per_1000: float) -> Setup:
    """The same, with another budget of flags."""
    settings = setup.config.settings
    judging = settings.judging.model_copy(update={"flags_per_1000": flags_per_1000})
    changed = settings.model_copy(update={"judging": judging})
    return replace(setup, config=replace(setup.config, settings=changed))


def _setup(config: Config, book: RuleBook, books: Mapping[int, RuleBook]) -> Setup:
    names = [each.mailbox_address for each in config.settings.account]
    special = {names[number]: each for number, each in books.items()}
    return Setup(config, book, MappingProxyType(special))


def read_setup_defaults() -> Setup:
    """The shipped rules and no config: what the demo shows is what ships."""
    nowhere = Path("/nonexistent")
    config = Config(configuration.Settings(), None, None, nowhere, nowhere)
    return Setup(config, rulebook.load())


def triage(setup: Setup, account: Account | None = None) -> Triage:
    """The decision, by the budget that the config sets and the rules for an account, or for all."""
    return _triage(setup, setup.rulebook_of(account))


def triages(setup: Setup) -> Callable[[Account | None], Triage]:
    """What :func:`triage` gives for each account. Accounts with the same rules share it, and with it
    what is compiled (25 MB for a language)."""
    if not setup.own:
        shared = _triage(setup, setup.rulebook)
        return lambda _account: shared
    books = {book.digest: book for book in (setup.rulebook, *setup.own.values())}
    made = {digest: _triage(setup, book) for digest, book in books.items()}
    return lambda account: made[setup.rulebook_of(account).digest]


def _triage(setup: Setup, book: RuleBook) -> Triage:
    budget = setup.config.settings.judging.flags_per_1000
    reader = encoders(setup.config) is not None
    return Triage(book, budget, reader=reader, alone=threading.Lock())


def encoders(config: Config) -> Path | None:
    """Where the encoders are; None where the config wants none, or the extra is not installed."""
    if config.settings.judging.reader == "off" or not encoder.installed():
        return None
    folder = rulebook.shipped_folder()
    return folder if encoder.languages(folder) else None


def accounts(config: Config) -> tuple[Account, ...]:
    """The accounts to look after.

    Raises:
        ConfigError: where there is none.
    """
    if not config.settings.account:
        where = str(config.path or configuration.default_path({}))
        raise ConfigError(
            [Problem(where, None, "", "no [[account]] is set up")],
            hint="`assistant account add` sets one up; config.example.toml explains every key",
        )
    return config.settings.account


def desk(config: Config, account: Account) -> Desk:
    """An account as the service needs it."""
    from assistant.service.ports import Desk

    return Desk(
        profile=profile(config, account),
        inbox=account.inbox,
        mark=account.mark,
        language=config.settings.language,
    )


def profile(config: Config, account: Account | None, fallback: Address | None = None) -> Profile:
    """Whose mailbox an account is, and how its owner answers.

    Args:
        account: None for none: `fallback` is then the only address.
    """
    settings = config.settings
    drafting, calling = settings.drafting_of(account), settings.calling_of(account)
    you = fallback or Address("", "you@example.com")
    return Profile(
        mailbox_address=account.mailbox_address if account else you.email,
        identities=_identities(account) if account else (Identity(you),),
        stale_days=drafting.max_age_days,
        sender_days=drafting.once_per_sender_days,
        region=account.region if account else "",
        calling=calling.calling(now().year),
        manner=None if drafting.address == "auto" else drafting.address,
        quote=drafting.quote,
        label_only=drafting.label_only,
        never=drafting.never,
        least_tone=drafting.from_tone,
        hourly=drafting.drafts_per_hour,
        stop_in_flood=drafting.stop_in_flood,
    )


def _identities(account: Account) -> tuple[Identity, ...]:
    """The named ones as they are, and each other address with the account's name and signature."""
    named = tuple(
        Identity(
            Address(each.name or account.name, each.address),
            configuration.signature_of(each) or account.signature,
            tuple(alias.casefold() for alias in each.aliases),
        )
        for each in account.identity
    )
    taken = {key for each in named for key in (each.address.key, *each.aliases)}
    plain = tuple(
        Identity(Address(account.name, each), account.signature)
        for each in account.own_addresses
        if each.casefold() not in taken
    )
    return (*plain, *named) if account.addresses else (*named, *plain)


def connect(
    config: Config, account: Account, tap: Callable[[str], None] | None = None
) -> ImapMailbox:
    """A signed-in mailbox.

    Raises:
        MailboxError: no password or token, no connection, no trust, no entry.
    """
    from assistant.cli import access

    return access.open_mailbox(config, account, tap or _log_verbs)


def post(config: Config) -> Post | None:
    """Where notices go; None where the user wants none.

    Raises:
        ConfigError: Apprise is not installed, or a URL is wrong.
        MailboxError: the file with the URLs can't be read.
    """
    from assistant.daemon.notices import Post

    urls = configuration.notice_urls(config.settings.notify)
    return Post(urls, str(config.path or "")) if urls else None


def notices(config: Config, post: Post | None) -> Notices:
    """What is worth a notice, and who sends it."""
    from assistant.daemon.notices import Notices

    least = configuration.TONES.index(config.settings.notify.from_tone)
    return Notices(post.send if post else None, configuration.TONES[least:])


def now() -> datetime:
    """The clock."""
    return datetime.now(UTC)


def _log_verbs(event: str) -> None:
    """With --verbose: which commands are sent, never with what."""
    if event.startswith("before"):
        log.debug("%s", event.removeprefix("before "))

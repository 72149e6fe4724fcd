"""Where `learn` gets its messages: labelled files, or the mailbox, which is only read. Words stay in memory."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from assistant.cli import sidebyside, wiring
from assistant.cli.judging import AsArrived
from assistant.cli.known import SILENCE, Known, known
from assistant.cli.mailboxes import wanted
from assistant.cli.wiring import Setup
from assistant.config import Account
from assistant.errors import Problem, UnreadableMail
from assistant.lab import labelled
from assistant.lab.cache import Cache
from assistant.lab.learning import BUDGETS
from assistant.lab.proposal import Sample
from assistant.lab.trial import Pair
from assistant.lab.tried import Inbox, Tried
from assistant.model import Message, RuleBook, Verdict
from assistant.service.dry import DryMailbox
from assistant.service.ports import Mailbox
from assistant.store import Database, State, Store
from assistant.tone.tokens import bare
from assistant.triage import Triage
from assistant.worker import Worker


@dataclass(slots=True)
class Gathered:
    """Messages of which the truth is known; grows."""

    samples: list[Sample] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    skipped: int = 0
    """Of which no label says anything, or that are no person's mail."""
    nameless: int = 0
    """Texts of which nobody says who wrote them."""
    told: int = 0
    """Of the mailbox: what the user said by a correction."""
    silent: int = 0
    """And by leaving the mark, or no mark, where it is."""


# --- files ---


def from_files(setup: Setup, paths: Iterable[Path], step: Callable[[], None]) -> Gathered:
    """The labelled messages of files and folders, judged by the rules in effect for all accounts."""
    common = Setup(setup.config, setup.rulebook)
    judging, triage = AsArrived(common), wiring.triage(common)
    found, told = Gathered(), labelled.Told()
    tones = [tone.id for tone in setup.rulebook.tones]
    for path in paths:
        try:
            for row in labelled.rows(path, tones, told):
                _row(row, judging, triage, setup, found, told)
                step()
        except UnreadableMail as error:
            found.problems.append(error.message)
    found.problems += map(str, told.problems)
    return found


def _row(
    row: labelled.Row, judging: AsArrived, triage: Triage, setup: Setup, found: Gathered,
    told: labelled.Told,
) -> None:  # fmt: skip
    try:
        message, outcome = judging.judge(row.raw, row.language, evidence=False)
    except UnreadableMail as error:
        told.problems.append(Problem(row.where, None, "", error.message))
        return
    if row.label is None or outcome.verdict is None:
        found.skipped += 1
        return
    sender = row.sender
    if not sender and row.bare:
        sender, found.nameless = row.where, found.nameless + 1
    # The same text in two files, or twice in one, is one message.
    name = row.where if row.bare else message.identity
    unhappy = row.label.dissatisfied
    sample = _sample(
        name, sender or _sender(message), unhappy, message, outcome.verdict, triage, setup
    )
    # The addresses of a bare text are ours: "you" is no name.
    found.samples.append(replace(sample, names=frozenset()) if row.bare else sample)


def _sample(
    name: str, sender: str, unhappy: bool, message: Message, verdict: Verdict, triage: Triage,
    setup: Setup,
) -> Sample:  # fmt: skip
    """What is learned from, of a message that was judged by the rules for all or by an account's."""
    texts = (message.own_words, "" if message.is_answer else message.subject)
    fitted = triage.rulebook.threshold is None
    language = message.language
    budgets = [(each, triage.threshold(language, each)) for each in BUDGETS] if fitted else []
    # Of a rule that the account has made its own, the rules for all decide nothing there.
    rules = {hit.rule for hit in verdict.hits} - _changed(triage.rulebook, setup.rulebook)
    return Sample(
        name, sender, language, unhappy, verdict.score, verdict.threshold, frozenset(rules),
        texts=texts, budgets=tuple(budgets), names=_names(message),
    )  # fmt: skip


def _names(message: Message) -> frozenset[str]:
    """The words of the names and addresses of who wrote and who was written to: people's, and their firms'."""
    people = [each for each in (message.sender, *message.to, *message.cc) if each]
    words = " ".join(f"{each.name} {each.email}" for each in people)
    return frozenset(re.findall(r"[^\W\d_]{2,}", bare(words)))


def _changed(own: RuleBook, common: RuleBook) -> frozenset[str]:
    """The ids of the rules that an account has in its own way."""
    if own is common:
        return frozenset()
    theirs = {rule.id: rule for rule in common.rules}
    return frozenset(rule.id for rule in own.rules if rule != theirs.get(rule.id))


def _sender(message: Message) -> str:
    return message.sender.key if message.sender else ""


# --- the mailbox ---


@dataclass(frozen=True, slots=True)
class _Listened(Inbox):
    """An inbox of which each message that was judged is passed on."""

    heard: Callable[[Message, Pair], None]

    def remember(self, state: State, uid: int, message: Message, pair: Pair) -> None:
        Inbox.remember(self, state, uid, message, pair)
        self.heard(message, pair)


def from_mailboxes(
    setup: Setup, since: date | None, last: int | None, step: Callable[[], None]
) -> Gathered:
    """The messages of every inbox of which the user has said something, aloud or by silence.

    Raises:
        MailboxError: where one can't be read.
    """
    found, triage_of = Gathered(), wiring.triages(setup)
    with contextlib.closing(Worker(folder=wiring.encoders(setup.config))) as reader:
        nothing_kept = Cache(None, "", wiring.now().date())
        trials = sidebyside.trials(setup, setup, reader)
        tried = Tried(trials, reader, nothing_kept, setup.config.settings.language, step)
        # A word said in one account holds for the copy in another, where nothing was said.
        said = known(setup, wiring.accounts(setup.config))
        for account in wiring.accounts(setup.config):
            with wiring.connect(setup.config, account) as mailbox:
                dry, triage = DryMailbox(mailbox), triage_of(account)
                _account(dry, account, said, tried, since, last, setup, triage, found)
        found.problems += [f"{where}: {why}" for where, why in tried.found.unreadable]
    return found


def _account(
    dry: Mailbox, account: Account, said: Known, tried: Tried, since: date | None, last: int | None,
    setup: Setup, triage: Triage, found: Gathered,
) -> None:  # fmt: skip
    settled = wiring.now() - SILENCE

    def heard(message: Message, pair: Pair) -> None:
        unhappy = said.corrected.get(message.identity)
        told = unhappy is not None
        if unhappy is None and message.identity in said.stood:
            unhappy = True
        old = message.date is not None and message.date < settled
        if unhappy is None and not pair.before.tone and old:
            unhappy = False
        if unhappy is None or pair.before.skip:
            found.skipped += 1
            return
        found.told += told
        found.silent += not told
        verdict = pair.before.verdict
        found.samples.append(
            _sample(message.identity, _sender(message), unhappy, message, verdict, triage, setup)
        )

    opened = dry.open()
    profile = wiring.profile(setup.config, account)
    name = account.mailbox_address
    inbox = _Listened(
        dry, name, account.inbox, opened.uidvalidity, (profile, profile), wiring.now, heard
    )
    with contextlib.closing(Store(Database.scratch(None))) as store:
        tried.mailbox(inbox, store, wanted(dry, since, last))

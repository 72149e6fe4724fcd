"""Rules in effect and rules that are tried, account by account."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from assistant import rulebook, tomlfile
from assistant.cli import wiring
from assistant.cli.wiring import Setup
from assistant.lab.trial import Side, Trials
from assistant.rulebook import Layers
from assistant.service.ports import Reader


def changed(
    before: Setup,
    layers: Layers,
    files: Sequence[Path],
    other: Path | None,
    flags_per_1000: float | None,
) -> Setup:
    """The setup as it would be.

    Args:
        layers: what the rules in effect came from.
        files: rule files that are laid over the common ones; those of single accounts stay above them.
        other: another config, in place of the one in effect.
        flags_per_1000: another budget; None: the config's.

    Raises:
        ConfigError: with every problem.
    """
    after = before
    if other is not None:
        after, layers = wiring.read_layers(other)
    if files:
        for path in files:
            layers = layers.overlaid(rulebook.document(tomlfile.load(path)))
        after = wiring.with_rules(after.config, layers)
    return after if flags_per_1000 is None else wiring.with_budget(after, flags_per_1000)


def trials(before: Setup, after: Setup, reader: Reader, *, texts: bool = False) -> Trials:
    """Both setups' rules, for each account."""
    return Trials(_sides(before), _sides(after), reader, texts=texts)


def _sides(setup: Setup) -> dict[str, Side]:
    """The rules for all, under "", and those of the accounts that have some of their own."""
    accounts, triage_of = setup.config.settings.account, wiring.triages(setup)
    own = [each.own_addresses for each in accounts]
    special = (each for each in accounts if each.mailbox_address in setup.own)
    sides = {each.mailbox_address: Side(triage_of(each), own) for each in special}
    return {"": Side(triage_of(None), own), **sides}

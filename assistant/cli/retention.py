"""What is too old is erased, but for cases that are still open."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from assistant.cli.wiring import Setup
    from assistant.config import Account
    from assistant.store import Store


def erase_old(setup: Setup, account: Account, store: Store) -> None:
    """Erase what is older than retention_days; after a pass that has dealt with everything new."""
    from assistant.cli import wiring

    since = setup.config.settings.remembered_since(wiring.now())
    if since is not None:
        store.expire(account.mailbox_address, since, partial(_still_open, setup, store))


def _still_open(setup: Setup, store: Store, mailbox: str, threads: Collection[int]) -> set[int]:
    """Of these threads of a mailbox, those whose case is open; of an account that config.toml no longer names, none."""
    from assistant.cli import casework, wiring
    from assistant.service.standing import standings

    found: set[int] = set()
    book = store.cases(setup.rulebook.heats)
    for account in wiring.accounts(setup.config):
        if account.mailbox_address == mailbox:
            calling = wiring.profile(setup.config, account).calling
            allowed = casework.allowed_for(setup.config, account)
            every = standings(book, mailbox, wiring.now(), calling, allowed, among=threads)
            found |= {each.thread.number for each in every if each.progress.open}
    return found

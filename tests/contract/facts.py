"""What a server legitimately does otherwise: the contract is asked with these in mind."""

from __future__ import annotations

from dataclasses import dataclass

from tests.providers.profile import NEW_KEYWORDS, Keywords
from tests.providers.stand import ProviderStand
from tests.servers import Stand


@dataclass(frozen=True, slots=True)
class Facts:
    """About one kind of server."""

    promises_keywords: bool = True
    """PERMANENTFLAGS holds ``\\*``."""
    keeps_keywords: bool = True
    """A keyword that was set is there when the flags are read back. Not the same: Zoho, Proton."""

    labels: bool = False
    """A label is set in a keyword's stead (Gmail), whatever keywords do there."""

    @property
    def mark(self) -> str:
        """A flag that the server takes."""
        return "tone-angry" if self.keeps_keywords else "\\Flagged"


def facts_of(stand: Stand) -> Facts:
    """The fake, pymap and Dovecot keep what they promise."""
    if not isinstance(stand, ProviderStand):
        return Facts()
    return Facts(
        promises_keywords=NEW_KEYWORDS in stand.profile.permanent,
        keeps_keywords=stand.profile.keywords is Keywords.KEPT,
        labels="X-GM-EXT-1" in stand.profile.capabilities,
    )

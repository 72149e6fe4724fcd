"""What the program can't do yet at some providers. Whoever builds it takes the row out: a row whose
test passes fails the suite (xfail, strict).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

NOT_YET: Mapping[tuple[str, str], str] = MappingProxyType({})
"""(provider, test) -> what is missing."""

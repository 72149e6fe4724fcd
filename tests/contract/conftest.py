"""The contract suite runs on every server there is: the fake, the real ones, and each provider."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from assistant.errors import RefusedByServer
from tests.contract.facts import Facts, facts_of
from tests.contract.not_yet import NOT_YET
from tests.providers.profiles import WITH_PASSWORDS
from tests.providers.stand import ProviderStand
from tests.servers import Stand


@pytest.fixture
def stand(any_stand: Stand) -> Stand:
    return any_stand


@pytest.fixture
def stand_with_quota(any_stand_with_quota: Stand) -> Stand:
    return any_stand_with_quota


@pytest.fixture
def facts(any_stand: Stand) -> Facts:
    """What the stand's server does otherwise."""
    return facts_of(any_stand)


@pytest.fixture(params=[*WITH_PASSWORDS])
def provider_stand(
    request: pytest.FixtureRequest, provider: Callable[[str], ProviderStand]
) -> Iterator[ProviderStand]:
    """Each scripted provider in turn."""
    found = provider(request.param)
    yield found
    for account in found.accounts:
        account.close()
    found.accounts.clear()


@pytest.fixture(autouse=True)
def _not_yet(request: pytest.FixtureRequest) -> None:
    """Marks what stands in the table."""
    where = request.node.callspec.params.values() if hasattr(request.node, "callspec") else ()
    for each in where:
        reason = NOT_YET.get((each, request.node.originalname)) if isinstance(each, str) else None
        if reason:
            failure = (AssertionError, RefusedByServer)
            request.applymarker(pytest.mark.xfail(reason=reason, raises=failure, strict=True))

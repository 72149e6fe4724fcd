"""Whose a message is: one person's, or a firm's of which several write. Pure."""

from __future__ import annotations

from assistant.clean import a_label
from assistant.domains import is_shared, registrable


def client_key(address: str) -> str:
    """What names a client: the firm's domain, or the person's address where many strangers share the domain.

    ``jo@mail.acme.co.uk`` is ``acme.co.uk``; ``Jo+shop@gmail.com`` is ``jo@gmail.com``, for what follows a
    plus is the same mailbox (RFC 5233). A key is its own key.
    """
    local, at, domain = a_label(address.strip()).lower().rpartition("@")
    domain = domain.rstrip(".")
    if not at or not local:
        return domain
    firm = "" if is_shared(domain) else registrable(domain)
    return firm or f"{local.partition('+')[0] or local}@{domain}"

"""Who the client is: a person, or a firm."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.cases.clients import client_key
from assistant.domains import is_shared, registrable


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("jo@acme.example", "acme.example"),
        ("Jo.Meyer@ACME.example", "acme.example"),
        ("jo@mail.acme.co.uk", "acme.co.uk"),  # a public suffix of two labels
        ("jo@acme.com.au", "acme.com.au"),
        ("jo@acme.k12.ma.us", "acme.k12.ma.us"),
        ("jo@acme.uk.com", "acme.uk.com"),
        ("jo@shop-one.myshopify.com", "shop-one.myshopify.com"),
        ("jo@bücher.de", "xn--bcher-kva.de"),
        ("jo@Post.BÜCHER.de", "xn--bcher-kva.de"),
        ("jo@xn--bcher-kva.de", "xn--bcher-kva.de"),
        ("jo+website@acme.example", "acme.example"),
        ("jo@acme.example.", "acme.example"),
        # many strangers: providers, Internet access, relays, universities
        ("Jo@gmail.com", "jo@gmail.com"),
        ("jo+website@gmail.com", "jo@gmail.com"),
        ("+jo@gmail.com", "+jo@gmail.com"),
        ("jo@gmx.de", "jo@gmx.de"),
        ("jo@t-online.de", "jo@t-online.de"),
        ("jo@btinternet.com", "jo@btinternet.com"),
        ("jo@privaterelay.appleid.com", "jo@privaterelay.appleid.com"),
        ("jo@cs.ox.ac.uk", "jo@cs.ox.ac.uk"),
        ("jo@harvard.edu", "jo@harvard.edu"),
        ("jo@unimelb.edu.au", "jo@unimelb.edu.au"),
        ("jo@math.uni-bonn.de", "jo@math.uni-bonn.de"),
        # nobody's domain
        ("root@localhost", "root@localhost"),
        ("jo@192.0.2.1", "jo@192.0.2.1"),
        ("jo@co.uk", "jo@co.uk"),
        ("acme.example", "acme.example"),
        ("jo@", "jo@"),
        ("", ""),
    ],
)
def test_whose_a_message_is(address: str, key: str) -> None:
    """A firm is one client, whoever writes; at a provider's everybody is one of their own."""
    assert client_key(address) == key


@pytest.mark.parametrize(
    "name", ["siemens.com", "unicorn.de", "tuba-shop.de", "education.com", "fh.de", "acme.ac"]
)
def test_firms_that_sound_like_something_else(name: str) -> None:
    """Only whole words of a domain tell what it is."""
    assert not is_shared(name)


@pytest.mark.parametrize("domain", ["", ".", "..", "a..de", ".de", "de", "8.8.8.8"])
def test_what_nobody_registered(domain: str) -> None:
    """Whatever stands behind an at sign."""
    assert registrable(domain) == ""
    assert not is_shared(domain)


@given(st.one_of(st.text(), st.emails(), st.builds("{}@{}".format, st.text(), st.text())))
def test_a_key_is_its_own_key(address: str) -> None:
    """Whatever a stranger writes as an address; so it may be asked for again."""
    key = client_key(address)
    assert client_key(key) == key

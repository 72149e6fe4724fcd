"""The table of providers, and recognising them by address, by mail exchanger and by server."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

import dns.flags
import dns.message
import dns.rcode
import dns.resolver
import dns.rrset
import pytest

from assistant.config import Account
from assistant.signin import mx
from assistant.signin.providers import PROVIDERS, Provider, by_domain, by_exchanger, by_host


class NameServer:
    """A DNS server on loopback that knows MX records, and what it was asked."""

    def __init__(self, records: Mapping[str, list[str]]) -> None:
        self._records = records
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.asked: list[str] = []
        self.resolver = dns.resolver.Resolver(configure=False)
        self.resolver.nameservers = ["127.0.0.1"]
        self.resolver.port = self._socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._socket.close()

    def _serve(self) -> None:
        while True:
            try:
                data, sender = self._socket.recvfrom(4_096)
            except OSError:
                return
            query = dns.message.from_wire(data)
            (question,) = query.question
            name = question.name.to_text().rstrip(".")
            self.asked.append(f"{name} {dns.rdatatype.to_text(question.rdtype)}")
            answer = dns.message.make_response(query)
            answer.flags |= dns.flags.RA
            if name in self._records:
                answer.answer.append(
                    dns.rrset.from_text_list(question.name, 60, "IN", "MX", self._records[name])
                )
            else:
                answer.set_rcode(dns.rcode.NXDOMAIN)
            self._socket.sendto(answer.to_wire(), sender)


@pytest.fixture
def names() -> Iterator[NameServer]:
    server = NameServer(
        {
            "halestudio.example": ["10 alt1.aspmx.l.google.com.", "1 ASPMX.L.GOOGLE.COM."],
            "agency.example": ["0 agency-example.mail.protection.outlook.com."],
            "eu.example": ["10 mx.zoho.eu."],
            "own.example": ["10 mail.own.example."],
            "backup.example": ["20 mx.zoho.com.", "10 mail.backup.example."],
            "none.example": ["0 ."],
            "xn--bcher-kva.example": ["10 in1-smtp.messagingengine.com."],
        }
    )
    yield server
    server.close()


@pytest.mark.parametrize("provider", PROVIDERS, ids=[each.name for each in PROVIDERS])
def test_every_row_can_become_an_account(provider: Provider) -> None:
    """Host and port are such that config.toml takes them; names are in small letters; pages are https."""
    assert Account(host=provider.host, port=provider.port, user="robin@example.com")
    assert provider.ways
    for name in (*provider.domains, *provider.exchangers):
        assert name == name.casefold()
        assert "." in name.strip(".") or name == "mx.microsoft"
    assert not provider.page or urlsplit(provider.page.split()[0]).scheme == "https"
    assert provider.hint.endswith(("locked", "(docs/sign-in.md)"))
    assert provider.domains or provider.exchangers


def test_no_domain_is_two_providers() -> None:
    """The first would win in silence."""
    domains = [domain for each in PROVIDERS for domain in each.domains]
    assert len(domains) == len(set(domains))


@pytest.mark.parametrize(
    ("domain", "name"),
    [
        ("gmail.com", "Gmail"), ("GMail.com", "Gmail"), ("hotmail.de", "Outlook.com"), ("me.com", "iCloud"),
        ("gmx.de", "GMX"), ("gmx.com", "GMX (international)"), ("proton.me", "Proton Mail"),
        ("mygmail.com", None), ("mail.gmail.com", None), ("", None),
    ],
)  # fmt: skip
def test_addresses_of_a_provider_are_known_by_their_domain(domain: str, name: str | None) -> None:
    """The whole domain, whatever its case."""
    found = by_domain(domain)
    assert (found.name if found else None) == name


@pytest.mark.parametrize(
    ("exchanger", "name"),
    [
        ("aspmx.l.google.com.", "Gmail"), ("ASPMX2.GOOGLEMAIL.COM", "Gmail"), ("smtp.google.com", "Gmail"),
        ("x.mail.protection.outlook.com", "Microsoft 365"), ("x.o-v1.mx.microsoft", "Microsoft 365"),
        ("mx.zoho.eu", "Zoho (EU)"), ("mail.protonmail.ch", "Proton Mail"), ("mxext2.mailbox.org", "mailbox.org"),
        ("mx.evilgoogle.com", None), ("google.com.evil.example", None), ("", None), (".", None),
    ],
)  # fmt: skip
def test_exchangers_are_known_by_the_end_of_their_name(exchanger: str, name: str | None) -> None:
    """Whole labels: nobody becomes Google by a name that ends alike."""
    found = by_exchanger(exchanger)
    assert (found.name if found else None) == name


def test_a_server_is_known_by_its_name_but_not_on_loopback() -> None:
    """127.0.0.1 may be anybody's bridge."""
    found = by_host("IMAP.gmail.com")
    assert found is not None
    assert found.name == "Gmail"
    assert by_host("127.0.0.1") is None
    assert by_host("imap.studio.example") is None


@pytest.mark.parametrize(
    ("address", "name", "asked"),
    [
        ("robin@gmail.com", "Gmail", []),
        ("robin@halestudio.example", "Gmail", ["halestudio.example MX"]),
        ("robin@agency.example", "Microsoft 365", ["agency.example MX"]),
        ("robin@eu.example", "Zoho (EU)", ["eu.example MX"]),
        ("robin@backup.example", "Zoho", ["backup.example MX"]),
        ("robin@bücher.example", "Fastmail", ["xn--bcher-kva.example MX"]),
        ("robin@own.example", None, ["own.example MX"]),
        ("robin@none.example", None, ["none.example MX"]),
        ("robin@missing.example", None, ["missing.example MX"]),
        ("robin@x..y", None, []),
    ],
)
def test_a_domain_of_ones_own_is_known_by_who_takes_its_mail(
    names: NameServer, address: str, name: str | None, asked: list[str]
) -> None:
    """One question, with the domain alone in it, and none where the address says enough."""
    found = mx.recognise(address, names.resolver)
    assert (found.name if found else None) == name
    assert names.asked == asked


def test_the_first_choice_comes_first(names: NameServer) -> None:
    """RFC 5321 section 5.1: the lowest preference."""
    assert mx.exchangers("halestudio.example", names.resolver) == (
        "aspmx.l.google.com.",
        "alt1.aspmx.l.google.com.",
    )


def test_without_a_name_server_nothing_is_known() -> None:
    """Off line, or in a container without DNS: the user is asked, nothing breaks."""
    nobody = dns.resolver.Resolver(configure=False)
    assert mx.recognise("robin@own.example", nobody) is None


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("Gmail", ("app password", "https://myaccount.google.com/apppasswords", "2-step")),
        ("Microsoft 365", ("takes no passwords", 'sign_in = "microsoft"')),
        ("Proton Mail", ("Bridge", "--ca-file")),
        ("GMX", ("IMAP have to be turned on", "locked")),
    ],
)
def test_the_hint_says_what_to_do(name: str, parts: tuple[str, ...]) -> None:
    """Where to make an app password, and what has to be turned on first."""
    (found,) = (each for each in PROVIDERS if each.name == name)
    assert all(part in found.hint for part in parts)

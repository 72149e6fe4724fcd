"""[cases] in config.toml, and clients.toml: what they may hold, and what is said about mistakes."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.config import (
    CasesTable,
    ClientTable,
    Config,
    clients_of,
    interpret,
    load,
    read_clients,
)
from assistant.errors import ConfigError
from assistant.model import Allowed, Client

EXAMPLE = Path(__file__).parent.parent / "clients.example.toml"
ACCOUNT = '[[account]]\nhost = "imap.example.com"\nuser = "robin@example.com"\n'


def configured(folder: Path, clients: str = "", config: str = ACCOUNT) -> Config:
    (folder / "config.toml").write_text(config, "utf-8")
    if clients:
        (folder / "clients.toml").write_text(clients, "utf-8")
    return load(folder / "config.toml", {})


def problems(folder: Path, clients: str, config: str = ACCOUNT) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        configured(folder, clients, config)
    return [str(problem).replace(f"{folder}/", "") for problem in caught.value.problems]


# --- [cases] ------------------------------------------------------------------------------------


def test_the_defaults_are_those_of_the_core() -> None:
    """Said twice, and the same."""
    assert CasesTable().allowed == Allowed()


def test_each_key_says_how_long_something_may_take(tmp_path: Path) -> None:
    """An account changes those that it gives; hours may be whole or halves."""
    text = (
        "[cases]\nanswer_hours = 2\ncall_hours = 4.5\nupdate_days = 1\ncheck_in_days = 2\nsettle_days = 3\n"
        "lapse_days = 4\nremind_hours = 0.5\nlong_answer_words = 5\n"
        f"{ACCOUNT}[account.cases]\nanswer_hours = 8\n"
    )
    settings = configured(tmp_path, config=text).settings
    assert settings.cases_of(None).allowed == Allowed(2, 4.5, 1, 2, 3, 4, 0.5, 5)
    assert settings.cases_of(settings.account[0]).allowed == Allowed(8, 4.5, 1, 2, 3, 4, 0.5, 5)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("answer_hours = -1", "2: cases.answer_hours: should be greater than or equal to 0"),
        ("call_hours = inf", "2: cases.call_hours: should be less than or equal to 200"),
        ("call_hours = nan", "2: cases.call_hours: should be "),
        ("update_days = 1.5", "2: cases.update_days: should be a valid integer"),
        ('settle_days = "7"', "2: cases.settle_days: should be a valid integer"),
        ("check_in = 3", '2: cases.check_in: unknown key; did you mean "check_in_days"?'),
        ("poll_seconds = 60", "2: cases.poll_seconds: belongs at the top of the file"),
    ],
)
def test_each_mistake_in_cases(tmp_path: Path, line: str, said: str) -> None:
    """At its line."""
    (problem,) = problems(tmp_path, "", f"[cases]\n{line}\n{ACCOUNT}")
    assert problem.startswith(f"config.toml:{said}")


# --- clients.toml -------------------------------------------------------------------------------


def test_the_example_is_right_and_names_every_key() -> None:
    """clients.example.toml loads as it stands; each key stands in its first client."""
    first, second = read_clients(EXAMPLE)
    assert first.model_fields_set == set(ClientTable.model_fields)
    assert first.key == "acme.example"
    assert second.match == ("jo@gmail.com", "sam@gmx.de")


def test_without_a_file_clients_are_told_apart_by_their_addresses(tmp_path: Path) -> None:
    """Nobody has to write one; who names one has it."""
    client_of = clients_of(configured(tmp_path))
    assert client_of("jo@mail.acme.co.uk") == Client("acme.co.uk")
    assert client_of("Jo@gmail.com") == Client("jo@gmail.com")
    (problem,) = problems(tmp_path, "", f'clients_file = "mine.toml"\n{ACCOUNT}')
    assert problem == "mine.toml: can't be read: No such file or directory"
    (tmp_path / "mine.toml").write_text('[[client]]\nmatch = ["@acme.example"]\nname = "Acme"\n')
    named = configured(tmp_path, config=f'clients_file = "mine.toml"\n{ACCOUNT}')
    assert clients_of(named)("jo@acme.example").name == "Acme"


def test_it_lies_where_the_config_would_lie(tmp_path: Path) -> None:
    """Without a config.toml clients are known all the same."""
    (tmp_path / "clients.toml").write_text('[[client]]\nmatch = ["@acme.example"]\n')
    assert len(interpret(None, {"ASSISTANT_CONFIG": str(tmp_path / "config.toml")}).clients) == 1


KNOWN = """
[[client]]
match = ["@acme.example", "Dana@gmail.com", "@bücher.de"]
name = "Acme"
terms = \"\"\"Two rounds.
No more.\"\"\"
notes = "Mornings"
contact = "Dana, +49 30 1234567"
[[client]]
match = ["boss@acme.example"]
[[client]]
match = ["@shop.acme.example"]
name = "The shop"
update_days = 1
"""


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("jo@acme.example", "acme.example"),
        ("JO+x@mail.ACME.example", "acme.example"),
        ("dana+private@gmail.com", "acme.example"),
        ("jo@bücher.de", "acme.example"),
        ("jo@xn--bcher-kva.de", "acme.example"),
        ("Boss@acme.example", "boss@acme.example"),
        ("jo@shop.acme.example", "shop.acme.example"),
        ("jo@a.shop.acme.example", "shop.acme.example"),
        ("jo@notacme.example", "notacme.example"),
        ("dana@gmx.de", "dana@gmx.de"),
        ("", ""),
        ("x@" + "a." * 5_000, "x@" + ("a." * 5_000)[:-1]),
    ],
)
def test_who_stands_behind_an_address(tmp_path: Path, address: str, key: str) -> None:
    """An address wins over its domain, and that over the one above; and a key leads to the same client."""
    client_of = clients_of(configured(tmp_path, KNOWN))
    assert client_of(address).key == key
    assert client_of(key) == client_of(address)


def test_what_is_known_of_a_client(tmp_path: Path) -> None:
    """All of it; and what was promised to it lies over what an account promises, and that over what all do."""
    config = f"[cases]\nanswer_hours = 9\n{ACCOUNT}[account.cases]\ncall_hours = 9\n"
    loaded = configured(tmp_path, KNOWN, config)
    client_of = clients_of(loaded, loaded.settings.account[0])
    assert client_of("jo@acme.example") == Client(
        "acme.example",
        name="Acme",
        terms="Two rounds.\nNo more.",
        notes="Mornings",
        contact="Dana, +49 30 1234567",
    )
    assert client_of("jo@shop.acme.example").allowed == Allowed(answer=9, call=9, quiet=1)
    assert clients_of(loaded)("jo@shop.acme.example").allowed == Allowed(answer=9, quiet=1)


def test_every_mistake_is_reported_at_once(tmp_path: Path) -> None:
    """Those of both files, each with its line and key."""
    text = (
        "[[client]]\n"
        'match = ["acme.example"]\n'
        'nmae = "Acme"\n'
        "[[client]]\n"
        "answer_hours = -1\n"
        "[[client]]\n"
        'match = ["@gmail.com", "a b@c.example"]\n'
        "[[client]]\n"
        "match = []\n"
        'notes = "\\u001b[2J"\n'
    )
    found = problems(tmp_path, text, f"pol = 1\n{ACCOUNT}")
    assert [each.partition("; known here")[0] for each in found] == [
        "config.toml:1: pol: unknown key",
        "clients.toml:2: client[1].match[1]: 'acme.example' is no address: write name@host, or @host for a whole firm",
        'clients.toml:3: client[1].nmae: unknown key; did you mean "name"?',
        "clients.toml:5: client[2].answer_hours: should be greater than or equal to 0 (it is -1)",
        "clients.toml:4: client[2].match: is required",
        "clients.toml:7: client[3].match[1]: '@gmail.com' is shared by many strangers; write whole addresses",
        "clients.toml:7: client[3].match[2]: 'a b@c.example' is no address: write name@host, or @host for a whole firm",
        "clients.toml:9: client[4].match: is empty; write whose mail this client's is",
        "clients.toml:10: client[4].notes: holds a control character; it is lines of plain text",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[client]\nmatch = ["@a.example"]', "1: client: write [[client]], in two brackets"),
        ("client = 3", "1: client: should be a list, in [ ] (it is 3)"),
        ("[[clients]]", '1: clients: unknown key; did you mean "client"?'),
        ('name = "x"', "1: name: unknown key; known here: client"),
        ("[[client]", "1: not valid TOML"),
    ],
)
def test_usual_slips(tmp_path: Path, text: str, said: str) -> None:
    """Of people who never wrote TOML."""
    (problem,) = problems(tmp_path, text)
    assert problem.startswith(f"clients.toml:{said}")


def test_nobody_is_two_clients(tmp_path: Path) -> None:
    """However it is written; all of them are told, with where it stands already."""
    text = (
        '[[client]]\nmatch = ["@acme.example", "jo@gmail.com"]\n'
        '[[client]]\nmatch = [\n  "@ACME.example",\n  "jo@gmail.com",\n]\n'
    )
    assert problems(tmp_path, text) == [
        'clients.toml:4: client[2].match[1]: "@acme.example" stands in client[1] already',
        'clients.toml:4: client[2].match[2]: "jo@gmail.com" stands in client[1] already',
    ]

"""TOML files with the line of every mistake."""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field

from assistant.errors import ConfigError, Problem
from assistant.shipped import folder
from assistant.tomlfile import LARGEST, Path_, key_lines, load, spell, suggest, validate
from tests.builders import QUICK, toml_file


def problems(path: Path) -> tuple[Problem, ...]:
    with pytest.raises(ConfigError) as caught:
        load(path, "x.toml")
    return caught.value.problems


# --- reading a file -----------------------------------------------------------------------------


def test_a_file_is_read_with_its_lines(tmp_path: Path) -> None:
    """A byte order mark and CRLF line ends, as Windows editors write them, do no harm."""
    path = tmp_path / "config.toml"
    path.write_bytes("\ufeffa = 1\r\n\r\n[b]\r\nc = 'ü'\r\n".encode())
    file = load(path)
    assert (file.name, file.value) == (str(path), {"a": 1, "b": {"c": "ü"}})
    assert key_lines(file.text) == {("a",): 1, ("b",): 3, ("b", "c"): 4}


@pytest.mark.parametrize(
    ("raw", "line", "part"),
    [
        (b"a = 1\nb = \n", 2, "not valid TOML: Invalid value"),
        (b"a = 1\na = 2\n", 2, "not valid TOML: Cannot overwrite"),
        (b"a = [", None, "not valid TOML"),
        (b"a = 1\nb = '\xff'\n", 2, "not UTF-8"),
        (b"a = " + b"9" * 5_000, None, "not valid TOML"),
        (b"a = " + b"[" * 65_536, None, "not valid TOML"),
        (b"[" * 65_536, 1, "not valid TOML"),
        (b"\0", 1, "not valid TOML"),
        (b"#" * (LARGEST + 1), None, "larger than"),
    ],
)
def test_what_is_no_toml_is_one_problem(
    tmp_path: Path, raw: bytes, line: int | None, part: str
) -> None:
    """Broken, hostile and oversized files are named with what is wrong and, where known, the line."""
    path = tmp_path / "x.toml"
    path.write_bytes(raw)
    (problem,) = problems(path)
    assert (problem.file, problem.line) == ("x.toml", line)
    assert part in problem.message


def test_a_file_that_cannot_be_opened(tmp_path: Path) -> None:
    """A missing file and a folder are mistakes in the configuration, not crashes."""
    assert "can't be read: No such file" in problems(tmp_path / "none.toml")[0].message
    assert "can't be read: Is a directory" in problems(tmp_path)[0].message


OURS = sorted(folder().rglob("*.toml"))
"""Those that come with the program."""


@pytest.mark.parametrize("path", OURS, ids=lambda path: str(path.relative_to(folder())))
def test_our_own_files_are_read_alike(path: Path) -> None:
    """By the quick parser and by tomllib: the same values, in the same order, of the same types."""
    assert repr(load(path, ours=True).value) == repr(tomllib.loads(path.read_text("utf-8")))


def test_our_own_files_are_read_without_the_quick_parser(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it has no wheel, tomllib reads everything."""
    monkeypatch.setitem(sys.modules, "rtoml", None)
    with pytest.raises(ImportError):
        import rtoml  # noqa: F401
    assert load(OURS[0], ours=True).value == tomllib.loads(OURS[0].read_text("utf-8"))


@pytest.mark.parametrize("raw", [b"a = 1\nb = \n", b"a = [", b"a = " + b"9" * 5_000])
def test_what_is_wrong_with_our_own_files_is_told_alike(tmp_path: Path, raw: bytes) -> None:
    """Somebody may have edited them: the same words and line as for any other file."""
    path = tmp_path / "x.toml"
    path.write_bytes(raw)
    with pytest.raises(ConfigError) as caught:
        load(path, "x.toml", ours=True)
    assert caught.value.problems == problems(path)


# --- lines --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a.b = 1", {("a", "b"): 1}),
        ("[a]\nb = 1\n[a.c]\nd = 2", {("a",): 1, ("a", "b"): 2, ("a", "c"): 3, ("a", "c", "d"): 4}),
        (
            "[[r]]\nx = 1\n[[r]]\nx = 2",
            {("r", 0): 1, ("r", 0, "x"): 2, ("r", 1): 3, ("r", 1, "x"): 4},
        ),
        ("[[r]]\n[r.s]\nx = 1", {("r", 0): 1, ("r", 0, "s"): 2, ("r", 0, "s", "x"): 3}),
        ("a = [\n'[b]',\n'c = 1',\n]\nd = 2", {("a",): 1, ("d",): 5}),
        ('a = """\n[b]\nc = 1\n"""\nd = 2', {("a",): 1, ("d",): 5}),
        ('a = ["""x""""]\nd = 2', {("a",): 1, ("d",): 2}),
        ("a = ['''x''''']\nd = 2", {("a",): 1, ("d",): 2}),
        ("a = '[' # [\nd = 2", {("a",): 1, ("d",): 2}),
        ('a = "\\"["\nd = 2', {("a",): 1, ("d",): 2}),
        ("a = 'x\u2028b = 1'\nd = 2", {("a",): 1, ("d",): 2}),
        ('"a\\"]" = 1\n\'"b"\' = 2', {('a"]',): 1, ('"b"',): 2}),
        ('["a]b".c]\nd = 1 # ]', {("a]b", "c"): 1, ("a]b", "c", "d"): 2}),
        ("[ a . 'b' ] # c\nd = 1", {("a", "b"): 1, ("a", "b", "d"): 2}),
    ],
)
def test_lines_of_keys(text: str, expected: dict[Path_, int]) -> None:
    """Tables, repeated tables, values of many lines and quoted keys are told apart."""
    tomllib.loads(text)
    assert expected == key_lines(text)


bare = st.sampled_from(
    ["k{}", '"k{}"', "'k{}'", '"k ]{}"', "'k \"= {}'", '"k\\"{}"', "k{}.sub", "k{} . 'a.b'"]
)
value = st.sampled_from(
    [
        "{0}",
        "'{0}'",
        "[{0}]",
        "[ # [ ' \"\n  '[x]',\n  \"y = 1 # \",\n {0} ]",
        '"""\n[x]\ny = 1 \\""" {0}"""',
        "'''\n[[x]]\n{0}'''''",
        "{{ a = {0} }}",
        "[[ [{0}], ['\u2028'] ]]",
        "{0} # [ {{ ' \"",
    ]
)
header = st.sampled_from(
    ["[t{}]", "[[list]]", "[list.sub]", "[[list.deep]]", "[ 't ]{}' ]", '["t\\"{}".x] # ]']
)
statements = st.lists(
    st.tuples(bare, value) | header | st.just("") | st.just("# [x] = '"), max_size=10
)


FIRST = 10_001
"""What stands for line 1, so that no number is part of another."""


def document(parts: list[Any]) -> str:
    """A TOML text in which every value holds the number of its key's line."""
    text = ""
    for part in parts:
        number = FIRST + text.count("\n")
        if isinstance(part, tuple):
            text += f"{part[0].format(number)} = {part[1].format(number)}\n"
        else:
            text += f"{part.replace('{}', str(number))}\n"
    return text


def leaves(value: Any, where: Path_ = ()) -> Iterator[tuple[Path_, Any]]:
    if isinstance(value, dict):
        for key, each in value.items():
            yield from leaves(each, (*where, key))
    elif isinstance(value, list) and all(isinstance(each, dict) for each in value):
        for number, each in enumerate(value):
            yield from leaves(each, (*where, number))
    else:
        yield where, value


@QUICK
@given(statements)
def test_lines_agree_with_tomllib(parts: list[Any]) -> None:
    """Every key that tomllib finds is on the line that its value names, and no other key has one."""
    text = document(parts)
    try:
        value = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        assume(False)
    file = toml_file(text)
    for where, each in leaves(value):
        assert str((file.line(where) or 0) + FIRST - 1) in str(each)
    for where in key_lines(file.text):
        here: Any = value
        for key in where:
            here = here[key]


def test_the_nearest_table_stands_in_for_a_missing_key() -> None:
    """A key that isn't there is reported at the table that lacks it."""
    file = toml_file("[a]\nb = 1\n")
    assert [file.line(("a", "c")), file.line(("a", "b", 3)), file.line(("x",))] == [1, 2, None]


def test_places_are_spelt_as_people_write_them() -> None:
    """Counted from 1, with dots and brackets."""
    assert spell(("account", 1, "host")) == "account[2].host"
    assert spell(()) == ""


# --- checking against a model -------------------------------------------------------------------


class Inner(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    host: str
    port: int = Field(default=993, ge=1)


class Outer(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    account: list[Inner] = []
    poll: int | None = None


def test_every_mistake_is_reported_at_once_with_its_line() -> None:
    """Unknown, missing and wrong keys come together, each with a place and a hint."""
    file = toml_file("pol = 3\n\n[[account]]\nhst = 'x'\nport = 0\n\n[[account]]\nhost = 1\n")
    with pytest.raises(ConfigError) as caught:
        validate(Outer, file)
    assert [str(problem) for problem in caught.value.problems] == [
        "test.toml:3: account[1].host: is required",
        "test.toml:5: account[1].port: should be greater than or equal to 1 (it is 0)",
        'test.toml:4: account[1].hst: unknown key; did you mean "host"?',
        "test.toml:8: account[2].host: should be a text (it is 1)",
        'test.toml:1: pol: unknown key; did you mean "poll"?',
    ]


def test_a_right_file_becomes_its_model() -> None:
    """What is given is taken and the rest has its default."""
    file = toml_file("[[account]]\nhost = 'x'\n")
    assert validate(Outer, file) == Outer(account=[Inner(host="x", port=993)])


@pytest.mark.parametrize(
    ("word", "known", "expected"),
    [
        ("hst", ["port", "host"], '; did you mean "host"?'),
        ("zzz", ["port", "host"], "; known here: host, port"),
        ("zzz", [], ""),
    ],
)
def test_suggestions(word: str, known: list[str], expected: str) -> None:
    """The nearest name, else all of them, else nothing."""
    assert suggest(word, known) == expected

"""`eval`: the verdicts of the real program on labelled mail."""

from __future__ import annotations

import json
import os
import pty
import re
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.letters import CALM, FURIOUS, letter
from tests.program import Home, command

DEUTSCH = "Das ist eine Unverschämtheit! Ich bin stinksauer und will sofort mein Geld zurück."
FIGURES = [
    "precision", "recall", "f1", "auc", "false_flags_per_1000", "tone_exact", "tone_within_one",
    "tone_kappa",
]  # fmt: skip


def lines(path: Path, *rows: object) -> Path:
    """A JSON Lines file; what is text already stands in it as it is."""
    texts = (row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows)
    path.write_text("\n".join(texts) + "\n", "utf-8")
    return path


def row(text: str, dissatisfied: object, **more: object) -> dict[str, object]:
    return {"text": text, "dissatisfied": dissatisfied, **more}


def test_the_verdicts_are_measured_and_written(home: Home, tmp_path: Path) -> None:
    """Texts and messages, a path and a whole one; by language; one line for each."""
    (tmp_path / "mail").mkdir()
    (tmp_path / "mail" / "a.eml").write_bytes(letter(FURIOUS).raw)
    file = lines(
        tmp_path / "rows.jsonl",
        row(FURIOUS, True, tone="angry", id="text"),
        {"eml": "mail/a.eml", "dissatisfied": True, "tone": "hostile", "id": "path"},
        {"eml": letter(CALM).raw.decode(), "dissatisfied": False, "id": 7},
        row(DEUTSCH, 1, id="de"),
        row(CALM, 0, language="de"),
        row(FURIOUS, False, id="mislabelled"),
        row("Could you send me the file?", True, tone="concerned", id="missed"),
        {"text": FURIOUS, "id": "unlabelled"},
    )
    out = tmp_path / "out.jsonl"
    done = home.run("eval", file, "--json", "--verdicts", out)
    assert (done.code, done.err) == (0, "")
    found = done.json
    assert (found["messages"], found["unhappy"], found["flagged"]) == (7, 4, 4)
    assert (found["unlabelled"], found["not_used"], found["unknown_keys"]) == (1, [], {})
    assert list(found["figures"]) == FIGURES
    values = {name: each["value"] for name, each in found["figures"].items()}
    assert values["precision"] == values["recall"] == values["f1"] == 0.75
    assert values["false_flags_per_1000"] == pytest.approx(1000 / 3)
    assert (values["tone_exact"], values["tone_within_one"]) == (0.5, 1.0)
    assert all(
        each["low"] <= each["value"] <= each["high"]
        for name, each in found["figures"].items()
        if name != "tone_kappa"
    )
    assert {name: each["messages"] for name, each in found["languages"].items()} == {
        "en": 5,
        "de": 2,
    }
    assert found["confusion"]["hostile"]["angry"] == found["confusion"]["angry"]["angry"] == 1
    assert found["confusion"]["concerned"]["not flagged"] == 1
    assert found["confusion"]["fine"] == {
        **dict.fromkeys(("concerned", "disappointed", "frustrated", "hostile"), 0),
        "angry": 1,
        "not flagged": 2,
    }
    assert [each["id"] for each in found["misses"]] == ["missed"]
    assert [each["id"] for each in found["false_flags"]] == ["mislabelled"]
    written = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    assert [each["id"] for each in written] == [
        "text", "path", "7", "de", f"{file}:5", "mislabelled", "missed", "unlabelled",
    ]  # fmt: skip
    assert [each["dissatisfied"] for each in written] == [
        True, True, False, True, False, True, False, True,
    ]  # fmt: skip
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    for each in written:
        assert each["score"] == sum(hit["points"] for hit in each["hits"])


def test_a_message_is_judged_as_explain_judges_it(home: Home, tmp_path: Path) -> None:
    """The same score, tone and hits, evidence included where it is shown."""
    (tmp_path / "a.eml").write_bytes(letter(FURIOUS).raw)
    file = lines(tmp_path / "rows.jsonl", {"eml": "a.eml", "dissatisfied": False})
    (explained,) = home.run("explain", "--json", tmp_path / "a.eml").json
    (shown,) = home.run("eval", "--json", file).json["false_flags"]
    assert {key: shown[key] for key in ("score", "threshold", "tone", "hits", "cues")} == {
        key: explained[key] for key in ("score", "threshold", "tone", "hits", "cues")
    }


BROKEN: tuple[tuple[object, str], ...] = (
    ("nonsense", "not JSON: Expecting value (column 1)"),
    ('{"text": "a", "dissatisfied": tr', "not JSON: Expecting value (column 31)"),
    ("[1]", 'should be an object: {"text": …, "dissatisfied": …}'),
    ("[" * 100_000, "JSON that can't be read"),
    ({"dissatisfied": True}, "text: is required (or eml)"),
    (
        {"text": "a", "eml": "a.eml", "dissatisfied": True},
        "text: both are given; one is enough",
    ),
    (row("", True), 'text: should be text (it is "")'),
    (row("a", "yes"), 'dissatisfied: should be true or false (it is "yes")'),
    ({"text": "a", "tone": "angry"}, "dissatisfied: is required where a tone is given"),
    (row("a", True, tone="angy"), 'tone: no tone "angy"; did you mean "angry"?'),
    (row("a", False, tone="angry"), 'tone: is "angry", but dissatisfied is false; which is right?'),
    (row("a", True, id=[1]), "id: should be text (it is [1])"),
    (row("a", True, language=1), "language: should be text (it is 1)"),
    (
        {"eml": "none.eml", "dissatisfied": True},
        "eml: {folder}/none.eml: can't be read: No such file or directory",
    ),
    (
        {"eml": "a\0.eml", "dissatisfied": True},
        "eml: {folder}/a.eml: can't be read: no file has such a name",
    ),
    ({"eml": "png.eml", "dissatisfied": True}, "it has no header: not a mail message"),
)


def test_a_broken_line_is_named_and_costs_no_other(home: Home, tmp_path: Path) -> None:
    """File, line, what was wrong; the rest is measured; exit code 8."""
    (tmp_path / "png.eml").write_bytes(b"\x89PNG\r\n\x1a\n\0\0")
    file = lines(
        tmp_path / "rows.jsonl", row(FURIOUS, True), *(each for each, _ in BROKEN), "", row(CALM, 0)
    )
    done = home.run("eval", file)
    assert done.code == 8
    assert done.err.splitlines() == [
        f"error: {file}:{number}: {said.replace('{folder}', str(tmp_path))}"
        for number, (_, said) in enumerate(BROKEN, start=2)
    ]
    assert f"2 messages, 1 unhappy, 1 flagged; {len(BROKEN)} lines could not be used" in done.out


def test_unknown_keys_are_told_once(home: Home, tmp_path: Path) -> None:
    """With what was meant; the message is judged, and without its label it is not measured."""
    file = lines(
        tmp_path / "rows.jsonl",
        row(FURIOUS, True),
        {"text": CALM, "disatisfied": False},
        row(CALM, False, disatisfied=False),
    )
    done = home.run("eval", file)
    assert done.code == 0
    assert done.err == (
        'warning: unknown key "disatisfied" in 2 rows, ignored; did you mean "dissatisfied"?\n'
    )
    assert "2 messages, 1 unhappy, 1 flagged; 1 without a label" in done.out


def test_a_folder_tells_its_labels(home: Home, tmp_path: Path) -> None:
    """By folders named unhappy, fine or a tone; by a .json beside a message; else there is none."""
    for name in ("unhappy", "fine", "angry", "others"):
        (tmp_path / name).mkdir()
    (tmp_path / "unhappy" / "1.eml").write_bytes(letter(FURIOUS).raw)
    (tmp_path / "fine" / "1.eml").write_bytes(letter(CALM).raw)
    (tmp_path / "angry" / "1.eml").write_bytes(letter(FURIOUS).raw)
    (tmp_path / "others" / "1.eml").write_bytes(letter(CALM).raw)
    (tmp_path / "0.eml").write_bytes(letter(FURIOUS).raw)
    (tmp_path / "0.json").write_text('{"dissatisfied": true, "tone": "disappointed"}')
    (tmp_path / "bad.eml").write_bytes(letter(FURIOUS).raw)
    (tmp_path / "bad.json").write_text('{"dissatisfied": 2}')
    out = tmp_path / "out.jsonl"
    done = home.run("eval", "--json", tmp_path, "--verdicts", out)
    assert done.code == 8
    assert done.err == (
        f"error: {tmp_path}/bad.eml: dissatisfied: should be true or false (it is 2)\n"
    )
    found = done.json
    assert (found["messages"], found["unhappy"], found["flagged"]) == (4, 3, 3)
    assert found["unlabelled"] == 1
    assert found["confusion"]["disappointed"]["angry"] == found["confusion"]["angry"]["angry"] == 1
    assert found["confusion"]["no tone given"]["angry"] == 1
    ids = [json.loads(line)["id"] for line in out.read_text().splitlines()]
    assert ids == ["0.eml", "angry/1.eml", "fine/1.eml", "others/1.eml", "unhappy/1.eml"]


def test_what_people_see(home: Home, tmp_path: Path) -> None:
    """Every figure with its interval, the matrix, and why the worst were judged so."""
    file = lines(
        tmp_path / "rows.jsonl",
        *(row(FURIOUS, True, tone="angry") for _ in range(3)),
        row("Could you send me the file?", True, tone="concerned", subject="The \x1b[31mfile"),
        *(row(CALM, False, language="[red]\x1b[2Jxx") for _ in range(3)),
        row(FURIOUS, False, id="wrong"),
    )
    done = home.run("eval", file)
    assert (done.code, done.err) == (0, "")
    assert "\x1b" not in done.out
    assert re.search(r"^95 % intervals +all +en +\[red\]\[2Jxx$", done.out, re.MULTILINE)
    assert re.search(r"^precision +0\.75 \(\d\.\d\d–\d\.\d\d\) .*–$", done.out, re.MULTILINE)
    assert re.search(r"^angry( +·){3} +3 +· +·$", done.out, re.MULTILINE)
    assert "Subject  The [31mfile" in done.out
    assert re.search(r"Verdict  concerned, judged fine  -?\d+ points, flagged at \d+", done.out)
    assert "“unacceptable”" in done.out
    assert f"{file}:8 (wrong)" in done.out
    assert "worst" not in home.run("eval", file, "--misses", "0").out


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("the same file", "would overwrite what it is to judge"),
        ("a folder", "is a directory"),
        ("no such folder", "can't be written: No such file"),
        ("config.toml", "is there already, and holds no verdicts"),
        ("a link to it", "is there already, and holds no verdicts"),
        ("other JSON", "is there already, and holds no verdicts"),
        ("the terminal", "name a file"),
        ("a name too long", "can't be written: File name too long"),
    ],
)
def test_verdicts_go_where_they_harm_nothing(
    home: Home, tmp_path: Path, kind: str, said: str
) -> None:
    """Nothing but other verdicts is ever overwritten; wrong usage is told as such."""
    file = lines(tmp_path / "rows.jsonl", row(FURIOUS, True))
    home.configure("[judging]")
    other = lines(tmp_path / "other.jsonl", row(CALM, False, id="x"))
    link = tmp_path / "link"
    link.symlink_to(home.config_file)
    kept = {path: path.read_bytes() for path in (file, other, home.config_file)}
    wanted: Any = {
        "the same file": file,
        "a folder": tmp_path,
        "no such folder": tmp_path / "none" / "out.jsonl",
        "config.toml": home.config_file,
        "a link to it": link,
        "other JSON": other,
        "the terminal": "-",
        "a name too long": tmp_path / ("x" * 300),
    }[kind]
    done = home.run("eval", file, "--verdicts", wanted)
    assert (done.code, done.out) == (2, "")
    assert "verdicts" in done.err
    assert said in " ".join(done.err.split())
    assert {path: path.read_bytes() for path in kept} == kept


def test_verdicts_take_the_place_of_verdicts(home: Home, tmp_path: Path) -> None:
    """Of those alone, or of nothing; then for their owner only. What can't be judged costs them nothing."""
    file = lines(tmp_path / "rows.jsonl", {"eml": "none.eml"}, row(FURIOUS, True))
    out = tmp_path / "out.jsonl"
    out.write_bytes(b"")
    out.chmod(0o644)
    for _ in range(2):
        assert home.run("eval", file, "--verdicts", out).code == 8
        assert stat.S_IMODE(out.stat().st_mode) == 0o600
        assert json.loads(out.read_text("utf-8"))["id"] == f"{file}:2"
    before = out.read_bytes()
    assert home.run("eval", tmp_path / "none.jsonl", "--verdicts", out).code == 8
    assert out.read_bytes() == before


def test_a_pipe_is_read_once(home: Home, tmp_path: Path) -> None:
    """What the progress bar would count on a terminal is not lost for judging; a device has no end, and is none."""
    fifo = tmp_path / "pipe"
    os.mkfifo(fifo)
    text = json.dumps(row(FURIOUS, True)).encode() + b"\n"
    primary, terminal = pty.openpty()
    with subprocess.Popen(
        command("eval", fifo, "--json"), stdout=subprocess.PIPE, stderr=terminal, env=home.environ
    ) as running:
        os.close(terminal)
        fifo.write_bytes(text)
        assert running.stdout is not None
        assert json.loads(running.stdout.read())["messages"] == 1
    os.close(primary)
    file = lines(tmp_path / "rows.jsonl", {"eml": "pipe", "dissatisfied": True})
    done = home.run("eval", file)
    assert (done.code, done.err) == (8, f"error: {file}:1: eml: {fifo}: is no file\n")
    done = home.run("eval", "/dev/zero")
    assert (done.code, done.err) == (
        8, "error: /dev/zero: is a device; give a file or a folder\n",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("none.jsonl", "none.jsonl: can't be read: No such file or directory"),
        ("empty", "empty: a folder without .eml files"),
    ],
)
def test_nothing_to_measure(home: Home, tmp_path: Path, name: str, said: str) -> None:
    """As `explain` says it, with the same exit code."""
    (tmp_path / "empty").mkdir()
    done = home.run("eval", tmp_path / name)
    assert (done.code, done.out) == (8, "")
    assert done.err.startswith(f"error: {tmp_path}/{said}")


def test_an_empty_file_measures_nothing(home: Home, tmp_path: Path) -> None:
    """No figures are made up for it."""
    file = lines(tmp_path / "rows.jsonl")
    done = home.run("eval", file)
    assert (done.code, done.out) == (8, f"{file}: nothing to measure\n")

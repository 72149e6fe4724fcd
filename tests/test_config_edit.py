"""Accounts put into config.toml and taken out: the rest stays as its user wrote it, byte for byte."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.config import edit
from assistant.errors import ConfigError
from tests.builders import QUICK

EXAMPLE = (Path(__file__).parent.parent / "config.example.toml").read_text("utf-8")
VALUES: edit.Values = {"host": "imap.new.example", "user": "new@new.example", "port": 1143}
NEW = '[[account]]\nhost = "imap.new.example"\nuser = "new@new.example"\nport = 1143\n'
TWO = """\
# mine
poll_seconds = 90   # often enough

[[account]]
host = "a.example"
user = "a@a.example"
[account.drafting]
label_only = true
[[account.identity]]
address = "b@a.example"

# --- rules ---
[[rule]]
id = "en.x"   # [[account]] is not a table here
phrases = \"\"\"
[[account]]
\"\"\"

[[account]]
host = "b.example"
user = "b@b.example"
signature = '''
Robin
# not a comment
'''

# the end
[drafting]
never = []
"""


def added(text: str) -> str:
    return edit.with_account("c.toml", text, VALUES)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", NEW),
        ("poll_seconds = 60", f"poll_seconds = 60\n\n{NEW}"),
        ("# only a comment\n\n\n", f"# only a comment\n\n{NEW}"),
        ("[drafting]\nnever = []\n", f"[drafting]\nnever = []\n\n{NEW}"),
        ("poll_seconds = 60\r\n", "poll_seconds = 60\r\n\r\n" + NEW.replace("\n", "\r\n")),
        (
            "[[account]]\nhost = 'a'\n[drafting]\nnever = []\n",
            f"[[account]]\nhost = 'a'\n\n{NEW}\n[drafting]\nnever = []\n",
        ),
    ],
)
def test_where_a_new_account_goes(text: str, wanted: str) -> None:
    """Below the last one, else at the end; with the line ends that the file has."""
    assert added(text) == wanted


@pytest.mark.parametrize("text", [EXAMPLE, TWO])
def test_a_new_account_changes_nothing_else(text: str) -> None:
    """Take its lines away again, and every byte is as before."""
    after = added(text)
    assert after.replace(f"\n{NEW}", "", 1) == text
    assert tomllib.loads(after)["account"][-1] == dict(VALUES)


@pytest.mark.parametrize("number", [0, 1])
def test_an_account_is_taken_out_with_its_own_tables_and_nothing_else(number: int) -> None:
    """Not the heading of what comes next, and not what only looks like a table."""
    before, after = tomllib.loads(TWO), edit.without_account("c.toml", TWO, number)
    left = tomllib.loads(after)
    assert left["account"] == [before["account"][1 - number]]
    assert {**left, "account": []} == {**before, "account": []}
    for comment in (
        "# mine",
        "# often enough",
        "# --- rules ---",
        "# [[account]] is not",
        "# the end",
    ):
        assert comment in after
    assert set(after.split("\n")) <= set(TWO.split("\n"))
    assert "\n\n\n" not in after


def test_the_last_account_leaves_a_file_without_accounts() -> None:
    """The example's headings stay, too."""
    after = edit.without_account("c.toml", EXAMPLE, 0)
    assert "account" not in tomllib.loads(after)
    for heading in ("# --- accounts", "# --- when a draft is laid"):
        assert heading in after
    assert edit.without_account("c.toml", added(""), 0).strip() == ""


@pytest.mark.parametrize("text", ["account = [{host = 'a', user = 'b@c'}]\n", "account = []\n"])
def test_accounts_written_otherwise_are_left_alone(text: str) -> None:
    """Nothing is written that would not be what was meant."""
    with pytest.raises(ConfigError, match=r"is not written as .* tables of its own") as caught:
        added(text)
    assert "edit the file yourself" in caught.value.hint
    if "host" in text:
        with pytest.raises(ConfigError, match="is not written as"):
            edit.without_account("c.toml", text, 0)


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


@QUICK
@given(
    st.fixed_dictionaries(
        {"host": texts, "user": texts, "password_command": st.lists(texts, max_size=3).map(tuple), "insecure": st.booleans()}
    )
)  # fmt: skip
def test_whatever_a_user_types_is_a_value_and_no_more(values: dict[str, object]) -> None:
    """Quotation marks, brackets, line breaks and controls can't become another key or table."""
    after = edit.with_account("c.toml", TWO, values)  # type: ignore[arg-type]
    read = tomllib.loads(after)["account"][-1]
    assert read == {**values, "password_command": list(values["password_command"])}  # type: ignore[call-overload]


# --- the file ---------------------------------------------------------------------------------------


def test_a_new_file_is_its_owners_alone(tmp_path: Path) -> None:
    """And so is its folder; nothing else lies there."""
    path = tmp_path / "inbox-assistant" / "config.toml"
    edit.write(path, NEW)
    assert path.read_text() == NEW
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert list(path.parent.iterdir()) == [path]


def test_a_file_keeps_its_mode_and_a_link_stays_a_link(tmp_path: Path) -> None:
    """Dotfiles are often links into a repository."""
    real, link = tmp_path / "dotfiles" / "config.toml", tmp_path / "config.toml"
    real.parent.mkdir()
    real.write_text("old")
    real.chmod(0o640)
    link.symlink_to(real)
    edit.write(link, "new\r\n")
    assert link.is_symlink()
    assert real.read_bytes() == b"new\r\n"
    assert stat.S_IMODE(real.stat().st_mode) == 0o640


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root gives files away")
def test_a_file_keeps_its_owner_and_its_group(tmp_path: Path) -> None:
    """docs/server.md closes config.toml to all but the service's group, which must go on reading it."""
    path = tmp_path / "config.toml"
    path.write_text("old")
    os.chown(path, 4241, 4242)
    path.chmod(0o640)
    edit.write(path, "new")
    found = path.stat()
    assert path.read_text() == "new"
    assert (found.st_uid, found.st_gid, stat.S_IMODE(found.st_mode)) == (4241, 4242, 0o640)


@pytest.mark.skipif(
    os.name != "posix" or os.geteuid() != 0, reason="only root becomes another user"
)
def test_a_file_of_somebody_else_is_not_taken_from_them() -> None:
    """Who may write into the folder and is not the file's owner: said, and the file is as it was."""
    code = (
        "import os, sys; from pathlib import Path; from assistant.config import edit\n"
        "from assistant.errors import ConfigError\n"
        "os.setgroups([]); os.setgid(4242); os.setuid(4241)\n"
        "try: edit.write(Path(sys.argv[1]), 'new')\n"
        "except ConfigError as error: print(error.message)"
    )
    with tempfile.TemporaryDirectory() as name:  # pytest's own folders are closed to others
        folder = Path(name)
        folder.chmod(0o777)
        path = folder / "config.toml"
        path.write_text("old")
        done = subprocess.run([sys.executable, "-c", code, path], capture_output=True, check=True)
        assert b"it would no longer belong to its owner" in done.stdout
        assert path.read_text() == "old"
        assert [each.name for each in folder.iterdir()] == ["config.toml"]


def test_a_file_that_can_not_be_written_is_as_it_was(tmp_path: Path) -> None:
    """A folder in its place; said with the reason."""
    (tmp_path / "config.toml").mkdir()
    with pytest.raises(ConfigError, match="can't be written: "):
        edit.write(tmp_path / "config.toml", "new")
    assert [each.name for each in tmp_path.iterdir()] == ["config.toml"]

"""`client-setup`: settings by the user's own rules, and somebody's own files that stay their own."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.cli import client_files
from assistant.errors import ConfigError
from assistant.mailprograms import OF_CASE, neomutt, steps, tags, thunderbird
from assistant.mailprograms.block import Block
from assistant.model import Tone
from tests.builders import QUICK, rulebook
from tests.program import Home

KEYWORDS = ("look-first", "tone-hostile", "tone-angry", "tone-frustrated", "tone-disappointed", "tone-concerned",
            "case-called", "case-done", "case-resolved")  # fmt: skip
OWN = '[[tone]]\nid = "angry"\nheat = 4\nkeyword = "Client.Cross"\n'
PREF = re.compile(
    r'user_pref\("mailnews\.tags\.[a-z0-9_.-]+\.(tag|color|ordinal)", "([^"\\\x00-\x1f]|\\u[0-9a-f]{4})*"\);|//.*'
)
_FITS = r"""'~Y "\(\^\| \)[][a-z0-9_.-]+\( \|\$\)"'"""
RC_LINE = re.compile(
    r"""#.*|set index_format = "\$index_format%\*  %@assistant_first@%@assistant_tone@%@assistant_case@"|"""
    r"""tag-transforms "[\w.-]+" "[\w .:-]+"|"""
    r"""macro index,pager ",[cdr]" "<modify-labels> case-[a-z]+<enter>" "case: [a-z]+"|"""
    rf"""index-format-hook assistant_first {_FITS} "! "|"""
    rf"""index-format-hook assistant_tone {_FITS} "[\w .-]+"|"""
    rf"""index-format-hook assistant_case {_FITS} " \([a-z]+\)"|"""
    rf"""color index \w+ default {_FITS}"""
)
MINE = b'// my own settings, in Latin-1: \xfc\r\nuser_pref("a.b", 1);\r\n'
HOLDER = "import fcntl, sys; file = open(sys.argv[1], 'r+'); fcntl.lockf(file, fcntl.LOCK_EX); print('held', flush=True); sys.stdin.read()"
SETUP = ("client-setup", "thunderbird")


@pytest.fixture
def profile(home: Home) -> Path:
    """A profile where Linux has it, with what Thunderbird and its user have set."""
    root = home.folder / ".thunderbird"
    folder = root / "ab12.default"
    folder.mkdir(parents=True)
    (folder / "prefs.js").write_bytes(b'user_pref("x.y", true);\n')
    (folder / "user.js").write_bytes(MINE)
    (root / "profiles.ini").write_text("[Install4F96]\nDefault=ab12.default\nLocked=1\n")
    return folder


# --- what is shown --------------------------------------------------------------------------------


def test_each_keyword_once_and_the_worst_first() -> None:
    """Two tones may share a keyword, and IMAP knows no case."""
    tones = (Tone("sad", 1, "tone-x"), Tone("mad", 4, "Tone-X"), Tone("bad", 5, "tone-z"))
    book = replace(rulebook(), tones=tones, attention="look")
    assert [(tag.keyword, tag.word, tag.heat) for tag in tags(book)] == [
        ("look", "look first", 0),
        ("tone-z", "bad", 5),
        ("Tone-X", "mad", 4),
        ("case-called", "case: called", OF_CASE),
        ("case-done", "case: done", OF_CASE),
        ("case-resolved", "case: resolved", OF_CASE),
    ]
    assert [tag.heat for tag in tags(replace(book, attention=""))][:3] == [5, 4, OF_CASE]


@given(ids=st.lists(st.text(min_size=1), min_size=1, max_size=4, unique=True))
@QUICK
def test_no_tone_breaks_out_of_its_line(ids: list[str]) -> None:
    """A tone's id may be any text; a rule file from elsewhere may mean harm by it."""
    tones = tuple(Tone(each, 3, f"k{n}") for n, each in enumerate(ids))
    found = tags(replace(rulebook(), tones=tones))
    for line in thunderbird.settings(found).rstrip("\n").split("\n"):
        assert PREF.fullmatch(line), line
    for line in neomutt.settings(found).rstrip("\n").split("\n"):
        assert RC_LINE.fullmatch(line), line


@pytest.mark.parametrize(
    "hostile",
    ['x");\nuser_pref("evil", true);//', '`touch /tmp/x`"; push q #', "'; source x|", "%@x@\\n$HOME", "\x1b]0;x\x07"],
)  # fmt: skip
def test_a_hostile_name_is_only_a_name(hostile: str) -> None:
    """What would end a string there, run a program or speak to a terminal is left out."""
    found = tags(replace(rulebook(), tones=(Tone(hostile, 3, "k"),)))
    assert all(PREF.fullmatch(line) for line in thunderbird.settings(found).splitlines())
    assert all(RC_LINE.fullmatch(line) for line in neomutt.settings(found).splitlines())
    assert steps.gmail(found).replace("\n", "").isprintable()


def test_a_name_in_any_script_comes_through() -> None:
    """To Thunderbird as it reads strings."""
    found = tags(replace(rulebook(), tones=(Tone("wütend 怒", 4, "k"),), attention=""))
    assert '"W\\u00fctend \\u6012"' in thunderbird.settings(found)
    assert '"wütend 怒"' in neomutt.settings(found)


def test_the_settings_name_the_users_own_keywords(home: Home) -> None:
    """With a config and without one; a keyword that could break out is refused where it is written."""
    plain = home.run(*SETUP)
    assert plain.code == 0
    assert re.findall(r"mailnews\.tags\.([\w-]+)\.tag", plain.out) == list(KEYWORDS)
    assert "client-setup thunderbird --write" in plain.err
    home.configure(OWN)
    assert "mailnews.tags.client.cross.color" in home.run(*SETUP).out
    assert '"(^| )client[.]cross( |$)"' in home.run("client-setup", "neomutt").out
    assert "label:Client.Cross" in home.run("client-setup", "gmail").out
    home.configure(OWN.replace("Client.Cross", 'x\\"); evil('))
    refused = home.run(*SETUP)
    assert (refused.code, refused.out) == (3, "")
    assert "can't be an IMAP keyword" in refused.err


def test_who_sets_no_keywords_is_told(home: Home) -> None:
    """Nothing would show then."""
    account = '[[account]]\nhost = "imap.example"\nuser = "robin@example.com"\nmark = "flagged"\n'
    home.configure(account)
    assert f"no account in {home.config_file} sets any" in home.run(*SETUP).err
    home.configure(account, account.replace("robin", "studio").replace("flagged", "keyword"))
    assert "note:" not in home.run(*SETUP).err


# --- the command line -----------------------------------------------------------------------------


def test_alone_it_lists_the_programs(home: Home) -> None:
    """One line each; where nothing can be set up, it says what works and that it was not tried."""
    listed = home.run("client-setup")
    names = [line.split()[0] for line in listed.out.splitlines()]
    assert names == ["thunderbird", "neomutt", "apple-mail", "gmail", "outlook"]
    for name in names[2:]:
        text = home.run("client-setup", name)
        assert (text.code, text.err) == (0, "")
        assert "Not verified by us" in text.out
        assert 'mark = "flagged"' in text.out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["pine"], "'pine' is not one of 'thunderbird', 'neomutt'"),
        (["gmail", "--write", "x"], "gmail takes no settings from a file"),
        (["neomutt", "--write"], "neomutt: name the file"),
        (["--write"], "name the program"),
        (["neomutt", "--write", "x", "--remove", "x"], "either --write or --remove"),
    ],
)
def test_wrong_usage(home: Home, arguments: list[str], told: str) -> None:
    done = home.run("client-setup", *arguments)
    assert (done.code, done.out) == (2, "")
    assert told in done.err


# --- other people's files ---------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["", "a\n", "a\nb", "a\r\nb\r\n", "\n\n"])
def test_a_block_comes_and_goes(text: str) -> None:
    """At the end; again in its place; and away, with nothing else changed but a last line's end."""
    block = Block("#")
    once = block.laid(text, "x\n", "rc")
    assert once.endswith(f"{block.first}\nx\n{block.last}\n")
    assert block.within(once, "rc") == "x\n"
    assert block.laid(once, "x\n", "rc") == once
    more = once + "below\n"
    assert block.laid(more, "y\nz\n", "rc") == more.replace("x\n", "y\nz\n")
    assert block.laid(once, "", "rc") == (text if text.endswith("\n") or not text else text + "\n")


def test_a_block_twice_becomes_one() -> None:
    """Somebody copied their file into itself."""
    block = Block("//")
    x, y, z = (block.around(f"{each}\n") for each in "xyz")
    twice = f"a\n{x}b\n{y}c"
    assert block.laid(twice, "z\n", "user.js") == f"a\n{z}b\nc"
    assert block.laid(twice, "", "user.js") == "a\nb\nc"


@pytest.mark.parametrize(
    "lines", ["a\nFIRST\nb", "a\nLAST\nb", "a\nFIRST\nFIRST\nLAST", "LAST\nFIRST"]
)
def test_a_lone_marker_is_told_and_nothing_is_guessed(lines: str) -> None:
    """What is ours can't be told then."""
    block = Block("#")
    text = lines.replace("FIRST", block.first).replace("LAST", block.last)
    with pytest.raises(ConfigError, match=r"^rc:[1-4]: this marker line has no partner"):
        block.laid(text, "x\n", "rc")


def test_writing_keeps_everything_else(home: Home, tmp_path: Path) -> None:
    """Bytes, permissions, a symbolic link; the second time nothing at all is written."""
    real, link = tmp_path / "dotfiles", home.folder / ".neomuttrc"
    real.write_bytes(b"set from = J\xfcrgen\r\n")
    real.chmod(0o640)
    link.symlink_to(real)
    command = ("client-setup", "neomutt", "--write", "~/.neomuttrc")
    done = home.run(*command)
    assert (done.code, done.err) == (0, "")
    assert done.out == f"{link}: 9 keywords; neomutt shows them from its next start\n"
    first, stat = real.read_bytes(), real.stat()
    shown = home.run("client-setup", "neomutt").out
    assert first == b"set from = J\xfcrgen\r\n" + shown.encode()
    assert link.is_symlink()
    assert stat.st_mode & 0o777 == 0o640
    assert home.run(*command).code == 0
    assert (real.read_bytes(), real.stat().st_ino) == (first, stat.st_ino)
    assert home.run("client-setup", "neomutt", "--remove", link).code == 0
    assert real.read_bytes() == b"set from = J\xfcrgen\r\n"
    assert sorted(each.name for each in tmp_path.iterdir()) == ["dotfiles", "home"]


def test_a_file_of_its_own(home: Home) -> None:
    """Made for its owner only; one that isn't there is not made by --remove; a folder is no file."""
    rc = home.folder / "tones.rc"
    gone = home.run("client-setup", "neomutt", "--remove", rc)
    assert (gone.code, rc.exists()) == (0, False)
    assert "nothing of ours" in gone.out
    assert home.run("client-setup", "neomutt", "--write", rc).code == 0
    assert rc.stat().st_mode & 0o777 == 0o600
    folder = home.run("client-setup", "neomutt", "--write", home.folder)
    assert (folder.code, folder.out) == (3, "")
    assert "can't be read: Is a directory" in folder.err
    nowhere = home.run("client-setup", "neomutt", "--write", home.folder / "no" / "rc")
    assert nowhere.code == 3
    assert "can't be written: No such file or directory" in nowhere.err


# --- Thunderbird's profile ----------------------------------------------------------------------------


def test_the_default_profile_is_found(home: Home, profile: Path) -> None:
    """And gets its tags, beside what it has; all of it can be undone."""
    before = {path.name: path.read_bytes() for path in profile.iterdir()}
    done = home.run(*SETUP, "--write")
    assert (done.code, done.err) == (0, "")
    assert done.out == f"{profile}/user.js: 9 tags; Thunderbird shows them from its next start\n"
    assert (profile / "user.js").read_bytes() == MINE + home.run(*SETUP).out.encode()
    undone = home.run(*SETUP, "--remove")
    assert undone.out == f"{profile}/user.js: our lines are taken out\n"
    assert {path.name: path.read_bytes() for path in profile.iterdir()} == before


@pytest.mark.parametrize(
    ("ini", "found"),
    [
        ("[Profile0]\nPath=Profiles/one\n\n[Profile1]\nPath=two\nDefault=1\n", "two"),
        ("[Profile0]\nPath=Profiles/one\nDefault=1\n[InstallX]\nDefault=two\n", "two"),
        ("[Profile0]\nPath=Profiles/one\n", "Profiles/one"),
        ("[Profile0]\nPath={root}/two\nIsRelative=0\n", "two"),
        ("[Profile0]\nPath=Profiles/one\n\n[Profile1]\nPath=two\n", ""),
        ("[Profile0]\nPath=gone\n", ""),
        ("", ""),
    ],
)
def test_profiles_ini(tmp_path: Path, ini: str, found: str) -> None:
    """As Thunderbird reads it: an installation's own profile, the default one, the only one."""
    root = tmp_path / ".thunderbird"
    for name in ("Profiles/one", "two"):
        (root / name).mkdir(parents=True)
        (root / name / "prefs.js").touch()
    (root / "profiles.ini").write_text(ini.format(root=root))
    if found:
        assert client_files.profile("", tmp_path) == root / found
    else:
        with pytest.raises(ConfigError, match="no Thunderbird profile found; name the folder"):
            client_files.profile("", tmp_path)


def test_several_profiles_are_not_guessed_at(home: Home, profile: Path) -> None:
    """Those of a package and of a Flatpak, say: they are listed, and one has to be named."""
    other = home.folder / ".var/app/org.mozilla.Thunderbird/.thunderbird"
    (other / "cd34").mkdir(parents=True)
    (other / "cd34" / "prefs.js").touch()
    (other / "profiles.ini").write_text("[Profile0]\nPath=cd34\n")
    done = home.run(*SETUP, "--write")
    assert done.code == 3
    assert f"error: {profile}\n" in done.err
    assert f"error: {other / 'cd34'}\n" in done.err
    assert (profile / "user.js").read_bytes() == MINE
    assert home.run(*SETUP, "--write", profile).code == 0


def test_a_folder_that_is_no_profile(home: Home, profile: Path) -> None:
    """The folder above, for one."""
    done = home.run(*SETUP, "--write", profile.parent)
    assert (done.code, done.out) == (3, "")
    assert "is no Thunderbird profile: there is no prefs.js in it" in done.err
    (profile.parent / "profiles.ini").write_text("no ini [")
    assert "can't be understood" in home.run(*SETUP, "--write").err


def test_a_tag_that_the_user_has_made_stays(home: Home, profile: Path) -> None:
    """With its name and colour; and ours don't outlive a keyword that was renamed."""
    mine = 'user_pref("mailnews.tags.tone-angry.tag", "Furious");\n'
    (profile / "prefs.js").write_text(mine)
    done = home.run(*SETUP, "--write")
    assert "tone-angry: left out, since you have a tag for it already" in done.out
    assert "8 tags" in done.out
    ours = (profile / "user.js").read_bytes().removeprefix(MINE).decode()
    assert "tone-angry" not in ours
    started = mine + "".join(line + "\n" for line in ours.splitlines() if line.startswith("user_"))
    (profile / "prefs.js").write_text(started)  # Thunderbird took them over
    home.configure('attention = "Look_Here"\n')
    assert "8 tags" in home.run(*SETUP, "--write").out
    assert "look-first" not in (profile / "prefs.js").read_text() + (profile / "user.js").read_text(
        "latin-1"
    )
    assert home.run(*SETUP, "--remove").code == 0
    assert (profile / "prefs.js").read_text() == mine
    assert (profile / "user.js").read_bytes() == MINE


@pytest.fixture
def running(profile: Path) -> Iterator[None]:
    """Something that holds the profile as Thunderbird does."""
    lock = profile / ".parentlock"
    lock.touch()
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(lock)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        yield
        holder.communicate()


def test_a_profile_in_use_is_left_alone(home: Home, profile: Path, running: None) -> None:
    """Thunderbird would write its own prefs.js over ours as it ends."""
    for option in ("--write", "--remove"):
        done = home.run(*SETUP, option)
        assert (done.code, done.out) == (3, "")
        assert "Thunderbird is using this profile" in done.err
        assert "hint: close it" in done.err
    assert (profile / "user.js").read_bytes() == MINE

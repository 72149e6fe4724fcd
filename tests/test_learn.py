"""`learn`: a patch proposed, written and taken back by the real program."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from assistant import rulebook, tomlfile
from assistant.cli import wiring
from assistant.cli.learnpatch import apply, changes, undo
from assistant.cli.learnsave import save
from assistant.errors import ConfigError
from assistant.lab.proposal import Phrase, Points, Proposal
from assistant.lab.separating import Separating
from tests.letters import CALM, FURIOUS, letter
from tests.program import Home, days_ago, fresh, mailbox
from tests.servers import PymapStand
from tests.transcript import commands

OWN = """\
# My rules. This stays.
language = "en"

[[rule]]
id = "my.logo"  # and this
describe = "speaks of the logo"
points = 950    # too many?
tone = "frustrated"
phrases = ["logo"]
matches = ["The logo."]

# The end.
"""


def labelled(path: Path, senders: int = 4, *, text: str = "Here is the logo.") -> Path:
    """Content writers who speak of a logo, unhappy ones, and others."""
    rows = [{"text": text, "dissatisfied": False, "sender": f"w{n}"} for n in range(senders)]
    rows += [{"text": FURIOUS, "dissatisfied": True, "sender": f"t{n}"} for n in range(4)]
    rows += [{"text": CALM, "dissatisfied": False, "sender": f"p{n}"} for n in range(6)]
    path.write_text("".join(json.dumps(each) + "\n" for each in rows), "utf-8")
    return path


def kerning(path: Path) -> Path:
    """Unhappy in words that no rule knows, among others."""
    rows = [{"text": FURIOUS, "dissatisfied": True, "sender": f"t{n}"} for n in range(3)]
    angry = "The kerning is sloppy {}."
    rows += [
        {"text": angry.format(word), "dissatisfied": True, "sender": f"k{n}"}
        for n, word in enumerate(["today", "here", "there", "again", "too", "still"])
    ]
    words = ["blue", "green", "seven", "tables", "window", "garden", "music", "river", "paper"]
    rows += [
        {"text": f"I sent the {word} file to print.", "dissatisfied": False, "sender": f"p{n}"}
        for n, word in enumerate(words * 3)
    ]
    path.write_text("".join(json.dumps(each) + "\n" for each in rows), "utf-8")
    return path


def own_rules(home: Home, text: str = OWN) -> Path:
    path = home.config_file.parent / "rules" / "my-en.toml"
    path.parent.mkdir()
    path.write_bytes(text.encode())
    return path


def test_a_harmful_rule_is_proposed_written_and_taken_back(home: Home, tmp_path: Path) -> None:
    """Nothing before --apply; comments stay; the wrong flags are gone and no true one; undone byte for byte."""
    own, file = own_rules(home), labelled(tmp_path / "rows.jsonl")
    done = home.run("learn", "--json", file)
    assert (done.code, done.err) == (0, "")
    found = done.json
    (change,) = found["proposal"]["points"]
    assert (change["rule"], change["before"], change["messages"]) == ("my.logo", 950, 4)
    assert found["before"] == {"right": 4, "wrong": 4, "missed": 0, "passed": 6}
    assert found["cross_validated"] == {"right": 4, "wrong": 0, "missed": 0, "passed": 10}
    assert (found["messages"], found["senders"], found["files"]) == (14, 14, [str(own)])
    assert own.read_bytes() == OWN.encode()
    assert home.run("eval", "--json", file).json["flagged"] == 8

    done = home.run("learn", "--apply", file)
    assert done.code == 0
    assert "my.logo: +950" in done.out
    assert f"written: {own}" in done.err
    written = own.read_text()
    for kept in ("# My rules. This stays.", "# and this", "# too many?", "# The end."):
        assert kept in written
    evaluated = home.run("eval", "--json", file).json
    assert (evaluated["flagged"], evaluated["figures"]["recall"]["value"]) == (4, 1)
    assert home.run("rules", "test").code == 0

    done = home.run("learn", "--undo")
    assert (done.code, done.out) == (0, f"{own} is as it was\n")
    assert own.read_bytes() == OWN.encode()
    assert sorted(path.name for path in own.parent.iterdir()) == ["my-en.toml"]
    again = home.run("learn", "--undo")
    assert (again.code, "nothing that learn wrote can be undone" in again.err) == (3, True)


def test_what_was_changed_since_is_not_undone(home: Home, tmp_path: Path) -> None:
    """It stays as its user left it, and the old one beside it."""
    own, file = own_rules(home), labelled(tmp_path / "rows.jsonl")
    assert home.run("learn", "--apply", file).code == 0
    own.write_text(own.read_text() + "# mine\n")
    before = own.read_bytes()
    done = home.run("learn", "--undo")
    assert (done.code, "was changed since" in done.err) == (3, True)
    assert own.read_bytes() == before
    assert (own.parent / "my-en.toml.before-learn").read_bytes() == OWN.encode()


def test_a_phrase_is_written_as_a_rule_with_its_own_test(home: Home, tmp_path: Path) -> None:
    """Into a new file, which undoing takes away; the rules are in order with it."""
    home.configure('[judging]\nreader = "off"\n')
    file = kerning(tmp_path / "rows.jsonl")
    done = home.run("learn", "--apply", "--json", file)
    assert done.code == 0, done.err
    found = done.json
    phrases = found["proposal"]["phrases"]
    assert phrases
    assert all("kerning" in each["text"] or "sloppy" in each["text"] for each in phrases)
    assert found["cross_validated"]["wrong"] + found["cross_validated"]["missed"] < (
        found["before"]["wrong"] + found["before"]["missed"]
    )
    assert home.run("rules", "test").code == 0
    written = home.config_file.parent / "rules" / "my-en.toml"
    assert written.exists()
    after = home.run("eval", "--json", file).json
    flagged = found["on_all"]["right"] + found["on_all"]["wrong"]
    assert after["flagged"] == flagged
    assert home.run("learn", "--undo").code == 0
    assert not written.exists()


def test_too_little_evidence_is_said_with_numbers(home: Home, tmp_path: Path) -> None:
    """Exit code 12; --apply writes nothing then."""
    own = own_rules(home)
    done = home.run("learn", "--apply", labelled(tmp_path / "rows.jsonl", 1))
    assert done.code == 12
    assert "messages that were judged wrongly: 1, needed: 2" in done.out
    assert "senders of these: 1, needed: 2" in done.out
    assert own.read_bytes() == OWN.encode()


def test_a_sender_is_one_whoever_they_write_as(home: Home, tmp_path: Path) -> None:
    """The From of whole messages counts; wrong flags of one sender teach nothing."""
    own_rules(home)
    for kind, text in (("fine", "Here is the logo."), ("unhappy", FURIOUS)):
        (tmp_path / "mail" / kind).mkdir(parents=True)
        for number in range(4):
            raw = letter(text, number=number, sender=f"{kind}@client.example").raw
            (tmp_path / "mail" / kind / f"{number}{kind}.eml").write_bytes(
                raw.replace(b"<m", f"<{kind}".encode())
            )
    done = home.run("learn", "--json", tmp_path / "mail")
    assert done.code == 12
    assert done.json["shortages"] == [{"what": "senders of these", "there": 1, "needed": 2}]


def test_what_is_asked_for_must_make_sense(home: Home, tmp_path: Path) -> None:
    """One source, and it can be read."""
    assert home.run("learn").code == 2
    assert home.run("learn", "--since", "3d", tmp_path).code == 2
    assert home.run("learn", "--undo", tmp_path).code == 2
    done = home.run("learn", tmp_path / "none.jsonl")
    assert "can't be read: No such file" in done.err
    assert done.code == 12


def test_corrections_teach_and_the_mailbox_is_only_read(pymap: PymapStand, home: Home) -> None:
    """The words are read again from the mailbox; two wrong flags go, the true ones stay; nothing there changes."""
    logo = [
        fresh("Here is the logo.", number=n, hours=48, sender=f"w{n}@one.example") for n in range(2)
    ]
    true = [fresh(number=10 + n, hours=48, sender=f"t{n}@two.example") for n in range(3)]
    calm = [fresh(CALM, number=20 + n, hours=48, sender=f"p{n}@three.example") for n in range(6)]
    account = pymap.account(*logo, *true, *calm)
    home.use(account)
    own = own_rules(home)
    week = ("--since", days_ago(7))
    assert home.run("scan", *week).code == 0
    for number in range(2):
        assert home.run("correct", f"m{number}@client.example", "--tone", "none").code == 0
    few = home.run("learn", *week, "--json")
    assert few.code == 12
    assert few.json["shortages"] == [
        {"what": "messages of unhappy writers", "there": 0, "needed": 3}
    ]
    for number in range(3):
        name = f"m{10 + number}@client.example"
        assert home.run("correct", name, "--tone", "hostile").code == 0

    before, state = mailbox(account), home.snapshot()
    streams = len(account.proxy.sent)
    done = home.run("learn", *week, "--apply")
    assert done.code == 0, done.err
    assert "You spoke of 5; 6 you left as they were." in done.out
    assert "my.logo: +950" in done.out
    assert mailbox(account) == before
    assert home.snapshot().keys() == state.keys()
    verbs = {
        each.verb for stream in account.proxy.sent[streams:] for each in commands(bytes(stream))
    }
    assert verbs.isdisjoint({"UID STORE", "STORE", "APPEND", "UID COPY"})
    changed = own.parent / "my-en.toml.before-learn"
    assert changed.read_bytes() == OWN.encode()
    counts = home.run("scan", "--dry-run", *week)
    assert counts.code == 0
    after = home.run("learn", *week, "--json")
    assert after.json["before"] == {"right": 3, "wrong": 0, "missed": 0, "passed": 8}


def test_a_word_said_in_one_account_holds_for_the_copy_in_another(
    pymap: PymapStand, home: Home
) -> None:
    """Where nothing was said of it: silence takes nothing back."""
    calm = [fresh(CALM, number=n, hours=48, sender=f"p{n}@one.example") for n in range(6)]
    first, second = pymap.account(*calm), pymap.account(*calm)
    home.use(first)
    week = ("--since", days_ago(7))
    assert home.run("scan", *week).code == 0
    for number in range(3):
        assert home.run("correct", f"m{number}@client.example", "--tone", "angry").code == 0
    home.use(first, second)
    found = home.run("learn", *week, "--json").json
    assert found["before"] == {"right": 0, "wrong": 0, "missed": 3, "passed": 3}


def test_a_rule_is_changed_where_its_user_has_it(home: Home) -> None:
    """In config.toml too, with the budget; line ends and comments stay, and the whole is checked."""
    home.configure(
        "# mine\r", "[judging]  # careful\r", "flags_per_1000 = 10 # ten\r", "\r",
        "[[rule]]\r", 'id = "en.furious" # too hot\r', "points = 60\r", "",
    )  # fmt: skip
    before = home.config_file.read_bytes()
    setup, layers = wiring.read_layers(home.config_file)
    points = (Points("en.furious", 60, 0, 2, 2), Points("en.unacceptable", 160, 120, 2, 2))
    found = changes(setup, layers, Proposal(points, (), 5.0))
    own = setup.config.rules_folder / "my-en.toml"
    assert {each.path for each in found} == {home.config_file, own}
    apply(setup.config.rules_folder, found)
    assert home.config_file.read_bytes() == before.replace(b"= 10 #", b"= 5 #").replace(
        b"points = 60\r\n", b"points = 60\r\nenabled = false\r\n"
    )
    after = {rule.id: rule.points for rule in wiring.read_setup(home.config_file).rulebook.rules}
    assert ("en.furious" in after, after["en.unacceptable"]) == (False, 120)
    undo(setup.config.rules_folder)
    assert home.config_file.read_bytes() == before
    assert not own.exists()


def test_undoing_after_a_kill_midway(home: Home) -> None:
    """One file was written, the other not yet: both are as they were."""
    home.configure("[judging]", "flags_per_1000 = 10", "")
    before = home.config_file.read_bytes()
    setup, layers = wiring.read_layers(home.config_file)
    found = changes(setup, layers, Proposal((Points("en.furious", 70, 0, 2, 2),), (), 5.0))
    assert found[-1].path == home.config_file
    apply(setup.config.rules_folder, found)
    home.config_file.write_bytes(before)
    assert home.run("learn", "--undo").code == 0
    assert home.config_file.read_bytes() == before
    assert not (setup.config.rules_folder / "my-en.toml").exists()


def test_a_byte_order_mark_stays(home: Home, tmp_path: Path) -> None:
    """As a Windows editor writes it; undone byte for byte."""
    own = own_rules(home, "\ufeff" + OWN)
    before = own.read_bytes()
    assert home.run("learn", "--apply", labelled(tmp_path / "rows.jsonl")).code == 0
    assert own.read_bytes() != before
    assert home.run("rules", "test").code == 0
    assert home.run("learn", "--undo").code == 0
    assert own.read_bytes() == before


FURIOUS_LESS = Proposal((Points("en.furious", 60, 40, 2, 2),), (), 5.0)


def test_an_apply_that_fails_midway_can_be_undone(home: Home) -> None:
    """The second of two, at any of its writes: the files are as the first one left them."""
    home.configure("[judging]", "flags_per_1000 = 10", "")
    own = own_rules(home, '[[rule]]\nid = "en.furious"\npoints = 60 # hot\n')
    setup, layers = wiring.read_layers(home.config_file)
    folder = setup.config.rules_folder
    apply(folder, changes(setup, layers, FURIOUS_LESS))
    between = own.read_bytes(), home.config_file.read_bytes()
    setup, layers = wiring.read_layers(home.config_file)
    second = changes(setup, layers, replace(FURIOUS_LESS, flags_per_1000=2.0, points=(Points("en.furious", 40, 20, 2, 2),)))  # fmt: skip
    kept = home.config_file.with_name("config.toml.before-learn")
    kept.unlink()
    kept.mkdir()
    with pytest.raises(ConfigError, match="can't be written"):
        apply(folder, second)
    kept.rmdir()
    undo(folder)
    assert (own.read_bytes(), home.config_file.read_bytes()) == between


def test_a_file_that_changes_while_mail_is_read_is_left_alone(home: Home) -> None:
    """The rule may stand elsewhere by now, or nowhere."""
    home.configure("")
    own = own_rules(home, '[[rule]]\nid = "en.furious"\npoints = 60\n')
    setup, layers = wiring.read_layers(home.config_file)
    own.write_text("# all gone\n")
    with pytest.raises(ConfigError, match="was changed since"):
        changes(setup, layers, FURIOUS_LESS)


def test_what_is_undone_does_not_depend_on_where_one_stands(home: Home, tmp_path: Path) -> None:
    """A config that was named by a relative path."""
    home.configure("[judging]", "flags_per_1000 = 10", "")
    before = home.config_file.read_bytes()
    here = Path(os.path.relpath(home.config_file))
    setup, layers = wiring.read_layers(here)
    apply(setup.config.rules_folder, changes(setup, layers, FURIOUS_LESS))
    assert home.config_file.read_bytes() != before
    assert home.run("learn", "--undo").code == 0
    assert home.config_file.read_bytes() == before


def test_any_phrase_becomes_a_rule(home: Home) -> None:
    """Long German words, letters whose capital is another's, and the same phrase in two languages."""
    home.configure("")
    setup, layers = wiring.read_layers(home.config_file)
    found = Separating("", True, 3, 3, 0, 2.5)
    texts = (
        ("de", "zusammenarbeit entgegenkommend dienstleistungsvertrag"), ("en", "ısık"), ("de", "受付番号"),
        ("en", "logo desk"), ("de", "logo desk"),
    )  # fmt: skip
    phrases = tuple(Phrase(language, text, 80, found) for language, text in texts)
    apply(setup.config.rules_folder, changes(setup, layers, Proposal((), phrases)))
    book = wiring.read_setup(home.config_file).rulebook
    learned = {(r.language, r.phrases[0]) for r in book.rules if r.id.startswith("my.learned-")}
    assert learned == set(texts)
    saved = home.folder / "p.toml"
    files = save(setup, Proposal((), phrases), saved)
    changed = layers
    for each in files:
        changed = changed.overlaid(rulebook.document(tomlfile.load(each)))
    again = {(r.language, *r.phrases[:1]) for r in changed.books()[0].rules}
    assert again >= set(texts)


def test_a_proposal_is_shown_that_cannot_be_written(home: Home, tmp_path: Path) -> None:
    """The user's file for English is for German; only --apply fails, and says why."""
    home.configure('[judging]\nreader = "off"\n')
    own, file = own_rules(home, 'language = "de"\n'), kerning(tmp_path / "rows.jsonl")
    done = home.run("learn", file)
    assert (done.code, "Proposed:" in done.out) == (0, True)
    assert "--apply could not write it:" in done.err
    assert home.run("learn", "--json", file).json["proposal"]["phrases"]
    done = home.run("learn", "--apply", file)
    assert (done.code, "is for language 'de'" in done.err) == (3, True)
    assert own.read_text() == 'language = "de"\n'


def test_nothing_is_saved_where_it_would_be_in_effect(home: Home, tmp_path: Path) -> None:
    """A rule file in the rules folder is read, whatever its first line says."""
    own = own_rules(home)
    done = home.run("learn", "--save", own.with_name("new.toml"), labelled(tmp_path / "rows.jsonl"))
    assert (done.code, "would be in effect at once" in done.err) == (3, True)
    assert [each.name for each in own.parent.iterdir()] == ["my-en.toml"]


def test_names_of_people_are_not_learned(home: Home, tmp_path: Path) -> None:
    """Who wrote, and who was written to; what they say is."""
    home.configure('[judging]\nreader = "off"\n')
    for kind, text in (("unhappy", "Zelda of Yoyodyne, the kerning is sloppy {}."), ("fine", "I sent the {} file to print.")):  # fmt: skip
        (tmp_path / "mail" / kind).mkdir(parents=True)
        for number in range(6 if kind == "unhappy" else 30):
            raw = letter(text.format("abcdefghijklmnopqrstuvwxyzäöüß"[number] * 4), number=number, sender=f"{kind}{number}@yoyodyne.example").raw  # fmt: skip
            raw = raw.replace(b"<m", f"<{kind}".encode()).replace(b"To: ", b"Cc: Zelda <z@studio.example>\r\nTo: ", 1)  # fmt: skip
            (tmp_path / "mail" / kind / f"{number}.eml").write_bytes(raw)
    done = home.run("learn", "--json", tmp_path / "mail")
    assert done.code == 0, done.err
    phrases = [each["text"] for each in done.json["proposal"]["phrases"]]
    assert phrases
    assert not any("zelda" in each or "yoyodyne" in each for each in phrases)


# --- saved to be tried --------------------------------------------------------------------------


def test_a_saved_proposal_is_tried_and_nothing_is_in_effect(home: Home, tmp_path: Path) -> None:
    """What try shows is what --apply then does; the file is for its owner alone."""
    own_rules(home)
    file, saved = labelled(tmp_path / "rows.jsonl"), tmp_path / "proposal.toml"
    mail = tmp_path / "logo.eml"
    mail.write_bytes(letter("Here is the logo.").raw)
    done = home.run("learn", "--save", saved, file)
    assert done.code == 0
    assert f"try it: assistant try --rules {saved}" in done.err
    assert saved.stat().st_mode & 0o777 == 0o600
    (before,) = home.run("explain", "--json", mail).json
    assert before["dissatisfied"]
    (lost,) = home.run("try", "--rules", saved, "--json", mail).json["lost"]
    assert home.run("learn", "--apply", file).code == 0
    (after,) = home.run("explain", "--json", mail).json
    assert not after["dissatisfied"]
    assert lost["after"]["score"] == after["score"]


def test_a_file_that_learn_did_not_write_is_left_alone(home: Home, tmp_path: Path) -> None:
    """Its own is written anew."""
    own = own_rules(home)
    file = labelled(tmp_path / "rows.jsonl")
    mine = tmp_path / "mine.toml"
    mine.write_text(OWN)
    done = home.run("learn", "--save", mine, file)
    assert (done.code, "learn did not write it" in done.err) == (3, True)
    assert mine.read_text() == OWN
    assert own.read_bytes() == OWN.encode()
    saved = tmp_path / "proposal.toml"
    first, second = (home.run("learn", "--save", saved, file) for _ in range(2))
    assert (first.code, second.code) == (0, 0)
    there = home.run("learn", "--save", tmp_path / "none" / "x" / "p.toml", file)
    assert there.code == 0
    assert home.run("learn", "--save", tmp_path, file).code == 3


def test_phrases_of_two_languages_need_two_files(home: Home, tmp_path: Path) -> None:
    """Each of them can be tried."""
    home.configure("")
    setup, _ = wiring.read_layers(home.config_file)
    found = Separating("kerning is", True, 3, 3, 0, 2.5)
    other = Separating("die laufweite", True, 4, 3, 1, 2.5)
    proposal = Proposal((), (Phrase("en", "kerning is", 80, found), Phrase("de", "die laufweite", 40, other)))  # fmt: skip
    files = save(setup, proposal, tmp_path / "p.toml")
    assert [each.name for each in files] == ["p.toml", "p-de.toml"]
    mail = tmp_path / "mail.eml"
    mail.write_bytes(letter("The kerning is sloppy.").raw)
    done = home.run("try", "--rules", files[0], "--rules", files[1], "--json", mail)
    assert (done.code, done.json["messages"]) == (0, 1)
    assert done.json["other_points"] + len(done.json["gained"]) == 1

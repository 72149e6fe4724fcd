"""The JSON Schemas that editors read: made from the models, and held to every shipped file."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft4Validator, Draft7Validator

from assistant.cli.schema import NAMES, text
from assistant.config import Settings
from assistant.config.ruletables import ACCOUNT_RULE_KEYS, RULE_KEYS
from assistant.rulebook import RuleFile
from assistant.rulebook.tables import BehaviourTable, RuleTable, TestTable

ROOT = Path(__file__).parent.parent
DRAFTS = (Draft4Validator, Draft7Validator)
"""Taplo promises the one; most schemas that it reads are written in the other."""
FILES = {
    "rules": [
        each for each in sorted((ROOT / "rules").rglob("*.toml")) if each.name != "said.toml"
    ],
    "config": [ROOT / "config.example.toml"],
    "clients": [ROOT / "clients.example.toml"],
}
SHIPPED = [(name, path) for name, paths in FILES.items() for path in paths]


def kept(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((ROOT / "rules" / f"{name}.schema.json").read_text("utf-8"))
    return found


def faults(name: str, value: str) -> list[str]:
    """What is wrong with a TOML text, both drafts agreeing."""
    one, other = (
        sorted(f"{'.'.join(map(str, each.absolute_path))}: {each.message}" for each in draft(kept(name)).iter_errors(tomllib.loads(value)))
        for draft in DRAFTS
    )  # fmt: skip
    assert one == other
    return one


@pytest.mark.parametrize("name", NAMES)
def test_the_schema_in_the_tree_is_the_one_that_is_made(name: str) -> None:
    """After a change of the models: assistant rules schema [config] > rules/….schema.json."""
    assert (ROOT / "rules" / f"{name}.schema.json").read_text("utf-8") == text(name)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("draft", DRAFTS)
def test_it_is_a_schema(name: str, draft: Any) -> None:
    """In both drafts, and without what one of them doesn't know."""
    draft.check_schema(kept(name))
    whole = text(name)
    for word in ("$defs", "prefixItems", "propertyNames", "exclusiveMinimum", "const", '"null"'):
        assert word not in whole


@pytest.mark.parametrize(("name", "path"), SHIPPED, ids=lambda each: getattr(each, "stem", each))
def test_every_shipped_file_keeps_to_it(name: str, path: Path) -> None:
    """No editor marks a line in what we ship."""
    assert faults(name, path.read_text("utf-8")) == []


def test_taplo_itself_reads_it(tmp_path: Path) -> None:
    """The tool behind the editors: it accepts what is shipped (.taplo.toml), and marks a key that is none."""
    beside = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    program = shutil.which("taplo", path=beside)
    assert program is not None, "pip install '.[test]'"
    taplo = [program, "lint"]
    done = subprocess.run(taplo, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (tmp_path / "rules.schema.json").write_text(text("rules"), "utf-8")
    broken = tmp_path / "my.toml"
    broken.write_text('#:schema ./rules.schema.json\n[[rule]]\nid = "my.x"\npints = 3\n', "utf-8")
    done = subprocess.run(
        [*taplo, "my.toml"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert "'pints' was unexpected" in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("rules", '[[rule]]\nid = "x"\npoint = 1', "rule.0: Additional properties are not allowed ('point' was unexpected)"),
        ("rules", '[[rule]]\nid = "x"\npoints = "1"', "rule.0.points: '1' is not of type 'integer'"),
        ("rules", "[[rule]]\npoints = 1", "rule.0: 'id' is a required property"),
        ("rules", '[[rule]]\nid = "x"\ncues = ["lat"]', "rule.0.cues.0: 'lat' is not one of"),
        ("rules", "[voices.en]\nwords = -1", "voices.en.words: -1 is less than the minimum of 0"),
        ("rules", "[voices.en]\ntone = {word = 1}", "voices.en.tone: Additional properties are not allowed"),
        ("rules", "[voices.en]\nthresholds = [[1, 2.5]]", "voices.en.thresholds.0.1: 2.5 is not of type 'integer'"),
        ("config", '[[account]]\nhost = "h"\nuser = "u"\n[[account.rule]]\nid = "x"\nenabled = 0', "account.0.rule.0.enabled: 0 is not of type 'boolean'"),
        ("config", "[judging]\nflags_per_1000 = 0", "judging.flags_per_1000: "),
        ("config", "[drafting]\nquote = 'no'", "drafting.quote: 'no' is not one of"),
        ("config", "[[test]]\ntext = 3", "test.0.text: 3 is not of type 'string'"),
        ("config", "[cases]\nupdate_days = 2.5", "cases.update_days: 2.5 is not of type 'integer'"),
        ("clients", '[[client]]\nname = "x"', "client.0: 'match' is a required property"),
        ("config", "pol = 3", ": Additional properties are not allowed ('pol' was unexpected)"),
    ],
)  # fmt: skip
def test_it_marks_mistakes(name: str, value: str, said: str) -> None:
    """At their place."""
    (found,) = faults(name, value)
    assert found.startswith(said)


def test_config_and_rules_are_one() -> None:
    """Whatever a rule file may hold, config.toml may, and an account what is its own; keys mean one thing."""
    config, rules = kept("config"), kept("rules")
    assert set(RULE_KEYS) == set(rules["properties"]) == set(RuleFile.model_fields)
    assert set(config["properties"]) == {*RULE_KEYS, *Settings.model_fields}
    assert set(ACCOUNT_RULE_KEYS) < set(config["definitions"]["Account"]["properties"])
    assert set(RuleFile.model_fields) & set(Settings.model_fields) == {"language"}
    for name, each in rules["definitions"].items():
        assert config["definitions"][name] == each


@pytest.mark.parametrize("table", [RuleTable, BehaviourTable, TestTable])
def test_every_key_that_users_write_is_explained(table: Any) -> None:
    """In the editor, when the mouse rests on it."""
    told = kept("rules")["definitions"][table.__name__]["properties"]
    assert [name for name, each in told.items() if not each.get("description")] == []

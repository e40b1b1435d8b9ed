"""Rule sets of earlier releases: a case is planned by the rules it names, or not at all."""

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from preparation_samples import sample_case

from procedures.preparation import RulesNotKept, prepare, rule_set, rule_set_named
from procedures.preparation.rule_set import DATA, KEPT, rule_set_from

# The package exports a function of the same name as the module.
MODULE = sys.modules[rule_set_named.__module__]
RULES = json.loads((DATA / "rules.json").read_text(encoding="utf-8"))
VOCABULARY = json.loads((DATA / "vocabulary.json").read_text(encoding="utf-8"))
RELEASED = [
    line.split()[0]
    for line in (DATA / "released.txt").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
]


@pytest.fixture
def older(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Keep a rule set in which an adult stops clear drinks an hour earlier; return its hash."""
    hours = [_with_longer_clear_drinks(row) for row in RULES["fasting_rules"]]
    documents = {
        "rules": {**RULES, "version": "2020-01-01", "fasting_rules": hours},
        "vocabulary": VOCABULARY,
    }
    sha256 = rule_set_from(**documents).sha256
    (tmp_path / f"{sha256}.json").write_text(json.dumps(documents), encoding="utf-8")
    monkeypatch.setattr(MODULE, "KEPT", tmp_path)
    return sha256


def _with_longer_clear_drinks(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "hours": row["hours"] + 1} if row["item"] == "clear liquids" else row


def test_case_is_planned_by_the_rules_it_names(older: str) -> None:
    case = sample_case()

    now = prepare(case)
    then = prepare(replace(case, rule_set_sha256=older))

    assert now.fasting is not None
    assert then.fasting is not None
    assert now.fasting.clear_liquids_stop is not None
    assert then.fasting.clear_liquids_stop is not None
    assert (now.fasting.clear_liquids_stop - then.fasting.clear_liquids_stop).total_seconds() == 3600
    assert (now.rule_set_sha256, then.rule_set_sha256) == (rule_set().sha256, older)


def test_case_that_names_the_current_rules_is_planned_as_one_that_names_none() -> None:
    case = sample_case()

    assert prepare(replace(case, rule_set_sha256=rule_set().sha256)) == prepare(case)


def test_case_under_rules_nobody_kept_is_not_planned() -> None:
    with pytest.raises(RulesNotKept):
        prepare(replace(sample_case(), rule_set_sha256="0" * 64))


def test_kept_rules_that_are_others_are_not_used(
    older: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / f"{'1' * 64}.json").write_text((tmp_path / f"{older}.json").read_text())
    monkeypatch.setattr(MODULE, "KEPT", tmp_path / "other")

    with pytest.raises(RulesNotKept):
        rule_set_named("1" * 64)


def test_rules_in_use_are_the_last_released() -> None:
    hint = "rules.json or vocabulary.json changed: see the head of data/released.txt"

    assert rule_set().sha256 == RELEASED[-1], hint


def test_rules_of_every_release_are_kept() -> None:
    assert [rule_set_named(sha256).sha256 for sha256 in RELEASED] == RELEASED


def test_every_kept_file_is_of_a_release() -> None:
    assert {path.stem for path in KEPT.glob("*.json")} == set(RELEASED[:-1])

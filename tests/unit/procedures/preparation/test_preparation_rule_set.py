"""The rule set: unique ids, a source per row, a hash of its content; and the words of the contract."""

import json
from collections import Counter

import pytest
from preparation_samples import med, planned_with, sample_case

from procedures.preparation import InvalidCase, Previous, prepare, rule_set
from procedures.preparation.rule_set import DATA, rule_set_from

RULES = json.loads((DATA / "rules.json").read_text(encoding="utf-8"))
VOCABULARY = json.loads((DATA / "vocabulary.json").read_text(encoding="utf-8"))


def test_every_row_has_an_id_of_its_own() -> None:
    rules = rule_set()

    ids = Counter(row.id for rows in rules.rows.values() for row in rows)

    assert {row_id: count for row_id, count in ids.items() if count > 1} == {}
    assert ids.keys() - rules.sources.keys() == set()
    assert set(rules.sources.values()) - RULES["sources"].keys() == set()


@pytest.mark.parametrize(
    ("medication", "rule_id"),
    [
        (med("apixaban", "08:00"), "bleeding/high/apixaban/crcl>=50"),
        (med("enoxaparin", "08:00", regimen="therapeutic"), "bleeding/high/enoxaparin/therapeutic"),
        (med("heparin", route="iv"), "bleeding/high/heparin/iv"),
        (med("empagliflozin"), "other/sedated/empagliflozin"),
        (med("liraglutide"), "other/sedated/liraglutide/elevated"),
    ],
)
def test_hold_names_the_row_it_stands_on(medication: object, rule_id: str) -> None:
    (hold,) = prepare(sample_case(medication)).holds  # type: ignore[arg-type]

    assert rule_id in hold.rule_ids
    assert rule_set().sources[rule_id] in RULES["sources"]


def test_plan_names_every_row_of_its_holds_and_of_fasting() -> None:
    plan = planned_with(med("clopidogrel"), med("liraglutide"))

    assert {rule_id for hold in plan.holds for rule_id in hold.rule_ids} - set(plan.rule_ids) == set()
    assert {"fasting/asa", "fasting/glp1", "laboratory/high/general"} - set(plan.rule_ids) == set()
    assert (plan.rule_set_version, plan.rule_set_sha256) == (rule_set().version, rule_set().sha256)


def test_hash_is_of_the_numbers_and_not_of_their_layout() -> None:
    same = rule_set_from(rules=dict(reversed(RULES.items())), vocabulary=VOCABULARY)
    other = rule_set_from(rules=RULES | {"version": "2030-01-01"}, vocabulary=VOCABULARY)

    assert same.sha256 == rule_set().sha256
    assert other.sha256 != rule_set().sha256
    assert (same.version, other.version) == ("2026-11-21", "2030-01-01+2026-11-21")


def test_each_action_is_explained_in_a_note() -> None:
    plan = planned_with(med("aspirni"), med("apixaban", "08:00"), creatinine_clearance=None)

    assert [note.split(": ")[0] for note in plan.notes] == list(plan.clinician_actions)


def test_case_refuses_what_it_cannot_plan() -> None:
    case = sample_case()
    naive = case.start.replace(tzinfo=None)

    with pytest.raises(InvalidCase, match="start"):
        sample_case(start=naive)
    with pytest.raises(InvalidCase, match=r"previous\.start"):
        sample_case(previous=Previous(start=naive, changed_on=case.booked_on))
    with pytest.raises(InvalidCase, match="target"):
        prepare(sample_case(procedure="cryoneurolysis_cancer_pain"))

"""What stops before any row: names not listed, children, heparin after HIT, two anticoagulants."""

from typing import Any

import pytest
from preparation_samples import done, med, outcome, planned_with

OPEN = ("needs_clinician", [])


@pytest.mark.parametrize("name", ["asprin", "aspirin ", "acetylsalicylic acid", "metformin/linagliptin"])
def test_unlisted_name_is_clarified_and_never_guessed(name: str) -> None:
    plan = planned_with(
        med(name, "08:00"), procedure="skin_actinic_keratosis", anaesthesia="none", age_years=9
    )

    assert [(hold.drug, hold.options) for hold in plan.holds] == [(name, ())]
    assert plan.clinician_actions == (f"clarify_medicine:{name}",)
    assert plan.lead_time_days is None


def test_drug_without_action_continues_for_everybody() -> None:
    assert outcome(med("paracetamol"), age_years=3) == "continued"
    assert outcome(med("paracetamol"), conditions=["hit_history"]) == "continued"


@pytest.mark.parametrize(
    "drug", ["ibuprofen", "insulin glargine", "celecoxib", "perindopril/amlodipine", "heparin"]
)
@pytest.mark.parametrize(
    ("procedure", "anaesthesia"), [("renal_cryo", "general"), ("skin_actinic_keratosis", "none")]
)
def test_childs_medicines_are_reviewed(drug: str, procedure: str, anaesthesia: str) -> None:
    changes = {
        "procedure": procedure,
        "anaesthesia": anaesthesia,
        "age_years": 17.9,
        "conditions": ["hit_history"],
    }

    assert outcome(med(drug, "08:00"), **changes) == OPEN
    assert planned_with(med(drug, "08:00"), **changes).clinician_actions == ("paediatric_medicine_review",)


def test_eighteen_is_an_adult() -> None:
    assert outcome(med("clopidogrel"), age_years=18) == ("proposed", ["5 days, 2027-01-14"])


@pytest.mark.parametrize("drug", ["heparin", "enoxaparin", "dalteparin"])
@pytest.mark.parametrize("procedure", ["skin_actinic_keratosis", "renal_cryo", "cryoneurolysis_hip"])
def test_heparin_after_hit_is_a_conflict_in_every_class(drug: str, procedure: str) -> None:
    changes = {"procedure": procedure, "anaesthesia": "none", "conditions": ["hit_history"]}

    assert outcome(med(drug), **changes) == OPEN
    assert planned_with(med(drug), **changes).clinician_actions == ("hit_heparin_conflict",)


def test_fondaparinux_after_hit_follows_its_row() -> None:
    assert outcome(med("fondaparinux"), conditions=["hit_history"])[0] == "needs_choice"


@pytest.mark.parametrize(
    "procedure", ["skin_actinic_keratosis", "renal_cryo", "af_cryoballoon", "cervix_cryo"]
)
def test_two_anticoagulants_are_left_to_a_clinician_in_every_class(procedure: str) -> None:
    drugs = (med("warfarin", "18:00"), med("apixaban", "08:00 20:00"))

    plan = planned_with(*drugs, procedure=procedure, anaesthesia="none", creatinine_clearance=None)

    assert [(hold.drug, hold.options) for hold in plan.holds] == [("warfarin", ()), ("apixaban", ())]
    assert plan.clinician_actions == ("two_anticoagulants",)


@pytest.mark.parametrize("other", ["warfarin", "enoxaparin"])
def test_two_anticoagulants_are_also_raised_beside_hit(other: str) -> None:
    plan = planned_with(med("heparin", route="iv"), med(other), conditions=["hit_history"])

    assert [hold.options for hold in plan.holds] == [(), ()]
    assert plan.clinician_actions == ("hit_heparin_conflict", "two_anticoagulants")


def test_same_anticoagulant_twice_is_one_drug() -> None:
    plan = planned_with(med("apixaban", "09:00"), med("apixaban", "21:00"))

    assert [hold.drug for hold in plan.holds] == ["apixaban"]
    assert plan.clinician_actions == ()
    assert outcome(med("apixaban", "09:00"), med("apixaban", "21:00")) == (
        "proposed",
        ["4 doses, 2027-01-18T09:00"],
    )


def test_childs_two_anticoagulants_are_reviewed_as_a_childs() -> None:
    plan = planned_with(med("warfarin"), med("heparin"), age_years=12)

    assert plan.clinician_actions == ("paediatric_medicine_review",)


@pytest.mark.parametrize(
    ("evidence", "conditions", "codes"),
    [
        ((), [], {"bridging"}),
        ((done("bridging_plan_signed", 2),), [], set()),
        ((done("bridging_plan_signed", 2),), ["hit_history"], {"bridging", "any_heparin"}),
    ],
)
def test_bridging_is_not_sent_without_its_plan_nor_after_hit(
    evidence: Any, conditions: list[str], codes: set[str]
) -> None:
    plan = planned_with(med("warfarin", "18:00"), evidence=evidence, conditions=conditions)

    assert {"bridging", "any_heparin"}.intersection(plan.never_send) == codes


def test_bridging_is_not_a_question_without_an_anticoagulant() -> None:
    assert "bridging" not in planned_with(med("aspirin")).never_send

"""Stents, recent events and thrombotic risk between a row and a stop."""

from typing import Any

import pytest
from preparation_samples import done, med, outcome, planned_with

from procedures.preparation import Medication

OPEN = ("needs_clinician", [])
WAITING = (
    "stent_stable_under_6_months",
    "stent_acs_under_12_months",
    "acs_within_3_months",
    "stroke_within_3_months",
)
DECIDED = (done("cardiology_decision", 5),)
BRIDGED = (done("bridging_plan_signed", 5),)
HIGH_RISK = (
    "mechanical_heart_valve",
    "vte_within_3_months",
    "stroke_within_3_months",
    "cha2ds2vasc_7_or_more",
)


def questions(*medications: Medication, **changes: Any) -> tuple[set[str], set[str]]:
    """Return the actions, and the missing items that only a drug asks for."""
    plan = planned_with(*medications, **changes)
    items = {
        "cardiology_decision",
        "bridging_plan_signed",
        "anticoagulation_plan_signed",
        "creatinine_clearance",
    }
    return set(plan.clinician_actions), items.intersection(plan.prerequisites_missing)


@pytest.mark.parametrize("condition", WAITING)
@pytest.mark.parametrize(
    "drug", ["aspirin", "aspirin/dipyridamole", "clopidogrel", "prasugrel", "ticagrelor"]
)
def test_waiting_period_offers_no_date_without_a_decision(drug: str, condition: str) -> None:
    assert outcome(med(drug), conditions=[condition]) == OPEN
    assert questions(med(drug), conditions=[condition]) == (
        {"postpone_or_mdt_decision"},
        {"cardiology_decision"},
    )


def test_waiting_period_with_a_decision_offers_the_rows_numbers() -> None:
    changes = {"conditions": ["acs_within_3_months", "stent_beyond_window"], "evidence": DECIDED}

    assert outcome(med("clopidogrel"), **changes) == ("needs_clinician", ["5 days, 2027-01-14"])
    assert outcome(med("aspirin"), **changes) == (
        "needs_clinician",
        ["3 days, 2027-01-16", "5 days, 2027-01-14"],
    )
    assert questions(med("aspirin"), **changes) == (set(), set())


@pytest.mark.parametrize("drug", ["cilostazol", "abciximab", "ibuprofen", "cangrelor"])
def test_waiting_period_leaves_other_drugs_alone(drug: str) -> None:
    changes = {"conditions": ["acs_within_3_months"]}

    assert outcome(med(drug), **changes) == outcome(med(drug))
    assert "postpone_or_mdt_decision" not in questions(med(drug), **changes)[0]


def test_older_stent_keeps_the_row_and_asks_for_agreement() -> None:
    changes = {"conditions": ["stent_beyond_window"]}
    plan = planned_with(med("clopidogrel"), **changes)

    assert outcome(med("clopidogrel"), **changes) == ("proposed", ["5 days, 2027-01-14"])
    assert questions(med("clopidogrel"), **changes) == ({"cardiology_agreement"}, {"cardiology_decision"})
    assert "medicine_stop:clopidogrel" in plan.never_send


def test_older_stent_with_agreement_changes_nothing() -> None:
    changes = {"conditions": ["stent_beyond_window"], "evidence": DECIDED}
    plan = planned_with(med("clopidogrel"), **changes)

    assert questions(med("clopidogrel"), **changes) == (set(), set())
    assert "medicine_stop:clopidogrel" not in plan.never_send


def test_stent_is_not_asked_about_where_antiplatelets_continue() -> None:
    low = {"procedure": "cryoneurolysis_hip", "anaesthesia": "local", "conditions": ["acs_within_3_months"]}

    assert outcome(med("clopidogrel"), **low) == "continued"
    assert questions(med("clopidogrel"), **low) == (set(), set())


@pytest.mark.parametrize("condition", [*HIGH_RISK, "severe_thrombophilia"])
def test_warfarin_at_thrombotic_risk_waits_for_the_bridging_plan(condition: str) -> None:
    changes = {"conditions": [condition]}

    assert outcome(med("warfarin"), **changes) == ("needs_clinician", ["5 days, 2027-01-14"])
    assert questions(med("warfarin"), **changes) == ({"bridging_plan"}, {"bridging_plan_signed"})


def test_warfarin_with_a_bridging_plan_keeps_the_row() -> None:
    changes = {"conditions": ["mechanical_heart_valve"], "evidence": BRIDGED}

    assert outcome(med("warfarin"), **changes) == ("proposed", ["5 days, 2027-01-14"])
    assert questions(med("warfarin"), **changes) == (set(), set())


@pytest.mark.parametrize(
    ("medication", "clearance", "expected", "actions"),
    [
        (
            med("apixaban", "09:00"),
            80,
            ("needs_clinician", ["4 doses, 2027-01-16T09:00"]),
            {"thrombosis_review"},
        ),
        (
            med("apixaban", "09:00"),
            None,
            ("needs_clinician", ["4 doses, 2027-01-16T09:00", "6 doses, 2027-01-14T09:00"]),
            {"thrombosis_review", "obtain_creatinine_clearance"},
        ),
        (
            med("heparin", route="iv"),
            80,
            ("needs_clinician", ["4 hours, 2027-01-20T06:00", "6 hours, 2027-01-20T04:00"]),
            {"thrombosis_review", "check_aptt"},
        ),
        (med("apixaban", "09:00"), 10, OPEN, {"anticoagulation_plan"}),
        (med("apixaban"), 80, OPEN, {"clarify_medicine:apixaban"}),
        (med("clopidogrel"), 80, ("proposed", ["5 days, 2027-01-14"]), set()),
    ],
)
def test_other_stops_at_thrombotic_risk_are_reviewed(
    medication: Medication, clearance: float | None, expected: Any, actions: set[str]
) -> None:
    changes = {"conditions": ["vte_within_3_months"], "creatinine_clearance": clearance}

    assert outcome(medication, **changes) == expected
    assert questions(medication, **changes)[0] == actions

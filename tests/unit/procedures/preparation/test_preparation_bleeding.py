"""Anticoagulants, antiplatelets and NSAIDs in every bleeding class."""

from typing import Any

import pytest
from preparation_samples import done, med, outcome, planned_with

from procedures.preparation import Medication

OPEN = ("needs_clinician", [])
LOW = {"procedure": "cryoneurolysis_genicular", "anaesthesia": "local"}
MINIMAL = {"procedure": "skin_actinic_keratosis", "anaesthesia": "none"}
ABLATION = {"procedure": "af_cryoballoon", "anaesthesia": "general"}
NOT_RATED = {"procedure": "cervix_cryo", "anaesthesia": "none"}

ANTITHROMBOTICS = [
    "warfarin",
    "apixaban",
    "rivaroxaban",
    "dabigatran",
    "edoxaban",
    "betrixaban",
    "heparin",
    "enoxaparin",
    "dalteparin",
    "fondaparinux",
    "argatroban",
    "bivalirudin",
    "aspirin",
    "aspirin/dipyridamole",
    "clopidogrel",
    "prasugrel",
    "ticagrelor",
    "cangrelor",
    "cilostazol",
    "abciximab",
    "eptifibatide",
    "tirofiban",
    "ibuprofen",
    "ketoprofen",
    "naproxen",
    "piroxicam",
    "celecoxib",
]
HELD_AT_LOW_RISK = {
    "cangrelor": OPEN,
    "abciximab": ("proposed", ["24 hours, 2027-01-19T10:00"]),
    "eptifibatide": ("needs_choice", ["4 hours, 2027-01-20T06:00", "8 hours, 2027-01-20T02:00"]),
    "tirofiban": ("needs_choice", ["4 hours, 2027-01-20T06:00", "8 hours, 2027-01-20T02:00"]),
}


@pytest.mark.parametrize("drug", ANTITHROMBOTICS)
def test_minimal_class_continues_everything(drug: str) -> None:
    assert outcome(med(drug), **MINIMAL) == "continued"


@pytest.mark.parametrize("drug", ANTITHROMBOTICS)
def test_low_class_holds_only_what_its_rows_hold(drug: str) -> None:
    assert outcome(med(drug), **LOW, creatinine_clearance=None) == HELD_AT_LOW_RISK.get(drug, "continued")


def test_cangrelor_defers_the_procedure_at_low_and_high_risk() -> None:
    assert planned_with(med("cangrelor"), **LOW).clinician_actions == ("defer_procedure",)
    assert "defer_procedure" in planned_with(med("cangrelor")).clinician_actions


@pytest.mark.parametrize(
    ("drug", "expected", "actions"),
    [
        ("warfarin", "continued", []),
        ("apixaban", "continued", ["electrophysiologist_morning_dose"]),
        ("edoxaban", "continued", ["electrophysiologist_morning_dose"]),
        ("enoxaparin", OPEN, ["anticoagulation_plan"]),
        ("fondaparinux", OPEN, ["anticoagulation_plan"]),
        ("cilostazol", OPEN, ["antiplatelet_plan"]),
        ("aspirin", OPEN, ["antiplatelet_plan"]),
        ("cangrelor", OPEN, ["antiplatelet_plan"]),
        ("ibuprofen", OPEN, ["antiplatelet_plan"]),
        ("celecoxib", "continued", []),
    ],
)
def test_uninterrupted_class_continues_oral_anticoagulants(
    drug: str, expected: Any, actions: list[str]
) -> None:
    changes = {**ABLATION, "conditions": ["dialysis", "stroke_within_3_months"], "creatinine_clearance": None}

    assert outcome(med(drug), **changes) == expected
    assert list(planned_with(med(drug), **changes).clinician_actions) == actions


@pytest.mark.parametrize(
    ("drug", "expected", "actions"),
    [
        ("warfarin", OPEN, ["anticoagulation_plan"]),
        ("apixaban", OPEN, ["anticoagulation_plan"]),
        ("clopidogrel", OPEN, ["antiplatelet_plan"]),
        ("cilostazol", OPEN, ["antiplatelet_plan"]),
        ("naproxen", OPEN, ["antiplatelet_plan"]),
        ("etoricoxib", "continued", []),
    ],
)
def test_class_without_rows_asks_a_clinician(drug: str, expected: Any, actions: list[str]) -> None:
    assert outcome(med(drug), **NOT_RATED) == expected
    assert list(planned_with(med(drug), **NOT_RATED).clinician_actions) == actions


def test_signed_anticoagulation_plan_is_not_asked_again() -> None:
    unsigned = planned_with(med("warfarin"), **NOT_RATED)
    signed = planned_with(med("warfarin"), **NOT_RATED, evidence=(done("anticoagulation_plan_signed", 3),))

    assert "anticoagulation_plan_signed" in unsigned.prerequisites_missing
    assert "anticoagulation_plan_signed" not in signed.prerequisites_missing
    assert signed.clinician_actions == ()
    assert [hold.options for hold in signed.holds] == [()]


@pytest.mark.parametrize(
    ("medication", "clearance", "expected"),
    [
        (med("warfarin"), None, ("proposed", ["5 days, 2027-01-14"])),
        (med("apixaban", "09:00 21:00"), 50, ("proposed", ["4 doses, 2027-01-18T09:00"])),
        (med("apixaban", "09:00 21:00"), 49.9, ("proposed", ["6 doses, 2027-01-17T09:00"])),
        (med("apixaban", "09:00 21:00"), 30, ("proposed", ["6 doses, 2027-01-17T09:00"])),
        (med("apixaban", "09:00 21:00"), 29.9, OPEN),
        (med("rivaroxaban", "18:00"), 30, ("proposed", ["2 doses, 2027-01-17T18:00"])),
        (med("rivaroxaban", "18:00"), 29, ("proposed", ["3 doses, 2027-01-16T18:00"])),
        (med("rivaroxaban", "18:00"), 14.9, OPEN),
        (med("dabigatran", "08:00 20:00"), 50, ("proposed", ["4 doses, 2027-01-18T08:00"])),
        (
            med("dabigatran", "08:00 20:00"),
            45,
            ("needs_choice", ["6 doses, 2027-01-17T08:00", "8 doses, 2027-01-16T08:00"]),
        ),
        (med("edoxaban", "18:00"), 15, ("proposed", ["2 doses, 2027-01-17T18:00"])),
        (med("betrixaban", "18:00"), 60, ("proposed", ["3 doses, 2027-01-16T18:00"])),
        (med("fondaparinux"), 50, ("needs_choice", ["2 days, 2027-01-17", "3 days, 2027-01-16"])),
        (med("fondaparinux"), 40, ("needs_choice", ["3 days, 2027-01-16", "5 days, 2027-01-14"])),
        (med("fondaparinux"), 29, OPEN),
        (med("dalteparin", "20:00"), None, ("proposed", ["1 doses, 2027-01-18T20:00"])),
        (
            med("enoxaparin", "20:00", regimen="prophylactic"),
            None,
            ("proposed", ["1 doses, 2027-01-18T20:00"]),
        ),
        (
            med("enoxaparin", "08:00 20:00", regimen="therapeutic"),
            80,
            ("proposed", ["2 doses, 2027-01-19T08:00"]),
        ),
        (med("heparin", "08:00 16:00", route="sc"), 80, ("proposed", ["6 hours, 2027-01-19T16:00"])),
        (
            med("heparin", route="iv"),
            80,
            ("needs_choice", ["4 hours, 2027-01-20T06:00", "6 hours, 2027-01-20T04:00"]),
        ),
        (med("argatroban"), 80, ("needs_choice", ["2 hours, 2027-01-20T08:00", "4 hours, 2027-01-20T06:00"])),
        (med("clopidogrel"), None, ("proposed", ["5 days, 2027-01-14"])),
        (med("prasugrel"), None, ("proposed", ["7 days, 2027-01-12"])),
        (med("ticagrelor"), None, ("proposed", ["5 days, 2027-01-14"])),
        (med("aspirin"), None, ("needs_choice", ["3 days, 2027-01-16", "5 days, 2027-01-14"])),
        (med("cilostazol"), None, "continued"),
        (med("celecoxib"), None, "continued"),
        (med("abciximab"), None, ("proposed", ["24 hours, 2027-01-19T10:00"])),
        (med("cangrelor"), None, OPEN),
        (med("ibuprofen"), None, ("needs_clinician", ["1 days, 2027-01-18"])),
        (med("piroxicam"), None, ("needs_clinician", ["10 days, 2027-01-09"])),
        (med("ketoprofen"), None, OPEN),
    ],
)
def test_high_class_follows_the_high_row(
    medication: Medication, clearance: float | None, expected: Any
) -> None:
    assert outcome(medication, creatinine_clearance=clearance) == expected


@pytest.mark.parametrize(
    ("medication", "clearance", "actions"),
    [
        (med("heparin", route="iv"), 80, {"check_aptt"}),
        (med("heparin", "08:00", route="sc"), 80, set()),
        (med("bivalirudin"), 80, {"check_aptt"}),
        (med("enoxaparin", "08:00", regimen="therapeutic"), 50, set()),
        (med("enoxaparin", "08:00", regimen="therapeutic"), 49, {"check_anti_xa"}),
        (med("enoxaparin", "08:00", regimen="therapeutic"), None, {"check_anti_xa"}),
        (med("enoxaparin", regimen="therapeutic"), None, {"check_anti_xa", "clarify_medicine:enoxaparin"}),
        (med("enoxaparin", "08:00", regimen="prophylactic"), 20, set()),
        (med("edoxaban", "08:00"), 50, set()),
        (med("edoxaban", "08:00"), 49, {"check_drug_level"}),
        (med("edoxaban", "08:00"), None, {"obtain_creatinine_clearance"}),
        (med("apixaban", "08:00"), 29, {"anticoagulation_plan"}),
    ],
)
def test_high_row_raises_its_actions(
    medication: Medication, clearance: float | None, actions: set[str]
) -> None:
    plan = planned_with(medication, creatinine_clearance=clearance)

    assert set(plan.clinician_actions) == actions


@pytest.mark.parametrize(
    "medication",
    [
        med("heparin", "08:00"),
        med("enoxaparin", "08:00"),
        med("dalteparin"),
        med("apixaban"),
        med("heparin", route="sc"),
        med("enoxaparin", regimen="prophylactic"),
    ],
)
def test_high_row_without_what_it_needs_asks_to_clarify(medication: Medication) -> None:
    plan = planned_with(medication)

    assert outcome(medication) == OPEN
    assert plan.clinician_actions == (f"clarify_medicine:{medication.drug}",)


def test_entries_that_disagree_about_the_regimen_are_clarified() -> None:
    entries = [med("enoxaparin", "08:00", regimen=regimen) for regimen in ("prophylactic", "therapeutic")]

    assert outcome(*entries) == OPEN
    assert planned_with(*entries).clinician_actions == ("clarify_medicine:enoxaparin",)


@pytest.mark.parametrize(
    ("medication", "options"),
    [
        (med("apixaban", "09:00 21:00"), ["4 doses, 2027-01-18T09:00", "6 doses, 2027-01-17T09:00"]),
        (
            med("dabigatran", "08:00"),
            ["4 doses, 2027-01-16T08:00", "6 doses, 2027-01-14T08:00", "8 doses, 2027-01-12T08:00"],
        ),
        (med("rivaroxaban", "08:00"), ["2 doses, 2027-01-18T08:00", "3 doses, 2027-01-17T08:00"]),
        (med("edoxaban", "18:00"), ["2 doses, 2027-01-17T18:00"]),
        (med("fondaparinux"), ["2 days, 2027-01-17", "3 days, 2027-01-16", "5 days, 2027-01-14"]),
        (med("apixaban"), []),
    ],
)
def test_unknown_clearance_offers_every_number_of_the_drug(
    medication: Medication, options: list[str]
) -> None:
    plan = planned_with(medication, creatinine_clearance=None)
    clarify = [] if options else [f"clarify_medicine:{medication.drug}"]

    assert outcome(medication, creatinine_clearance=None) == ("needs_clinician", options)
    assert list(plan.clinician_actions) == [*clarify, "obtain_creatinine_clearance"]
    assert "creatinine_clearance" in plan.prerequisites_missing


@pytest.mark.parametrize(
    ("medication", "expected"),
    [
        (med("apixaban", "08:00"), OPEN),
        (med("dalteparin", "08:00"), OPEN),
        (med("enoxaparin", "08:00", regimen="prophylactic"), OPEN),
        (med("fondaparinux"), OPEN),
        (med("warfarin"), ("proposed", ["5 days, 2027-01-14"])),
        (med("heparin", "02:00", route="sc"), ("proposed", ["6 hours, 2027-01-20T02:00"])),
    ],
)
def test_dialysis_leaves_no_row_for_drugs_the_kidney_clears(medication: Medication, expected: Any) -> None:
    plan = planned_with(medication, conditions=["dialysis"], creatinine_clearance=None)

    assert outcome(medication, conditions=["dialysis"], creatinine_clearance=None) == expected
    assert plan.clinician_actions == (("anticoagulation_plan",) if expected == OPEN else ())
    assert "creatinine_clearance" not in plan.prerequisites_missing


def test_dialysis_comes_after_a_regimen_that_is_not_known() -> None:
    plan = planned_with(med("enoxaparin", "08:00"), conditions=["dialysis"])

    assert plan.clinician_actions == ("clarify_medicine:enoxaparin",)


@pytest.mark.parametrize(("target", "expected"), [("superficial", "continued"), ("deep", OPEN)])
def test_target_decides_the_class_of_cancer_pain(target: str, expected: Any) -> None:
    case = {"procedure": "cryoneurolysis_cancer_pain", "target": target, "anaesthesia": "local"}

    assert outcome(med("apixaban", "08:00"), **case, creatinine_clearance=10) == expected


@pytest.mark.parametrize("target", [None, "lumbar", "thoracic"])
def test_lumbar_and_thoracic_facets_are_low_risk(target: str | None) -> None:
    case = {"procedure": "cryoneurolysis_facet_lumbar", "target": target, "anaesthesia": "local"}

    assert outcome(med("clopidogrel"), **case) == "continued"

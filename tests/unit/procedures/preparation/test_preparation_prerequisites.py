"""Which prerequisites are asked, how long evidence lasts, and what laboratory values say."""

from typing import Any

import pytest
from preparation_samples import done, med, planned, planned_with

from procedures.preparation import EvidenceEntry

AWAKE = {"anaesthesia": "local"}
ALWAYS = {"consent", "allergy_review"}
LABORATORY = {"planning_imaging", "platelet_count", "haemoglobin", "inr", "egfr"}
SEDATED = {"anaesthesia_assessment", "escort_named"}
BLOCK = {"clinical_interview", "planning_imaging", "diagnostic_block_positive"}
WARFARIN = med("warfarin", "18:00")


def missing(*medications: Any, **changes: Any) -> set[str]:
    return set(planned_with(*medications, **changes).prerequisites_missing)


def judged(
    item: str, *entries: EvidenceEntry, medications: Any = (), **changes: Any
) -> tuple[bool, set[str]]:
    """Return whether the item is missing, and the clinician actions."""
    plan = planned_with(*medications, evidence=entries, **changes)
    return item in plan.prerequisites_missing, set(plan.clinician_actions)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, ALWAYS | LABORATORY | SEDATED),
        (AWAKE, ALWAYS | LABORATORY),
        (
            {"age_years": 9},
            LABORATORY
            | {
                "guardian_consent",
                "allergy_review",
                "anaesthesia_assessment",
                "guardian_named",
                "weight_recorded",
            },
        ),
        ({**AWAKE, "age_years": 9}, LABORATORY | {"guardian_consent", "allergy_review", "guardian_named"}),
        ({"conditions": ["chronic_liver_disease"]}, ALWAYS | LABORATORY | SEDATED | {"fibrinogen"}),
        ({**AWAKE, "procedure": "breast_cryo"}, ALWAYS | {"core_biopsy_histology", "planning_imaging"}),
        (
            {**AWAKE, "procedure": "breast_cryo", "conditions": ["chronic_liver_disease"]},
            ALWAYS | {"core_biopsy_histology", "planning_imaging", "fibrinogen"},
        ),
        (
            {**AWAKE, "procedure": "cryoneurolysis_hip", "conditions": ["chronic_liver_disease"]},
            ALWAYS | BLOCK,
        ),
        (
            {**AWAKE, "procedure": "cryoneurolysis_cancer_pain", "target": "deep"},
            ALWAYS | BLOCK | {"platelet_count", "inr"},
        ),
        ({**AWAKE, "procedure": "cervix_cryo"}, ALWAYS | {"histology_or_screen_positive", "pregnancy_test"}),
        ({**AWAKE, "procedure": "skin_actinic_keratosis"}, ALWAYS | {"diagnosis_recorded"}),
        (
            {"procedure": "retinoblastoma_cryo", "age_years": 2},
            {
                "eua_plan",
                "guardian_consent",
                "allergy_review",
                "anaesthesia_assessment",
                "guardian_named",
                "weight_recorded",
            },
        ),
        (
            {"procedure": "af_cryoballoon"},
            {"oac_at_least_21_days", "la_thrombus_exclusion_plan", "echo", "egfr", "haemoglobin"}
            | ALWAYS
            | SEDATED,
        ),
    ],
)
def test_asked_items_follow_procedure_sedation_and_age(changes: dict[str, Any], expected: set[str]) -> None:
    assert missing(**changes) == expected


@pytest.mark.parametrize(
    ("procedure", "item"),
    [
        ("renal_cryo", "inr_recheck_booked"),
        ("cryoneurolysis_hip", "inr_within_3"),
        ("af_cryoballoon", "inr_2_to_3"),
        ("skin_actinic_keratosis", None),
        ("cervix_cryo", None),
    ],
)
@pytest.mark.parametrize("age_years", [60, 16])
def test_warfarin_asks_for_an_inr_from_the_class_alone(
    procedure: str, item: str | None, age_years: int
) -> None:
    items = missing(WARFARIN, med("apixaban"), procedure=procedure, **AWAKE, age_years=age_years)

    assert items & {"inr_recheck_booked", "inr_within_3", "inr_2_to_3"} == ({item} if item else set())


@pytest.mark.parametrize(
    ("changes", "asked"),
    [
        ({"sex": "f", "age_years": 11.9}, False),
        ({"sex": "f", "age_years": 12}, True),
        ({"sex": "f", "age_years": 55.9}, True),
        ({"sex": "f", "age_years": 56}, False),
        ({"sex": "other", "age_years": 30}, True),
        ({"sex": "m", "age_years": 30}, False),
        ({"sex": "f", "age_years": 30, "conditions": ["hysterectomy"]}, False),
        ({"sex": "f", "age_years": 30, "conditions": ["postmenopausal"]}, False),
        ({"sex": "f", "age_years": 30, "conditions": ["postmenopausal", "could_be_pregnant"]}, True),
        ({"sex": "m", "age_years": 60, "conditions": ["could_be_pregnant"]}, True),
        ({"sex": "f", "age_years": 30, **AWAKE, "procedure": "cryoneurolysis_hip"}, True),
        ({"sex": "f", "age_years": 30, **AWAKE, "procedure": "cryoneurolysis_hip", "guidance": "us"}, False),
        ({"sex": "f", "age_years": 30, **AWAKE, "procedure": "cryoneurolysis_genicular"}, False),
        (
            {
                "sex": "f",
                "age_years": 30,
                **AWAKE,
                "procedure": "cryoneurolysis_genicular",
                "guidance": "xray",
            },
            True,
        ),
        ({"sex": "f", "age_years": 30, "procedure": "cryoneurolysis_genicular", "guidance": "us"}, True),
        ({**AWAKE, "procedure": "cryoneurolysis_genicular", "conditions": ["could_be_pregnant"]}, False),
        ({**AWAKE, "procedure": "cervix_cryo", "sex": "f", "conditions": ["hysterectomy"]}, True),
    ],
)
def test_pregnancy_test_is_asked_of_whoever_may_be_pregnant(changes: dict[str, Any], asked: bool) -> None:
    assert ("pregnancy_test" in missing(**changes)) is asked


@pytest.mark.parametrize(
    ("item", "days", "changes"),
    [
        ("planning_imaging", 60, {}),
        ("planning_imaging", 365, {"procedure": "cryoneurolysis_facet_cervical"}),
        ("planning_imaging", 60, {"procedure": "breast_cryo"}),
        ("platelet_count", 30, {}),
        ("platelet_count", 7, {"conditions": ["chemotherapy"]}),
        ("platelet_count", 7, {"conditions": ["chronic_liver_disease"]}),
        ("inr", 30, {"conditions": ["chronic_liver_disease"]}),
        ("fibrinogen", 7, {"conditions": ["chronic_liver_disease"]}),
        ("anaesthesia_assessment", 90, {}),
        ("weight_recorded", 7, {"age_years": 3}),
        ("echo", 180, {"procedure": "af_cryoballoon"}),
        ("pregnancy_test", 0, {"conditions": ["could_be_pregnant"]}),
    ],
)
def test_evidence_lasts_its_days_and_no_longer(item: str, days: int, changes: dict[str, Any]) -> None:
    assert item not in missing(evidence=(done(item, days),), **changes)
    assert item in missing(evidence=(done(item, days + 1),), **changes)
    assert item in missing(evidence=(done(item, -1),), **changes)


def test_evidence_for_this_booking_does_not_age() -> None:
    assert "consent" not in missing(evidence=(done("consent", 400),))
    assert "consent" in missing(evidence=(done("consent", -1),))


def test_plans_count_for_the_pregnancy_test_of_the_day_only() -> None:
    could_be = {"conditions": ["could_be_pregnant"]}

    assert "pregnancy_test" not in missing(evidence=(planned("pregnancy_test"),), **could_be)
    assert "pregnancy_test" in missing(evidence=(planned("pregnancy_test", 1),), **could_be)
    assert "consent" in missing(evidence=(planned("consent"),))
    assert "platelet_count" in missing(evidence=(planned("platelet_count"),))


@pytest.mark.parametrize(
    ("item", "value", "conditions", "fails"),
    [
        ("inr", 1.8, [], False),
        ("inr", 1.81, [], True),
        ("inr", 2.49, ["chronic_liver_disease"], False),
        ("inr", 2.5, ["chronic_liver_disease"], True),
        ("platelet_count", 50, [], False),
        ("platelet_count", 49, [], True),
        ("platelet_count", 31, ["chronic_liver_disease"], False),
        ("platelet_count", 30, ["chronic_liver_disease"], True),
        ("fibrinogen", 101, ["chronic_liver_disease"], False),
        ("fibrinogen", 100, ["chronic_liver_disease"], True),
        ("haemoglobin", 1, [], False),
        ("egfr", 1, [], False),
    ],
)
def test_laboratory_values_are_judged_by_class_and_liver(
    item: str, value: float, conditions: list[str], fails: bool
) -> None:
    actions = {f"lab_out_of_range:{item}"} if fails else set()

    assert judged(item, done(item, 3, value), conditions=conditions) == (fails, actions)


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ((done("inr", 5, 3.0), done("inr", 3, 1.2)), (False, set())),
        ((done("inr", 5, 1.2), done("inr", 3, 3.0)), (True, {"lab_out_of_range:inr"})),
        ((done("inr", 5, 3.0), done("inr", 3)), (False, set())),
        ((done("inr", 3, 1.2), done("inr", 3, 3.0)), (True, {"lab_out_of_range:inr"})),
        ((done("inr", 3, 1.2), done("inr", -1, 3.0)), (False, set())),
        ((done("inr", 31, 3.0),), (True, set())),
        ((), (True, set())),
    ],
)
def test_latest_entry_in_date_counts(entries: tuple[EvidenceEntry, ...], expected: Any) -> None:
    assert judged("inr", *entries) == expected
    assert judged("inr", *reversed(entries)) == expected


def test_value_nobody_asked_for_is_not_judged() -> None:
    assert judged("inr", done("inr", 3, 9.0), procedure="breast_cryo", **AWAKE) == (False, set())
    assert judged("inr", done("inr", 3, 9.0), procedure="cryoneurolysis_hip", **AWAKE) == (False, set())


@pytest.mark.parametrize(
    ("days_before", "value", "expected"),
    [
        (2, 2.6, (False, set())),
        (1, 2.6, (True, {"lab_out_of_range:inr"})),
        (0, 2.6, (True, {"lab_out_of_range:inr"})),
        (0, 1.5, (False, set())),
    ],
)
def test_inr_on_warfarin_is_judged_from_the_day_before(days_before: int, value: float, expected: Any) -> None:
    assert judged("inr", done("inr", days_before, value), medications=[WARFARIN]) == expected


@pytest.mark.parametrize(
    ("entry", "booked"),
    [
        (planned("inr_recheck_booked", 1), True),
        (planned("inr_recheck_booked"), True),
        (done("inr_recheck_booked", 1), True),
        (planned("inr"), True),
        (done("inr"), True),
        (planned("inr_recheck_booked", 2), False),
        (planned("inr_recheck_booked", -1), False),
        (done("inr", 2), False),
    ],
)
def test_inr_recheck_is_the_day_before_or_the_same_day(entry: EvidenceEntry, booked: bool) -> None:
    assert ("inr_recheck_booked" not in missing(WARFARIN, evidence=(entry,))) is booked


@pytest.mark.parametrize(
    ("procedure", "item", "entries", "expected"),
    [
        ("cryoneurolysis_hip", "inr_within_3", (done("inr", 7, 3.0),), (False, set())),
        ("cryoneurolysis_hip", "inr_within_3", (done("inr", 7, 1.0),), (False, set())),
        ("cryoneurolysis_hip", "inr_within_3", (done("inr", 7, 3.1),), (True, {"manage_inr"})),
        ("cryoneurolysis_hip", "inr_within_3", (done("inr", 8, 2.0),), (True, set())),
        ("cryoneurolysis_hip", "inr_within_3", (done("inr", 7),), (True, set())),
        ("cryoneurolysis_hip", "inr_within_3", (done("inr", -1, 2.0),), (True, set())),
        ("cryoneurolysis_hip", "inr_within_3", (done("inr", 5, 4.0), done("inr", 2, 2.5)), (False, set())),
        ("cryoneurolysis_hip", "inr_within_3", (done("inr", 5, 2.5), done("inr", 2)), (True, set())),
        ("cryoneurolysis_hip", "inr_within_3", (planned("inr", 0),), (True, set())),
        ("cryoneurolysis_hip", "inr_within_3", (done("inr_within_3", 1),), (True, set())),
        ("af_cryoballoon", "inr_2_to_3", (done("inr", 3, 2.0),), (False, set())),
        ("af_cryoballoon", "inr_2_to_3", (done("inr", 3, 3.0),), (False, set())),
        ("af_cryoballoon", "inr_2_to_3", (done("inr", 3, 1.9),), (True, {"manage_inr"})),
        ("af_cryoballoon", "inr_2_to_3", (done("inr", 3, 3.1),), (True, {"manage_inr"})),
    ],
)
def test_inr_of_a_patient_who_stays_on_warfarin(
    procedure: str, item: str, entries: tuple[EvidenceEntry, ...], expected: Any
) -> None:
    assert judged(item, *entries, medications=[WARFARIN], procedure=procedure) == expected


def test_clearance_is_a_fact_and_not_an_entry() -> None:
    apixaban = med("apixaban", "08:00")
    entry = done("creatinine_clearance", 1, 80)

    assert "creatinine_clearance" in missing(apixaban, creatinine_clearance=None, evidence=(entry,))
    assert "creatinine_clearance" not in missing(apixaban, creatinine_clearance=80)

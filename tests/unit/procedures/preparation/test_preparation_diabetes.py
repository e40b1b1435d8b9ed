"""Diabetes drugs: held for the fast, metformin also for contrast; insulin never without a clinician."""

from typing import Any

import pytest
from preparation_samples import med, outcome, planned_with

from procedures.preparation import Medication

OPEN = ("needs_clinician", [])
AWAKE = {"anaesthesia": "local"}


@pytest.mark.parametrize(
    ("medication", "expected"),
    [
        (med("empagliflozin"), ("proposed", ["3 days, 2027-01-16"])),
        (med("ertugliflozin", "08:00"), ("proposed", ["4 days, 2027-01-15"])),
        (med("metformin", "08:00 18:00"), ("proposed", ["1 doses, 2027-01-19T18:00"])),
        (med("metformin", "18:00"), "continued"),
        (med("metformin"), OPEN),
        (med("gliclazide", "08:00"), ("proposed", ["1 doses, 2027-01-19T08:00"])),
        (med("sitagliptin", "07:00 11:00"), ("proposed", ["2 doses, 2027-01-19T11:00"])),
        (med("pioglitazone"), OPEN),
        (
            med("insulin glargine", "21:00"),
            ("needs_clinician", ["75 %, 2027-01-19T21:00", "80 %, 2027-01-19T21:00"]),
        ),
        (
            med("insulin degludec", "10:00"),
            ("needs_clinician", ["75 %, 2027-01-20T10:00", "80 %, 2027-01-20T10:00"]),
        ),
        (med("insulin detemir"), ("needs_clinician", ["75 %, None", "80 %, None"])),
        (
            med("insulin nph", "07:00 11:00 21:00"),
            ("needs_clinician", ["50 %, 2027-01-20T07:00", "50 %, 2027-01-20T11:00"]),
        ),
        (med("insulin nph", "21:00"), OPEN),
        (med("insulin nph"), OPEN),
        (med("insulin lispro", "08:00"), OPEN),
        (med("insulin mixed", "08:00"), OPEN),
        (med("insulin pump"), OPEN),
    ],
)
def test_sedation_holds_or_reduces(medication: Medication, expected: Any) -> None:
    assert outcome(medication) == expected
    assert outcome(medication, **AWAKE) == "continued"


@pytest.mark.parametrize("drug", ["metformin", "pioglitazone", "insulin nph"])
def test_missing_dose_times_are_clarified(drug: str) -> None:
    assert planned_with(med(drug)).clinician_actions == (f"clarify_medicine:{drug}",)
    assert planned_with(med(drug), **AWAKE).clinician_actions == ()


@pytest.mark.parametrize("drug", ["insulin detemir", "insulin lispro", "insulin pump"])
def test_insulin_without_times_raises_nothing_more(drug: str) -> None:
    plan = planned_with(med(drug))

    assert plan.clinician_actions == ()
    assert plan.lead_time_days == 1
    assert f"medicine_unchanged:{drug}" in plan.never_send


def test_insulin_continued_may_be_taken_as_usual() -> None:
    assert (
        "medicine_unchanged:insulin glargine" not in planned_with(med("insulin glargine"), **AWAKE).never_send
    )


@pytest.mark.parametrize(
    ("contrast", "egfr", "held", "codes"),
    [
        ("none", 20, False, set()),
        ("none", None, False, set()),
        ("iodinated_iv", 30, False, {"metformin_contrast_hold"}),
        ("iodinated_iv", 29.9, True, {"medicine_resume:metformin"}),
        ("iodinated_iv", None, True, {"medicine_resume:metformin"}),
        ("iodinated_arterial", 90, True, {"medicine_resume:metformin"}),
        ("iodinated_arterial", None, True, {"medicine_resume:metformin"}),
    ],
)
@pytest.mark.parametrize("sedated", [True, False])
def test_contrast_holds_metformin_at_low_or_unknown_kidney_function(
    contrast: str, egfr: float | None, held: bool, codes: set[str], sedated: bool
) -> None:
    changes = {"contrast": contrast, "egfr": egfr, "anaesthesia": "moderate_sedation" if sedated else "none"}
    plan = planned_with(med("metformin", "08:00"), **changes)

    expected = ("proposed", ["1 doses, 2027-01-19T08:00"]) if held or sedated else "continued"
    assert outcome(med("metformin", "08:00"), **changes) == expected
    assert {code for code in plan.never_send if "metformin" in code and "stop" not in code} == codes
    assert plan.clinician_actions == (("metformin_low_egfr",) if egfr is not None and egfr < 30 else ())


def test_metformin_resumption_is_barred_even_where_no_dose_is_held() -> None:
    plan = planned_with(med("metformin", "18:00"), contrast="iodinated_arterial", **AWAKE)

    assert plan.continued == ("metformin",)
    assert "medicine_resume:metformin" in plan.never_send


def test_tablet_containing_metformin_is_metformin() -> None:
    tablet = med("sitagliptin/metformin", "08:00")

    held = planned_with(tablet, contrast="iodinated_iv", egfr=20, **AWAKE)
    spared = planned_with(tablet, contrast="iodinated_iv", egfr=60, **AWAKE)

    assert "medicine_resume:sitagliptin/metformin" in held.never_send
    assert held.clinician_actions == ("combination_tablet:sitagliptin/metformin", "metformin_low_egfr")
    assert "metformin_contrast_hold" in spared.never_send

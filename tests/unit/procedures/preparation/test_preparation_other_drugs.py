"""GLP-1 drugs, ACE inhibitors and ARBs."""

from typing import Any

import pytest
from preparation_samples import med, outcome, planned_with

from procedures.preparation import Medication

OPEN = ("needs_clinician", [])
WEEK = ("needs_clinician", ["7 days, 2027-01-06"])
DAY = ("needs_clinician", ["0 days, 2027-01-19"])
SETTLED = {"phase": "maintenance"}


@pytest.mark.parametrize(
    ("medication", "conditions", "expected"),
    [
        (med("liraglutide", **SETTLED), [], "continued"),
        (med("liraglutide"), [], DAY),
        (med("liraglutide", phase="escalation"), [], DAY),
        (med("liraglutide", high_dose=True, **SETTLED), [], DAY),
        (med("liraglutide", **SETTLED), ["gi_symptoms"], DAY),
        (med("liraglutide", **SETTLED), ["difficult_airway"], DAY),
        (med("semaglutide", weekdays=("wed",), **SETTLED), [], WEEK),
        (med("semaglutide", **SETTLED), [], "continued"),
        (med("dulaglutide", weekdays=("wed",), **SETTLED), [], WEEK),
        (med("dulaglutide", **SETTLED), [], OPEN),
        (med("tirzepatide", weekdays=("tue",), **SETTLED), [], ("needs_clinician", ["7 days, 2027-01-12"])),
    ],
)
def test_glp1_goes_to_a_clinician_at_elevated_risk(
    medication: Medication, conditions: list[str], expected: Any
) -> None:
    plan = planned_with(medication, conditions=conditions)

    assert outcome(medication, conditions=conditions) == expected
    assert outcome(medication, conditions=conditions, anaesthesia="local") == "continued"
    assert plan.clinician_actions == ((f"clarify_medicine:{medication.drug}",) if expected == OPEN else ())


def test_glp1_entries_that_disagree_count_as_escalation() -> None:
    assert outcome(med("liraglutide", **SETTLED), med("liraglutide", "08:00")) == DAY


@pytest.mark.parametrize(
    ("medication", "expected"),
    [
        (med("ramipril", "08:00"), ("needs_clinician", ["24 hours, 2027-01-19T08:00"])),
        (med("losartan", "20:00"), ("needs_clinician", ["24 hours, 2027-01-18T20:00"])),
        (med("losartan"), OPEN),
    ],
)
def test_raas_inhibitor_before_general_anaesthesia_is_for_a_clinician(
    medication: Medication, expected: Any
) -> None:
    assert outcome(medication, anaesthesia="general") == expected
    assert outcome(medication, anaesthesia="general", conditions=["hfref"]) == "continued"
    assert outcome(medication, anaesthesia="deep_sedation") == "continued"
    assert outcome(medication, anaesthesia="spinal") == "continued"


def test_raas_inhibitor_without_times_is_clarified() -> None:
    assert planned_with(med("losartan"), anaesthesia="general").clinician_actions == (
        "clarify_medicine:losartan",
    )

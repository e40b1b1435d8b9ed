"""For whom a step is meant."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from procedures.preparation import Case, Medication, PatientFacts, PreparationPlan, prepare
from procedures.rules import CONDITIONS, UnknownCondition, holding, unmet

LONDON = ZoneInfo("Europe/London")
START = dt.datetime(2027, 3, 16, 9, 0, tzinfo=LONDON)


def case_of(
    *,
    procedure: str = "renal_cryo",
    anaesthesia: str = "general",
    age: float = 60,
    conditions: frozenset[str] = frozenset(),
    medications: tuple[Medication, ...] = (),
) -> Case:
    patient = PatientFacts(
        age_years=age, sex="f", language="en", conditions=conditions, medications=medications
    )
    return Case(
        id="sample",
        procedure=procedure,
        anaesthesia=anaesthesia,
        start=START,
        zone=LONDON,
        booked_on=dt.date(2027, 2, 16),
        patient=patient,
    )


def true_of(case: Case) -> set[str]:
    plan: PreparationPlan = prepare(case)
    return {name for name in CONDITIONS if holding((name,), plan=plan, case=case)}


GENERAL = {"fasting_times", "not_liquid_diet", "escort_needed", "sedated", "no_holds", "adult"}
LOCAL = {"not_liquid_diet", "not_sedated", "no_holds", "adult"}
SEMAGLUTIDE = Medication(drug="semaglutide", dose_times=(dt.time(8),), weekdays=("mon",))
APIXABAN = Medication(drug="apixaban", dose_times=(dt.time(8), dt.time(20)))


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        (case_of(), GENERAL),
        (case_of(anaesthesia="moderate_sedation"), GENERAL),
        (case_of(procedure="skin_actinic_keratosis", anaesthesia="none"), LOCAL),
        (
            case_of(procedure="cryoneurolysis_facet_lumbar", anaesthesia="local"),
            LOCAL | {"not_self_driving"},
        ),
        (
            case_of(conditions=frozenset({"gastroparesis"})),
            GENERAL - {"fasting_times"} | {"fasting_individual"},
        ),
        (
            case_of(medications=(SEMAGLUTIDE,)),
            GENERAL - {"not_liquid_diet", "no_holds"} | {"liquid_diet", "has_holds"},
        ),
        (case_of(medications=(APIXABAN,)), GENERAL - {"no_holds"} | {"has_holds"}),
        (case_of(age=17.9), GENERAL - {"adult"} | {"child", "child_14_to_17", "pregnancy_test_missing"}),
        (case_of(age=13.9), GENERAL - {"adult"} | {"child", "child_10_to_13", "pregnancy_test_missing"}),
        (case_of(age=6), GENERAL - {"adult"} | {"child", "child_6_to_9"}),
        (case_of(age=3), GENERAL - {"adult"} | {"child", "child_3_to_5"}),
        (case_of(age=18), GENERAL | {"pregnancy_test_missing"}),
        (
            case_of(
                procedure="retinoblastoma_cryo", age=0.5, conditions=frozenset({"breast_fed", "formula_fed"})
            ),
            GENERAL - {"adult"} | {"child", "child_under_3", "breast_fed", "formula_fed"},
        ),
    ],
)
def test_conditions_that_hold(case: Case, expected: set[str]) -> None:
    assert true_of(case) == expected


def test_unmet_names_the_first_that_does_not_hold() -> None:
    case = case_of()

    assert unmet(("adult", "liquid_diet", "child"), plan=prepare(case), case=case) == "liquid_diet"


def test_no_condition_always_holds() -> None:
    case = case_of()

    assert holding((), plan=prepare(case), case=case)


def test_unknown_condition_is_an_error() -> None:
    case = case_of()

    with pytest.raises(UnknownCondition, match="tall"):
        holding(("tall",), plan=prepare(case), case=case)

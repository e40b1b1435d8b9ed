"""When food and drink end, and which fasting texts may go."""

import datetime as dt
from typing import Any

import pytest
from preparation_samples import NEW_YORK, med, planned_with

from procedures.preparation import Fasting, Medication, Policy

ESAIC = Policy(paediatric_fasting="esaic")
FASTING_CODES = {"fasting", "fasting_standard_solids", "liquid_diet", "fasting_day_only"}
WEEKLY = med("semaglutide", weekdays=("wed",), phase="maintenance")


def clocks(fasting: Fasting | None) -> list[str]:
    """Return the times in the order solids, fatty meal, clear liquids, breast milk, formula; D0 is the 20th."""
    assert fasting is not None
    return [f"{stop:%d %H:%M}" for stop in fasting.stops]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, ["20 04:00", "20 02:00", "20 08:00"]),
        ({"conditions": ["breast_fed"]}, ["20 04:00", "20 02:00", "20 08:00", "20 06:00"]),
        ({"conditions": ["formula_fed"]}, ["20 04:00", "20 02:00", "20 08:00", "20 04:00"]),
        ({"policy": ESAIC, "age_years": 18}, ["20 04:00", "20 02:00", "20 08:00"]),
        (
            {"age_years": 1, "conditions": ["breast_fed", "formula_fed"]},
            ["20 04:00", "20 02:00", "20 08:00", "20 06:00", "20 04:00"],
        ),
        (
            {"policy": ESAIC, "age_years": 1, "conditions": ["breast_fed", "formula_fed"]},
            ["20 04:00", "20 02:00", "20 09:00", "20 07:00", "20 06:00"],
        ),
        ({"medications": (WEEKLY,)}, ["19 10:00", "19 10:00", "20 08:00"]),
    ],
)
def test_fasting_hours_follow_age_policy_and_risk(changes: dict[str, Any], expected: list[str]) -> None:
    assert clocks(planned_with(**changes).fasting) == expected


@pytest.mark.parametrize("anaesthesia", ["none", "local"])
def test_nobody_fasts_without_sedation(anaesthesia: str) -> None:
    plan = planned_with(WEEKLY, anaesthesia=anaesthesia, conditions=["gastroparesis"])

    assert plan.fasting is None
    assert FASTING_CODES.intersection(plan.never_send) == {"fasting", "liquid_diet"}


@pytest.mark.parametrize(
    "condition",
    ["gastroparesis", "bowel_obstruction", "achalasia", "difficult_airway", "delayed_emptying_other"],
)
def test_individual_plan_gives_no_times(condition: str) -> None:
    plan = planned_with(WEEKLY, conditions=[condition, "breast_fed"])

    assert plan.fasting == Fasting(individual_plan=True, rule_ids=("fasting/individual",))
    assert FASTING_CODES.intersection(plan.never_send) == {
        "fasting",
        "fasting_standard_solids",
        "liquid_diet",
    }


@pytest.mark.parametrize(
    ("medication", "codes"),
    [
        (WEEKLY, {"fasting_standard_solids", "fasting_day_only"}),
        (med("liraglutide", phase="maintenance"), {"liquid_diet"}),
        (med("dulaglutide"), {"fasting_standard_solids", "fasting_day_only"}),
        (med("paracetamol"), {"liquid_diet"}),
    ],
)
def test_fasting_texts_follow_the_glp1_risk(medication: Medication, codes: set[str]) -> None:
    assert FASTING_CODES.intersection(planned_with(medication).never_send) == codes


@pytest.mark.parametrize(("hour", "before"), [(8, False), (7, True)])
def test_text_about_the_day_only_is_barred_when_a_time_falls_before_it(hour: int, before: bool) -> None:
    plan = planned_with(start=dt.datetime(2027, 1, 20, hour, tzinfo=dt.UTC))

    assert ("fasting_day_only" in plan.never_send) is before


@pytest.mark.parametrize(
    ("start", "solids", "fatty_meal"),
    [
        ("2027-03-14T08:00-04:00", "2027-03-14T01:00-05:00", "2027-03-13T23:00-05:00"),
        ("2027-11-07T07:00-05:00", "2027-11-07T01:00-05:00", "2027-11-07T00:00-04:00"),
        ("2027-11-07T06:30-05:00", "2027-11-07T01:30-04:00", "2027-11-06T23:30-04:00"),
    ],
)
def test_fasting_hours_elapse_across_clock_changes(start: str, solids: str, fatty_meal: str) -> None:
    plan = planned_with(start=dt.datetime.fromisoformat(start), zone=NEW_YORK)

    assert plan.fasting is not None
    assert [stop.isoformat(timespec="minutes") for stop in plan.fasting.stops[:2]] == [solids, fatty_meal]


def test_offsets_come_from_the_zone_and_not_from_the_input() -> None:
    plan = planned_with(start=dt.datetime.fromisoformat("2027-07-01T10:00+00:00"))

    assert plan.fasting is not None
    assert plan.fasting.clear_liquids_stop is not None
    assert plan.fasting.clear_liquids_stop.isoformat() == "2027-07-01T09:00:00+01:00"

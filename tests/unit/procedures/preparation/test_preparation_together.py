"""Combination tablets, two drugs of one class, and holds that come too late."""

import datetime as dt
from typing import Any

import pytest
from preparation_samples import D0, done, med, outcome, planned_with, stated

from procedures.preparation import Medication

OPEN = ("needs_clinician", [])
AWAKE = {"anaesthesia": "local"}


@pytest.mark.parametrize(
    ("medication", "changes", "expected", "differs"),
    [
        (
            med("sitagliptin/metformin", "08:00"),
            {},
            ("proposed", ["1 doses, 2027-01-19T08:00"]),
            False,
        ),
        (med("sitagliptin/metformin", "18:00"), {}, "continued", False),
        (med("sitagliptin/metformin", "08:00"), AWAKE, "continued", False),
        (med("empagliflozin/metformin", "08:00"), {}, ("needs_clinician", ["3 days, 2027-01-16"]), True),
        (med("ertugliflozin/metformin", "08:00"), {}, ("needs_clinician", ["4 days, 2027-01-15"]), True),
        (med("empagliflozin/metformin", "18:00"), {}, ("needs_clinician", ["3 days, 2027-01-16"]), True),
        (med("empagliflozin/metformin"), {}, OPEN, True),
        (
            med("empagliflozin/metformin", "08:00"),
            {**AWAKE, "contrast": "iodinated_arterial"},
            ("needs_clinician", ["1 doses, 2027-01-19T08:00"]),
            True,
        ),
        (
            med("perindopril/amlodipine", "08:00"),
            {"anaesthesia": "general"},
            ("needs_clinician", ["24 hours, 2027-01-19T08:00"]),
            True,
        ),
        (med("perindopril/amlodipine", "08:00"), {}, "continued", False),
        (med("perindopril/amlodipine"), {"anaesthesia": "general"}, OPEN, True),
    ],
)
def test_tablet_takes_what_its_parts_agree_on(
    medication: Medication, changes: dict[str, Any], expected: Any, differs: bool
) -> None:
    actions = planned_with(medication, **changes).clinician_actions

    assert outcome(medication, **changes) == expected
    assert (f"combination_tablet:{medication.drug}" in actions) is differs
    assert (f"clarify_medicine:{medication.drug}" in actions) is (expected == OPEN)


def test_parts_whose_last_doses_fall_on_one_day_keep_the_longer_rule() -> None:
    tablet = med("empagliflozin/metformin", "08:00", weekdays=("wed",))

    assert outcome(tablet) == ("needs_clinician", ["3 days, 2027-01-13"])


@pytest.mark.parametrize(
    ("drugs", "classes", "outcomes"),
    [
        (
            ("clopidogrel", "ticagrelor"),
            {"p2y12"},
            [("needs_clinician", ["5 days, 2027-01-14"]), ("needs_clinician", ["5 days, 2027-01-14"])],
        ),
        (
            ("aspirin", "aspirin/dipyridamole"),
            {"aspirin"},
            [("needs_clinician", ["3 days, 2027-01-16", "5 days, 2027-01-14"])] * 2,
        ),
        (("ibuprofen", "naproxen"), {"nsaid"}, [("needs_clinician", ["1 days, 2027-01-18"]), ("needs_clinician", ["4 days, 2027-01-15"])]),
        (("empagliflozin", "empagliflozin/metformin"), {"sglt2"}, [("needs_clinician", ["3 days, 2027-01-16"])] * 2),
        (("clopidogrel", "aspirin"), set(), [("proposed", ["5 days, 2027-01-14"]), ("needs_choice", ["3 days, 2027-01-16", "5 days, 2027-01-14"])]),
        (("insulin lispro", "insulin aspart"), set(), [OPEN, OPEN]),
        (("ibuprofen", "celecoxib"), set(), [("needs_clinician", ["1 days, 2027-01-18"]), "continued"]),
        (("amlodipine", "bisoprolol"), set(), ["continued", "continued"]),
        (("perindopril", "ramipril"), {"ace_inhibitor"}, ["continued", "continued"]),
        (("perindopril/amlodipine", "amlodipine"), set(), ["continued", "continued"]),
        (("celecoxib", "etoricoxib"), {"cox2"}, ["continued", "continued"]),
    ],
)  # fmt: skip
def test_two_drugs_of_one_class_are_left_to_a_clinician(
    drugs: tuple[str, str], classes: set[str], outcomes: list[Any]
) -> None:
    first, second = (med(drug, "08:00") for drug in drugs)

    actions = planned_with(first, second).clinician_actions

    assert [outcome(first, second), outcome(second, first)] == outcomes
    assert {action for action in actions if "duplicate" in action} == {
        f"duplicate_class:{name}" for name in classes
    }


def test_two_tablets_may_share_two_classes() -> None:
    plan = planned_with(
        med("sitagliptin/metformin", "08:00"), med("metformin", "08:00"), med("sitagliptin", "08:00")
    )

    assert plan.clinician_actions == ("duplicate_class:biguanide", "duplicate_class:dpp4")
    assert {stated(hold)[0] for hold in plan.holds} == {"needs_clinician"}


@pytest.mark.parametrize(
    ("medication", "days_left", "expected", "feasible"),
    [
        (med("clopidogrel"), 6, ("proposed", ["5 days, 2027-01-14"]), None),
        (med("clopidogrel"), 5, ("needs_clinician", ["5 days, 2027-01-14"]), False),
        (med("aspirin"), 5, ("needs_clinician", ["3 days, 2027-01-16", "5 days, 2027-01-14"]), False),
        (med("ibuprofen"), 1, ("needs_clinician", ["1 days, 2027-01-18"]), False),
        (med("insulin glargine", "21:00"), 0, ("needs_clinician", ["75 %, 2027-01-19T21:00", "80 %, 2027-01-19T21:00"]), None),
        (med("ketoprofen"), 0, OPEN, None),
    ],
)  # fmt: skip
def test_hold_whose_last_dose_is_past_is_left_to_a_clinician(
    medication: Medication, days_left: int, expected: Any, feasible: bool | None
) -> None:
    booked_on = D0 - dt.timedelta(days=days_left)

    (hold,) = planned_with(medication, booked_on=booked_on).holds

    assert (stated(hold), hold.feasible) == (expected, feasible)


@pytest.mark.parametrize(
    ("drugs", "changes", "expected"),
    [
        ((), {}, (1, False, None)),
        ((), AWAKE, (0, False, None)),
        ((), {**AWAKE, "age_years": 9}, (1, False, None)),
        (("clopidogrel", "prasugrel"), {}, (8, False, None)),
        (("insulin pump",), {}, (1, False, None)),
        (("ketoprofen", "clopidogrel"), {}, (None, False, None)),
        (("clopidogrel",), {"booked_on": dt.date(2027, 1, 14)}, (6, False, None)),
        (("clopidogrel",), {"booked_on": dt.date(2027, 1, 15)}, (6, True, dt.date(2027, 1, 21))),
        ((), {"booked_on": D0}, (1, True, dt.date(2027, 1, 21))),
        ((), {**AWAKE, "booked_on": D0}, (0, False, None)),
        (("ketoprofen",), {"booked_on": D0}, (None, False, None)),
        (("semaglutide",), {}, (1, False, None)),
    ],
)
def test_lead_time_is_the_longest_hold(
    drugs: tuple[str, ...], changes: dict[str, Any], expected: Any
) -> None:
    plan = planned_with(*(med(drug) for drug in drugs), **changes)

    assert (plan.lead_time_days, plan.late, plan.earliest_start_on) == expected
    assert ("reschedule_or_override" in plan.clinician_actions) is plan.late
    assert ("slot_confirmation" in plan.never_send) is (plan.late or plan.lead_time_days is None)


def test_unknown_lead_time_does_not_hide_a_hold_that_is_too_late() -> None:
    plan = planned_with(med("clopidogrel"), med("ketoprofen"), booked_on=D0)

    assert [hold.feasible for hold in plan.holds] == [False, None]
    assert plan.lead_time_days is None


def test_escorts_and_transport_follow_sedation_age_and_procedure() -> None:
    def leaving(**changes: Any) -> tuple[bool, str | None]:
        plan = planned_with(**changes)
        return plan.escort_needed, plan.transport

    assert leaving() == (True, "escorted")
    assert leaving(**AWAKE) == (False, None)
    assert leaving(**AWAKE, age_years=17) == (True, "escorted")
    assert leaving(**AWAKE, procedure="cryoneurolysis_hip") == (False, "not_self_driving")
    assert leaving(anaesthesia="spinal", procedure="cryoneurolysis_hip") == (True, "escorted")


def test_stop_text_waits_for_everything_open() -> None:
    proposed = planned_with(med("clopidogrel"))
    choice = planned_with(med("aspirin"), evidence=(done("cardiology_decision"),))
    kept = planned_with(med("paracetamol"))

    assert "medicine_stop:clopidogrel" not in proposed.never_send
    assert "medicine_stop:aspirin" in choice.never_send
    assert "medicine_stop:paracetamol" in kept.never_send
    assert ["no_medicine_changes" in plan.never_send for plan in (proposed, choice, kept)] == [
        True,
        True,
        False,
    ]

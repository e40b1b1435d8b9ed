"""What a moved booking takes back, and who must not be written to."""

import datetime as dt
from typing import Any

import pytest
from preparation_samples import START, med, planned_with

from procedures.preparation import Policy, Previous, ToldStop

WEEK = dt.timedelta(days=7)
CHANGED_ON = dt.date(2027, 1, 10)
CLOPIDOGREL = med("clopidogrel", "08:00")


def told(drug: str, last_dose_on: str) -> ToldStop:
    return ToldStop(drug=drug, last_dose_on=dt.date.fromisoformat(last_dose_on))


def previous(*stops: ToldStop, **changes: Any) -> Previous:
    values: dict[str, Any] = {"start": START - WEEK, "changed_on": CHANGED_ON, "told": stops}
    return Previous(**(values | changes))


@pytest.mark.parametrize(
    ("before", "revoked"),
    [
        (None, False),
        (previous(), False),
        (previous(fasting_told=True), True),
        (previous(told("clopidogrel", "2027-01-10")), True),
        (previous(told("clopidogrel", "2027-01-10"), start=START), False),
        (previous(fasting_told=True, start=START.astimezone(dt.timezone(dt.timedelta(hours=5)))), False),
    ],
)
def test_only_what_was_told_for_another_instant_is_revoked(before: Previous | None, revoked: bool) -> None:
    plan = planned_with(CLOPIDOGREL, previous=before)

    assert plan.revoke_previous is revoked
    assert ("previous_instructions" in plan.never_send) is revoked


@pytest.mark.parametrize(
    ("last_dose_on", "call"), [("2027-01-09", True), ("2027-01-10", False), ("2027-01-11", False)]
)
def test_patient_who_may_have_stopped_is_called(last_dose_on: str, call: bool) -> None:
    moved = planned_with(CLOPIDOGREL, previous=previous(told("clopidogrel", last_dose_on)))
    unmoved = planned_with(CLOPIDOGREL, previous=previous(told("clopidogrel", last_dose_on), start=START))

    assert moved.clinician_actions == (("call_patient_already_stopped",) if call else ())
    assert unmoved.clinician_actions == ()


def test_told_drug_is_superseded_and_its_stop_text_barred() -> None:
    plan = planned_with(
        CLOPIDOGREL, previous=previous(told("clopidogrel", "2027-01-12"), told("aspirin", "2027-01-12"))
    )

    assert [hold.supersedes_last_dose_on for hold in plan.holds] == [dt.date(2027, 1, 12)]
    assert [hold.status for hold in plan.holds] == ["proposed"]
    assert {"medicine_stop:clopidogrel", "medicine_stop:aspirin"} - set(plan.never_send) == set()


def test_drug_told_last_is_the_one_superseded() -> None:
    stops = (told("clopidogrel", "2027-01-11"), told("clopidogrel", "2027-01-12"))

    (hold,) = planned_with(CLOPIDOGREL, previous=previous(*stops)).holds

    assert hold.supersedes_last_dose_on == dt.date(2027, 1, 12)


@pytest.mark.parametrize(
    ("changed_on", "late"), [(dt.date(2027, 1, 14), False), (dt.date(2027, 1, 15), True)]
)
def test_move_counts_from_the_day_it_was_made(changed_on: dt.date, late: bool) -> None:
    plan = planned_with(CLOPIDOGREL, previous=previous(changed_on=changed_on))

    assert (plan.late, plan.lead_time_days) == (late, 6)
    assert [hold.feasible for hold in plan.holds] == [False if late else None]


@pytest.mark.parametrize(
    ("approved", "allowed"),
    [(None, True), (frozenset({"en", "pl"}), True), (frozenset({"pl"}), False), (frozenset(), False)],
)
def test_language_needs_an_approved_text(approved: frozenset[str] | None, allowed: bool) -> None:
    plan = planned_with(policy=Policy(approved_languages=approved))

    assert ("unapproved_language_text" in plan.never_send) is not allowed
    assert ("interpreter_call" in plan.clinician_actions) is not allowed


def test_child_is_not_written_to() -> None:
    codes = {"adult_text", "message_to_patient"}

    assert codes.intersection(planned_with(age_years=17.5).never_send) == codes
    assert codes.intersection(planned_with(age_years=18).never_send) == set()


def test_pregnancy_is_reviewed_before_the_slot_is_confirmed() -> None:
    plan = planned_with(conditions=["pregnant"])

    assert plan.clinician_actions == ("pregnancy_review",)
    assert "slot_confirmation" in plan.never_send


def test_escort_is_asked_for_only_where_one_is_needed() -> None:
    assert "escort_request" not in planned_with().never_send
    assert "escort_request" in planned_with(anaesthesia="local").never_send

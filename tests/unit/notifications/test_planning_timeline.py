"""What is owed, when, and why a notice is not."""

import datetime as dt
from typing import Any

import pytest
from planning_samples import (
    FASTING_STEP,
    at,
    before,
    booking,
    carer,
    facts_of,
    hours_from,
    notice,
    only,
    patient,
    plan,
    reasons,
    step,
    times,
)

from notifications.planning import (
    MomentMissing,
    NotOwed,
    PlannedMessage,
    TimelinePlan,
)
from procedures.steps import Anchor, Answer, Notice, Purpose, SafetyClass, Trigger


def test_plan_of_an_ordinary_booking_is_the_whole_story() -> None:
    found = plan()

    assert times(found) == [
        ("booked", at("2027-03-01 10:00")),
        ("medicine", at("2027-03-11 17:00")),
        ("fasting-3", at("2027-03-13 17:00")),
        ("bring", at("2027-03-14 17:00")),
        ("fasting-1", at("2027-03-15 17:00")),
        ("after", at("2027-03-16 14:00")),
    ]
    assert (found.not_owed, found.calls) == ((), ())


def test_message_says_its_facts_in_its_window() -> None:
    found = only(plan().messages, "fasting-1")

    assert found == PlannedMessage(
        recipient="patient:1",
        notice="fasting-1",
        trigger=Trigger.SCHEDULED,
        parts=("fasting-1",),
        facts=(("solids_stop", "2027-03-16T03:00:00Z"), ("start", "2027-03-16T09:00:00Z")),
        due_at=at("2027-03-15 17:00"),
        expires_at=at("2027-03-16 03:00"),
        purpose=Purpose.PREPARATION,
        safety=SafetyClass.SAFETY,
        answer=Answer.NONE,
        channels=("sms", "email"),
        language="en",
    )


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        # Preparation is over at the start, or at the first stop that it tells.
        (notice("n", before(1)), at("2027-03-16 09:00")),
        (notice("n", before(1), facts=("start", "solids_stop")), at("2027-03-16 03:00")),
        (notice("n", before(1), facts=("solids_stop", "clear_liquids_stop")), at("2027-03-16 03:00")),
        (notice("n", before(1), facts=("clear_liquids_stop",)), at("2027-03-16 07:00")),
        # Its own latest moment rules.
        (
            notice("n", before(3), latest=before(1, dt.time(20)), facts=("solids_stop",)),
            at("2027-03-15 20:00"),
        ),
        # Aftercare lasts two days.
        (notice("n", hours_from(Anchor.END, 3), purpose=Purpose.AFTERCARE), at("2027-03-18 14:00")),
    ],
)
def test_window_ends_when_the_words_would_be_useless(one: Notice, expected: dt.datetime) -> None:
    visit = booking()
    known = facts_of(visit, clear_liquids_stop=visit.start - dt.timedelta(hours=2))

    found = plan(visit, steps=[step("s", one)], facts=known)

    assert [message.expires_at for message in found.messages] == [expected]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"booking": booking(state="cancelled")}, "cancelled"),
        ({"booking": booking(state="silent")}, "silent"),
        ({"booking": booking(state="over")}, "over"),
        ({"recipients": [carer()]}, "not-for:carer"),
        ({"never_send": frozenset({"fasting"})}, "never-send:fasting"),
        ({"active_conditions": lambda step: "fasting_times"}, "condition-not-met:fasting_times"),
        ({"active_conditions": frozenset({"booked"})}, "condition-not-met:fasting_times"),
        ({"facts": {"start": at("2027-03-16 09:00")}}, "missing-fact:solids_stop"),
    ],
)
def test_notice_is_not_owed_for_a_reason(changes: dict[str, Any], reason: str) -> None:
    found = plan(steps=[FASTING_STEP], **changes)

    recipient = changes.get("recipients", [patient()])[0].key
    assert reasons(found) == {(recipient, "fasting-1", reason), (recipient, "fasting-3", reason)}
    assert (found.messages, found.calls) == ((), ())


def test_step_whose_conditions_hold_is_owed_however_they_are_given() -> None:
    by_code = plan(active_conditions=frozenset({"fasting"}))
    by_condition = plan(active_conditions=lambda step: None)

    assert by_code == by_condition


def test_carer_is_told_only_what_lists_carers() -> None:
    found = plan(recipients=[patient(), carer()])

    assert [one.notice for one in found.messages if one.recipient == "related:7"] == ["booked"]


def test_visit_that_is_over_owes_aftercare_counted_from_the_recorded_end() -> None:
    found = plan(booking(state="over", ended_at=at("2027-03-16 12:10")))

    assert times(found) == [("after", at("2027-03-16 15:10"))]


def test_scheduled_notice_without_a_moment_is_refused() -> None:
    with pytest.raises(MomentMissing):
        plan(steps=[step("s", notice("n", None))])


def test_plan_of_nobody_is_empty() -> None:
    assert plan(recipients=[]) == TimelinePlan()


def test_reason_lists_are_sorted_values() -> None:
    found = plan(booking(state="silent"))

    assert found.not_owed == tuple(
        NotOwed(recipient="patient:1", notice=code, reason="silent")
        for code in ("after", "booked", "bring", "fasting-1", "fasting-3", "medicine")
    )

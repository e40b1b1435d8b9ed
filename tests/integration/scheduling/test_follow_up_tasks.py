"""What follows a procedure is asked of staff in time, once, and ends with the booking."""

import datetime as dt
from typing import Any

import pytest
from builders import DAY, HOUR, LONDON, START, Clinic, book, make_protocol
from django.db import connection
from django.test.utils import CaptureQueriesContext

from scheduling import operations
from scheduling.codes import CancellationReason
from scheduling.models import Appointment, ProcedureOffering, Task
from scheduling.operations.follow_up_tasks import ask_for_follow_ups
from scheduling.operations.follow_ups import book_follow_up, follow_ups_of

RECORDED = START + 2 * HOUR
CALL = {
    "code": "day-one",
    "contact": "call",
    "day_from": 1,
    "day_until": 5,
    "text": "Is all well?",
    "source": "ops",
}
CHECK = {"code": "check", "contact": "visit", "day_from": 42, "day_until": 49, "text": "Look at it.", "source": "ops"}  # fmt: skip


def at(day: int, hour: int = 9) -> dt.datetime:
    """Return an hour in London, so many days after the day of the procedure."""
    return dt.datetime.combine(START.date() + dt.timedelta(days=day), dt.time(hour), tzinfo=LONDON)


@pytest.fixture
def ended(clinic: Clinic) -> Appointment:
    """A procedure that ended at 10:30 on a Tuesday; its protocol wants a call and, six weeks later, a visit."""
    protocol = make_protocol(
        clinic.organization,
        procedure_type=clinic.offering.procedure_type,
        written_by=clinic.cleo,
        approved_by=clinic.dov,
        version=2,
        care={"follow_ups": [CALL, CHECK]},
    )
    clinic.offering.protocol = protocol
    ProcedureOffering.objects.filter(pk=clinic.offering.pk).update(protocol=protocol)
    visit = book(clinic)
    operations.mark_arrived(appointment=visit, now=START, by=clinic.staff)
    return operations.record_end(
        appointment=visit, began_at=START, ended_at=START + 1.5 * HOUR, now=RECORDED, by=clinic.staff
    )


def asked(code: str = "") -> list[tuple[str, dt.datetime]]:
    found = Task.objects.filter(about__startswith="follow-up:", about__endswith=code).order_by("id")
    return [(task.status, task.due_at) for task in found]


def follow(clinic: Clinic, ended: Appointment) -> Appointment:
    wish: dict[str, Any] = {"code": "check", "offering": clinic.offering, "start": START + 42 * DAY}
    return book_follow_up(first=ended, **wish, now=at(20), by=clinic.staff)


@pytest.mark.full
@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (RECORDED, []),
        (at(0, 23), []),
        # The last day of the call's window is a Sunday; on the Friday before, the clinic closes at 20:00.
        (at(1, 0), [("requested", at(3, 20))]),
        (at(13, 23), [("requested", at(3, 20))]),
        (at(14, 0), [("requested", at(3, 20)), ("requested", at(35, 0))]),
        (at(35, 0), [("requested", at(3, 20)), ("requested", at(36, 0))]),
        (at(49, 12), [("requested", at(50, 0))]),
        (at(80), []),
    ],
)
def test_follow_ups_are_asked_for_when_their_time_has_come(
    ended: Appointment, now: dt.datetime, expected: list[tuple[str, dt.datetime]]
) -> None:
    ask_for_follow_ups(now=now)

    assert asked() == expected


@pytest.mark.full
def test_call_says_what_it_is_about_and_nobodys_name(clinic: Clinic, ended: Appointment) -> None:
    ask_for_follow_ups(now=at(1))

    task = Task.objects.get(about__startswith="follow-up:")
    assert task.reason == "Follow-up call, Wed 17 Mar 2027 to Sun 21 Mar 2027: Is all well?"
    assert (task.kind, task.appointment, task.location) == ("phone-patient", ended, clinic.london)


def test_each_is_asked_for_once_also_when_it_is_done(clinic: Clinic, ended: Appointment) -> None:
    counted = [ask_for_follow_ups(now=at(1)), ask_for_follow_ups(now=at(1))]
    task = Task.objects.get(about__endswith="day-one")
    operations.complete_task(task=task, by=clinic.nora, outcome="Reached", now=at(1))

    counted.append(ask_for_follow_ups(now=at(2)))

    assert (counted, [status for status, _ in asked()]) == ([1, 0, 0], ["completed"])
    assert [each.state.value for each in follow_ups_of(ended, now=at(9))] == ["done", "proposed"]


@pytest.mark.full
def test_visit_somebody_asked_about_is_not_done_before_it_is_booked(
    clinic: Clinic, ended: Appointment
) -> None:
    ask_for_follow_ups(now=at(20))
    task = Task.objects.get(about__endswith="check")
    operations.complete_task(task=task, by=clinic.nora, outcome="Left a message", now=at(20))

    (_, check) = follow_ups_of(ended, now=at(21))

    assert (check.state.value, check.task) == ("proposed", task)


def test_booked_visit_closes_its_task_and_its_cancellation_asks_again(
    clinic: Clinic, ended: Appointment
) -> None:
    ask_for_follow_ups(now=at(20))
    booked = follow(clinic, ended)
    after_booking = (ask_for_follow_ups(now=at(21)), [status for status, _ in asked("check")])

    operations.cancel_appointment(
        appointment=booked, reason=CancellationReason.PATIENT, now=at(22), by=clinic.staff
    )
    again = ask_for_follow_ups(now=at(22))

    assert (after_booking, again) == ((0, ["cancelled"]), 1)
    assert [status for status, _ in asked("check")] == ["cancelled", "requested"]


@pytest.mark.full
def test_visit_entered_in_error_and_death_end_what_follows(clinic: Clinic, ended: Appointment) -> None:
    ask_for_follow_ups(now=at(1))

    operations.void(appointment=ended, reason="Wrong patient", now=at(2), by=clinic.staff)

    assert ([status for status, _ in asked()], ask_for_follow_ups(now=at(20))) == (["cancelled"], 0)


@pytest.mark.full
def test_nobody_calls_the_dead(clinic: Clinic, ended: Appointment) -> None:
    ask_for_follow_ups(now=at(1))

    operations.record_death(
        patient=clinic.pia, on=START.date() + dt.timedelta(days=2), now=at(3), by=clinic.staff
    )

    assert ([status for status, _ in asked()], ask_for_follow_ups(now=at(20))) == (["cancelled"], 0)


@pytest.mark.full
def test_asking_costs_one_statement_where_nothing_is_owed(ended: Appointment) -> None:
    ask_for_follow_ups(now=at(1))

    with CaptureQueriesContext(connection) as asked_again:
        ask_for_follow_ups(now=at(2))

    assert len(asked_again) == 1

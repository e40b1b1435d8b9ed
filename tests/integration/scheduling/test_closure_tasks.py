"""A closure with visits nobody has settled is one task with a deadline, which ends with the last of them."""

import datetime as dt
from typing import Any

import pytest
from builders import DAY, HOUR, NOW, START, Clinic, book, make_patient, make_resource
from django.db import connection
from django.test.utils import CaptureQueriesContext
from shut_places import shut

from scheduling import operations
from scheduling.codes import CancellationReason, ClosureAnswer, ResourceKind, TaskKind, TaskStatus
from scheduling.models import Appointment, OpeningException, Task
from scheduling.operations.closures import (
    Choice,
    about_closure,
    apply_choices,
    ask_about_closures,
    closure_hits,
    reopen,
)

NEXT_WEEK = START + 7 * DAY


def asked() -> list[tuple[str, dt.datetime]]:
    found = Task.objects.filter(kind=TaskKind.CLOSURE_HITS).order_by("id")
    return [(task.status, task.due_at) for task in found]


def choose(clinic: Clinic, closure: OpeningException, visit: Appointment, answer: Any, **fields: Any) -> None:
    choice = Choice(appointment=visit, revision=visit.revision, answer=answer, **fields)
    [outcome] = apply_choices(closure=closure, choices=[choice], now=NOW, by=clinic.staff)
    assert outcome.refusal is None


def moved(clinic: Clinic, closure: OpeningException, visit: Appointment) -> None:
    operations.move_appointment(appointment=visit, start=NEXT_WEEK, now=NOW, by=clinic.staff)


def swapped(clinic: Clinic, closure: OpeningException, visit: Appointment) -> None:
    make_resource(clinic.london, kind=ResourceKind.DEVICE, name="Console 2", skills=["cryo-console"])
    choose(clinic, closure, visit, ClosureAnswer.SWAP)


def cancelled(clinic: Clinic, closure: OpeningException, visit: Appointment) -> None:
    reason = CancellationReason.PROVIDER
    operations.cancel_appointment(appointment=visit, reason=reason, now=NOW, by=clinic.staff)


def left(clinic: Clinic, closure: OpeningException, visit: Appointment) -> None:
    choose(clinic, closure, visit, ClosureAnswer.LEAVE, reason="Repaired by then")


def opened(clinic: Clinic, closure: OpeningException, visit: Appointment) -> None:
    reopen(closure=closure, now=NOW, by=clinic.staff)


def test_closure_that_hits_asks_to_settle_a_day_before_it_begins(clinic: Clinic) -> None:
    book(clinic)
    closure = shut(clinic)

    counted = [ask_about_closures(now=NOW), ask_about_closures(now=NOW + HOUR)]

    task = Task.objects.get()
    assert counted == [1, 1]
    assert asked() == [("requested", START - HOUR - DAY)]
    assert (task.about, task.location_id) == (about_closure(closure), clinic.london.pk)
    assert task.reason.startswith("1 visit is in a time that was closed.")


@pytest.mark.parametrize(
    ("now", "due_at"),
    [
        (START - 12 * HOUR, START - 11 * HOUR),
        (START - 1.5 * HOUR, START - HOUR),
        (START, START),
    ],
)  # fmt: skip
def test_closure_that_begins_soon_is_due_before_it_begins(
    clinic: Clinic, now: dt.datetime, due_at: dt.datetime
) -> None:
    book(clinic)
    shut(clinic)

    ask_about_closures(now=now)

    assert asked() == [("requested", due_at)]


@pytest.mark.parametrize("settle", [moved, swapped, cancelled, left, opened], ids=lambda each: each.__name__)
def test_task_ends_with_the_last_visit_that_was_hit(clinic: Clinic, settle: Any) -> None:
    visit = book(clinic)
    closure = shut(clinic)
    ask_about_closures(now=NOW)

    settle(clinic, closure, visit)
    ask_about_closures(now=NOW + HOUR)

    assert [status for status, _ in asked()] == [TaskStatus.CANCELLED]


def test_task_stays_while_one_of_two_is_unsettled_and_says_how_many(clinic: Clinic) -> None:
    first = book(clinic)
    book(clinic, patient=make_patient(clinic.organization), start=START + 3 * HOUR)
    closure = shut(clinic)
    ask_about_closures(now=NOW)

    left(clinic, closure, first)
    ask_about_closures(now=NOW)

    assert [task.reason[:11] for task in Task.objects.still_open()] == ["1 visit is "]


def test_booking_of_the_same_moment_is_hit_and_asked_about(clinic: Clinic) -> None:
    closure = shut(clinic, begin=START + 3 * DAY, end=START + 4 * DAY)
    before = (ask_about_closures(now=NOW), closure_hits(closure, now=NOW))
    # As if it had been chosen before the closure was stored, and committed after it.
    OpeningException.objects.filter(pk=closure.pk).update(period=(START + 30 * DAY, START + 31 * DAY))
    visit = book(clinic)
    OpeningException.objects.filter(pk=closure.pk).update(period=(START - HOUR, START + 8 * HOUR))
    closure.refresh_from_db()

    after = (ask_about_closures(now=NOW), closure_hits(closure, now=NOW))

    assert before == (0, ())
    assert (after[0], [hit.appointment.pk for hit in after[1]]) == (1, [visit.pk])
    assert [status for status, _ in asked()] == [TaskStatus.REQUESTED]


def test_task_that_a_person_has_done_is_asked_again_only_for_other_visits(clinic: Clinic) -> None:
    book(clinic)
    closure = shut(clinic)
    ask_about_closures(now=NOW)
    operations.complete_task(task=Task.objects.get(), by=clinic.nora, outcome="Engineer comes", now=NOW)
    ask_about_closures(now=NOW)
    once = len(asked())

    visit = book(clinic, patient=make_patient(clinic.organization), start=NEXT_WEEK)
    OpeningException.objects.filter(pk=closure.pk).update(period=(START - HOUR, visit.planned_end))
    ask_about_closures(now=NOW)

    assert (once, [status for status, _ in asked()]) == (1, ["completed", "requested"])


def test_cost_of_asking_does_not_grow_with_closures_that_hit_nobody(clinic: Clinic) -> None:
    shut(clinic)
    with CaptureQueriesContext(connection) as few:
        ask_about_closures(now=NOW)
    for week in range(1, 6):
        shut(clinic, begin=START + 7 * week * DAY, end=START + 8 * week * DAY)

    with CaptureQueriesContext(connection) as many:
        ask_about_closures(now=NOW)

    assert len(many) == len(few)

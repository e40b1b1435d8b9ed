"""Races of swaps, delays and closures on a real database: nothing twice, nothing half, never a deadlock."""

import datetime as dt
from collections import Counter
from typing import Any

import pytest
from builders import DAY, HOUR, NOW, START, Clinic, book, make_clinic, make_patient, make_resource
from django.db import connection
from racers import BOOKED, at_once, deadlocks
from sound_diary import check_diary

from scheduling.codes import CancellationReason, ClosureAnswer, ResourceKind
from scheduling.models import Allocation, Appointment
from scheduling.operations import cancel_appointment, move_appointment
from scheduling.operations.closures import Choice, apply_choices, close
from scheduling.operations.late import delay_day, propose_delay
from scheduling.operations.swaps import swap_leg

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

OVERLAPS = """
    SELECT count(*) FROM scheduling_allocation AS one JOIN scheduling_allocation AS other
        ON one.resource_id = other.resource_id AND one.id < other.id AND one.period && other.period
    WHERE one.active AND other.active
"""


def overlaps() -> int:
    with connection.cursor() as cursor:
        cursor.execute(OVERLAPS)
        return int(cursor.fetchone()[0])


def with_two_of_everything(clinic: Clinic) -> None:
    for kind, name, skills in (
        (ResourceKind.PRACTITIONER, "Second radiologist", ["radiology"]),
        (ResourceKind.ROOM, "Room 2", ["ct"]),
        (ResourceKind.DEVICE, "Console 2", ["cryo-console"]),
    ):
        make_resource(clinic.london, kind=kind, name=name, skills=skills)


def visit(clinic: Clinic, **changes: Any) -> Appointment:
    return book(clinic, patient=make_patient(clinic.organization), **changes)


def whole(appointment: Appointment) -> bool:
    """Return whether an appointment has each leg once, for the start it has."""
    rows = Allocation.objects.filter(appointment=appointment, active=True)
    begins = {each.leg: each.period.lower for each in rows}
    return (
        len(begins) == rows.count() == 4
        and begins["operator"] == Appointment.objects.get(pk=appointment.pk).start
    )


def test_two_visits_that_want_one_spare_console_leave_one_where_it_was() -> None:
    clinic = make_clinic()
    with_two_of_everything(clinic)
    visits = [visit(clinic), visit(clinic)]
    third = make_resource(clinic.london, kind=ResourceKind.DEVICE, name="Console 3", skills=["cryo-console"])

    outcomes = at_once(
        [
            lambda each=each: swap_leg(
                appointment=each, leg="console", taking=third, now=NOW, by=clinic.staff
            )
            for each in visits
        ]
    )

    assert Counter(outcomes) == {BOOKED: 1, "SlotTaken": 1}
    assert (overlaps(), [whole(each) for each in visits]) == (0, [True, True])


def test_one_visit_swapped_and_moved_at_once_ends_whole() -> None:
    clinic = make_clinic()
    with_two_of_everything(clinic)
    appointment = visit(clinic)

    outcomes = at_once(
        [
            lambda: swap_leg(appointment=appointment, leg="console", now=NOW, by=clinic.staff),
            lambda: swap_leg(appointment=appointment, leg="room", now=NOW, by=clinic.staff),
            lambda: move_appointment(appointment=appointment, start=START + DAY, now=NOW, by=clinic.staff),
        ]
    )

    assert set(outcomes) <= {BOOKED, "StaleRevision"}
    assert BOOKED in outcomes
    assert Appointment.objects.get(pk=appointment.pk).changes.count() == 1 + outcomes.count(BOOKED)
    assert whole(appointment)
    check_diary(NOW)


@pytest.mark.full
def test_a_delay_amid_bookings_moves_and_cancellations_is_all_or_nothing() -> None:
    clinic = make_clinic()
    before = deadlocks()

    for number in range(2):
        delay_amid_others(clinic, day=START + number * 7 * DAY)

    assert deadlocks() == before


def delay_amid_others(clinic: Clinic, *, day: dt.datetime) -> None:
    first, second, third = (visit(clinic, start=day + hours * HOUR) for hours in (0, 2, 5))
    seen = propose_delay(appointment=first, minutes=120, now=NOW).digest
    patient = CancellationReason.PATIENT

    outcomes = at_once(
        [
            lambda: delay_day(appointment=first, minutes=120, seen=seen, now=NOW, by=clinic.staff),
            lambda: delay_day(appointment=first, minutes=120, seen=seen, now=NOW, by=clinic.staff),
            lambda: visit(clinic, start=day + 7 * HOUR),
            lambda: move_appointment(appointment=third, start=day + DAY, now=NOW, by=clinic.staff),
            lambda: cancel_appointment(appointment=second, reason=patient, now=NOW, by=clinic.staff),
        ]
    )

    assert outcomes[:2].count(BOOKED) <= 1
    assert set(outcomes) <= {BOOKED, "ProposalChanged", "SlotTaken", "StaleRevision", "TransitionRefused"}
    late = Appointment.objects.get(pk=first.pk).start - day
    assert late == (2 * HOUR if BOOKED in outcomes[:2] else 0 * HOUR)
    assert (overlaps(), [whole(each) for each in (first, third)]) == (0, [True, True])


def test_the_same_choices_sent_by_two_are_done_once() -> None:
    clinic = make_clinic()
    with_two_of_everything(clinic)
    visits = [visit(clinic), visit(clinic, start=START + 5 * HOUR)]
    closure = close(
        location=clinic.london, resource=clinic.resource("device"), begin=START - HOUR, end=START + 8 * HOUR,
        reason="Leaks gas", now=NOW, by=clinic.staff,
    )  # fmt: skip
    choices = [Choice(appointment=each, revision=1, answer=ClosureAnswer.SWAP) for each in visits]
    found: list[list[bool]] = []

    def choose() -> None:
        outcomes = apply_choices(closure=closure, choices=choices, now=NOW, by=clinic.staff)
        found.append([each.refusal is None for each in outcomes])

    assert at_once([choose, choose]) == [BOOKED, BOOKED]
    assert [sum(each) for each in zip(*found, strict=True)] == [1, 1]
    assert {each.closure_choices.count() for each in visits} == {1}
    assert (overlaps(), [whole(each) for each in visits]) == (0, [True, True])

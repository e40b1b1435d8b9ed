"""A call that a person has made stays made: for the same cause and the same facts."""

import pytest
from builders import Clinic, book, make_patient
from clinic_clock import london, tick, work

from notifications.operations.calls import open_call
from scheduling.models import Appointment, Patient, Task
from scheduling.operations import complete_task, mark_arrived, move_appointment, record_end, record_evidence

pytestmark = pytest.mark.slow


@pytest.fixture
def unreachable(northside: Clinic) -> Appointment:
    """A visit of somebody without any address, with the call that it needs open."""
    patient = make_patient(northside.organization, phone="", email="")
    appointment = book(northside, patient=patient)
    tick(london(1, 10))
    assert work(appointment) == [("phone-patient", "no-channel")]
    return appointment


def close(clinic: Clinic, appointment: Appointment) -> None:
    task = Task.objects.still_open().get(appointment=appointment)
    complete_task(task=task, by=clinic.nora, outcome="Reached, and it is settled", now=london(1, 11))


def test_call_stays_closed_while_its_cause_stands(northside: Clinic, unreachable: Appointment) -> None:
    close(northside, unreachable)
    record_evidence(patient=unreachable.patient, item="inr", done_on=london(1, 0).date(), now=london(1, 12))

    tick(london(1, 13))

    assert work(unreachable) == []


def test_call_about_other_facts_is_asked_for(northside: Clinic, unreachable: Appointment) -> None:
    close(northside, unreachable)
    move_appointment(appointment=unreachable, start=london(23, 9), now=london(2, 9), by=northside.staff)

    tick(london(2, 10))

    assert work(unreachable) == [("phone-patient", "no-channel")]


def test_call_nobody_made_is_not_a_call_that_was_made(northside: Clinic, unreachable: Appointment) -> None:
    Task.objects.filter(appointment=unreachable).update(status="cancelled", closed_at=london(1, 11))
    Patient.objects.filter(pk=unreachable.patient_id).update(zone="Europe/London")

    tick(london(1, 13))

    assert work(unreachable) == [("phone-patient", "no-channel")]


def test_call_about_what_came_before_the_visit_ends_with_it(northside: Clinic) -> None:
    appointment = book(northside)
    tick(london(1, 10))
    who = f"patient:{appointment.patient_id}"
    for notice in ("food-day-before", "day-after"):
        open_call(
            appointment=appointment,
            matter=f"{who}:{notice}",
            reason="expired",
            due_at=london(15, 18),
            now=london(15, 18),
        )
    end = appointment.planned_end
    mark_arrived(appointment=appointment, now=appointment.arrive_at, by=northside.staff)
    record_end(appointment=appointment, began_at=appointment.start, ended_at=end, now=end, by=northside.staff)

    tick(end)

    left = Task.objects.still_open().filter(appointment=appointment, kind="phone-patient")
    assert [task.about for task in left] == [f"{appointment.uid}:{who}:day-after"]

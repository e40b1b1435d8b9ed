"""A row about a patient that is written while the patient is being booked: the plan knows it, whoever commits first."""

import datetime as dt
from collections.abc import Callable
from concurrent.futures import Future

import pytest
from builders import NOW, Clinic, book, make_clinic, make_medication
from django.db import transaction
from racers import Act, wait_until_it_waits

from scheduling.models import Appointment, Evidence, MedicationStatement

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def inr(clinic: Clinic) -> Evidence:
    return Evidence.objects.create(
        patient=clinic.pia, item="inr", done_on=dt.date(2027, 3, 1), recorded_at=NOW
    )


ROWS: dict[str, Callable[[Clinic], object]] = {
    "evidence": inr,
    "medicine": lambda clinic: make_medication(clinic.pia, "apixaban"),
}


@pytest.mark.parametrize("row", ROWS)
def test_booking_waits_for_a_row_that_is_being_written(
    beside: Callable[[Act], Future[object]], row: str
) -> None:
    clinic = make_clinic()

    with transaction.atomic():
        ROWS[row](clinic)
        booking = beside(lambda: book(clinic))
        wait_until_it_waits(booking)
    booking.result(timeout=60)

    assert Appointment.objects.filter(patient=clinic.pia).count() == 1
    assert Evidence.objects.count() + MedicationStatement.objects.count() == 1


@pytest.mark.parametrize("row", ROWS)
def test_row_written_during_a_booking_has_it_planned_again(
    beside: Callable[[Act], Future[object]], row: str
) -> None:
    clinic = make_clinic()

    with transaction.atomic():
        appointment = book(clinic)
        writing = beside(lambda: ROWS[row](clinic))
        wait_until_it_waits(writing)
    writing.result(timeout=60)

    raised = Appointment.objects.get(pk=appointment.pk).plan_revision - appointment.plan_revision
    assert raised == 1

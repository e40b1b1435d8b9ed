"""A row about a patient that is written while the patient is being booked: the plan knows it, whoever commits first."""

import datetime as dt
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from builders import NOW, Clinic, book, make_clinic, make_medication
from django.db import connection, connections, transaction

from scheduling.models import Appointment, Evidence, MedicationStatement

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

# Not from `pg_stat_activity`, which a transaction sees as it was when it first looked.
WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"

Act = Callable[[], object]


@pytest.fixture
def beside() -> Iterator[Callable[[Act], Future[object]]]:
    """Run an act on a connection of its own."""
    with ThreadPoolExecutor(max_workers=1) as threads:

        def run(act: Act) -> object:
            try:
                return act()
            finally:
                connections.close_all()

        yield lambda act: threads.submit(run, act)


def wait_until_it_waits(future: Future[object]) -> None:
    """Return once the other connection waits for a lock of ours."""
    patience = time.monotonic() + 30
    with connection.cursor() as cursor:
        while time.monotonic() < patience:
            assert not future.done()
            cursor.execute(WAITING)
            if cursor.fetchone()[0]:
                return
            time.sleep(0.02)
    raise AssertionError("the other connection did not wait")


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

"""A visit nearer to another of its kind than the protocol repeats it: booked all the same, and looked at by a clinician."""

from typing import Any

import pytest
from builders import DAY, NOW, START, Clinic, book, make_patient, make_protocol
from waiting_people import make_open_offer

from scheduling import operations
from scheduling.codes import CancellationReason
from scheduling.models import Appointment, ProcedureOffering, Task
from scheduling.operations.gaps import distance_warnings
from scheduling.operations.offers import accept_offer
from scheduling.operations.series import SeriesWish, book_series
from scheduling.sessions import Gaps

LATER = START + 7 * DAY
NEAR = "This is 7 days from another visit of its kind; the protocol repeats it after at least 30."


def asked() -> list[tuple[int | None, str, str]]:
    found = Task.objects.filter(kind="clinician-review", about__startswith="repeat:").order_by("id")
    return [(task.appointment_id, task.status, task.reason) for task in found]


@pytest.fixture
def monthly(clinic: Clinic) -> Clinic:
    """The clinic, whose protocol repeats the procedure after at least 30 days."""
    protocol = make_protocol(
        clinic.organization,
        procedure_type=clinic.offering.procedure_type,
        written_by=clinic.cleo,
        approved_by=clinic.dov,
        version=2,
        care={"repeat": {"possible": True, "days_least": 30, "text": "After a month.", "source": "ops"}},
    )
    clinic.offering.protocol = protocol
    ProcedureOffering.objects.filter(pk=clinic.offering.pk).update(protocol=protocol)
    return clinic


def move(clinic: Clinic, visit: Appointment, start: Any) -> Appointment:
    return operations.move_appointment(appointment=visit, start=start, now=NOW, by=clinic.staff)


def test_second_visit_too_near_is_booked_and_looked_at(monthly: Clinic) -> None:
    book(monthly)

    second = book(monthly, start=LATER)

    assert asked() == [(second.pk, "requested", NEAR)]


def test_visit_before_another_is_as_near_as_one_after(monthly: Clinic) -> None:
    book(monthly, start=LATER)

    first = book(monthly)

    assert asked() == [(first.pk, "requested", NEAR)]


def test_what_keeps_its_distance_asks_nobody(monthly: Clinic) -> None:
    first = book(monthly)
    book(monthly, start=START + 30 * DAY)
    book(monthly, patient=make_patient(monthly.organization), start=LATER)
    operations.cancel_appointment(
        appointment=first, reason=CancellationReason.PATIENT, now=NOW, by=monthly.staff
    )

    book(monthly, start=START - DAY)

    assert asked() == []


def test_moving_away_settles_the_question(monthly: Clinic) -> None:
    book(monthly)
    second = book(monthly, start=LATER)

    warned = (
        distance_warnings(second, start=START + 8 * DAY),
        distance_warnings(second, start=START + 35 * DAY),
    )
    move(monthly, second, START + 35 * DAY)

    assert [len(each) for each in warned] == [1, 0]
    assert [status for _, status, _ in asked()] == ["cancelled"]


def test_offer_that_is_accepted_is_looked_at_too(monthly: Clinic) -> None:
    offer = make_open_offer(monthly)
    book(monthly, patient=offer.appointment.patient, start=START + 8 * DAY)

    accept_offer(offer=offer, now=NOW, by=monthly.staff)

    assert {status for _, status, _ in asked()} == {"requested"}


def test_sessions_of_a_series_that_somebody_gave_a_reason_for_are_not_asked_about(monthly: Clinic) -> None:
    wish = SeriesWish(sessions=3, gaps=Gaps(least_days=7, most_days=14), first=START)
    series = book_series(
        offering=monthly.offering, patient=monthly.pia, wish=wish, now=NOW, by=monthly.staff, override_reason="So decided"
    )  # fmt: skip
    second = series.sessions.get(position=2).appointment

    warned = distance_warnings(second, start=START + 3 * DAY)

    assert warned == ("Session 2 is 3 days after session 1; at least 7 are needed.",)
    assert Task.objects.still_open().filter(about__startswith="repeat:").count() == 0


def test_without_a_number_nothing_is_looked_at(clinic: Clinic) -> None:
    book(clinic)

    book(clinic, start=START + DAY)

    assert asked() == []

"""A visit nearer to another of its kind than the protocol repeats it: booked all the same, and looked at by a clinician."""

from typing import Any

import pytest
from builders import DAY, NOW, START, Clinic, book, make_patient, make_protocol
from waiting_people import advance, make_backfill, make_waiting, offer_of

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
    return saying(clinic, possible=True, days_least=30)


def saying(clinic: Clinic, **repeat: Any) -> Clinic:
    """Return the clinic, whose protocol says this about repeating."""
    protocol = make_protocol(
        clinic.organization,
        procedure_type=clinic.offering.procedure_type,
        written_by=clinic.cleo,
        approved_by=clinic.dov,
        version=2,
        care={"repeat": {**repeat, "text": "So it is.", "source": "ops"}},
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
    patient = make_patient(monthly.organization)
    other = book(monthly, patient=patient, start=START + 8 * DAY)
    # Somebody with such a visit booked ahead is offered nothing.
    operations.mark_arrived(appointment=other, now=NOW, by=monthly.staff)
    entry = make_waiting(monthly, patient=patient)
    advance(make_backfill(monthly, start=START + DAY))

    accept_offer(offer=offer_of(entry), now=NOW, by=monthly.staff)

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


@pytest.mark.parametrize(
    ("repeat", "said"),
    [
        ({"possible": False, "days_least": None}, "the protocol does not repeat this procedure."),
        (
            {"possible": True, "days_least": None},
            "the protocol leaves it to a clinician whether and when it is repeated.",
        ),
    ],
    ids=["never", "a clinician decides"],
)
def test_what_the_protocol_does_not_settle_is_looked_at_by_a_clinician(
    clinic: Clinic, repeat: dict[str, Any], said: str
) -> None:
    saying(clinic, **repeat)
    book(clinic)

    second = book(clinic, start=START + 63 * DAY)
    warned = distance_warnings(second, start=START + 64 * DAY)

    assert asked() == [(second.pk, "requested", f"This is 63 days from another visit of its kind; {said}")]
    # A move changes nothing about that, so it warns of nothing.
    assert warned == ()


def test_series_that_is_left_to_a_clinician_is_looked_at_once(clinic: Clinic) -> None:
    saying(clinic, possible=True, days_least=None)
    wish = SeriesWish(sessions=3, gaps=Gaps(least_days=7, most_days=14), first=START)

    series = book_series(offering=clinic.offering, patient=clinic.pia, wish=wish, now=NOW, by=clinic.staff)

    assert {status for _, status, _ in asked()} <= {"cancelled"}
    assert Task.objects.still_open().get(kind="clinician-review").about == f"series-repeat:{series.uid}"


def test_where_the_protocol_says_nothing_nothing_is_looked_at(clinic: Clinic) -> None:
    book(clinic)

    book(clinic, start=START + DAY)

    assert asked() == []

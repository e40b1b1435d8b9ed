"""Series: every session checked, all or nothing; and what follows a procedure, linked to it."""

import datetime as dt
from typing import Any

import pytest
from builders import DAY, HOUR, NOW, START, Clinic, book, make_medication, make_protocol

from scheduling import operations
from scheduling.codes import CancellationReason, SeriesMode
from scheduling.models import Appointment, OpeningException, ProcedureOffering, Series, Task
from scheduling.operations.follow_ups import (
    FollowUpBooked,
    NoSuchFollowUp,
    NothingToFollow,
    OutsideTheWindow,
    book_follow_up,
    follow_ups_of,
)
from scheduling.operations.series import (
    NotPartOfThis,
    NotRepeatable,
    RepeatTooSoon,
    SeriesDoesNotFit,
    SeriesNotPossible,
    SeriesWish,
    book_series,
)
from scheduling.operations.slots import find_slots
from scheduling.sessions import Gaps

WEEKLY = Gaps(least_days=7, most_days=10)


def book_sessions(clinic: Clinic, override_reason: str = "", **changes: Any) -> Series:
    wish = {"sessions": 3, "gaps": WEEKLY, "first": START, **changes}
    return book_series(
        offering=clinic.offering,
        patient=clinic.pia,
        wish=SeriesWish(**wish),
        now=NOW,
        by=clinic.staff,
        override_reason=override_reason,
    )


def days_of(series: Series) -> list[dt.date]:
    return [session.appointment.local_start.date() for session in series.sessions.all()]


def close(clinic: Clinic, begin: dt.datetime, end: dt.datetime) -> None:
    OpeningException.objects.create(location=clinic.london, period=(begin, end), reason="Closed")


def say(clinic: Clinic, **care: Any) -> None:
    """Have the offering's protocol say something to the clinic."""
    protocol = make_protocol(
        clinic.organization,
        procedure_type=clinic.offering.procedure_type,
        written_by=clinic.cleo,
        approved_by=clinic.dov,
        version=2,
        care=care,
    )
    clinic.offering.protocol = protocol
    ProcedureOffering.objects.filter(pk=clinic.offering.pk).update(protocol=protocol)


def test_sessions_are_booked_at_the_earliest_starts_that_keep_the_gaps(clinic: Clinic) -> None:
    series = book_sessions(clinic)

    assert days_of(series) == [START.date() + dt.timedelta(days=7 * each) for each in range(3)]
    assert [session.position for session in series.sessions.all()] == [1, 2, 3]


def test_session_moves_on_where_the_clinic_is_closed(clinic: Clinic) -> None:
    close(clinic, START + 7 * DAY - 9 * HOUR, START + 8 * DAY - 9 * HOUR)

    series = book_sessions(clinic)

    assert [(day - START.date()).days for day in days_of(series)] == [0, 8, 15]


def test_whole_series_or_nothing(clinic: Clinic) -> None:
    close(clinic, START + 14 * DAY - 9 * HOUR, START + 120 * DAY)

    with pytest.raises(SeriesDoesNotFit) as refused:
        book_sessions(clinic)

    assert (refused.value.sessions_found, Appointment.objects.count()) == (2, 0)


def test_as_many_as_fit_are_booked_if_that_is_wished(clinic: Clinic) -> None:
    close(clinic, START + 14 * DAY - 9 * HOUR, START + 120 * DAY)

    series = book_sessions(clinic, mode=SeriesMode.AS_FAR_AS)

    assert [(day - START.date()).days for day in days_of(series)] == [0, 7]


def test_first_session_waits_until_the_patient_can_be_prepared(clinic: Clinic) -> None:
    make_medication(clinic.pia, "warfarin", dose_times=["18:00"])

    (earliest,) = find_slots(
        offering=clinic.offering, patient=clinic.pia, first=NOW, until=START, limit=1, now=NOW
    )

    series = book_sessions(clinic, first=NOW)

    assert series.sessions.get(position=1).appointment.start == earliest.start
    assert earliest.start.date() > NOW.date() + dt.timedelta(days=2)


def test_existing_visit_counts_as_the_first_session(clinic: Clinic) -> None:
    first = book(clinic)

    series = book_sessions(clinic, after=first)

    assert (days_of(series)[0], len(days_of(series)), Appointment.objects.count()) == (START.date(), 3, 3)
    with pytest.raises(NotPartOfThis):
        book_sessions(clinic, after=first)


@pytest.mark.parametrize(
    "changes",
    [
        {"sessions": 1},
        {"sessions": 31},
        {"gaps": Gaps(least_days=0)},
        {"gaps": Gaps(least_days=7, most_days=6)},
    ],
)
def test_impossible_numbers_are_refused(clinic: Clinic, changes: dict[str, Any]) -> None:
    with pytest.raises(SeriesNotPossible):
        book_sessions(clinic, **changes)


def test_protocols_days_of_repetition_hold_unless_overridden(clinic: Clinic) -> None:
    say(clinic, repeat={"possible": True, "days_least": 90, "text": "After 3 months.", "source": "ops"})

    with pytest.raises(RepeatTooSoon):
        book_sessions(clinic)
    overridden = book_sessions(clinic, override_reason="A clinician decided so")

    assert overridden.override_reason == "A clinician decided so"


def test_repetition_counts_from_the_last_time_too(clinic: Clinic) -> None:
    book(clinic)
    say(clinic, repeat={"possible": True, "days_least": 30, "text": "After a month.", "source": "ops"})

    series = book_sessions(clinic, sessions=2, gaps=Gaps(least_days=30, most_days=35), first=START + DAY)

    assert [(day - START.date()).days for day in days_of(series)] == [30, 62]  # the sixtieth is a Saturday


def test_no_session_comes_too_near_to_a_visit_that_lies_among_them(clinic: Clinic) -> None:
    say(clinic, repeat={"possible": True, "days_least": 14, "text": "After two weeks.", "source": "ops"})
    book(clinic, start=START + 14 * DAY)

    series = book_sessions(clinic, sessions=2, gaps=Gaps(least_days=14, most_days=20), first=START + DAY)

    # Not on the day after `START`, which is 13 days before the visit, but two weeks after it.
    assert [(day - START.date()).days for day in days_of(series)] == [28, 42]


def test_first_session_is_looked_for_as_far_as_the_protocol_keeps_it_away(clinic: Clinic) -> None:
    book(clinic)
    say(clinic, repeat={"possible": True, "days_least": 90, "text": "After 3 months.", "source": "ops"})
    ProcedureOffering.objects.filter(pk=clinic.offering.pk).update(horizon_days=360)

    series = book_sessions(clinic, sessions=2, gaps=Gaps(least_days=90, most_days=91), first=START + DAY)

    assert [(day - START.date()).days for day in days_of(series)] == [90, 181]


def test_series_that_begins_beyond_what_is_planned_says_so(clinic: Clinic) -> None:
    with pytest.raises(operations.BeyondHorizon):
        book_sessions(clinic, first=START + 4000 * DAY)


def test_what_is_not_repeated_is_not_booked_as_a_series(clinic: Clinic) -> None:
    say(clinic, repeat={"possible": False, "days_least": None, "text": "Once.", "source": "ops"})

    with pytest.raises(NotRepeatable):
        book_sessions(clinic)


def test_move_that_breaks_a_gap_asks_a_clinician_and_moving_back_closes_it(clinic: Clinic) -> None:
    second = book_sessions(clinic).sessions.get(position=2).appointment

    operations.move_appointment(appointment=second, start=START + 3 * DAY, now=NOW, by=clinic.staff)
    asked = Task.objects.get(kind="clinician-review", about__startswith="series:")
    operations.move_appointment(appointment=second, start=START + 7 * DAY, now=NOW, by=clinic.staff)

    assert asked.reason == "Session 2 is 3 days after session 1; at least 7 are needed."
    assert Task.objects.get(pk=asked.pk).status == "cancelled"


# --- follow-ups --------------------------------------------------------------------------------------

CT = {
    "code": "ct",
    "contact": "imaging",
    "day_from": 1,
    "day_until": 3,
    "text": "First imaging.",
    "source": "ops",
}


@pytest.fixture
def ended(clinic: Clinic) -> Appointment:
    """A procedure that ended at 10:30 on the day of `START`; its protocol wants imaging 1 to 3 days later."""
    say(clinic, follow_ups=[CT])
    appointment = book(clinic)
    later = START + 2 * HOUR
    operations.mark_arrived(appointment=appointment, now=START, by=clinic.staff)
    return operations.record_end(
        appointment=appointment, began_at=START, ended_at=START + 1.5 * HOUR, now=later, by=clinic.staff
    )


def follow(clinic: Clinic, first: Appointment, **changes: Any) -> Appointment:
    wish = {
        "code": "ct",
        "offering": clinic.offering,
        "start": START + 2 * DAY,
        "now": START + 3 * HOUR,
        "by": clinic.staff,
        "override_reason": "",
        **changes,
    }
    return book_follow_up(first=first, **wish)


def test_follow_ups_are_proposed_after_the_end_with_their_dates(clinic: Clinic, ended: Appointment) -> None:
    (proposal,) = follow_ups_of(ended, now=START + 3 * HOUR)
    (late,) = follow_ups_of(ended, now=START + 4 * DAY)

    assert (proposal.window.first_on, proposal.window.last_on) == (
        START.date() + dt.timedelta(days=1),
        START.date() + dt.timedelta(days=3),
    )
    assert (proposal.state.value, late.state.value) == ("proposed", "overdue")


def test_booked_follow_up_is_linked_and_booked_once(clinic: Clinic, ended: Appointment) -> None:
    booked = follow(clinic, ended)

    (proposal,) = follow_ups_of(ended, now=START + 3 * HOUR)
    assert (proposal.state.value, proposal.appointment, booked.follows.first) == ("booked", booked, ended)
    with pytest.raises(FollowUpBooked):
        follow(clinic, ended, start=START + 3 * DAY)


def test_cancelled_follow_up_is_open_again(clinic: Clinic, ended: Appointment) -> None:
    booked = follow(clinic, ended)

    operations.cancel_appointment(
        appointment=booked, reason=CancellationReason.PATIENT, now=START + 3 * HOUR, by=clinic.staff
    )

    assert follow_ups_of(ended, now=START + 3 * HOUR)[0].state.value == "proposed"


def test_follow_up_on_another_day_needs_a_reason(clinic: Clinic, ended: Appointment) -> None:
    with pytest.raises(OutsideTheWindow) as refused:
        follow(clinic, ended, start=START + 6 * DAY)

    booked = follow(clinic, ended, start=START + 6 * DAY, override_reason="On holiday before")
    assert (refused.value.last_on, booked.start) == (
        START.date() + dt.timedelta(days=3),
        START + 6 * DAY,
    )


def test_follow_up_the_protocol_does_not_want_is_refused(clinic: Clinic, ended: Appointment) -> None:
    with pytest.raises(NoSuchFollowUp):
        follow(clinic, ended, code="mri")


def test_nothing_follows_a_visit_that_has_not_ended(clinic: Clinic) -> None:
    with pytest.raises(NothingToFollow):
        follow(clinic, book(clinic))

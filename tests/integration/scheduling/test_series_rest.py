"""What becomes of the rest of a series: the missing sessions booked, others cancelled, each by itself."""

import datetime as dt

import pytest
from builders import DAY, NOW, START, Clinic, book

from scheduling import operations
from scheduling.codes import CancellationReason, SeriesMode
from scheduling.models import Appointment, Series, Task
from scheduling.operations.series import SeriesDoesNotFit, SeriesWish, book_series
from scheduling.operations.series_rest import (
    NothingMissing,
    book_missing,
    cancel_sessions,
    sessions_after,
    sessions_missing,
)
from scheduling.sessions import Gaps

WEEKLY = Gaps(least_days=7, most_days=10)
PATIENT = CancellationReason.PATIENT


@pytest.fixture
def series(clinic: Clinic) -> Series:
    """Three sessions a week apart, the first at `START`."""
    wish = SeriesWish(sessions=3, gaps=WEEKLY, first=START)
    booked = book_series(offering=clinic.offering, patient=clinic.pia, wish=wish, now=NOW, by=clinic.staff)
    return read(booked)


def read(series: Series) -> Series:
    return Series.objects.with_sessions().get(pk=series.pk)


def session(series: Series, position: int) -> Appointment:
    return Appointment.objects.get(series_session__series=series, series_session__position=position)


def cancel(clinic: Clinic, series: Series, *positions: int) -> list[str | None]:
    chosen = [(session(series, each), session(series, each).revision) for each in positions]
    outcomes = cancel_sessions(series=series, sessions=chosen, reason=PATIENT, now=NOW, by=clinic.staff)
    return [each.refusal and type(each.refusal).__name__ for each in outcomes]


def days_of(series: Series) -> list[tuple[int, int, str]]:
    sessions = read(series).sessions.all()
    return [
        (each.position, (each.appointment.local_start.date() - START.date()).days, each.appointment.status)
        for each in sessions
    ]


def test_cancelled_session_is_booked_again_at_the_end(clinic: Clinic, series: Series) -> None:
    cancel(clinic, series, 2)
    missing = sessions_missing(read(series))

    (booked,) = book_missing(series=series, now=NOW, by=clinic.staff)

    assert missing == 1
    assert days_of(series) == [(1, 0, "booked"), (2, 7, "cancelled"), (3, 14, "booked"), (4, 21, "booked")]
    assert booked.series_session.position == 4
    assert sessions_missing(read(series)) == 0


@pytest.mark.full
def test_nothing_missing_is_booked_by_nobody(clinic: Clinic, series: Series) -> None:
    with pytest.raises(NothingMissing):
        book_missing(series=series, now=NOW, by=clinic.staff)


@pytest.mark.full
def test_series_of_which_nothing_stands_begins_anew(clinic: Clinic, series: Series) -> None:
    refused = cancel(clinic, series, 1, 2, 3)

    booked = book_missing(series=series, now=START, by=clinic.staff)

    assert refused == [None, None, None]
    assert [each.series_session.position for each in booked] == [4, 5, 6]


@pytest.mark.full
def test_whole_series_books_all_that_is_missing_or_none(clinic: Clinic, series: Series) -> None:
    cancel(clinic, series, 3)
    # The third session may come up to ten days after the second, and all of that has passed.
    with pytest.raises(SeriesDoesNotFit):
        book_missing(series=series, now=START + 40 * DAY, by=clinic.staff)

    assert len(days_of(series)) == 3


def test_sessions_are_cancelled_each_as_it_was_seen(clinic: Clinic, series: Series) -> None:
    second, third = session(series, 2), session(series, 3)
    other = book(clinic, start=START + 63 * DAY)
    operations.move_appointment(appointment=third, start=START + 16 * DAY, now=NOW, by=clinic.staff)

    chosen = [(second, 1), (third, 1), (other, 1)]
    outcomes = [
        cancel_sessions(series=series, sessions=chosen, reason=PATIENT, now=NOW, by=clinic.staff)
        for _ in range(2)
    ]

    assert [[type(each.refusal).__name__ for each in tried] for tried in outcomes] == [
        ["NoneType", "StaleRevision", "NotOfThisSeries"],
        ["StaleRevision", "StaleRevision", "NotOfThisSeries"],
    ]
    assert [status for _, _, status in days_of(series)] == ["booked", "cancelled", "booked"]


@pytest.mark.full
def test_cancelling_the_session_between_closes_the_question_about_its_gap(
    clinic: Clinic, series: Series
) -> None:
    operations.move_appointment(
        appointment=session(series, 2), start=START + 3 * DAY, now=NOW, by=clinic.staff
    )
    asked = Task.objects.get(about__startswith="series:").status

    cancel(clinic, series, 2)

    assert (asked, Task.objects.get(about__startswith="series:").status) == ("requested", "cancelled")


@pytest.mark.full
def test_sessions_after_one_are_those_ahead(clinic: Clinic, series: Series) -> None:
    cancel(clinic, series, 3)

    assert sessions_after(session(series, 1)) == (session(series, 2),)
    assert sessions_after(session(series, 2)) == ()
    assert sessions_after(book(clinic, start=START + 63 * DAY)) == ()


@pytest.mark.full
def test_gaps_are_local_days_over_a_change_of_the_clock(clinic: Clinic) -> None:
    # London's clocks go forward on 28 March 2027; a week later is a week of dates, not of hours.
    wish = SeriesWish(sessions=2, gaps=Gaps(least_days=7, most_days=7), first=START + 7 * DAY)

    series = book_series(offering=clinic.offering, patient=clinic.pia, wish=wish, now=NOW, by=clinic.staff)

    first, second = (each.appointment for each in read(series).sessions.all())
    assert second.local_start.date() - first.local_start.date() == dt.timedelta(days=7)
    assert (
        second.start - first.start != dt.timedelta(days=7)
        or first.local_start.time() != second.local_start.time()
    )
    assert series.mode == SeriesMode.WHOLE

"""How numbers become last doses: days, doses, hours, weekdays, clock changes."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from preparation_samples import LONDON, NEW_YORK, START, candidate, med

from procedures.preparation import Medication
from procedures.preparation.clock import start_at, wall_instant
from procedures.preparation.counting import (
    days_option,
    doses_option,
    doses_or_hours_option,
    hours_option,
    infusion_option,
    morning_doses_option,
)
from procedures.preparation.schedule import schedule_of

ANCHOR = start_at(instant=START, zone=LONDON)


@pytest.mark.parametrize(
    ("days", "weekdays", "last"),
    [
        (0, (), "0 days, 2027-01-19"),
        (1, (), "1 days, 2027-01-18"),
        (5, (), "5 days, 2027-01-14"),
        (5, ("thu",), "5 days, 2027-01-14"),
        (5, ("fri",), "5 days, 2027-01-08"),
        (5, ("mon", "tue", "wed"), "5 days, 2027-01-13"),
        (0, ("wed",), "0 days, 2027-01-13"),
        (7, ("wed",), "7 days, 2027-01-06"),
    ],
)
def test_days_end_on_the_latest_scheduled_date_before_them(
    days: int, weekdays: tuple[str, ...], last: str
) -> None:
    schedule = schedule_of([med("drug", weekdays=weekdays)])

    assert candidate(days_option(days=days, schedule=schedule, start=ANCHOR)) == last


@pytest.mark.parametrize(
    ("entries", "doses", "last"),
    [
        ([med("drug", "09:00 21:00")], 2, "2 doses, 2027-01-19T09:00"),
        ([med("drug", "09:00 21:00")], 4, "4 doses, 2027-01-18T09:00"),
        ([med("drug", "10:00")], 1, "1 doses, 2027-01-19T10:00"),
        ([med("drug", "10:01")], 1, "1 doses, 2027-01-18T10:01"),
        ([med("drug", "08:00", weekdays=("mon",))], 1, "1 doses, 2027-01-11T08:00"),
        ([med("drug", "09:00"), med("drug", "21:00")], 2, "2 doses, 2027-01-19T09:00"),
        ([med("drug", "09:00"), med("drug", "09:00")], 1, "1 doses, 2027-01-19T09:00"),
        (
            [med("drug", "09:00", weekdays=("tue",)), med("drug", "21:00", weekdays=("mon",))],
            1,
            "1 doses, 2027-01-18T21:00",
        ),
        (
            [med("drug", "09:00", weekdays=("tue",)), med("drug", weekdays=("mon",))],
            1,
            "1 doses, 2027-01-18T09:00",
        ),
    ],
)
def test_doses_are_counted_backwards_from_the_start(entries: list[Medication], doses: int, last: str) -> None:
    schedule = schedule_of(entries)

    assert candidate(doses_option(doses=doses, schedule=schedule, start=ANCHOR)) == last


@pytest.mark.parametrize(
    ("times", "hours", "last"),
    [
        ("08:00", 24, "24 hours, 2027-01-19T08:00"),
        ("10:00", 24, "24 hours, 2027-01-19T10:00"),
        ("10:01", 24, "24 hours, 2027-01-18T10:01"),
        ("04:00 12:00 20:00", 6, "6 hours, 2027-01-20T04:00"),
    ],
)
def test_hours_end_with_the_latest_dose_at_or_before_them(times: str, hours: int, last: str) -> None:
    schedule = schedule_of([med("drug", times)])

    assert candidate(hours_option(hours=hours, schedule=schedule, start=ANCHOR)) == last


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        ("08:00 20:00", "2 doses, 2027-01-19T08:00"),
        ("09:00 21:00", "2 doses, 2027-01-19T09:00"),
        ("10:30 22:30", "2 doses, 2027-01-18T22:30"),
        ("02:00 10:00 18:00", "3 doses, 2027-01-19T10:00"),
        ("09:00", "1 doses, 2027-01-19T09:00"),
        ("11:00", "1 doses, 2027-01-18T11:00"),
        ("10:00", "1 doses, 2027-01-19T10:00"),
    ],
)
def test_doses_or_hours_ask_for_both(times: str, expected: str) -> None:
    schedule = schedule_of([med("drug", times)])

    assert candidate(doses_or_hours_option(doses=2, hours=24, schedule=schedule, start=ANCHOR)) == expected


@pytest.mark.parametrize(
    ("start", "times", "expected"),
    [
        ("10:00", "08:00", "1 doses, 2027-01-19T08:00"),
        ("10:00", "08:00 20:00", "1 doses, 2027-01-19T20:00"),
        ("10:00", "07:00 11:59 20:00", "2 doses, 2027-01-19T20:00"),
        ("10:00", "12:00", None),
        ("15:00", "12:00 20:00", "1 doses, 2027-01-19T20:00"),
        ("15:00", "15:00 15:01", "1 doses, 2027-01-19T15:01"),
        ("10:00", "20:00", None),
    ],
)
def test_morning_doses_are_those_before_noon_or_the_start(
    start: str, times: str, expected: str | None
) -> None:
    anchor = start_at(instant=dt.datetime.fromisoformat(f"2027-01-20T{start}+00:00"), zone=LONDON)
    schedule = schedule_of([med("drug", times)])

    option = morning_doses_option(schedule=schedule, start=anchor)

    assert (option and candidate(option)) == expected


def test_morning_doses_of_another_weekday_are_none() -> None:
    schedule = schedule_of([med("drug", "08:00", weekdays=("tue", "thu"))])

    assert morning_doses_option(schedule=schedule, start=ANCHOR) is None


@pytest.mark.parametrize(
    ("day", "at", "instant"),
    [
        ("2027-11-07", "01:30", "2027-11-07T05:30+00:00"),
        ("2027-03-14", "02:30", "2027-03-14T07:30+00:00"),
        ("2027-03-14", "03:30", "2027-03-14T07:30+00:00"),
        ("2027-07-01", "08:00", "2027-07-01T12:00+00:00"),
    ],
)
def test_wall_clock_of_a_change_is_the_first_or_moved_on(day: str, at: str, instant: str) -> None:
    for fold in (0, 1):
        moment = wall_instant(
            day=dt.date.fromisoformat(day), at=dt.time.fromisoformat(at).replace(fold=fold), zone=NEW_YORK
        )

        assert moment == dt.datetime.fromisoformat(instant)


@pytest.mark.parametrize(
    ("start", "doses", "last"),
    [
        # The clocks go back at 2:00 to 1:00: the dose of 1:30 is the first one, an hour and a half before 2:00.
        ("2027-11-07T02:00-05:00", 0, "2027-11-07T01:30-04:00"),
        # Between the two 1:30 the first has been taken.
        ("2027-11-07T01:15-05:00", 0, "2027-11-07T01:30-04:00"),
        ("2027-11-07T01:15-04:00", 0, "2027-11-06T01:30-04:00"),
        ("2027-11-08T01:30-05:00", 1, "2027-11-07T01:30-04:00"),
    ],
)
def test_dose_in_a_repeated_hour_is_the_first(start: str, doses: int, last: str) -> None:
    anchor = start_at(instant=dt.datetime.fromisoformat(start), zone=NEW_YORK)
    schedule = schedule_of([med("drug", "01:30")])

    option = doses_option(doses=doses, schedule=schedule, start=anchor)

    assert option.last_dose_at is not None
    assert option.last_dose_at.isoformat(timespec="minutes") == last


def test_dose_in_a_skipped_hour_is_read_with_the_offset_before() -> None:
    anchor = start_at(instant=dt.datetime.fromisoformat("2027-03-14T09:00-04:00"), zone=NEW_YORK)
    schedule = schedule_of([med("drug", "02:30")])

    option = hours_option(hours=5, schedule=schedule, start=anchor)

    assert option.last_dose_at is not None
    assert option.last_dose_at.isoformat() == "2027-03-14T03:30:00-04:00"
    assert option.last_dose_on == dt.date(2027, 3, 14)


def test_hours_across_a_clock_change_are_elapsed_hours() -> None:
    anchor = start_at(instant=dt.datetime.fromisoformat("2027-03-14T08:00-04:00"), zone=NEW_YORK)

    option = infusion_option(hours=24, start=anchor)

    assert option.last_dose_at is not None
    assert option.last_dose_at.isoformat() == "2027-03-13T07:00:00-05:00"


def test_day_zero_is_the_date_in_the_clinics_zone() -> None:
    instant = dt.datetime.fromisoformat("2027-03-14T23:30-04:00")

    assert start_at(instant=instant, zone=ZoneInfo("Asia/Tokyo")).day == dt.date(2027, 3, 15)


def test_entry_of_which_only_the_name_is_known_adds_nothing() -> None:
    known = med("drug", "08:00", weekdays=("mon",))

    assert schedule_of([known, med("drug")]) == schedule_of([known])

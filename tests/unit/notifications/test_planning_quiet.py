"""Quiet hours move preparation earlier and aftercare later, on every night of the year."""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from planning_samples import (
    at,
    before,
    booking,
    hours_from,
    notice,
    patient,
    plan,
    step,
    times,
)

from procedures.steps import Anchor, Notice, Purpose

NEW_YORK = ZoneInfo("America/New_York")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")


def after(hours: float, **changes: Any) -> Notice:
    return notice("n", hours_from(Anchor.END, hours), purpose=Purpose.AFTERCARE, **changes)


@pytest.mark.parametrize(
    ("one", "recipient", "expected"),
    [
        # Allowed times stay.
        (notice("n", before(1, dt.time(19, 59))), patient(), at("2027-03-15 19:59")),
        (notice("n", before(1, dt.time(8))), patient(), at("2027-03-15 08:00")),
        # Preparation goes earlier, aftercare later.
        (notice("n", before(1, dt.time(20))), patient(), at("2027-03-15 19:30")),
        (notice("n", before(1, dt.time(3))), patient(), at("2027-03-14 19:30")),
        (after(10), patient(), at("2027-03-17 08:00")),
        (after(16), patient(), at("2027-03-17 08:00")),
        # Aftercare over before the night ends goes earlier, not before its anchor.
        (after(10, latest=hours_from(Anchor.END, 12)), patient(), at("2027-03-16 19:30")),
        # The recipient's own night counts: 17:00 in London is 3:30 (and 4:00) on Lord Howe Island.
        (notice("n", before(1)), patient(zone=LORD_HOWE), at("2027-03-15 19:30", LORD_HOWE)),
        (notice("n", before(1, dt.time(11))), patient(zone=NEW_YORK), at("2027-03-14 19:30", NEW_YORK)),
        # Nobody sleeps.
        (
            notice("n", before(1, dt.time(3))),
            patient(quiet_from=dt.time(0), quiet_until=dt.time(0)),
            at("2027-03-15 03:00"),
        ),
    ],
)
def test_quiet_hours_push_in_the_direction_of_the_purpose(
    one: Notice, recipient: Any, expected: dt.datetime
) -> None:
    found = plan(steps=[step("s", one)], recipients=[recipient])

    assert times(found) == [("n", expected)]


def test_preparation_that_cannot_go_earlier_goes_later() -> None:
    # Booked at 21:00 on the 14th; due at 22:00, when the evening before has passed.
    visit = booking(known_at=at("2027-03-14 21:00"))

    found = plan(visit, steps=[step("s", notice("n", before(2, dt.time(22))))])

    assert times(found) == [("n", at("2027-03-15 08:00"))]


@pytest.mark.parametrize(
    ("one", "known_at"),
    [
        # Nothing earlier since the booking, and over before the night is.
        (notice("n", before(1, dt.time(22)), facts=("solids_stop",)), at("2027-03-15 21:00")),
        # Before its anchor aftercare makes no sense.
        (after(10, latest=hours_from(Anchor.END, 12)), at("2027-03-16 19:45")),
    ],
)
def test_what_quiet_hours_leave_no_room_for_is_phoned(one: Notice, known_at: dt.datetime) -> None:
    found = plan(booking(known_at=known_at), steps=[step("s", one)])

    assert (found.messages, found.not_owed) == ((), ())
    assert [(call.notice, call.reason) for call in found.calls] == [("n", "quiet-hours-do-not-fit")]


@pytest.mark.parametrize(
    ("zone", "start", "expected"),
    [
        # The day before a morning after the clock change, at 21:00: half past seven, whatever the night's length.
        ("Europe/London", "2027-03-28 09:00", "2027-03-27 19:30"),
        ("Europe/London", "2027-10-31 09:00", "2027-10-30 19:30"),
        ("America/New_York", "2027-03-14 09:00", "2027-03-13 19:30"),
        ("America/New_York", "2027-11-07 09:00", "2027-11-06 19:30"),
        ("America/St_Johns", "2027-11-07 09:00", "2027-11-06 19:30"),
        ("Australia/Lord_Howe", "2027-04-04 09:00", "2027-04-03 19:30"),
        ("Australia/Lord_Howe", "2027-10-03 09:00", "2027-10-02 19:30"),
        ("Pacific/Chatham", "2027-04-04 09:00", "2027-04-03 19:30"),
        ("America/Santiago", "2027-04-04 09:00", "2027-04-03 19:30"),
        ("Asia/Kathmandu", "2027-04-04 09:00", "2027-04-03 19:30"),
    ],
)
def test_evening_before_is_the_evening_before_on_every_clock_change(
    zone: str, start: str, expected: str
) -> None:
    place = ZoneInfo(zone)
    visit = booking(start=at(start, place), zone=place, known_at=at("2027-01-04 10:00", place))
    one = notice("n", before(1, dt.time(21)))

    found = plan(visit, steps=[step("s", one)], recipients=[patient(zone=place)])

    assert times(found) == [("n", at(expected, place))]

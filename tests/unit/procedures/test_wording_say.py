"""How instants, dates, lengths and texts are said."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from procedures.wording import (
    Medium,
    NaiveInstant,
    NegativeLength,
    NoWording,
    UnknownSpec,
    languages,
    say,
)

LONDON = ZoneInfo("Europe/London")
NEW_YORK = ZoneInfo("America/New_York")
HAVANA = ZoneInfo("America/Havana")
KOLKATA = ZoneInfo("Asia/Kolkata")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")
TODAY = dt.date(2027, 3, 8)


def in_london(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=LONDON)


@pytest.mark.parametrize(
    ("hour", "full", "sms"),
    [
        (0, "12:00 at night", "12:00 at night"),
        (1, "1:00 in the morning", "1am"),
        (2, "2:00 in the morning", "2am"),
        (3, "3:00 in the morning", "3am"),
        (4, "4:00 in the morning", "4am"),
        (5, "5:00 in the morning", "5am"),
        (6, "6:00 in the morning", "6am"),
        (7, "7:00 in the morning", "7am"),
        (8, "8:00 in the morning", "8am"),
        (9, "9:00 in the morning", "9am"),
        (10, "10:00 in the morning", "10am"),
        (11, "11:00 in the morning", "11am"),
        (12, "12 noon", "12 noon"),
        (13, "1:00 in the afternoon", "1pm"),
        (14, "2:00 in the afternoon", "2pm"),
        (15, "3:00 in the afternoon", "3pm"),
        (16, "4:00 in the afternoon", "4pm"),
        (17, "5:00 in the afternoon", "5pm"),
        (18, "6:00 in the evening", "6pm"),
        (19, "7:00 in the evening", "7pm"),
        (20, "8:00 in the evening", "8pm"),
        (21, "9:00 in the evening", "9pm"),
        (22, "10:00 at night", "10pm"),
        (23, "11:00 at night", "11pm"),
    ],
)
def test_each_hour_is_said_with_its_part_of_the_day(hour: int, full: str, sms: str) -> None:
    instant = in_london(f"2027-03-16T{hour:02}:00")

    said = {medium: say(instant, spec="time", medium=medium, zone=LONDON, today=TODAY) for medium in Medium}

    assert said == {Medium.FULL: full, Medium.SMS: sms, Medium.STAFF: f"{hour:02}:00"}


@pytest.mark.parametrize(
    ("time", "full", "sms"),
    [
        ("00:30", "12:30 at night", "12:30 at night"),
        ("03:05", "3:05 in the morning", "3:05am"),
        ("11:59", "11:59 in the morning", "11:59am"),
        ("12:01", "12:01 in the afternoon", "12:01pm"),
        ("14:15", "2:15 in the afternoon", "2:15pm"),
        ("17:59", "5:59 in the afternoon", "5:59pm"),
        ("21:04", "9:04 in the evening", "9:04pm"),
        ("23:30", "11:30 at night", "11:30pm"),
    ],
)
def test_minutes_are_said_when_there_are_any(time: str, full: str, sms: str) -> None:
    instant = in_london(f"2027-03-16T{time}")

    said = [
        say(instant, spec="time", medium=medium, zone=LONDON, today=TODAY)
        for medium in (Medium.FULL, Medium.SMS)
    ]

    assert said == [full, sms]


@pytest.mark.parametrize(
    ("medium", "spec", "expected"),
    [
        (Medium.SMS, "", "Tue 16 March, 3am"),
        (Medium.SMS, "date", "16 March"),
        (Medium.SMS, "day", "Tue 16 March"),
        (Medium.SMS, "until", "Tue 16 March, 3am (the night from Mon to Tue)"),
        (Medium.FULL, "", "Tuesday 16 March, 3:00 in the morning"),
        (Medium.FULL, "date", "16 March"),
        (Medium.FULL, "day", "Tuesday 16 March"),
        (Medium.FULL, "until", "Tuesday 16 March, 3:00 in the morning (the night from Monday to Tuesday)"),
        (Medium.STAFF, "", "Tue 16 Mar 2027, 03:00"),
        (Medium.STAFF, "date", "16 Mar 2027"),
        (Medium.STAFF, "day", "Tue 16 Mar 2027"),
        (Medium.STAFF, "until", "Tue 16 Mar 2027, 03:00"),
    ],
)
def test_instant_is_said_as_the_spec_and_the_medium_ask(medium: Medium, spec: str, expected: str) -> None:
    instant = in_london("2027-03-16T03:00")

    assert say(instant, spec=spec, medium=medium, zone=LONDON, today=TODAY) == expected


@pytest.mark.parametrize(
    ("time", "full", "staff"),
    [
        ("2027-03-15T23:59", "Monday 15 March, 11:59 at night", "Mon 15 Mar 2027, 23:59"),
        ("2027-03-16T00:00", "Monday 15 March, 11:59 at night", "Mon 15 Mar 2027, 23:59"),
        (
            "2027-03-16T00:01",
            "Tuesday 16 March, 12:01 at night (the night from Monday to Tuesday)",
            "Tue 16 Mar 2027, 00:01",
        ),
        (
            "2027-03-16T05:59",
            "Tuesday 16 March, 5:59 in the morning (the night from Monday to Tuesday)",
            "Tue 16 Mar 2027, 05:59",
        ),
        ("2027-03-16T06:00", "Tuesday 16 March, 6:00 in the morning", "Tue 16 Mar 2027, 06:00"),
        ("2027-03-16T12:00", "Tuesday 16 March, 12 noon", "Tue 16 Mar 2027, 12:00"),
        ("2027-01-01T00:00", "Thursday 31 December 2026, 11:59 at night", "Thu 31 Dec 2026, 23:59"),
    ],
)
def test_end_names_its_night_and_never_falls_on_0_00(time: str, full: str, staff: str) -> None:
    instant = in_london(time)

    said = [
        say(instant, spec="until", medium=medium, zone=LONDON, today=TODAY)
        for medium in (Medium.FULL, Medium.STAFF)
    ]

    assert said == [full, staff]


def test_moment_in_the_first_hour_names_its_night_too() -> None:
    instant = in_london("2027-03-16T00:30")

    said = say(instant, medium=Medium.SMS, zone=LONDON, today=TODAY)

    assert said == "Tue 16 March, 12:30 at night (the night from Mon to Tue)"


@pytest.mark.parametrize(
    ("today", "day", "expected"),
    [
        ("2027-03-08", "2027-03-08", "8 March"),
        ("2027-03-08", "2028-02-08", "8 February"),
        ("2027-03-08", "2028-02-09", "9 February 2028"),
        ("2027-03-08", "2027-02-09", "9 February"),
        ("2027-03-08", "2027-02-08", "8 February 2027"),
        ("2027-03-31", "2028-02-29", "29 February"),
        ("2027-03-31", "2028-03-01", "1 March 2028"),
        ("2027-12-31", "2028-11-30", "30 November"),
    ],
)
def test_year_is_said_only_when_day_and_month_could_mean_another_date(
    today: str, day: str, expected: str
) -> None:
    value = dt.date.fromisoformat(day)

    said = say(value, spec="date", medium=Medium.FULL, zone=LONDON, today=dt.date.fromisoformat(today))

    assert said == expected


@pytest.mark.parametrize("today", [dt.date(2027, 1, 31), dt.date(2027, 3, 31), dt.date(2028, 2, 29)])
def test_dates_without_a_year_never_mean_two_days(today: dt.date) -> None:
    days = [today + dt.timedelta(days=offset) for offset in range(-800, 800)]

    said = [say(day, spec="date", medium=Medium.FULL, zone=LONDON, today=today) for day in days]

    assert len(set(said)) == len(days)


@pytest.mark.parametrize(
    ("medium", "spec", "expected"),
    [
        (Medium.SMS, "", "Sat 13 March"),
        (Medium.FULL, "", "Saturday 13 March"),
        (Medium.FULL, "day", "Saturday 13 March"),
        (Medium.FULL, "date", "13 March"),
        (Medium.STAFF, "", "Sat 13 Mar 2027"),
        (Medium.STAFF, "date", "13 Mar 2027"),
    ],
)
def test_date_is_said_with_its_weekday(medium: Medium, spec: str, expected: str) -> None:
    assert say(dt.date(2027, 3, 13), spec=spec, medium=medium, zone=LONDON, today=TODAY) == expected


@pytest.mark.parametrize(
    ("zone", "instant", "full", "staff"),
    [
        # London goes back at 01:00 UTC on 31 October 2027: 1:30 comes twice.
        (
            LONDON,
            "2027-10-31T00:30+00:00",
            "Sunday 31 October, 1:30 in the morning, before the clocks go back (the night from Saturday to Sunday)",
            "Sun 31 Oct 2027, 01:30 (BST)",
        ),
        (
            LONDON,
            "2027-10-31T01:30+00:00",
            "Sunday 31 October, 1:30 in the morning, after the clocks go back (the night from Saturday to Sunday)",
            "Sun 31 Oct 2027, 01:30 (GMT)",
        ),
        (
            LONDON,
            "2027-10-31T02:00+00:00",
            "Sunday 31 October, 2:00 in the morning (the night from Saturday to Sunday)",
            "Sun 31 Oct 2027, 02:00",
        ),
        # New York springs forward on 14 March 2027: the hour from 2:00 does not exist.
        (
            NEW_YORK,
            "2027-03-14T06:59+00:00",
            "Sunday 14 March, 1:59 in the morning (the night from Saturday to Sunday)",
            "Sun 14 Mar 2027, 01:59",
        ),
        (
            NEW_YORK,
            "2027-03-14T07:00+00:00",
            "Sunday 14 March, 3:00 in the morning (the night from Saturday to Sunday)",
            "Sun 14 Mar 2027, 03:00",
        ),
        # Havana changes at 0:00, so 0:00 comes twice: the second is one elapsed minute after the first 0:59.
        (HAVANA, "2027-11-07T04:00+00:00", "Saturday 6 November, 11:59 at night", "Sat 6 Nov 2027, 23:59"),
        (
            HAVANA,
            "2027-11-07T05:00+00:00",
            "Sunday 7 November, 12:59 at night, before the clocks go back (the night from Saturday to Sunday)",
            "Sun 7 Nov 2027, 00:59 (CDT)",
        ),
        # In spring Havana's 0:00 does not exist; the same instant reads 1:00.
        (
            HAVANA,
            "2027-03-14T05:00+00:00",
            "Sunday 14 March, 1:00 in the morning (the night from Saturday to Sunday)",
            "Sun 14 Mar 2027, 01:00",
        ),
        # Half-hour zones, and Lord Howe's change by half an hour.
        (KOLKATA, "2027-03-15T18:30+00:00", "Monday 15 March, 11:59 at night", "Mon 15 Mar 2027, 23:59"),
        (
            LORD_HOWE,
            "2027-04-03T14:45+00:00",
            "Sunday 4 April, 1:45 in the morning, before the clocks go back (the night from Saturday to Sunday)",
            "Sun 4 Apr 2027, 01:45 (+11)",
        ),
    ],
)
def test_end_in_a_night_of_clock_change_is_said_as_the_clock_shows_it(
    zone: ZoneInfo, instant: str, full: str, staff: str
) -> None:
    value = dt.datetime.fromisoformat(instant)

    said = [
        say(value, spec="until", medium=medium, zone=zone, today=TODAY)
        for medium in (Medium.FULL, Medium.STAFF)
    ]

    assert said == [full, staff]


def test_no_minute_of_a_year_is_said_with_the_words_that_name_two_nights() -> None:
    start = dt.datetime(2027, 1, 1, tzinfo=dt.UTC)
    instants = [start + dt.timedelta(minutes=minute) for minute in range(0, 366 * 24 * 60, 30)]

    said = {
        say(instant, spec=spec, medium=medium, zone=LONDON, today=TODAY)
        for instant in instants
        for spec in ("", "until")
        for medium in (Medium.SMS, Medium.FULL)
    }

    assert [
        text
        for text in said
        if "midnight" in text or "12am" in text or (", 12:00" in text and "(" not in text)
    ] == []


@pytest.mark.parametrize(
    ("minutes", "full", "staff"),
    [
        (0, "0 minutes", "0 min"),
        (1, "1 minute", "1 min"),
        (60, "1 hour", "1 h"),
        (390, "6 hours 30 minutes", "6 h 30 min"),
        (1440, "24 hours", "24 h"),
        (2879, "47 hours 59 minutes", "47 h 59 min"),
        (2880, "2 days", "48 h"),
        (4380, "3 days 1 hour", "73 h"),
    ],
)
def test_length_is_said_in_whole_units(minutes: int, full: str, staff: str) -> None:
    length = dt.timedelta(minutes=minutes)

    said = [say(length, medium=medium, zone=LONDON, today=TODAY) for medium in (Medium.FULL, Medium.STAFF)]

    assert said == [full, staff]


@pytest.mark.parametrize(
    ("value", "spec", "expected"),
    [
        (2, "", "2"),
        (1250, "", "1,250"),
        ("Peter {name}", "", "Peter {name}"),
        ("+442079460000", "phone", "020 7946 0000"),
        ("+12025550123", "phone", "(202) 555-0123"),
        ("999", "phone", "999"),
    ],
)
def test_number_and_text_are_said(value: int | str, spec: str, expected: str) -> None:
    assert say(value, spec=spec, medium=Medium.FULL, zone=LONDON, today=TODAY) == expected


@pytest.mark.parametrize(
    ("value", "spec"),
    [
        (dt.datetime(2027, 3, 16, 9, tzinfo=dt.UTC), "soon"),
        (dt.date(2027, 3, 16), "time"),
        ("text", "until"),
        (dt.timedelta(hours=1), "time"),
        (3, "phone"),
    ],
)
def test_value_refuses_a_spec_of_another_kind(value: dt.datetime | dt.date | str | int, spec: str) -> None:
    with pytest.raises(UnknownSpec, match=spec):
        say(value, spec=spec, medium=Medium.FULL, zone=LONDON, today=TODAY)


def test_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(NaiveInstant):
        say(dt.datetime(2027, 3, 16, 9), medium=Medium.FULL, zone=LONDON, today=TODAY)  # noqa: DTZ001


def test_negative_length_is_refused() -> None:
    with pytest.raises(NegativeLength):
        say(dt.timedelta(minutes=-1), medium=Medium.FULL, zone=LONDON, today=TODAY)


def test_regional_code_falls_back_to_its_language() -> None:
    said = say(TODAY, medium=Medium.FULL, zone=LONDON, today=TODAY, language="en-GB")

    assert said == "Monday 8 March"


def test_language_without_words_is_refused() -> None:
    with pytest.raises(NoWording, match="tlh"):
        say(TODAY, medium=Medium.FULL, zone=LONDON, today=TODAY, language="tlh")


def test_languages_lists_what_we_speak() -> None:
    assert languages() == frozenset({"en", "es", "fr", "pl"})

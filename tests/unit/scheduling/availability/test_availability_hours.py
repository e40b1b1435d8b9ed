import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from scheduling.availability import (
    HoursException,
    OffGrid,
    WeeklyHours,
    Window,
    aligned,
    merge,
    open_periods_for,
    set_steps,
    subtract,
)

NEW_YORK = ZoneInfo("America/New_York")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")
SUNDAY = 6


def row(opens: str, closes: str, weekday: int = SUNDAY) -> WeeklyHours:
    return WeeklyHours(
        weekday=weekday, opens=dt.time.fromisoformat(opens), closes=dt.time.fromisoformat(closes)
    )


def epoch(text: str) -> int:
    return int(dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC).timestamp())


def opened(hours, *, zone=NEW_YORK, first="2027-03-14", last=None, **more):
    periods = open_periods_for(
        hours=hours,
        zone=zone,
        first_date=dt.date.fromisoformat(first),
        last_date=dt.date.fromisoformat(last or first),
        **more,
    )
    return [
        tuple(f"{dt.datetime.fromtimestamp(each, dt.UTC):%d %H:%M}" for each in period) for period in periods
    ]


@pytest.mark.parametrize(
    ("date", "hours", "expected"),
    [
        # An ordinary Sunday, offset -5.
        ("2027-03-07", [row("08:00", "12:00"), row("13:00", "17:00")], [("07 13:00", "07 17:00"), ("07 18:00", "07 22:00")]),
        # 14 March 2027: 02:00 to 03:00 is skipped. Mornings and afternoons both move with the clock.
        ("2027-03-14", [row("08:00", "12:00"), row("13:00", "17:00")], [("14 12:00", "14 16:00"), ("14 17:00", "14 21:00")]),
        ("2027-03-14", [row("01:00", "04:00")], [("14 06:00", "14 08:00")]),
        ("2027-03-14", [row("01:00", "02:30")], [("14 06:00", "14 07:00")]),
        ("2027-03-14", [row("02:30", "04:00")], [("14 07:00", "14 08:00")]),
        ("2027-03-14", [row("02:00", "03:00")], []),
        ("2027-03-14", [row("00:00", "00:00")], [("14 05:00", "15 04:00")]),
        # 7 November 2027: 01:00 to 02:00 comes twice.
        ("2027-11-07", [row("08:00", "12:00"), row("13:00", "17:00")], [("07 13:00", "07 17:00"), ("07 18:00", "07 22:00")]),
        ("2027-11-07", [row("01:00", "02:00")], [("07 05:00", "07 07:00")]),
        ("2027-11-07", [row("00:00", "01:30")], [("07 04:00", "07 05:30"), ("07 06:00", "07 06:30")]),
        ("2027-11-07", [row("01:30", "03:00")], [("07 05:30", "07 06:00"), ("07 06:30", "07 08:00")]),
        ("2027-11-07", [row("00:00", "00:00")], [("07 04:00", "08 05:00")]),
    ],
)  # fmt: skip
def test_open_periods_follow_the_wall_clock_of_new_york(date, hours, expected):
    assert opened(hours, first=date) == expected


@pytest.mark.parametrize(
    ("date", "hours", "expected"),
    [
        # 3 October 2027: 02:00 to 02:30 is skipped, from +10:30 to +11.
        ("2027-10-03", [row("00:00", "00:00")], [("02 13:30", "03 13:00")]),
        ("2027-10-03", [row("01:00", "02:15")], [("02 14:30", "02 15:30")]),
        ("2027-10-03", [row("13:00", "17:00")], [("03 02:00", "03 06:00")]),
        # 4 April 2027: 01:30 to 02:00 comes twice.
        ("2027-04-04", [row("00:00", "00:00")], [("03 13:00", "04 13:30")]),
        ("2027-04-04", [row("01:45", "02:00")], [("03 14:45", "03 15:00"), ("03 15:15", "03 15:30")]),
        ("2027-04-04", [row("13:00", "17:00")], [("04 02:30", "04 06:30")]),
    ],
)
def test_open_periods_follow_a_change_of_half_an_hour(date, hours, expected):
    assert opened(hours, first=date, zone=LORD_HOWE) == expected


@pytest.mark.parametrize(
    ("zone", "date", "expected"),
    [
        # Midnight itself is skipped, or comes twice: the local day is what carries its date.
        ("Africa/Cairo", "2027-04-30", [("29 22:00", "30 21:00")]),
        ("Africa/Cairo", "2027-10-28", [("27 21:00", "28 22:00")]),
        ("America/Havana", "2027-03-14", [("14 05:00", "15 04:00")]),
        # The whole day does not exist.
        ("Pacific/Apia", "2011-12-30", []),
        ("Asia/Kathmandu", "2027-03-14", [("13 18:15", "14 18:15")]),
        ("Asia/Kolkata", "2027-03-14", [("13 18:30", "14 18:30")]),
    ],
)
def test_open_periods_cover_the_local_day_as_long_as_it_is(zone, date, expected):
    hours = [row("00:00", "00:00", weekday=weekday) for weekday in range(7)]

    assert opened(hours, zone=ZoneInfo(zone), first=date) == expected


@pytest.mark.parametrize(
    "hours",
    [
        [row("20:00", "00:00", weekday=5), row("00:00", "07:00", weekday=6)],
        [row("20:00", "07:00", weekday=5)],
    ],
)
def test_open_periods_of_a_night_are_one_period_however_written(hours):
    # Night of the clock change: the eleven hours of the wall clock are ten.
    assert opened(hours, first="2027-03-13", last="2027-03-14") == [("14 01:00", "14 11:00")]


def test_open_periods_count_a_night_to_the_day_on_which_it_begins():
    nights = [row("20:00", "07:00", weekday=weekday) for weekday in range(7)]

    found = opened(nights, first="2027-06-07", last="2027-06-08", holidays={dt.date(2027, 6, 8)})

    assert found == [("08 00:00", "08 11:00")]


def test_open_periods_from_a_time_to_itself_are_a_whole_day():
    assert opened([row("08:00", "08:00")], first="2027-06-06") == [("06 12:00", "07 12:00")]


def test_open_periods_leave_out_holidays_but_keep_extra_openings():
    hours = [row("08:00", "12:00", weekday=weekday) for weekday in range(7)]
    extra = HoursException(start=epoch("2027-03-16T15:00"), end=epoch("2027-03-16T16:00"), is_open=True)

    found = opened(
        hours,
        first="2027-03-15",
        last="2027-03-17",
        holidays={dt.date(2027, 3, 16)},
        exceptions=[extra],
    )

    assert found == [("15 12:00", "15 16:00"), ("16 15:00", "16 16:00"), ("17 12:00", "17 16:00")]


def test_open_periods_lose_closures_even_from_extra_openings():
    exceptions = [
        HoursException(start=epoch("2027-03-15T13:00"), end=epoch("2027-03-15T14:00"), is_open=False),
        HoursException(start=epoch("2027-03-15T15:30"), end=epoch("2027-03-15T18:00"), is_open=False),
        HoursException(start=epoch("2027-03-15T15:00"), end=epoch("2027-03-15T19:00"), is_open=True),
    ]

    found = opened([row("08:00", "12:00", weekday=0)], first="2027-03-15", exceptions=exceptions)

    assert found == [("15 12:00", "15 13:00"), ("15 14:00", "15 15:30"), ("15 18:00", "15 19:00")]


def test_merge_joins_overlapping_and_touching_periods():
    assert merge([(5, 9), (1, 3), (3, 4), (8, 12), (20, 20), (30, 25)]) == ((1, 4), (5, 12))


@pytest.mark.parametrize(
    ("closed", "expected"),
    [
        ([], ((0, 10), (20, 30))),
        ([(-5, 0), (10, 20), (30, 40)], ((0, 10), (20, 30))),
        ([(3, 5)], ((0, 3), (5, 10), (20, 30))),
        ([(3, 5), (4, 6), (8, 22)], ((0, 3), (6, 8), (22, 30))),
        ([(0, 10)], ((20, 30),)),
        ([(-1, 31)], ()),
        ([(0, 1), (29, 30)], ((1, 10), (20, 29))),
    ],
)
def test_subtract_cuts_closed_time_out(closed, expected):
    assert subtract([(20, 30), (0, 10)], closed) == expected


@pytest.mark.parametrize(
    ("zone", "date", "minutes"),
    [
        (zone, date, minutes)
        for zone, dates in {
            "America/New_York": ("2027-03-14", "2027-11-07", "2027-06-01"),
            "Australia/Lord_Howe": ("2027-04-04", "2027-10-03"),
            "Asia/Kathmandu": ("2027-03-14",),
            "Africa/Cairo": ("2027-04-30", "2027-10-29"),
        }.items()
        for date in dates
        for minutes in (5, 10, 15, 25, 30, 60, 90)
    ],
)
def test_aligned_reads_the_local_clock(zone, date, minutes):
    window = Window(start=epoch(f"{date}T00:00") - 12 * 3600 + 600, steps=48 * 12 - 5)

    found = list(set_steps(aligned(window, zone=ZoneInfo(zone), minutes=minutes)))

    local = [window.moment_of(step).astimezone(ZoneInfo(zone)) for step in range(window.steps)]
    assert found == [step for step, each in enumerate(local) if (each.hour * 60 + each.minute) % minutes == 0]


def test_aligned_finds_nothing_where_offsets_have_odd_seconds():
    window = Window(start=epoch("1850-01-01T00:00"), steps=300)

    assert aligned(window, zone=NEW_YORK, minutes=15) == 0


@pytest.mark.parametrize("minutes", [0, -15, 7])
def test_aligned_refuses_what_is_not_on_the_grid(minutes):
    with pytest.raises(OffGrid):
        aligned(Window(start=0, steps=1), zone=NEW_YORK, minutes=minutes)

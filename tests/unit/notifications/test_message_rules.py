"""Quiet hours on the wall clock, retries, caps and the breaker."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from notifications.rules import (
    channel_for,
    last_allowed_before,
    next_allowed,
    quiet,
    retry_at,
    room_at,
    too_late,
    tripped,
)

NOW = dt.datetime(2027, 3, 1, 10, tzinfo=dt.UTC)


def utc(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("attempt", "seconds"), [(1, 30), (2, 120), (3, 600), (4, 1800), (5, 3600), (6, None), (60, None)]
)
def test_retry_waits_longer_each_time_and_gives_up(attempt: int, seconds: int | None) -> None:
    again_at = retry_at(attempt=attempt, now=NOW, expires_at=NOW + dt.timedelta(days=1))

    assert again_at == (None if seconds is None else NOW + dt.timedelta(seconds=seconds))


@pytest.mark.parametrize(("seconds", "expected"), [(31, 30), (30, None), (29, None), (-5, None)])
def test_retry_never_reaches_the_end_of_the_window(seconds: int, expected: int | None) -> None:
    again_at = retry_at(attempt=1, now=NOW, expires_at=NOW + dt.timedelta(seconds=seconds))

    assert again_at == (None if expected is None else NOW + dt.timedelta(seconds=expected))


def test_retry_refuses_an_attempt_that_was_not_made() -> None:
    with pytest.raises(ValueError, match="count from 1"):
        retry_at(attempt=0, now=NOW, expires_at=NOW + dt.timedelta(days=1))


@pytest.mark.parametrize(
    ("attempts_made", "channels", "expected"),
    [
        (0, ("sms", "email"), "sms"),
        (1, ("sms", "email"), "sms"),
        (2, ("sms", "email"), "email"),
        (3, ("sms", "email"), "email"),
        (4, ("sms", "email"), "sms"),
        (5, ("email",), "email"),
        (0, (), None),
    ],
)
def test_channel_has_two_tries_before_the_next(
    attempts_made: int, channels: tuple[str, ...], expected: str | None
) -> None:
    assert channel_for(attempts_made, channels) == expected


def test_window_is_half_open() -> None:
    expires_at = NOW + dt.timedelta(seconds=1)

    lateness = [too_late(at=moment, expires_at=expires_at) for moment in (NOW, expires_at)]

    assert lateness == [False, True]


@pytest.mark.parametrize(
    ("hours_ago", "room_in_hours"),
    [
        ((), 0),
        ((1, 2), 0),
        ((1, 2, 3), 21),
        ((1, 2, 23, 30), 1),
        ((1, 2, 24), 0),
        ((1, 30, 60, 90, 120), 48),
        ((1, 2, 3, 90, 120), 48),
        ((1, 30, 60, 90, 168), 0),
    ],
    ids=["nothing", "room", "full day", "day soon over", "just a day", "full week", "both", "just a week"],
)
def test_caps_say_when_there_is_room(hours_ago: tuple[int, ...], room_in_hours: int) -> None:
    sent_at = [NOW - dt.timedelta(hours=hours) for hours in hours_ago]

    assert room_at(sent_at, now=NOW, per_day=3, per_week=5) == NOW + dt.timedelta(hours=room_in_hours)


@pytest.mark.parametrize(
    ("hour", "day", "same", "expected"),
    [(0, 0, 0, False), (7, 19, 3, False), (8, 8, 1, True), (1, 20, 1, True), (1, 4, 4, True)],
)
def test_breaker_trips_on_each_of_its_numbers(hour: int, day: int, same: int, expected: bool) -> None:
    found = tripped(sent_in_last_hour=hour, sent_in_last_day=day, same_notice_in_last_day=same)

    assert found is expected


@pytest.mark.parametrize(
    ("quiet_from", "quiet_until", "shown", "expected"),
    [
        ("20:00", "08:00", "19:59", False),
        ("20:00", "08:00", "20:00", True),
        ("20:00", "08:00", "00:00", True),
        ("20:00", "08:00", "07:59", True),
        ("20:00", "08:00", "08:00", False),
        ("00:00", "07:30", "00:00", True),
        ("00:00", "07:30", "07:30", False),
        ("00:00", "07:30", "23:59", False),
        ("13:00", "15:00", "14:00", True),
        ("13:00", "15:00", "15:00", False),
        ("00:00", "00:00", "03:00", False),
        ("21:00", "21:00", "21:00", False),
    ],
)
def test_quiet_is_what_the_wall_clock_shows(
    quiet_from: str, quiet_until: str, shown: str, expected: bool
) -> None:
    zone = ZoneInfo("Australia/Adelaide")
    moment = dt.datetime.combine(dt.date(2027, 6, 1), dt.time.fromisoformat(shown), tzinfo=zone)

    found = quiet(
        moment.astimezone(dt.UTC),
        zone=zone,
        quiet_from=dt.time.fromisoformat(quiet_from),
        quiet_until=dt.time.fromisoformat(quiet_until),
    )

    assert found is expected


# zone, quiet from, quiet until, wanted (UTC), last before (UTC), next after (UTC)
NIGHTS = [
    # Ordinary nights, whole and half-hour zones.
    ("Europe/London", "20:00", "08:00", "2027-01-15 23:00", ("2027-01-15 19:30", "2027-01-16 08:00")),
    ("Asia/Kolkata", "20:00", "08:00", "2027-01-15 20:00", ("2027-01-15 14:00", "2027-01-16 02:30")),
    ("Asia/Kathmandu", "21:00", "07:00", "2027-01-15 20:00", ("2027-01-15 14:45", "2027-01-16 01:15")),
    ("Pacific/Chatham", "20:00", "08:00", "2027-06-15 12:00", ("2027-06-15 06:45", "2027-06-15 19:15")),
    # Spring, inside the night: it is an hour shorter.
    ("Europe/London", "20:00", "08:00", "2027-03-28 00:30", ("2027-03-27 19:30", "2027-03-28 07:00")),
    ("America/New_York", "20:00", "08:00", "2027-03-14 06:30", ("2027-03-14 00:30", "2027-03-14 12:00")),
    ("Australia/Sydney", "20:00", "08:00", "2027-10-02 15:00", ("2027-10-02 09:30", "2027-10-02 21:00")),
    ("Australia/Lord_Howe", "20:00", "08:00", "2027-10-02 15:00", ("2027-10-02 09:00", "2027-10-02 21:00")),
    # Autumn: an hour longer (half an hour on Lord Howe Island).
    ("Europe/London", "20:00", "08:00", "2027-10-31 00:30", ("2027-10-30 18:30", "2027-10-31 08:00")),
    ("America/New_York", "20:00", "08:00", "2027-11-07 05:30", ("2027-11-06 23:30", "2027-11-07 13:00")),
    ("Australia/Lord_Howe", "20:00", "08:00", "2027-04-03 16:00", ("2027-04-03 08:30", "2027-04-03 21:30")),
    # Quiet hours end in the hour that is skipped: over when the clock jumps.
    ("America/New_York", "20:00", "02:30", "2027-03-14 05:00", ("2027-03-14 00:30", "2027-03-14 07:00")),
    # They end in the hour that comes twice: over at the first, back until the second.
    ("America/New_York", "20:00", "01:30", "2027-11-07 04:00", ("2027-11-06 23:30", "2027-11-07 05:30")),
    ("America/New_York", "20:00", "01:30", "2027-11-07 06:10", ("2027-11-07 05:30", "2027-11-07 06:30")),
    # They begin in the skipped hour: from the jump on.
    ("America/New_York", "02:30", "08:00", "2027-03-14 07:30", ("2027-03-14 06:30", "2027-03-14 12:00")),
    # They begin in the doubled hour: the clock steps back out of them, then they begin again.
    ("America/New_York", "01:30", "08:00", "2027-11-07 05:45", ("2027-11-07 05:00", "2027-11-07 06:00")),
    ("America/New_York", "01:30", "08:00", "2027-11-07 06:45", ("2027-11-07 06:00", "2027-11-07 13:00")),
    # A day that a place skipped altogether.
    ("Pacific/Apia", "20:00", "08:00", "2011-12-30 09:00", ("2011-12-30 05:30", "2011-12-30 18:00")),
    # Awake for ten minutes only: all of it is used.
    ("Europe/London", "08:10", "08:00", "2027-01-15 23:00", ("2027-01-15 08:00", "2027-01-16 08:00")),
]


@pytest.mark.parametrize(("name", "begins", "ends", "wanted", "expected"), NIGHTS)
def test_quiet_hours_have_an_instant_before_and_one_after(
    name: str, begins: str, ends: str, wanted: str, expected: tuple[str, str]
) -> None:
    hours = {"quiet_from": dt.time.fromisoformat(begins), "quiet_until": dt.time.fromisoformat(ends)}

    found = (
        last_allowed_before(utc(wanted), zone=ZoneInfo(name), **hours),
        next_allowed(utc(wanted), zone=ZoneInfo(name), **hours),
    )

    assert found == (utc(expected[0]), utc(expected[1]))


def test_an_allowed_instant_stays_where_it_is() -> None:
    hours = {"zone": ZoneInfo("Europe/London"), "quiet_from": dt.time(20), "quiet_until": dt.time(8)}
    moment = utc("2027-01-15 19:59")

    assert (last_allowed_before(moment, **hours), next_allowed(moment, **hours)) == (moment, moment)


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("Europe/London", "2027-03-27"),
        ("Europe/London", "2027-10-30"),
        ("America/New_York", "2027-03-13"),
        ("America/New_York", "2027-11-06"),
        ("America/St_Johns", "2027-03-13"),
        ("America/Santiago", "2027-04-03"),
        ("Australia/Lord_Howe", "2027-04-03"),
        ("Australia/Lord_Howe", "2027-10-02"),
        ("Africa/Casablanca", "2027-02-06"),
        ("Asia/Kathmandu", "2027-05-01"),
    ],
)
@pytest.mark.parametrize(("begins", "ends"), [("20:00", "08:00"), ("01:20", "02:40"), ("00:00", "01:40")])
def test_quiet_hours_agree_with_a_walk_by_minutes(name: str, day: str, begins: str, ends: str) -> None:
    zone = ZoneInfo(name)
    hours = {"quiet_from": dt.time.fromisoformat(begins), "quiet_until": dt.time.fromisoformat(ends)}
    first = dt.datetime.combine(dt.date.fromisoformat(day), dt.time(18), tzinfo=zone).astimezone(dt.UTC)
    minutes = [first + dt.timedelta(minutes=number) for number in range(26 * 60)]
    allowed = [minute for minute in minutes if not quiet(minute, zone=zone, **hours)]

    wrong = [
        minute
        for minute in minutes[120:-600:7]
        if next_allowed(minute, zone=zone, **hours) != next(one for one in allowed if one >= minute)
        or not _leaves_room(minute, allowed, last_allowed_before(minute, zone=zone, **hours))
    ]

    assert wrong == []


def _leaves_room(minute: dt.datetime, allowed: list[dt.datetime], found: dt.datetime) -> bool:
    """Whether `found` is allowed and at most half an hour before the last allowed minute."""
    last = max(one for one in allowed if one <= minute)
    return found in allowed and found <= last and last - found < dt.timedelta(minutes=30)

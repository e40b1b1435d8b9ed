"""
Slot search against an oracle that knows no bitmaps.

The oracle looks at every minute through the local clock, at every start through plain interval arithmetic, and at
every combination of resources one by one.
"""

import bisect
import datetime as dt
import functools
import itertools
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduling.availability import (
    HoursException,
    LegNeed,
    Supply,
    WeeklyHours,
    aligned,
    barred_pairs,
    between,
    bitmap,
    bitmap_within,
    explain,
    open_periods_for,
    search,
    window_between,
)

CHANGES = [
    ("America/New_York", "2027-03-14"),
    ("America/New_York", "2027-11-07"),
    ("Europe/London", "2027-03-28"),
    ("Europe/London", "2027-10-31"),
    ("Australia/Lord_Howe", "2027-04-04"),
    ("Australia/Lord_Howe", "2027-10-03"),
    ("Africa/Cairo", "2027-04-30"),
    ("Africa/Cairo", "2027-10-29"),
    ("America/Havana", "2027-03-14"),
    ("America/Havana", "2027-11-07"),
    ("Pacific/Chatham", "2027-04-04"),
    ("Pacific/Chatham", "2027-09-26"),
    ("America/St_Johns", "2027-03-14"),
    ("Antarctica/Troll", "2027-03-28"),
    ("Antarctica/Troll", "2027-10-31"),
    ("Asia/Kathmandu", "2027-05-05"),
]
RESOURCES = (1, 2, 3, 4, 5)
KINDS = {1: "nurse", 2: "nurse", 3: "room", 4: "room", 5: "device"}
HOUR = 3600
DAY = 24 * HOUR


@dataclass(frozen=True)
class Clinic:
    """One generated world; minutes count from the local midnight (as read in UTC) of the day in question."""

    hours: dict[int, tuple[WeeklyHours, ...]]
    exceptions: dict[int, tuple[tuple[int, int, bool], ...]]
    bookings: dict[int, tuple[tuple[int, int], ...]]
    holiday: int | None
    needs: tuple[LegNeed, ...]
    only_with: dict[int, tuple[int, ...]]
    align_minutes: int


quarter = st.integers(0, 95).map(lambda number: dt.time(number // 4, number % 4 * 15))
weekly = st.one_of(
    st.just((dt.time(8), dt.time(17, 30))),
    st.just((dt.time(0), dt.time(0))),
    st.just((dt.time(6), dt.time(22))),
    st.just((dt.time(19), dt.time(7, 30))),
    st.tuples(quarter, quarter),
)
hours = st.lists(weekly, min_size=1, max_size=2).map(
    lambda rows: tuple(
        WeeklyHours(weekday=weekday, opens=opens, closes=closes)
        for opens, closes in rows
        for weekday in range(7)
    )
)
minute = st.integers(-12 * 60, 48 * 60)
durations = st.one_of(st.integers(1, 36), st.integers(1, 12), st.integers(1, 12), st.integers(100, 250))


@st.composite
def legs(draw, key):
    pool = tuple(draw(st.lists(st.sampled_from(RESOURCES), min_size=2, max_size=5, unique=True)))
    return LegNeed(
        key=key,
        pool=pool,
        count=draw(st.sampled_from([1, 1, 1, 2])),
        offset_minutes=draw(st.integers(-24, 24)) * 5,
        duration_minutes=draw(durations) * 5,
    )


@st.composite
def clinics(draw):
    lengths = st.integers(1, 120)
    bookings = st.lists(st.tuples(minute, lengths), max_size=4)
    exceptions = st.lists(st.tuples(minute, st.integers(1, 600), st.booleans()), max_size=1)
    return Clinic(
        hours={resource: draw(hours) for resource in RESOURCES},
        exceptions={
            resource: tuple((start, start + length, is_open) for start, length, is_open in draw(exceptions))
            for resource in RESOURCES
        },
        bookings={
            resource: tuple((start, start + length) for start, length in draw(bookings))
            for resource in RESOURCES
        },
        holiday=draw(st.none() | st.integers(-1, 1)),
        needs=tuple(draw(legs(key)) for key in "abc"[: draw(st.integers(2, 3))]),
        only_with=draw(st.dictionaries(st.just(5), st.sampled_from([(3,), (4,), (3, 4)]), max_size=1)),
        align_minutes=draw(st.sampled_from([5, 15, 20])),
    )


@dataclass(frozen=True)
class Day:
    """A local day with its clock change, and the period in which starts are asked for."""

    zone: ZoneInfo
    date: dt.date

    @property
    def midnight(self) -> int:
        return int(dt.datetime.combine(self.date, dt.time(), tzinfo=self.zone).timestamp())

    @property
    def first(self) -> int:
        return self.midnight - 3 * HOUR

    @property
    def until(self) -> int:
        return self.midnight + 27 * HOUR

    @property
    def margin(self) -> tuple[int, int]:
        return self.first - 4 * HOUR, self.until + 24 * HOUR

    @property
    def dates(self) -> tuple[dt.date, dt.date]:
        return self.date - dt.timedelta(days=3), self.date + dt.timedelta(days=4)


@functools.cache
def local_clock(day: Day) -> list[tuple[int, dt.date, dt.time]]:
    begin, end = day.margin
    moments = ((moment, dt.datetime.fromtimestamp(moment, day.zone)) for moment in range(begin, end, 60))
    return [(moment, local.date(), local.time()) for moment, local in moments]


def is_open(clinic: Clinic, holiday: dt.date | None, resource: int, today: dt.date, clock: dt.time) -> bool:
    yesterday = today - dt.timedelta(days=1)
    for row in clinic.hours[resource]:
        ends_next_day = row.closes <= row.opens
        if row.weekday == today.weekday() and today != holiday:
            if row.opens <= clock and (ends_next_day or clock < row.closes):
                return True
        elif (
            row.weekday == yesterday.weekday()
            and yesterday != holiday
            and ends_next_day
            and clock < row.closes
        ):
            return True
    return False


def unusable_minutes(clinic: Clinic, day: Day, resource: int) -> list[int]:
    holiday = None if clinic.holiday is None else day.date + dt.timedelta(days=clinic.holiday)
    unusable = []
    for moment, today, clock in local_clock(day):
        minute_of_day = (moment - day.midnight) // 60
        said = {opens for start, end, opens in clinic.exceptions[resource] if start <= minute_of_day < end}
        opened = said == {True} if said else is_open(clinic, holiday, resource, today, clock)
        booked = any(start <= minute_of_day < end for start, end in clinic.bookings[resource])
        if booked or not opened:
            unusable.append(moment)
    return unusable


def bookable(clinic: Clinic, day: Day) -> dict[int, dict[str, tuple[int, ...]]]:
    unusable = {resource: unusable_minutes(clinic, day, resource) for resource in RESOURCES}
    found = {}
    for start in range(day.first, day.until, 300):
        local = dt.datetime.fromtimestamp(start, day.zone)
        if (local.hour * 60 + local.minute) % clinic.align_minutes == 0:
            choice = first_choice(clinic, start, unusable)
            if choice is not None:
                found[start] = choice
    return found


def first_choice(clinic: Clinic, start: int, unusable: dict[int, list[int]]):
    periods = [
        (start + need.offset_minutes * 60, start + (need.offset_minutes + need.duration_minutes) * 60)
        for need in clinic.needs
    ]
    able = [
        [resource for resource in need.pool if not any_between(unusable[resource], *period)]
        for need, period in zip(clinic.needs, periods, strict=True)
    ]
    combinations = (
        itertools.combinations(each, need.count) for each, need in zip(able, clinic.needs, strict=True)
    )
    for choice in itertools.product(*combinations):
        taken = [
            (resource, *period) for group, period in zip(choice, periods, strict=True) for resource in group
        ]
        if all(may_meet(clinic, one, other) for one, other in itertools.combinations(taken, 2)):
            return {need.key: group for need, group in zip(clinic.needs, choice, strict=True)}
    return None


def any_between(moments: list[int], start: int, end: int) -> bool:
    return bisect.bisect_left(moments, start) < bisect.bisect_left(moments, end)


def may_meet(clinic: Clinic, one, other) -> bool:
    (first, first_start, first_end), (second, second_start, second_end) = one, other
    if first_start >= second_end or second_start >= first_end:
        return True
    if first == second:
        return False
    pair = {first, second}
    tied = 5 in pair and 5 in clinic.only_with and pair & {3, 4}
    return not tied or bool(pair & set(clinic.only_with[5]))


def supply_of(clinic: Clinic, day: Day) -> Supply:
    window = window_between(*day.margin)
    first_date, last_date = day.dates
    opened, available = {}, {}
    for resource in RESOURCES:
        periods = open_periods_for(
            hours=clinic.hours[resource],
            exceptions=[
                HoursException(start=day.midnight + start * 60, end=day.midnight + end * 60, is_open=opens)
                for start, end, opens in clinic.exceptions[resource]
            ],
            holidays=set() if clinic.holiday is None else {day.date + dt.timedelta(days=clinic.holiday)},
            zone=day.zone,
            first_date=first_date,
            last_date=last_date,
        )
        booked = [
            (day.midnight + start * 60, day.midnight + end * 60) for start, end in clinic.bookings[resource]
        ]
        opened[resource] = bitmap_within(periods, window)
        available[resource] = opened[resource] & ~bitmap(booked, window)
    return Supply(
        window=window,
        free_steps=available,
        open_steps=opened,
        barred=barred_pairs(only_with=clinic.only_with, kinds=KINDS),
    )


def searched(clinic: Clinic, day: Day) -> dict[int, dict[str, tuple[int, ...]]]:
    supply = supply_of(clinic, day)
    among = aligned(supply.window, zone=day.zone, minutes=clinic.align_minutes) & between(
        supply.window,
        first=dt.datetime.fromtimestamp(day.first, dt.UTC),
        until=dt.datetime.fromtimestamp(day.until, dt.UTC),
    )
    found = search(needs=clinic.needs, supply=supply, among=among, allowed=lambda _: True)
    return {int(each.start.timestamp()): dict(each.assignment) for each in found}


def agree(clinic: Clinic, day: Day) -> None:
    found = searched(clinic, day)

    assert found == bookable(clinic, day)
    assert list(found) == sorted(found)


@pytest.mark.slow
@pytest.mark.parametrize(("zone", "date"), CHANGES)
@settings(derandomize=True, max_examples=3, deadline=None, database=None)
@given(clinic=clinics())
def test_search_finds_exactly_the_bookable_starts_when_clocks_change(zone, date, clinic):
    agree(clinic, Day(ZoneInfo(zone), dt.date.fromisoformat(date)))


@pytest.mark.full
@pytest.mark.parametrize(("zone", "date"), CHANGES)
@settings(derandomize=True, max_examples=60, deadline=None, database=None)
@given(clinic=clinics())
def test_search_finds_exactly_the_bookable_starts_in_many_clinics(zone, date, clinic):
    agree(clinic, Day(ZoneInfo(zone), dt.date.fromisoformat(date)))


@pytest.mark.slow
@settings(derandomize=True, max_examples=20, deadline=None, database=None)
@given(clinic=clinics(), zone_and_date=st.sampled_from(CHANGES))
def test_explain_refuses_exactly_what_search_does_not_offer(clinic, zone_and_date):
    zone, date = zone_and_date
    day = Day(ZoneInfo(zone), dt.date.fromisoformat(date))
    supply = supply_of(clinic, day)
    steps = range((day.first - supply.window.start) // 300, (day.until - supply.window.start) // 300, 7)

    found = search(needs=clinic.needs, supply=supply, among=supply.window.whole, allowed=lambda _: True)
    offered = {supply.window.step_of(each.start) for each in found}

    for step in steps:
        refusals = explain(clinic.needs, step, supply)
        assert (refusals == ()) == (step in offered)
        for refusal in refusals:
            assert refusal.until is None or supply.window.step_of(refusal.until) > step

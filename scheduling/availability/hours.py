"""
Opening hours: weekly wall-clock hours to periods of UTC.

Pure. One rule covers every clock change: a place is open whenever its local clock shows a time inside the day's
hours. A skipped hour is therefore not there, and a doubled one is there twice.
"""

import datetime as dt
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache, reduce
from itertools import pairwise
from operator import or_
from zoneinfo import ZoneInfo

from scheduling.availability.grid import STEP_MINUTES, STEP_SECONDS, OffGrid, Period, Window, between_epochs

DAY_SECONDS = 24 * 60 * 60
DAY_MINUTES = 24 * 60
EPOCH_DATE = dt.date(1970, 1, 1)


@dataclass(frozen=True, kw_only=True, slots=True)
class WeeklyHours:
    """
    Open on one weekday (0 is Monday), in wall-clock times of the place.

    `closes` at or before `opens` means the next day: 0:00 is the end of the day, 20:00 to 7:00 a night. A night
    belongs to the day on which it begins.
    """

    weekday: int
    opens: dt.time
    closes: dt.time

    @property
    def opens_second(self) -> int:
        """Return the second of the day's wall clock at which it opens."""
        return _second_of_day(self.opens)

    @property
    def closes_second(self) -> int:
        """Return the second, counted from the day's first, at which it closes; past 86,400 is the next day."""
        second = _second_of_day(self.closes)
        return second if second > self.opens_second else second + DAY_SECONDS


@dataclass(frozen=True, kw_only=True, slots=True)
class HoursException:
    """
    A period, half-open in epoch seconds UTC, that departs from the weekly hours.

    Opened in addition (also on a holiday), or closed. Closed wins where both are said.
    """

    start: int
    end: int
    is_open: bool


@dataclass(frozen=True, slots=True)
class Stretch:
    """A half-open period of epoch seconds UTC in which a zone's offset (seconds) does not change."""

    start: int
    end: int
    offset: int


def open_periods_for(
    *,
    hours: Iterable[WeeklyHours],
    exceptions: Iterable[HoursException] = (),
    holidays: Collection[dt.date] = (),
    zone: ZoneInfo,
    first_date: dt.date,
    last_date: dt.date,
) -> tuple[Period, ...]:
    """
    Return when a place is open on the local days `first_date` to `last_date`, both included.

    The result is sorted, disjoint, and in epoch seconds UTC. Weekly hours do not count on `holidays` (local
    dates). Exceptions count wherever they lie, also outside the days; nights reach into the day after the last.
    """
    exceptions = tuple(exceptions)
    weekly = _weekly_periods(tuple(hours), frozenset(holidays), zone, first_date, last_date)
    opened = [(each.start, each.end) for each in exceptions if each.is_open]
    closed = [(each.start, each.end) for each in exceptions if not each.is_open]
    return subtract([*weekly, *opened], closed)


def merge(periods: Iterable[Period]) -> tuple[Period, ...]:
    """Return the same time as sorted, disjoint periods; those that touch become one."""
    merged: list[Period] = []
    for start, end in sorted(period for period in periods if period[0] < period[1]):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)


def subtract(periods: Iterable[Period], closed: Iterable[Period]) -> tuple[Period, ...]:
    """Return, sorted and disjoint, the time in `periods` that is not in `closed`."""
    shut_periods = merge(closed)
    rest: list[Period] = []
    for start, end in merge(periods):
        begin = start
        for shut, again in shut_periods:
            if again > begin and shut < end:
                rest.append((begin, shut))
                begin = again
        rest.append((begin, end))
    return merge(rest)


def aligned(window: Window, *, zone: ZoneInfo, minutes: int) -> int:
    """
    Return the steps at which the local clock shows a multiple of `minutes` after 0:00.

    :raises OffGrid: if `minutes` is no positive multiple of 5
    """
    if minutes <= 0 or minutes % STEP_MINUTES:
        raise OffGrid
    marks = 0
    for stretch in stretches(zone, window.start, window.end):
        first_day = (stretch.start + stretch.offset) // DAY_SECONDS
        last_day = (stretch.end - 1 + stretch.offset) // DAY_SECONDS
        midnights = (day * DAY_SECONDS - stretch.offset for day in range(first_day, last_day + 1))
        # Where offsets have odd seconds, as before standard time, the local clock never meets the grid.
        of_days = (
            _day_marks(midnight - window.start, minutes)
            for midnight in midnights
            if not midnight % STEP_SECONDS
        )
        within = between_epochs(window, first=stretch.start, until=stretch.end)
        marks |= reduce(or_, of_days, 0) & within
    return marks


def stretches(zone: ZoneInfo, start: int, end: int) -> tuple[Stretch, ...]:
    """Return the half-open period of epoch seconds cut where the zone's offset changes."""
    return _stretches(zone, start, end)


@lru_cache(maxsize=512)
def _stretches(zone: ZoneInfo, start: int, end: int) -> tuple[Stretch, ...]:
    cuts = [start, *_offset_changes(zone, start, end), end]
    return tuple(Stretch(low, high, _offset(zone, low)) for low, high in pairwise(cuts) if low < high)


def _offset_changes(zone: ZoneInfo, start: int, end: int) -> Iterator[int]:
    # No zone changes its clock twice within a day, so daily probes see every change.
    for low in range(start, end, DAY_SECONDS):
        high = min(low + DAY_SECONDS, end)
        if _offset(zone, high) != _offset(zone, low):
            yield _change_between(zone, low, high)


def _change_between(zone: ZoneInfo, low: int, high: int) -> int:
    before = _offset(zone, low)
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(zone, middle) == before:
            low = middle
        else:
            high = middle
    return high


def _offset(zone: ZoneInfo, moment: int) -> int:
    offset = dt.datetime.fromtimestamp(moment, zone).utcoffset()
    return offset.days * DAY_SECONDS + offset.seconds if offset is not None else 0


def _weekly_periods(
    hours: tuple[WeeklyHours, ...],
    holidays: frozenset[dt.date],
    zone: ZoneInfo,
    first_date: dt.date,
    last_date: dt.date,
) -> Iterator[Period]:
    # A day to either side: no offset exceeds it, so every local moment of the days lies inside.
    first = (first_date - EPOCH_DATE).days * DAY_SECONDS - DAY_SECONDS
    last = (last_date - EPOCH_DATE).days * DAY_SECONDS + 2 * DAY_SECONDS
    by_weekday = [[each for each in hours if each.weekday == weekday] for weekday in range(7)]
    days = [
        first_date + dt.timedelta(days=count)
        for count in range((last_date - first_date).days + 1)
        if first_date + dt.timedelta(days=count) not in holidays
    ]
    for stretch in stretches(zone, first, last):
        for day in days:
            # Within a stretch wall clock and UTC run in parallel; what falls outside it is cut off.
            midnight = (day - EPOCH_DATE).days * DAY_SECONDS - stretch.offset
            for row in by_weekday[day.weekday()]:
                start = max(midnight + row.opens_second, stretch.start)
                end = min(midnight + row.closes_second, stretch.end)
                if start < end:
                    yield start, end


def _second_of_day(time: dt.time) -> int:
    return (time.hour * 60 + time.minute) * 60 + time.second


def _day_marks(seconds: int, minutes: int) -> int:
    """Return the marks of a whole day that begins `seconds` after the window does, which may be before it."""
    every = minutes // STEP_MINUTES
    count = -(-DAY_MINUTES // minutes)
    marks = ((1 << (every * count)) - 1) // ((1 << every) - 1)
    shift = seconds // STEP_SECONDS
    return marks << shift if shift >= 0 else marks >> -shift

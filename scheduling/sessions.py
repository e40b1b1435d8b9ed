"""
Sessions of a series and what follows a procedure: which dates go together.

Pure: no framework, no database, no clock. Gaps are local calendar days. Every number is the protocol's own or the
person's who books.
"""

import datetime as dt
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from operator import itemgetter
from zoneinfo import ZoneInfo

from procedures.care import FollowUp, Repeat

NOON = 12


@dataclass(frozen=True, kw_only=True, slots=True)
class Gaps:
    """At least and at most so many days from one session to the next; None: no upper limit."""

    least_days: int
    most_days: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class BrokenGap:
    """Two sessions that follow each other too soon or too late."""

    position: int
    following: int
    days: int
    gaps: Gaps

    @property
    def sentence(self) -> str:
        """Return what is wrong, for staff."""
        said = f"Session {self.following} is {self.days} days after session {self.position}"
        if self.days < self.gaps.least_days:
            return f"{said}; at least {self.gaps.least_days} are needed."
        return f"{said}; at most {self.gaps.most_days} are allowed."


@dataclass(frozen=True, kw_only=True, slots=True)
class NearRepeat:
    """
    Another visit of the same kind that speaks against a visit; `days` are local calendar days apart.

    `days_least` is the protocol's number; None: it has none, and a clinician decides, or it does not repeat this at all.
    """

    days: int
    days_least: int | None
    possible: bool = True

    @property
    def sentence(self) -> str:
        """Return what is wrong, for staff."""
        apart = (
            "on the same day as" if not self.days else f"{self.days} day{'' if self.days == 1 else 's'} from"
        )
        said = f"This is {apart} another visit of its kind; the protocol"
        if not self.possible:
            return f"{said} does not repeat this procedure."
        if self.days_least is None:
            return f"{said} leaves it to a clinician whether and when it is repeated."
        return f"{said} repeats it after at least {self.days_least}."


@dataclass(frozen=True, kw_only=True, slots=True)
class Window:
    """The local dates between which a follow-up happens, both included."""

    first_on: dt.date
    last_on: dt.date


def chain(
    days: Sequence[dt.date], *, count: int, gaps: Gaps, after: dt.date | None = None
) -> tuple[int, ...]:
    """
    Return which of the days (sorted, repeated ones allowed) make a series: the earliest of the longest, at most `count`.

    `after` is the date of the session before the first, if there is one. Positions in `days`, in order.
    """
    longest = _lengths(days, gaps)
    first, last = _reach(days, after, gaps) if after is not None else (0, len(days))
    wanted = min(count, max(longest[first:last], default=0))
    found: list[int] = []
    while len(found) < wanted:
        needed = wanted - len(found)
        here = next(place for place in range(first, last) if longest[place] >= needed)
        found.append(here)
        first, last = _reach(days, days[here], gaps)
    return tuple(found)


def broken_gaps(days: Sequence[tuple[int, dt.date]], *, gaps: Gaps) -> tuple[BrokenGap, ...]:
    """Return every gap that is not kept between sessions, (position, local date), that follow each other in time."""
    in_order = sorted(days, key=itemgetter(1, 0))
    found = []
    for (position, day), (following, later) in pairwise(in_order):
        apart = (later - day).days
        too_far = gaps.most_days is not None and apart > gaps.most_days
        # A session that was cancelled between them leaves no gap of the series to keep above.
        if apart < gaps.least_days or (too_far and abs(following - position) == 1):
            found.append(BrokenGap(position=position, following=following, days=apart, gaps=gaps))
    return tuple(found)


def earliest_repeat_on(repeat: Repeat | None, *, last_on: dt.date | None) -> dt.date | None:
    """Return the first local date of a repetition, by the protocol's own number; None for no limit."""
    if repeat is None or repeat.days_least is None or last_on is None:
        return None
    return last_on + dt.timedelta(days=repeat.days_least)


def keeps_distance(repeat: Repeat | None, *, day: dt.date, others: Iterable[dt.date]) -> bool:
    """Return whether a day is as far from every other visit of the kind as the protocol says; True where it has no number."""
    if repeat is None or repeat.days_least is None:
        return True
    least = repeat.days_least
    return all(abs((day - other).days) >= least for other in others)


def near_repeat(repeat: Repeat | None, *, day: dt.date, others: Iterable[dt.date]) -> NearRepeat | None:
    """
    Return the nearest other visit of the kind if it is nearer than the protocol repeats it, before or after `day`.

    Any other visit where the protocol has no number, because then a clinician decides, or does not repeat it at all.
    """
    days = min((abs((day - other).days) for other in others), default=None)
    if repeat is None or days is None:
        return None
    if repeat.possible and repeat.days_least is not None and days >= repeat.days_least:
        return None
    least = repeat.days_least if repeat.possible else None
    return NearRepeat(days=days, days_least=least, possible=repeat.possible)


def window_of(follow_up: FollowUp, *, ended_on: dt.date) -> Window:
    """Return when a follow-up happens, counted from the local date of the end (day 0), as the protocol says."""
    return Window(
        first_on=ended_on + dt.timedelta(days=follow_up.day_from),
        last_on=ended_on + dt.timedelta(days=follow_up.day_until),
    )


def first_of_half_days(
    starts: Iterable[dt.datetime], *, zone: ZoneInfo, most: int
) -> tuple[dt.datetime, ...]:
    """
    Return the first start (aware, in order) of each morning and each afternoon of a zone, at most so many.

    A choice for somebody who reads: three starts five minutes apart are one.
    """
    seen: dict[tuple[dt.date, bool], dt.datetime] = {}
    for start in starts:
        local = start.astimezone(zone)
        seen.setdefault((local.date(), local.hour < NOON), start)
        if len(seen) == most:
            break
    return tuple(seen.values())


def _reach(days: Sequence[dt.date], day: dt.date, gaps: Gaps) -> tuple[int, int]:
    """Return which days can follow a day, as a half-open range of positions."""
    first = bisect_left(days, day + dt.timedelta(days=gaps.least_days))
    if gaps.most_days is None:
        return first, len(days)
    return first, bisect_right(days, day + dt.timedelta(days=gaps.most_days))


def _lengths(days: Sequence[dt.date], gaps: Gaps) -> list[int]:
    """Return, for each day, how long the longest series that begins there is."""
    lengths = [1] * len(days)
    by_day: dict[dt.date, int] = {}
    for place in range(len(days) - 1, -1, -1):
        day = days[place]
        if day not in by_day:
            first, last = _reach(days, day, gaps)
            by_day[day] = 1 + max(lengths[first:last], default=0)
        lengths[place] = by_day[day]
    return lengths

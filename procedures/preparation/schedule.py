"""
When a drug is taken: its doses on a day, and backwards from an instant.

Pure: no framework, no database, no clock.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from procedures.preparation.case import Medication
from procedures.preparation.clock import Start, wall_instant

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
EVERY_DAY = frozenset(range(7))
ONE_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Dose:
    """One scheduled dose: the clock time it is scheduled for, and its instant (UTC)."""

    at: dt.time
    instant: dt.datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Schedule:
    """
    The doses of one drug.

    `times` holds the clock times for each weekday, Monday first; `days` the weekdays (0 is Monday) on which the drug
    is taken at all, which may be known without any clock time.
    """

    times: tuple[tuple[dt.time, ...], ...]
    days: frozenset[int]

    @property
    def has_times(self) -> bool:
        """Return whether any clock time is known."""
        return any(self.times)

    @property
    def doses_a_day(self) -> int:
        """Return the largest number of doses on one day."""
        return max(len(times) for times in self.times)

    def on_day(self, *, day: dt.date, start: Start) -> list[Dose]:
        """Return the doses scheduled on the local `day`, earliest first."""
        doses = [
            Dose(at=at, instant=wall_instant(day=day, at=at, zone=start.zone))
            for at in self.times[day.weekday()]
        ]
        return sorted(doses, key=lambda dose: dose.instant)

    def backwards(self, *, until: dt.datetime, start: Start) -> Iterator[Dose]:
        """
        Yield the doses at or before the aware instant `until`, latest first, without end.

        Only for a schedule that has times.
        """
        day = start.local(until).date()
        while True:
            for dose in reversed(self.on_day(day=day, start=start)):
                if dose.instant <= until:
                    yield dose
            day -= ONE_DAY

    def last_day(self, on_or_before: dt.date) -> dt.date:
        """Return the latest scheduled date on or before `on_or_before`."""
        day = on_or_before
        while day.weekday() not in self.days:
            day -= ONE_DAY
        return day


def schedule_of(entries: list[Medication]) -> Schedule:
    """
    Return the schedule of one drug from all its entries: the union of their doses.

    An entry without weekdays is taken daily; one without times takes those of the others. Only where the others name
    weekdays and this one names neither, nothing is known of it but the name, and it adds nothing.
    """
    return _schedule(tuple((entry.weekdays, entry.dose_times) for entry in entries))


# Most drugs are taken at the same few times of day.
@lru_cache(maxsize=4096)
def _schedule(entries: tuple[tuple[tuple[str, ...], tuple[dt.time, ...]], ...]) -> Schedule:
    telling = [entry for entry in entries if any(entry)] or entries
    known_times = {at for _, dose_times in entries for at in dose_times}
    times: list[set[dt.time]] = [set() for _ in WEEKDAYS]
    days: set[int] = set()
    for weekdays, dose_times in telling:
        entry_days = frozenset(WEEKDAYS.index(day) for day in weekdays) or EVERY_DAY
        days |= entry_days
        for day in entry_days:
            times[day] |= set(dose_times) or known_times
    return Schedule(times=tuple(tuple(sorted(day_times)) for day_times in times), days=frozenset(days))

"""The times of day and days of the week somebody would like."""

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from scheduling.availability import WeeklyHours, Window, between, open_periods_for
from scheduling.operations.opening import WEEKDAYS

MIDNIGHT = dt.time()
ONE_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class WishedTimes:
    """
    Starts from `after` until before `before` on the local clock; None for either leaves that side open.

    The period may go over midnight and then belongs to the day on which it begins. `weekdays` are mon to sun; none
    means all.
    """

    after: dt.time | None = None
    before: dt.time | None = None
    weekdays: frozenset[str] = frozenset()

    @property
    def anything(self) -> bool:
        """Whether every start will do."""
        return self.after is None and self.before is None and not self.weekdays

    def steps(self, window: Window, *, zone: ZoneInfo) -> int:
        """Return the starts of a window that are wished for, as a bitmap."""
        if self.anything:
            return window.whole
        days = [day for day in WEEKDAYS if not self.weekdays or day in self.weekdays]
        hours = [
            WeeklyHours(
                weekday=WEEKDAYS.index(day), opens=self.after or MIDNIGHT, closes=self.before or MIDNIGHT
            )
            for day in days
        ]
        first_date = window.moment_of(0).astimezone(zone).date() - ONE_DAY
        last_date = window.moment_of(window.steps).astimezone(zone).date()
        wished = 0
        for begin, end in open_periods_for(
            hours=hours, zone=zone, first_date=first_date, last_date=last_date
        ):
            wished |= between(
                window,
                first=dt.datetime.fromtimestamp(begin, dt.UTC),
                until=dt.datetime.fromtimestamp(end, dt.UTC),
            )
        return wished

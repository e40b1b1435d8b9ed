"""
Hours are elapsed hours, counted in UTC; dates and wall-clock times are the clinic's.

Pure: no framework, no database, and in spite of the name no system clock.
"""

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo


@dataclass(frozen=True, kw_only=True, slots=True)
class Start:
    """The instant everything counts back from (UTC), the clinic's zone, and D0, the instant's date in that zone."""

    instant: dt.datetime
    zone: ZoneInfo
    day: dt.date

    def local(self, instant: dt.datetime) -> dt.datetime:
        """Return the aware `instant` with the clinic's offset at that moment."""
        return instant.astimezone(self.zone)

    def hours_before(self, hours: int) -> dt.datetime:
        """Return the moment `hours` elapsed hours before the start, in the clinic's zone."""
        return self.local(self.instant - dt.timedelta(hours=hours))

    def days_before(self, days: int) -> dt.date:
        """Return the date `days` calendar days before D0."""
        return self.day - dt.timedelta(days=days)


def start_at(*, instant: dt.datetime, zone: ZoneInfo) -> Start:
    """Return the start of the aware `instant` in `zone`; the offset `instant` came with does not matter."""
    return Start(instant=instant.astimezone(dt.UTC), zone=zone, day=instant.astimezone(zone).date())


def wall_instant(*, day: dt.date, at: dt.time, zone: ZoneInfo) -> dt.datetime:
    """
    Return the instant (UTC) at which clocks in `zone` show `at` on `day`.

    Of a time that a clock change repeats, the first; one that it skips is read with the offset in force before the
    change (PEP 495, fold 0, says both).
    """
    first = at.replace(fold=0) if at.fold else at
    return dt.datetime.combine(day, first, tzinfo=zone).astimezone(dt.UTC)

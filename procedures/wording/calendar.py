"""When a year must be said, and which of two equal clock times is meant."""

import calendar
import datetime as dt
from functools import lru_cache

# One month back and eleven ahead make twelve: in between, a day and month name exactly one date.
MONTHS_BACK = 1
MONTHS_AHEAD = 11


def needs_year(day: dt.date, *, today: dt.date) -> bool:
    """Return whether `day` could be taken for the same day of another year."""
    return not _months_from(today, -MONTHS_BACK) < day <= _months_from(today, MONTHS_AHEAD)


def occurrence(moment: dt.datetime) -> str:
    """Return "first" or "second" in an hour that a clock change repeats, else ""; `moment` is zoned."""
    if moment.replace(fold=0).utcoffset() == moment.replace(fold=1).utcoffset():
        return ""
    return "second" if moment.fold else "first"


def last_minute_before(instant: dt.datetime, *, zone: dt.tzinfo) -> dt.datetime:
    """
    Return `instant` in `zone`, one elapsed minute earlier if the clock there shows 0:00.

    An end at 0:00 names two nights to its reader, and an earlier end is the safe one.
    """
    local = instant.astimezone(zone)
    if (local.hour, local.minute) != (0, 0):
        return local
    return (instant.astimezone(dt.UTC) - dt.timedelta(minutes=1)).astimezone(zone)


# Asked of every date in every message, of one today.
@lru_cache(maxsize=64)
def _months_from(day: dt.date, months: int) -> dt.date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    month += 1
    return dt.date(year, month, min(day.day, calendar.monthrange(year, month)[1]))

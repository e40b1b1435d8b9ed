"""Deadlines in open hours: nobody does anything in a house that is shut. Pure."""

import datetime as dt
from bisect import bisect_left
from zoneinfo import ZoneInfo

from scheduling.availability import Period


def last_open_before(moment: dt.datetime, *, periods: tuple[Period, ...]) -> dt.datetime:
    """
    Return the last instant, not after `moment` (aware), at which the location works.

    `periods` are sorted, disjoint, half-open epoch seconds; the end of one still counts. Where none begins before
    the moment, the moment itself.
    """
    epoch = moment.timestamp()
    place = bisect_left(periods, (int(epoch), 0))
    before = periods[:place]
    if not before:
        return moment
    _, closes = before[-1]
    return moment if closes >= epoch else dt.datetime.fromtimestamp(closes, moment.tzinfo)


def open_days_before(
    day: dt.date, *, count: int, periods: tuple[Period, ...], zone: ZoneInfo
) -> dt.datetime | None:
    """Return when the `count`-th last working day before a local date closes; None where there are not so many."""
    closing: dict[dt.date, int] = {}
    for opens, closes in periods:
        on = dt.datetime.fromtimestamp(opens, zone).date()
        if on < day:
            closing[on] = max(closes, closing.get(on, closes))
    days = sorted(closing)
    return dt.datetime.fromtimestamp(closing[days[-count]], zone) if len(days) >= count else None

"""When somebody is at a location to pick up the phone."""

import datetime as dt

from cryoclinic.accounts.models import Location, LocationHours
from scheduling.availability import HoursException, WeeklyHours, open_periods_for
from scheduling.models import OpeningException
from scheduling.operations.opening import WEEKDAYS, RegionUnknown, public_holidays


def open_between(
    location: Location, *, begin: dt.datetime, end: dt.datetime
) -> tuple[tuple[dt.datetime, dt.datetime], ...]:
    """
    Return the opening hours of a location between two aware instants: sorted, disjoint, half-open, UTC.

    Its weekly hours without public holidays, with its own exceptions; a location whose region has no calendar has
    no holidays here, because a call must not fail for what the search for a slot already refuses.
    """
    first, last = (moment.astimezone(location.tz).date() for moment in (begin, end))
    periods = open_periods_for(
        hours=[
            WeeklyHours(weekday=WEEKDAYS.index(weekday), opens=opens, closes=closes)
            for weekday, opens, closes in LocationHours.objects.filter(location=location).values_list(
                "weekday", "opens", "closes"
            )
        ],
        exceptions=_exceptions(location, begin=begin, end=end),
        holidays=_holidays(location.region, years=range(first.year - 1, last.year + 2)),
        zone=location.tz,
        first_date=first - dt.timedelta(days=1),
        last_date=last,
    )
    clipped = ((max(opens, begin.timestamp()), min(closes, end.timestamp())) for opens, closes in periods)
    return tuple(
        (dt.datetime.fromtimestamp(opens, dt.UTC), dt.datetime.fromtimestamp(closes, dt.UTC))
        for opens, closes in clipped
        if opens < closes
    )


def _exceptions(location: Location, *, begin: dt.datetime, end: dt.datetime) -> list[HoursException]:
    rows = OpeningException.objects.filter(location=location, resource=None, period__overlap=(begin, end))
    return [
        HoursException(
            start=int(period.lower.timestamp()), end=int(period.upper.timestamp()), is_open=is_open
        )
        for period, is_open in rows.values_list("period", "is_open")
    ]


def _holidays(region: str, *, years: range) -> set[dt.date]:
    try:
        return {day for year in years for day in public_holidays(region, year)}
    except RegionUnknown:
        return set()

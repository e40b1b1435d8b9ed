"""When somebody is at a location to pick up the phone."""

import datetime as dt
import json

from django.db import connection

from cryoclinic.accounts.models import Location
from scheduling.availability import HoursException, WeeklyHours, open_periods_for
from scheduling.operations.opening import WEEKDAYS, RegionUnknown, public_holidays

# One statement, since every plan with a question in it asks.
_HOURS = """
    SELECT (
        SELECT coalesce(json_agg(json_build_array(weekday, opens, closes)), '[]')::text
        FROM accounts_locationhours WHERE location_id = %(location)s
    ), (
        SELECT coalesce(json_agg(json_build_array(
            floor(extract(epoch FROM lower(period)))::bigint, floor(extract(epoch FROM upper(period)))::bigint, is_open
        )), '[]')::text
        FROM scheduling_openingexception
        WHERE location_id = %(location)s AND resource_id IS NULL AND reopened_at IS NULL
            AND period && tstzrange(%(begin)s::timestamptz, %(end)s::timestamptz)
    )
"""


def open_between(
    location: Location, *, begin: dt.datetime, end: dt.datetime
) -> tuple[tuple[dt.datetime, dt.datetime], ...]:
    """
    Return the opening hours of a location between two aware instants: sorted, disjoint, half-open, UTC.

    Its weekly hours without public holidays, with its own exceptions; a location whose region has no calendar has
    no holidays here, because a call must not fail for what the search for a slot already refuses.
    """
    first, last = (moment.astimezone(location.tz).date() for moment in (begin, end))
    hours, exceptions = _recorded(location, begin=begin, end=end)
    periods = open_periods_for(
        hours=hours,
        exceptions=exceptions,
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


def _recorded(
    location: Location, *, begin: dt.datetime, end: dt.datetime
) -> tuple[list[WeeklyHours], list[HoursException]]:
    """Return the weekly hours, and the exceptions that touch the period."""
    with connection.cursor() as cursor:
        cursor.execute(_HOURS, {"location": location.pk, "begin": begin, "end": end})
        ((weekly, exceptions),) = cursor.fetchall()
    return (
        [
            WeeklyHours(
                weekday=WEEKDAYS.index(weekday),
                opens=dt.time.fromisoformat(opens),
                closes=dt.time.fromisoformat(closes),
            )
            for weekday, opens, closes in json.loads(weekly)
        ],
        [
            HoursException(start=opens, end=closes, is_open=is_open)
            for opens, closes, is_open in json.loads(exceptions)
        ],
    )


def _holidays(region: str, *, years: range) -> set[dt.date]:
    try:
        return {day for year in years for day in public_holidays(region, year)}
    except RegionUnknown:
        return set()

"""
Days that are full: how many visits an offering starts, and a resource serves, on one local day.

Reads only, and nothing at all where no limit is set. A visit counts for a resource on every local day that it
touches, and for its offering on the day on which it starts. Holds count until they lapse.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection

from scheduling.codes import OCCUPYING
from scheduling.models import ProcedureOffering

ONE_DAY = dt.timedelta(days=1)
# A half-open local day, aware.
LocalDay = tuple[dt.datetime, dt.datetime]

_OF_RESOURCES = """
    SELECT resource_id, day::date
    FROM (
        SELECT taken.resource_id, resource.most_per_day, taken.appointment_id, taken.hold_id, generate_series(
            date_trunc('day', lower(taken.period) AT TIME ZONE %(zone)s),
            date_trunc('day', (upper(taken.period) - interval '1 microsecond') AT TIME ZONE %(zone)s),
            interval '1 day'
        ) AS day
        FROM scheduling_allocation AS taken
        JOIN scheduling_resource AS resource ON resource.id = taken.resource_id
        WHERE taken.active
            AND resource.most_per_day IS NOT NULL
            AND taken.resource_id = ANY(%(resources)s)
            AND taken.period && tstzrange(%(first)s, %(until)s)
            AND (taken.appointment_id IS NULL OR taken.appointment_id IS DISTINCT FROM %(appointment)s::bigint)
            AND (taken.hold_id IS NULL OR taken.hold_id IN (
                SELECT id FROM scheduling_hold
                WHERE expires_at > %(now)s AND id IS DISTINCT FROM %(hold)s::bigint
            ))
    ) AS visits
    GROUP BY resource_id, most_per_day, day
    HAVING count(DISTINCT (coalesce(appointment_id, 0), coalesce(hold_id, 0))) >= most_per_day
"""
_OF_OFFERING = """
    SELECT (start AT TIME ZONE %(zone)s)::date
    FROM (
        SELECT start FROM scheduling_appointment
        WHERE offering_id = %(offering)s AND status = ANY(%(statuses)s)
            AND id IS DISTINCT FROM %(appointment)s::bigint AND start >= %(first)s AND start < %(until)s
        UNION ALL
        SELECT start FROM scheduling_hold
        WHERE offering_id = %(offering)s AND released_at IS NULL AND expires_at > %(now)s
            AND id IS DISTINCT FROM %(hold)s::bigint AND start >= %(first)s AND start < %(until)s
    ) AS visits
    GROUP BY 1
    HAVING count(*) >= %(most)s
"""


class DayIsFull(Exception):
    """The clinic does no more of these on that day. Choose another day."""

    def __init__(self, *, day: dt.date, most_per_day: int) -> None:
        super().__init__(day)
        self.day = day
        self.most_per_day = most_per_day


@dataclass(frozen=True, kw_only=True, slots=True)
class Ignored:
    """Whose bookings do not count: of an appointment that would move, of a hold that would be used."""

    appointment_id: int | None = None
    hold_id: int | None = None


NOTHING_IGNORED = Ignored()


def full_days_of_resources(
    resource_ids: Iterable[int],
    *,
    zone: ZoneInfo,
    first: dt.datetime,
    until: dt.datetime,
    now: dt.datetime,
    ignored: Ignored = NOTHING_IGNORED,
) -> Mapping[int, Sequence[LocalDay]]:
    """Return the local days within reach of the half-open period (aware) on which resources may serve no more."""
    ids = sorted(resource_ids)
    found: dict[int, list[LocalDay]] = defaultdict(list)
    if ids:
        for resource, day in _rows(
            _OF_RESOURCES, zone=zone, first=first, until=until, now=now, ignored=ignored, resources=ids
        ):
            found[resource].append(local_day(day, zone))
    return found


def full_days_of_offering(
    offering: ProcedureOffering,
    *,
    first: dt.datetime,
    until: dt.datetime,
    now: dt.datetime,
    ignored: Ignored = NOTHING_IGNORED,
) -> tuple[LocalDay, ...]:
    """Return the local days within reach of the half-open period (aware) on which no more may start."""
    if offering.most_per_day is None:
        return ()
    zone = offering.location.tz
    rows = _rows(
        _OF_OFFERING,
        zone=zone,
        first=first,
        until=until,
        now=now,
        ignored=ignored,
        offering=offering.pk,
        most=offering.most_per_day,
        statuses=[status.value for status in OCCUPYING],
    )
    return tuple(local_day(day, zone) for (day,) in rows)


def check_day(
    offering: ProcedureOffering, *, start: dt.datetime, now: dt.datetime, ignored: Ignored = NOTHING_IGNORED
) -> None:
    """
    Refuse a start (aware) on a day that is full; the caller has locked the offering.

    :raises DayIsFull: naming the day
    """
    if offering.most_per_day is None:
        return
    full = full_days_of_offering(offering, first=start, until=start, now=now, ignored=ignored)
    if any(begin <= start < end for begin, end in full):
        day = start.astimezone(offering.location.tz).date()
        raise DayIsFull(day=day, most_per_day=offering.most_per_day)


def local_day(day: dt.date, zone: ZoneInfo) -> LocalDay:
    """Return a local date from its midnight to the next, in UTC."""
    begin, end = (dt.datetime.combine(each, dt.time(), tzinfo=zone) for each in (day, day + ONE_DAY))
    return begin.astimezone(dt.UTC), end.astimezone(dt.UTC)


def _rows(
    query: str,
    *,
    zone: ZoneInfo,
    first: dt.datetime,
    until: dt.datetime,
    now: dt.datetime,
    ignored: Ignored,
    **values: Any,
) -> Iterator[tuple[Any, ...]]:
    # What happens elsewhere in a day counts for all of it.
    begin, _ = local_day(first.astimezone(zone).date(), zone)
    _, end = local_day(until.astimezone(zone).date(), zone)
    with connection.cursor() as cursor:
        cursor.execute(
            query,
            {
                "zone": zone.key,
                "first": begin,
                "until": end,
                "now": now,
                "appointment": ignored.appointment_id,
                "hold": ignored.hold_id,
                **values,
            },
        )
        yield from cursor.fetchall()

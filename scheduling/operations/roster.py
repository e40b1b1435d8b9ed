"""
Who and what a location has, and when it is there: from rows to a roster.

Reads only, in one statement: a roster changes rarely and is read as one document.
"""

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from cryoclinic.accounts.models import Location
from scheduling.availability import (
    Barred,
    HoursException,
    Period,
    WeeklyHours,
    Window,
    barred_pairs,
    open_periods_for,
)
from scheduling.models.prepared import Prepared
from scheduling.operations.opening import WEEKDAYS, public_holidays

_ROSTER = Prepared(
    name="roster",
    text="""
    SELECT json_build_object(
        'hours', (
            SELECT coalesce(json_agg(json_build_array(weekday, opens, closes)), '[]')
            FROM accounts_locationhours WHERE location_id = %(location)s
        ),
        'exceptions', (
            SELECT coalesce(json_agg(json_build_array(
                resource_id,
                floor(date_part('epoch', lower(period)))::int8,
                ceil(date_part('epoch', upper(period)))::int8,
                is_open
            )), '[]')
            FROM scheduling_openingexception
            WHERE location_id = %(location)s AND reopened_at IS NULL AND upper(period) > %(since)s
        ),
        'resources', (
            SELECT coalesce(json_agg(json_build_array(
                id, kind, skills, own.hours, tied.partners, uid, most_per_day
            ) ORDER BY id), '[]')
            FROM scheduling_resource
            LEFT JOIN (
                SELECT resource_id, json_agg(json_build_array(weekday, opens, closes)) AS hours
                FROM scheduling_resourcehours GROUP BY resource_id
            ) AS own ON own.resource_id = id
            LEFT JOIN (
                SELECT link.from_resource_id, json_agg(json_build_array(partner.id, partner.kind)) AS partners
                FROM scheduling_resource_only_with AS link
                JOIN scheduling_resource AS partner ON partner.id = link.to_resource_id
                GROUP BY link.from_resource_id
            ) AS tied ON tied.from_resource_id = id
            WHERE location_id = %(location)s AND active
        )
    )::text
    """,
    types={"location": "bigint", "since": "timestamptz"},
)
# A process books and searches at a few locations, whose rosters change rarely.
_KEPT_ROSTERS = 32


@dataclass(frozen=True, kw_only=True, slots=True)
class RosterEntry:
    """An active resource, and when it is there: its own weekly hours or its location's."""

    resource_id: int
    uid: UUID
    kind: str
    skills: frozenset[str]
    hours: tuple[WeeklyHours, ...]
    exceptions: tuple[HoursException, ...]
    most_per_day: int | None

    @property
    def openness(self) -> tuple[int, int]:
        """Return a key that those with the same hours of one roster share; cheap, where hours take long to compare."""
        return id(self.hours), id(self.exceptions)


@dataclass(frozen=True, kw_only=True, slots=True)
class Roster:
    """A location's active resources in a fixed order, and what may not be used together."""

    entries: tuple[RosterEntry, ...]
    barred: Barred

    @property
    def limited(self) -> frozenset[int]:
        """Return the ids of those that serve only so many visits a day."""
        return frozenset(entry.resource_id for entry in self.entries if entry.most_per_day is not None)

    def pool(self, *, role: str, skill: str) -> tuple[int, ...]:
        """Return the ids of those that can fill a leg, in a fixed order; an empty skill is anybody's."""
        return tuple(
            entry.resource_id
            for entry in self.entries
            if entry.kind == role and (not skill or skill in entry.skills)
        )


def roster_of(location: Location, *, since: dt.datetime) -> Roster:
    """Return a location's roster as it counts from `since` (aware) on, in one query."""
    ((found,),) = _ROSTER.rows(location=location.pk, since=since)
    return _roster(found)


# By the document itself: what has changed is another document.
@lru_cache(maxsize=_KEPT_ROSTERS)
def _roster(document: str) -> Roster:
    found = json.loads(document)
    shared_hours, closures = _hours(found["hours"]), found["exceptions"]
    shared_closures = _exceptions(closures, of=None)
    with_own = {whose for whose, *_ in closures}
    entries = tuple(
        RosterEntry(
            resource_id=pk,
            uid=UUID(uid),
            kind=kind,
            skills=frozenset(skills),
            hours=_hours(hours) or shared_hours,
            exceptions=_exceptions(closures, of=pk) if pk in with_own else shared_closures,
            most_per_day=most_per_day,
        )
        for pk, kind, skills, hours, _, uid, most_per_day in found["resources"]
    )
    return Roster(entries=entries, barred=_barred(found["resources"]))


def open_periods(entry: RosterEntry, *, location: Location, window: Window) -> tuple[Period, ...]:
    """
    Return when a resource is there, in epoch seconds; at least everything that lies in the window.

    :raises RegionUnknown: if the location's region is not known
    """
    # A day earlier, because a night begins the day before.
    first_date = dt.datetime.fromtimestamp(window.start, location.tz).date() - dt.timedelta(days=1)
    last_date = dt.datetime.fromtimestamp(window.end, location.tz).date()
    return open_on(entry, location=location, first_date=first_date, last_date=last_date)


def open_on(
    entry: RosterEntry, *, location: Location, first_date: dt.date, last_date: dt.date
) -> tuple[Period, ...]:
    """
    Return when a resource is there on the local dates, both included: sorted, disjoint, epoch seconds UTC.

    :raises RegionUnknown: if the location's region is not known
    """
    years = range(first_date.year, last_date.year + 1)
    return open_periods_for(
        hours=entry.hours,
        exceptions=entry.exceptions,
        holidays=frozenset().union(*(public_holidays(location.region, year) for year in years)),
        zone=location.tz,
        first_date=first_date,
        last_date=last_date,
    )


def _barred(resources: Sequence[Sequence[Any]]) -> Barred:
    ties = {pk: dict(partners) for pk, _, _, _, partners, *_ in resources if partners}
    # A partner may be out of use and still says which kind it ties to.
    kinds = {partner: kind for partners in ties.values() for partner, kind in partners.items()}
    return barred_pairs(only_with=ties, kinds=kinds | {pk: kind for pk, kind, *_ in resources})


def _exceptions(closures: Iterable[Sequence[Any]], *, of: int | None) -> tuple[HoursException, ...]:
    """Return what differs for the whole location, and for one of its resources."""
    return tuple(
        HoursException(start=start, end=end, is_open=is_open)
        for whose, start, end, is_open in closures
        if whose is None or whose == of
    )


def _hours(rows: Iterable[Sequence[str]] | None) -> tuple[WeeklyHours, ...]:
    return tuple(
        WeeklyHours(
            weekday=WEEKDAYS.index(weekday),
            opens=dt.time.fromisoformat(opens),
            closes=dt.time.fromisoformat(closes),
        )
        for weekday, opens, closes in rows or ()
    )

"""When a location and each of its resources are open: the rows, read once for a stretch of days."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from zoneinfo import ZoneInfo

import holidays

from cryoclinic.accounts.models import Location, LocationHours
from scheduling.availability import HoursException, Period, WeeklyHours, open_periods_for
from scheduling.models import OpeningException, ResourceHours

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class RegionUnknown(LookupError):
    """The region of this location has no calendar of public holidays. Write it as GB-ENG or US-MA."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Opening:
    """The hours of a location and its resources, with every exception in the days that were read."""

    zone: ZoneInfo
    region: str
    of_location: tuple[WeeklyHours, ...]
    of_resource: Mapping[int, tuple[WeeklyHours, ...]]
    exceptions: Mapping[int | None, tuple[HoursException, ...]]

    def periods(self, resource_id: int, *, first_date: dt.date, last_date: dt.date) -> tuple[Period, ...]:
        """
        Return when a resource is open on the local dates, both included: sorted, disjoint, epoch seconds UTC.

        A resource without hours of its own keeps its location's. What is closed for the location is closed for
        everything in it.

        :raises RegionUnknown: if the location's region has no calendar
        """
        years = range(first_date.year - 1, last_date.year + 2)
        return open_periods_for(
            hours=self.of_resource.get(resource_id) or self.of_location,
            exceptions=[*self.exceptions.get(None, ()), *self.exceptions.get(resource_id, ())],
            holidays={day for year in years for day in public_holidays(self.region, year)},
            zone=self.zone,
            first_date=first_date,
            last_date=last_date,
        )


def opening_of(location: Location, *, begin: dt.datetime, end: dt.datetime) -> Opening:
    """Return the opening of a location, with the exceptions that touch the half-open period: three queries."""
    exceptions: dict[int | None, list[HoursException]] = defaultdict(list)
    for resource_id, period, is_open in (
        OpeningException.objects.in_force()
        .filter(location=location, period__overlap=(begin, end))
        .values_list("resource_id", "period", "is_open")
    ):
        exceptions[resource_id].append(
            HoursException(
                start=int(period.lower.timestamp()), end=int(period.upper.timestamp()), is_open=is_open
            )
        )
    by_resource: dict[int, list[WeeklyHours]] = defaultdict(list)
    rows = ResourceHours.objects.filter(resource__location=location, resource__active=True)
    for resource_id, weekday, opens, closes in rows.values_list("resource_id", "weekday", "opens", "closes"):
        by_resource[resource_id].append(_weekly(weekday, opens, closes))
    of_location = LocationHours.objects.filter(location=location).values_list("weekday", "opens", "closes")
    return Opening(
        zone=location.tz,
        region=location.region,
        of_location=tuple(_weekly(*hours) for hours in of_location),
        of_resource={resource: tuple(hours) for resource, hours in by_resource.items()},
        exceptions={resource: tuple(found) for resource, found in exceptions.items()},
    )


@cache
def public_holidays(region: str, year: int) -> frozenset[dt.date]:
    """
    Return the public holidays of a region such as GB-ENG or US; none for an empty region.

    :raises RegionUnknown: if there is no calendar for it
    """
    if not region:
        return frozenset()
    country, _, part = region.partition("-")
    try:
        return frozenset(holidays.country_holidays(country, subdiv=part or None, years=year))
    except NotImplementedError as error:
        raise RegionUnknown(region) from error


def is_within(periods: Iterable[Period], *, begin: dt.datetime, end: dt.datetime) -> bool:
    """Return whether one period holds the whole of the half-open time (aware)."""
    first, last = begin.timestamp(), end.timestamp()
    return any(opens <= first and last <= closes for opens, closes in periods)


def _weekly(weekday: str, opens: dt.time, closes: dt.time) -> WeeklyHours:
    return WeeklyHours(weekday=WEEKDAYS.index(weekday), opens=opens, closes=closes)

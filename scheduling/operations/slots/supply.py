"""What an appointment needs, and what a location's roster and diary leave free for it: from rows to supply."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping

from cryoclinic.accounts.models import Location
from scheduling.availability import (
    STEP,
    STEP_MINUTES,
    HoursException,
    LegNeed,
    Supply,
    WeeklyHours,
    Window,
    bitmap_within,
)
from scheduling.operations.needs import PractitionerDoesNotFit, lacking_for
from scheduling.operations.roster import Roster, open_periods
from scheduling.rules import LegPeriod

# Stands for the patient among the resources: somebody who can be in one place only. Rows count from 1.
PATIENT = 0
PATIENT_LEG = "patient"


def needs_of(
    legs: Iterable[LegPeriod],
    *,
    start: dt.datetime,
    roster: Roster,
    location: Location,
    practitioner_id: int | None = None,
) -> tuple[LegNeed, ...]:
    """
    Return the legs of an appointment at `start` (aware) as needs, rounded outward to steps.

    The first leg for one person that the practitioner can fill is left to them.

    :raises NoSuchResource: if the location could not fill a leg at any time
    :raises PractitionerDoesNotFit: if the practitioner can fill none
    """
    needs = []
    wanted = practitioner_id
    for leg in legs:
        pool = roster.pool(role=leg.role, skill=leg.skill)
        if len(pool) < leg.count:
            raise lacking_for(leg, location=location, found=len(pool))
        if wanted in pool and leg.count == 1:
            pool, wanted = (wanted,), None
        needs.append(need_between(leg.key, pool, start=start, begin=leg.begin, end=leg.end, count=leg.count))
    if wanted is not None:
        raise PractitionerDoesNotFit
    return tuple(needs)


def need_between(
    key: str,
    pool: tuple[int, ...],
    *,
    start: dt.datetime,
    begin: dt.datetime,
    end: dt.datetime,
    count: int = 1,
) -> LegNeed:
    """Return a need from `begin` to `end` for an appointment at `start` (all aware), rounded outward to steps."""
    offset = (begin - start) // STEP * STEP_MINUTES
    until = -((start - end) // STEP) * STEP_MINUTES
    return LegNeed(key=key, pool=pool, count=count, offset_minutes=offset, duration_minutes=until - offset)


def supply_of(
    *,
    roster: Roster,
    location: Location,
    window: Window,
    wanted: Collection[int],
    taken: Mapping[int, int],
) -> Supply:
    """
    Return what the wanted resources of a roster offer in a window, given the steps that are taken.

    :raises RegionUnknown: if the location's region is not known
    """
    shared: dict[tuple[tuple[WeeklyHours, ...], tuple[HoursException, ...]], int] = {}
    opened: dict[int, int] = {}
    for entry in roster.entries:
        if entry.resource_id in wanted:
            # Most resources keep the same hours; what they share is worked out once.
            key = (entry.hours, entry.exceptions)
            if key not in shared:
                shared[key] = bitmap_within(open_periods(entry, location=location, window=window), window)
            opened[entry.resource_id] = shared[key]
    if PATIENT in wanted:
        opened[PATIENT] = window.whole
    available = {resource: steps & ~taken.get(resource, 0) for resource, steps in opened.items()}
    return Supply(window=window, free_steps=available, open_steps=opened, barred=roster.barred)

"""Which resources serve an appointment: of those that fit, are open and are free, one exact choice."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from cryoclinic.accounts.models import Location
from scheduling.availability import (
    STEP_SECONDS,
    Assignment,
    Barred,
    LegNeed,
    Period,
    assign,
    barred_pairs,
    merge,
)
from scheduling.models import Resource
from scheduling.operations.limits import full_days_of_resources
from scheduling.operations.locking import Wanted
from scheduling.operations.needs import (
    Need,
    NoSuchResource,
    OutsideHours,
    PractitionerDoesNotFit,
    SlotTaken,
    lacking_for,
)
from scheduling.operations.opening import is_within
from scheduling.operations.roster import Roster, RosterEntry, open_on, roster_of
from scheduling.operations.taken import standing
from scheduling.rules import LegPeriod

ONE_DAY = dt.timedelta(days=1)

__all__ = [
    "Need",
    "NoSuchResource",
    "OutsideHours",
    "PractitionerDoesNotFit",
    "Seats",
    "SlotTaken",
    "barred_among",
    "choose",
    "free_for",
    "is_day_full",
]

# Leg key to resource ids.
Seats = Assignment


@dataclass(frozen=True, kw_only=True, slots=True)
class _Use:
    """A resource in use for a half-open period."""

    resource_id: int
    begin: dt.datetime
    end: dt.datetime
    is_own: bool


def choose(need: Need) -> Seats:
    """
    Return who serves each leg, by id; reads only, in two queries, and a later writer may still be faster.

    :raises NoSuchResource: if a leg's pool is too small at any time, or the assignment names what does not fit
    :raises PractitionerDoesNotFit: if the practitioner asked for can fill no leg
    :raises OutsideHours: if too little of a leg's pool is open for the whole leg
    :raises SlotTaken: if too little of it is free, or what is free cannot go together
    """
    if not need.legs:
        return {}
    roster = _roster(need)
    pools = _pools(need, roster)
    open_pools = _open(need, pools)
    uses = _uses(need, pools)
    free_pools = _free(need, open_pools, uses)
    needs = _leg_needs(need, free_pools, preferred={use.resource_id for use in uses if use.is_own})
    chosen = assign(needs, 0, _all_free(needs), roster.barred)
    if chosen is None:
        raise _not_together(needs, roster.barred, free_pools)
    return chosen


def free_for(need: Need) -> dict[str, list[Resource]]:
    """Return who of each leg's pool is open and free for the whole of it, however few; reads only."""
    anyhow = replace(need, legs=tuple(replace(leg, count=0) for leg in need.legs))
    pools = _pools(anyhow, _roster(anyhow))
    free = _free(anyhow, _open(anyhow, pools), _uses(anyhow, pools))
    rows = Resource.objects.in_bulk([each.resource_id for pool in free.values() for each in pool])
    return {key: [rows[each.resource_id] for each in pool] for key, pool in free.items()}


def is_day_full(need: Need, wanted: Iterable[Wanted]) -> bool:
    """Return whether somebody wanted serves no more visits on a day on which they would."""
    times = list(wanted)
    full = _full(need, {each.resource_id for each in times})
    return any(
        use.resource_id == each.resource_id and use.begin < each.end and each.begin < use.end
        for use in full
        for each in times
    )


def _roster(need: Need) -> Roster:
    return roster_of(need.location, since=need.begin - 2 * ONE_DAY)


def _pools(need: Need, roster: Roster) -> dict[str, list[RosterEntry]]:
    keys = {leg.key for leg in need.legs}
    for key in need.assignment or ():
        if key not in keys:
            raise NoSuchResource(leg=key)
    entries = {entry.resource_id: entry for entry in roster.entries}
    pools = {}
    wanted = need.practitioner_id
    for leg in need.legs:
        pool = [entries[pk] for pk in _able(leg, need=need, roster=roster)]
        theirs = [each for each in pool if each.resource_id == wanted]
        if theirs and leg.count == 1:
            pool, wanted = theirs, None
        pools[leg.key] = pool
    if wanted is not None:
        raise PractitionerDoesNotFit
    return pools


def _able(leg: LegPeriod, *, need: Need, roster: Roster) -> tuple[int, ...]:
    pool = roster.pool(role=leg.role, skill=leg.skill)
    if len(pool) < leg.count:
        raise lacking_for(leg, location=need.location, found=len(pool))
    if need.assignment is None:
        return pool
    named = tuple(pk for pk in pool if pk in need.assignment.get(leg.key, ()))
    if len(named) < leg.count:
        raise NoSuchResource(leg=leg.key)
    return named


def _open(need: Need, pools: Mapping[str, list[RosterEntry]]) -> dict[str, list[RosterEntry]]:
    zone = need.location.tz
    # A night that is still going on belongs to the day before.
    first_date = need.begin.astimezone(zone).date() - ONE_DAY
    last_date = need.end.astimezone(zone).date()
    read = partial(open_on, location=need.location, first_date=first_date, last_date=last_date)
    periods: dict[object, tuple[Period, ...]] = {}
    found = {}
    for leg in need.legs:
        pool = pools[leg.key]
        # Most keep the same hours; what they share is worked out once.
        alike = {each.openness: each for each in pool}
        periods |= {key: read(each) for key, each in alike.items() if key not in periods}
        fit = {key for key in alike if is_within(periods[key], begin=leg.begin, end=leg.end)}
        there = [each for each in pool if each.openness in fit]
        if len(there) < leg.count:
            hours = merge(period for key in alike for period in periods[key])
            raise OutsideHours(leg=leg.key, role=leg.role, hours=_on_day_of(leg, hours, need.location))
        found[leg.key] = there
    return found


def _on_day_of(
    leg: LegPeriod, hours: Sequence[Period], location: Location
) -> tuple[tuple[dt.datetime, dt.datetime], ...]:
    zone = location.tz
    day = leg.begin.astimezone(zone).date()
    local = [tuple(dt.datetime.fromtimestamp(each, zone) for each in period) for period in hours]
    return tuple((opens, closes) for opens, closes in local if opens.date() <= day <= closes.date())


def _uses(need: Need, pools: Mapping[str, list[RosterEntry]]) -> list[_Use]:
    ids = sorted({each.resource_id for pool in pools.values() for each in pool})
    uses = [
        _Use(
            resource_id=each.resource_id,
            begin=each.begin,
            end=each.end,
            is_own=_is_own(need, hold_id=each.hold_id, appointment_id=each.appointment_id),
        )
        for each in standing(ids, begin=need.begin, end=need.end, now=need.now)
    ]
    limited = [each.resource_id for pool in pools.values() for each in pool if each.most_per_day is not None]
    return [*uses, *_full(need, limited)]


def _full(need: Need, resource_ids: Iterable[int]) -> list[_Use]:
    """Return the days on which these serve no more, as if somebody used them all day."""
    days = full_days_of_resources(
        resource_ids,
        zone=need.location.tz,
        first=need.begin,
        until=need.end,
        now=need.now,
        ignored=need.ignored,
    )
    return [
        _Use(resource_id=resource_id, begin=begin, end=end, is_own=False)
        for resource_id, full in days.items()
        for begin, end in full
        if begin < need.end and need.begin < end
    ]


def _is_own(need: Need, *, hold_id: int | None, appointment_id: int | None) -> bool:
    of_hold = need.hold is not None and need.hold.pk == hold_id
    return of_hold or (need.appointment is not None and need.appointment.pk == appointment_id)


def _free(
    need: Need, pools: Mapping[str, list[RosterEntry]], uses: Sequence[_Use]
) -> dict[str, list[RosterEntry]]:
    found = {}
    for leg in need.legs:
        busy_until: dict[int, dt.datetime] = {}
        for use in uses:
            if not use.is_own and use.begin < leg.end and leg.begin < use.end:
                busy_until[use.resource_id] = max(use.end, busy_until.get(use.resource_id, use.end))
        free = [resource for resource in pools[leg.key] if resource.resource_id not in busy_until]
        if len(free) < leg.count:
            busy = [resource for resource in pools[leg.key] if resource.resource_id in busy_until]
            ends = sorted(busy_until[resource.resource_id] for resource in busy)
            raise SlotTaken(
                leg=leg.key,
                resources=tuple(resource.uid for resource in busy),
                until=ends[leg.count - len(free) - 1],
            )
        found[leg.key] = free
    return found


def _leg_needs(
    need: Need, pools: Mapping[str, list[RosterEntry]], *, preferred: set[int]
) -> tuple[LegNeed, ...]:
    """Return the legs on the grid, rounded outward: two legs that share a step count as meeting."""
    base = int(need.begin.timestamp()) // STEP_SECONDS
    needs = []
    for leg in need.legs:
        first = int(leg.begin.timestamp()) // STEP_SECONDS - base
        last = -(-int(leg.end.timestamp()) // STEP_SECONDS) - base
        ids = sorted((each.resource_id for each in pools[leg.key]), key=lambda pk: (pk not in preferred, pk))
        needs.append(
            LegNeed(
                key=leg.key,
                pool=tuple(ids),
                count=leg.count,
                offset_minutes=first * STEP_SECONDS // 60,
                duration_minutes=(last - first) * STEP_SECONDS // 60,
            )
        )
    return tuple(needs)


def _all_free(needs: Sequence[LegNeed]) -> dict[int, int]:
    whole = (1 << max(each.end_steps for each in needs)) - 1
    return {resource: whole for each in needs for resource in each.pool}


def barred_among(kinds: Mapping[int, str]) -> Barred:
    """Return what may not be booked beside what, of these resources by their kinds; one query."""
    ties = Resource.only_with.through.objects.filter(from_resource_id__in=list(kinds))
    only_with: dict[int, list[int]] = defaultdict(list)
    for resource_id, partner_id, kind in ties.values_list(
        "from_resource_id", "to_resource_id", "to_resource__kind"
    ):
        only_with[resource_id].append(partner_id)
        kinds = {**kinds, partner_id: kind}
    return barred_pairs(only_with=only_with, kinds=kinds)


def _not_together(
    needs: Sequence[LegNeed], barred: Barred, pools: Mapping[str, list[RosterEntry]]
) -> SlotTaken:
    """Name the first leg that no longer fits beside those before it."""
    blocked = next(
        needs[count - 1]
        for count in range(1, len(needs) + 1)
        if assign(needs[:count], 0, _all_free(needs), barred) is None
    )
    return SlotTaken(leg=blocked.key, resources=tuple(resource.uid for resource in pools[blocked.key]))

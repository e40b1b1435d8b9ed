"""Which resources serve an appointment: of those that fit, are open and are free, one exact choice."""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from cryoclinic.accounts.models import Location
from scheduling.availability import STEP_SECONDS, Barred, LegNeed, Period, assign, barred_pairs, merge
from scheduling.models import Allocation, Appointment, Hold, Resource
from scheduling.operations.opening import is_within, opening_of
from scheduling.rules import LegPeriod

ONE_DAY = dt.timedelta(days=1)

Seats = Mapping[str, tuple[Resource, ...]]


class NoSuchResource(Exception):
    """The location has nothing and nobody of the kind this needs."""

    def __init__(self, *, leg: str) -> None:
        super().__init__(leg)
        self.leg = leg


class OutsideHours(Exception):
    """At this time what is needed is not open."""

    def __init__(self, *, leg: str, role: str, hours: tuple[tuple[dt.datetime, dt.datetime], ...]) -> None:
        super().__init__(leg)
        self.leg = leg
        self.role = role
        self.hours = hours


class SlotTaken(Exception):
    """Something this needs is in use at that time. Choose another time."""

    def __init__(
        self, *, leg: str, resources: tuple[UUID, ...] = (), until: dt.datetime | None = None
    ) -> None:
        super().__init__(leg)
        self.leg = leg
        self.resources = resources
        self.until = until


@dataclass(frozen=True, kw_only=True, slots=True)
class Need:
    """
    What somebody wants to occupy.

    `assignment` (leg key to resource ids) leaves no choice. What belongs to `hold` or `appointment` already is
    not in the way and is preferred.
    """

    location: Location
    legs: tuple[LegPeriod, ...]
    now: dt.datetime
    assignment: Mapping[str, Sequence[int]] | None = None
    hold: Hold | None = None
    appointment: Appointment | None = None

    @property
    def leaves_choice(self) -> bool:
        """Return whether another resource could serve when one is lost to somebody faster."""
        named = self.assignment
        return named is None or any(len(named.get(leg.key, ())) > leg.count for leg in self.legs)

    @property
    def begin(self) -> dt.datetime:
        """Return when the first leg begins (UTC)."""
        return min(leg.begin for leg in self.legs)

    @property
    def end(self) -> dt.datetime:
        """Return when the last leg ends (UTC)."""
        return max(leg.end for leg in self.legs)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Use:
    """A resource in use for a half-open period."""

    resource_id: int
    begin: dt.datetime
    end: dt.datetime
    is_own: bool


def choose(need: Need) -> Seats:
    """
    Return a resource for every place of every leg; reads only, and a later writer may still be faster.

    :raises NoSuchResource: if a leg's pool is too small at any time, or the assignment names what does not fit
    :raises OutsideHours: if too little of a leg's pool is open for the whole leg
    :raises SlotTaken: if too little of it is free, or what is free cannot go together
    """
    if not need.legs:
        return {}
    pools = _pools(need)
    open_pools = _open(need, pools)
    uses = _uses(need, pools)
    free_pools = _free(need, open_pools, uses)
    needs = _leg_needs(need, free_pools, preferred={use.resource_id for use in uses if use.is_own})
    barred = barred_among({each.pk: each.kind for pool in pools.values() for each in pool})
    chosen = assign(needs, 0, _all_free(needs), barred)
    if chosen is None:
        raise _not_together(needs, barred, free_pools)
    by_id = {resource.pk: resource for pool in free_pools.values() for resource in pool}
    return {key: tuple(by_id[resource_id] for resource_id in ids) for key, ids in chosen.items()}


def free_for(need: Need) -> dict[str, list[Resource]]:
    """Return who of each leg's pool is open and free for the whole of it, however few; reads only."""
    anyhow = replace(need, legs=tuple(replace(leg, count=0) for leg in need.legs))
    pools = _pools(anyhow)
    return _free(anyhow, _open(anyhow, pools), _uses(anyhow, pools))


def _pools(need: Need) -> dict[str, list[Resource]]:
    resources = list(Resource.objects.at(need.location))
    keys = {leg.key for leg in need.legs}
    for key in need.assignment or ():
        if key not in keys:
            raise NoSuchResource(leg=key)
    pools = {}
    for leg in need.legs:
        pool = [resource for resource in resources if resource.fills(kind=leg.role, skill=leg.skill)]
        if need.assignment is not None:
            named = set(need.assignment.get(leg.key, ()))
            pool = [resource for resource in pool if resource.pk in named]
        if len(pool) < leg.count:
            raise NoSuchResource(leg=leg.key)
        pools[leg.key] = pool
    return pools


def _open(need: Need, pools: Mapping[str, list[Resource]]) -> dict[str, list[Resource]]:
    zone = need.location.tz
    opening = opening_of(need.location, begin=need.begin - 2 * ONE_DAY, end=need.end + 2 * ONE_DAY)
    # A night that is still going on belongs to the day before.
    first_date = need.begin.astimezone(zone).date() - ONE_DAY
    last_date = need.end.astimezone(zone).date()
    periods = {
        resource.pk: opening.periods(resource.pk, first_date=first_date, last_date=last_date)
        for pool in pools.values()
        for resource in pool
    }
    found = {}
    for leg in need.legs:
        there = [each for each in pools[leg.key] if is_within(periods[each.pk], begin=leg.begin, end=leg.end)]
        if len(there) < leg.count:
            hours = merge(period for each in pools[leg.key] for period in periods[each.pk])
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


def _uses(need: Need, pools: Mapping[str, list[Resource]]) -> list[_Use]:
    ids = sorted({resource.pk for pool in pools.values() for resource in pool})
    rows = Allocation.objects.standing(need.now).in_the_way(resource_ids=ids, begin=need.begin, end=need.end)
    return [
        _Use(
            resource_id=resource_id,
            begin=period.lower,
            end=period.upper,
            is_own=_is_own(need, hold_id=hold_id, appointment_id=appointment_id),
        )
        for resource_id, period, hold_id, appointment_id in rows.values_list(
            "resource_id", "period", "hold_id", "appointment_id"
        )
    ]


def _is_own(need: Need, *, hold_id: int | None, appointment_id: int | None) -> bool:
    of_hold = need.hold is not None and need.hold.pk == hold_id
    return of_hold or (need.appointment is not None and need.appointment.pk == appointment_id)


def _free(need: Need, pools: Mapping[str, list[Resource]], uses: Sequence[_Use]) -> dict[str, list[Resource]]:
    found = {}
    for leg in need.legs:
        busy_until: dict[int, dt.datetime] = {}
        for use in uses:
            if not use.is_own and use.begin < leg.end and leg.begin < use.end:
                busy_until[use.resource_id] = max(use.end, busy_until.get(use.resource_id, use.end))
        free = [resource for resource in pools[leg.key] if resource.pk not in busy_until]
        if len(free) < leg.count:
            busy = [resource for resource in pools[leg.key] if resource.pk in busy_until]
            ends = sorted(busy_until[resource.pk] for resource in busy)
            raise SlotTaken(
                leg=leg.key,
                resources=tuple(resource.uid for resource in busy),
                until=ends[leg.count - len(free) - 1],
            )
        found[leg.key] = free
    return found


def _leg_needs(
    need: Need, pools: Mapping[str, list[Resource]], *, preferred: set[int]
) -> tuple[LegNeed, ...]:
    """Return the legs on the grid, rounded outward: two legs that share a step count as meeting."""
    base = int(need.begin.timestamp()) // STEP_SECONDS
    needs = []
    for leg in need.legs:
        first = int(leg.begin.timestamp()) // STEP_SECONDS - base
        last = -(-int(leg.end.timestamp()) // STEP_SECONDS) - base
        ids = sorted((each.pk for each in pools[leg.key]), key=lambda pk: (pk not in preferred, pk))
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


def _not_together(needs: Sequence[LegNeed], barred: Barred, pools: Mapping[str, list[Resource]]) -> SlotTaken:
    """Name the first leg that no longer fits beside those before it."""
    blocked = next(
        needs[count - 1]
        for count in range(1, len(needs) + 1)
        if assign(needs[:count], 0, _all_free(needs), barred) is None
    )
    return SlotTaken(leg=blocked.key, resources=tuple(resource.uid for resource in pools[blocked.key]))

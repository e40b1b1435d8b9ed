"""
Which starts can be had, worked out from the rows the slow way: every start, every minute, every choice.

Knows no bitmaps, no spans and no memory: opening is asked of the local clock every five minutes, a plan is made for every
start, resources are tried in every combination.
"""

import datetime as dt
import itertools
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from procedures.preparation import prepare
from scheduling.codes import OCCUPYING
from scheduling.models import (
    Allocation,
    Appointment,
    Hold,
    OpeningException,
    Patient,
    ProcedureOffering,
    Resource,
)
from scheduling.models.case import case_for
from scheduling.operations.spans import house_at, legs_at

STEP = dt.timedelta(minutes=5)
ONE_DAY = dt.timedelta(days=1)
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(kw_only=True)
class Oracle:
    """What was asked; `wish` may name `practitioner`, `after`, `before`, `weekdays`."""

    offering: ProcedureOffering
    patient: Patient | None
    now: dt.datetime
    wish: dict[str, Any]
    shown: frozenset[str]
    _open: dict[tuple[int, dt.datetime], bool] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.zone = self.offering.location.tz
        self.resources = list(
            Resource.objects.filter(location=self.offering.location, active=True)
            .order_by("id")
            .prefetch_related("hours", "only_with")
        )
        live = set(Hold.objects.filter(expires_at__gt=self.now).values_list("id", flat=True))
        self.taken = defaultdict(list)
        for row in Allocation.objects.filter(active=True):
            if row.hold_id is None or row.hold_id in live:
                self.taken[row.resource_id].append(
                    (row.period.lower, row.period.upper, (row.appointment_id, row.hold_id))
                )
        self.exceptions = list(
            OpeningException.objects.filter(location=self.offering.location, reopened_at=None)
        )
        self.weekly = list(self.offering.location.hours.all())
        self.elsewhere = list(Appointment.objects.filter(patient=self.patient, status__in=OCCUPYING))
        standing = Appointment.objects.filter(offering=self.offering, status__in=OCCUPYING)
        kept = Hold.objects.filter(offering=self.offering, id__in=live, released_at=None)
        self.visits = [row.start for row in (*standing, *kept)]

    def starts(self, first: dt.datetime, until: dt.datetime) -> Iterator[dt.datetime]:
        """Yield every start (UTC) in the half-open period that can be had."""
        start = first.astimezone(dt.UTC)
        while start < until:
            if self.can_be_had(start):
                yield start
            start += STEP

    def can_be_had(self, start: dt.datetime) -> bool:
        """Return whether a start (UTC) of the grid can be had and is wished for."""
        return (
            self._is_on_the_line(start)
            and self.now + dt.timedelta(hours=self.offering.notice_hours) <= start
            and start > self.now
            and self._is_wished(start)
            and self._day_has_room(start)
            and self._patient_is_free(start)
            and self._prepared(start) in self.shown
            and self._someone_can(start)
        )

    def _is_on_the_line(self, start: dt.datetime) -> bool:
        clock = start.astimezone(self.zone)
        return (clock.hour * 60 + clock.minute) % self.offering.align_minutes == 0

    def _is_wished(self, start: dt.datetime) -> bool:
        clock = start.astimezone(self.zone)
        after, before = self.wish.get("after"), self.wish.get("before")
        days = self.wish.get("weekdays") or WEEKDAYS
        rows = [
            (index, after or dt.time(), before or dt.time())
            for index, day in enumerate(WEEKDAYS)
            if day in days
        ]
        return within(clock, rows)

    def _day_has_room(self, start: dt.datetime) -> bool:
        most, day = self.offering.most_per_day, start.astimezone(self.zone).date()
        return most is None or sum(each.astimezone(self.zone).date() == day for each in self.visits) < most

    def _patient_is_free(self, start: dt.datetime) -> bool:
        house = house_at(self.offering, start)
        return self.patient is None or not any(
            each.period.lower < house.leave_at and house.arrive_at < each.period.upper
            for each in self.elsewhere
        )

    def _prepared(self, start: dt.datetime) -> str:
        if self.patient is None:
            return "free"
        case = case_for(
            patient=self.patient,
            offering=self.offering,
            protocol=self.offering.protocol,
            start=start,
            known_at=self.now,
            anaesthesia=self.offering.default_anaesthesia,
            guidance=self.offering.default_guidance,
        )
        plan, location = prepare(case), self.offering.location
        if plan.lead_time_days is None:
            return "provisional"
        needed = (
            plan.lead_time_days + location.delivery_buffer_days + (location.signing_days if plan.holds else 0)
        )
        passed = start.astimezone(self.zone).date() - self.now.astimezone(self.zone).date()
        return "free" if passed.days >= needed else "too-soon"

    def _someone_can(self, start: dt.datetime) -> bool:
        legs = legs_at(self.offering, start)
        pools = [
            [r for r in self.resources if r.kind == leg.role and (not leg.skill or leg.skill in r.skills)]
            for leg in legs
        ]
        wanted = self.wish.get("practitioner")
        for number, (leg, pool) in enumerate(zip(legs, pools, strict=True)):
            if wanted is not None and wanted in pool and leg.count == 1:
                pools[number], wanted = [wanted], None
        able = [
            [r for r in pool if self._is_free(r, leg.begin, leg.end)]
            for leg, pool in zip(legs, pools, strict=True)
        ]
        groups = (itertools.combinations(each, leg.count) for each, leg in zip(able, legs, strict=True))
        return any(self._agree(legs, choice) for choice in itertools.product(*groups))

    def _agree(self, legs: Any, choice: tuple[tuple[Resource, ...], ...]) -> bool:
        places = [(leg, one) for leg, group in zip(legs, choice, strict=True) for one in group]
        return all(
            a.end <= b.begin or b.end <= a.begin or (one != other and go_together(one, other))
            for (a, one), (b, other) in itertools.combinations(places, 2)
        )

    def _is_free(self, resource: Resource, begin: dt.datetime, end: dt.datetime) -> bool:
        if any(since < end and begin < until for since, until, _ in self.taken[resource.pk]):
            return False
        moments = [begin + STEP * number for number in range((end - begin) // STEP)]
        return all(self._is_open(resource, each) and not self._is_full(resource, each) for each in moments)

    def _is_full(self, resource: Resource, moment: dt.datetime) -> bool:
        if resource.most_per_day is None:
            return False
        day = moment.astimezone(self.zone).date()
        served = {
            whose
            for since, until, whose in self.taken[resource.pk]
            if since.astimezone(self.zone).date()
            <= day
            <= (until - dt.timedelta(microseconds=1)).astimezone(self.zone).date()
        }
        return len(served) >= resource.most_per_day

    def _is_open(self, resource: Resource, moment: dt.datetime) -> bool:
        key = resource.pk, moment
        if key not in self._open:
            said = {
                each.is_open
                for each in self.exceptions
                if each.resource_id in {None, resource.pk} and each.period.lower <= moment < each.period.upper
            }
            rows = list(resource.hours.all()) or self.weekly
            hours = [(WEEKDAYS.index(row.weekday), row.opens, row.closes) for row in rows]
            self._open[key] = said == {True} if said else within(moment.astimezone(self.zone), hours)
        return self._open[key]


def within(clock: dt.datetime, rows: list[tuple[int, dt.time, dt.time]]) -> bool:
    """Return whether a local clock shows a time inside any row (weekday, from, until); until at or before from is a night."""
    today, now = clock.weekday(), clock.time()
    for weekday, opens, closes in rows:
        night = closes <= opens
        if weekday == today and opens <= now and (night or now < closes):
            return True
        if night and weekday == (today - 1) % 7 and now < closes:
            return True
    return False


def go_together(one: Resource, other: Resource) -> bool:
    """Return whether neither resource is tied to others of the other's kind."""
    for first, second in ((one, other), (other, one)):
        partners = list(first.only_with.all())
        if any(each.kind == second.kind for each in partners) and second not in partners:
            return False
    return True

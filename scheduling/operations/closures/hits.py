"""Which bookings a closure hits, and what could be done about each. Reads only."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cryoclinic.accounts.models import Location
from procedures.preparation.clock import wall_instant
from scheduling.codes import OCCUPYING, AppointmentStatus, ClosureAnswer
from scheduling.models import (
    Allocation,
    Appointment,
    ClosureChoice,
    OpeningException,
    ProcedureOffering,
    Resource,
)
from scheduling.operations.choosing import NoSuchResource
from scheduling.operations.closures.closing import check_period
from scheduling.operations.opening import RegionUnknown
from scheduling.operations.qualifying import NotQualified
from scheduling.operations.slots import Slot, find_slots
from scheduling.operations.swaps import fitting_swaps
from scheduling.operations.terms import OfferingInactive, OtherOrganization, PatientDeceased
from scheduling.rules import LegIsEmpty
from scheduling.sessions import first_of_half_days

# How many new times are proposed for each visit, and how far after its day they are looked for: near first [ops].
SLOTS_PROPOSED = 4
LOOK_AHEAD = (dt.timedelta(days=4), dt.timedelta(days=14))
NO_TIME = (
    LegIsEmpty, NoSuchResource, NotQualified, OfferingInactive, OtherOrganization, PatientDeceased, RegionUnknown,
)  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Hit:
    """A booking that uses, in the closed time, what is closed; `left` says why somebody left it as it is."""

    appointment: Appointment
    allocations: tuple[Allocation, ...]
    left: str

    @property
    def legs(self) -> tuple[str, ...]:
        """Return the legs that are hit."""
        return tuple(each.leg for each in self.allocations)


@dataclass(frozen=True, kw_only=True, slots=True)
class Remedies:
    """
    What could be done about a hit: by leg what could serve instead, and the next times for the whole visit.

    Of each morning and afternoon the first time; none for a visit whose patient is here already. `obstacle` is why no time can be looked for at all.
    """

    swaps: Mapping[str, tuple[Resource, ...]]
    slots: tuple[Slot, ...]
    obstacle: Exception | None

    @property
    def can_swap(self) -> bool:
        """Return whether every leg that is hit could be served by something else."""
        return bool(self.swaps) and all(self.swaps.values())


def closure_hits(closure: OpeningException, *, now: dt.datetime) -> tuple[Hit, ...]:
    """Return what a closure still hits at `now` (aware), in the order of time; nothing once it was reopened."""
    if closure.reopened_at is not None:
        return ()
    answers = ClosureChoice.objects.filter(closure=closure).order_by("id")
    left = {
        (each.appointment_id, each.about_start): each.reason if each.answer == ClosureAnswer.LEAVE else ""
        for each in answers
    }
    return _hits(
        location=closure.location,
        resource=closure.resource,
        period=(closure.period.lower, closure.period.upper),
        now=now,
        left=left,
    )


def hits_between(
    *,
    location: Location,
    resource: Resource | None,
    begin: dt.datetime,
    end: dt.datetime,
    now: dt.datetime,
) -> tuple[Hit, ...]:
    """
    Return what a closure would hit, before anything is closed.

    :raises StartIsNaive, EndsBeforeItBegins, ClosureIsOver: if the period cannot be closed
    """
    check_period(begin=begin, end=end, now=now)
    return _hits(location=location, resource=resource, period=(begin, end), now=now, left={})


def remedies_of(
    hit: Hit, *, now: dt.datetime, avoiding: Sequence[tuple[dt.datetime, dt.datetime]] = ()
) -> Remedies:
    """
    Return what could be done about a hit as things stand at `now` (aware), while the closure stands.

    Times at which the visit would meet one of the half-open periods to avoid are left out: they are proposed to others.
    """
    appointment = hit.appointment
    swaps = {
        each.leg: fitting_swaps(appointment, leg=each.leg, leaving=each.resource, now=now)
        for each in hit.allocations
    }
    if appointment.status != AppointmentStatus.BOOKED:
        return Remedies(swaps=swaps, slots=(), obstacle=None)
    try:
        slots = _new_times(appointment, now=now, avoiding=avoiding)
    except NO_TIME as obstacle:
        return Remedies(swaps=swaps, slots=(), obstacle=obstacle)
    return Remedies(swaps=swaps, slots=slots, obstacle=None)


def span_at(appointment: Appointment, *, start: dt.datetime) -> tuple[dt.datetime, dt.datetime]:
    """Return from when to when a visit would need its people, rooms and devices if it started then; without recovery."""
    ahead = [each for each in appointment.allocations.all() if each.active]
    begun = [each.period for each in ahead if each.period.lower < appointment.planned_end]
    begin = min((each.lower for each in begun), default=appointment.start)
    end = max((each.upper for each in begun), default=appointment.planned_end)
    return start + (begin - appointment.start), start + (end - appointment.start)


def _new_times(
    appointment: Appointment, *, now: dt.datetime, avoiding: Sequence[tuple[dt.datetime, dt.datetime]]
) -> tuple[Slot, ...]:
    zone = appointment.location.tz
    day = wall_instant(day=appointment.start.astimezone(zone).date(), at=dt.time(0), zone=zone)
    first = max(day, now)
    offering = ProcedureOffering.objects.with_terms().get(pk=appointment.offering_id)
    found: dict[dt.datetime, Slot] = {}
    chosen: tuple[dt.datetime, ...] = ()
    for ahead in LOOK_AHEAD:
        slots = find_slots(offering=offering, first=first, until=first + ahead, now=now, moving=appointment)
        found = {each.start: each for each in slots if not _meets(appointment, each.start, avoiding)}
        chosen = first_of_half_days(found, zone=zone, most=SLOTS_PROPOSED)
        if len(chosen) == SLOTS_PROPOSED:
            break
    return tuple(found[start] for start in chosen)


def _meets(
    appointment: Appointment, start: dt.datetime, avoiding: Sequence[tuple[dt.datetime, dt.datetime]]
) -> bool:
    if not avoiding:
        return False
    begin, end = span_at(appointment, start=start)
    return any(begin < until and since < end for since, until in avoiding)


def _hits(
    *,
    location: Location,
    resource: Resource | None,
    period: tuple[dt.datetime, dt.datetime],
    now: dt.datetime,
    left: Mapping[tuple[int, dt.datetime], str],
) -> tuple[Hit, ...]:
    of_what = {"resource": resource} if resource is not None else {"resource__location": location}
    rows = Allocation.objects.unfinished(now).filter(
        **of_what, period__overlap=period, appointment__status__in=OCCUPYING
    )
    by_appointment: dict[int, list[Allocation]] = {}
    for each in rows.select_related("resource").order_by("id"):
        if each.appointment_id is not None:
            by_appointment.setdefault(each.appointment_id, []).append(each)
    found = Appointment.objects.with_facts().filter(pk__in=by_appointment).prefetch_related("allocations")
    return tuple(
        Hit(
            appointment=each,
            allocations=tuple(by_appointment[each.pk]),
            left=left.get((each.pk, each.start), ""),
        )
        for each in found.order_by("start", "id")
    )

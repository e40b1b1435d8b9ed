"""Swap what serves one leg of a booking; everything else of it stays."""

import datetime as dt
from functools import partial

from django.db import transaction
from django.db.models import F

from scheduling.codes import OCCUPYING, AppointmentStatus, ChangeKind
from scheduling.models import Allocation, Appointment, Resource
from scheduling.operations.actor import Actor
from scheduling.operations.changes import (
    Swapped,
    TransitionRefused,
    check_revision,
    record_change,
    refusal_of,
)
from scheduling.operations.choosing import Need, NoSuchResource, barred_among, free_for
from scheduling.operations.seating import seat
from scheduling.rules import LegPeriod


class LegNotServed(LookupError):
    """This visit has nothing ahead of that name that could be swapped. Its legs are listed with it."""

    def __init__(self, *, leg: str, legs: tuple[str, ...]) -> None:
        super().__init__(leg)
        self.leg = leg
        self.legs = legs


class LegHasSeveral(ValueError):
    """Several serve this leg. Say which one leaves."""

    def __init__(self, *, leg: str) -> None:
        super().__init__(leg)
        self.leg = leg


def swap_leg(
    *,
    appointment: Appointment,
    leg: str,
    now: dt.datetime,
    by: Actor,
    leaving: Resource | None = None,
    taking: Resource | None = None,
    reason: str = "",
    expected_revision: int | None = None,
) -> Appointment:
    """
    Let another fitting resource serve one leg for the same time; the old one is free the moment the new one is taken.

    `leaving` must be named where several serve the leg. `taking` None means any that fits. A leg that has begun at
    `now` (aware) keeps on record who served it until then. The patient is told nothing, since nothing changes for them.

    :raises TransitionRefused: if the visit is over
    :raises StaleRevision: if it has changed since `expected_revision`
    :raises LegNotServed: if nothing of that leg is ahead
    :raises LegHasSeveral: if `leaving` is not named and several serve it
    :raises NoSuchResource: if nothing else fits, or what is named does not fit beside the rest of the visit
    :raises OutsideHours: if what fits is closed
    :raises SlotTaken: if it is in use
    """
    current = Appointment.objects.select_related("location", "patient").get(pk=appointment.pk)
    check_revision(current, expected_revision)
    if current.status not in OCCUPYING:
        raise TransitionRefused(from_status=current.status, to_status=current.status)
    place = _place(current, leg=leg, leaving=leaving, now=now)
    need = _need(current, place, taking=taking, now=now)
    with transaction.atomic():
        swapped = seat(need=need, patient=current.patient, write=partial(_leave, current, place, now))
        new = Allocation.objects.select_related("resource").filter(appointment=current, leg=leg, active=True)
        said = Swapped(leg=leg, leaving=place.resource, coming=new.latest("pk").resource)
        record_change(
            swapped, kind=ChangeKind.SWAPPED, before=current, reason=reason, by=by, now=now, swapped=said
        )
    return swapped


def fitting_swaps(
    appointment: Appointment, *, leg: str, now: dt.datetime, leaving: Resource | None = None
) -> tuple[Resource, ...]:
    """
    Return what could serve a leg instead, in the order in which it would be taken; reads only.

    :raises LegNotServed, LegHasSeveral: as `swap_leg`
    """
    place = _place(appointment, leg=leg, leaving=leaving, now=now)
    try:
        need = _need(appointment, place, taking=None, now=now)
    except NoSuchResource:
        return ()
    return tuple(free_for(need)[leg])


def _place(appointment: Appointment, *, leg: str, leaving: Resource | None, now: dt.datetime) -> Allocation:
    ahead = list(
        Allocation.objects.unfinished(now)
        .filter(appointment=appointment)
        .select_related("resource")
        .order_by("id")
    )
    of_leg = [each for each in ahead if each.leg == leg]
    found = [each for each in of_leg if leaving is None or each.resource_id == leaving.pk]
    if not found:
        raise LegNotServed(leg=leg, legs=tuple(dict.fromkeys(each.leg for each in ahead)))
    if len(found) > 1:
        raise LegHasSeveral(leg=leg)
    return found[0]


def _need(appointment: Appointment, place: Allocation, *, taking: Resource | None, now: dt.datetime) -> Need:
    """Return the one leg as a need, among what fits beside everything else the visit keeps in that time."""
    kept = Allocation.objects.filter(
        appointment=appointment, active=True, period__overlap=place.period
    ).select_related("resource")
    own = {each.resource_id: each.resource.kind for each in kept}
    skill = _skill(appointment, place.leg)
    fitting = Resource.objects.fitting(location=appointment.location, kind=place.resource.kind, skill=skill)
    pool = {each.pk: each.kind for each in fitting if each.pk not in own}
    barred = barred_among({**own, **pool})
    unfit = {pk for each in own if each != place.resource_id for pk in barred.get(each, frozenset())}
    able = [pk for pk in pool if pk not in unfit and (taking is None or taking.pk == pk)]
    if not able:
        raise NoSuchResource(leg=place.leg)
    return Need(
        location=appointment.location,
        legs=(
            LegPeriod(
                key=place.leg,
                role=place.resource.kind,
                skill=skill,
                count=1,
                begin=max(place.period.lower, now),
                end=place.period.upper,
            ),
        ),
        now=now,
        assignment={place.leg: able},
    )


def _skill(appointment: Appointment, leg: str) -> str:
    """Return what the leg asks for as the offering is set up now; nothing if it no longer has such a leg."""
    offering = appointment.offering
    asked = offering.procedure_type.legs.filter(key=leg).values_list("skill", flat=True).first()
    return str(offering.leg_overrides.get(leg, {}).get("skill", asked or ""))


def _leave(current: Appointment, place: Allocation, now: dt.datetime) -> Appointment:
    same = Appointment.objects.filter(pk=current.pk, status=current.status, revision=current.revision)
    if not same.update(revision=F("revision") + 1):
        raise refusal_of(current, to=AppointmentStatus(current.status))
    left = Allocation.objects.filter(pk=place.pk)
    if place.period.lower < now:
        left.update(period=(place.period.lower, now))
    else:
        left.update(active=False)
    return Appointment.objects.select_related("organization", "location").get(pk=current.pk)

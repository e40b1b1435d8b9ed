"""
What a booking, a move or the end of a visit means for those who wait.

A booking that fits the wishes ends the waiting. One that does not is kept while the patient waits for an earlier time,
which then moves it. Written in the transaction of the change, so that nobody is offered what they have.
"""

import datetime as dt

from django.db.models import F

from scheduling.codes import NOT_WANTED_ANY_MORE, AppointmentStatus, ChangeKind, WaitlistStatus
from scheduling.models import Appointment, AppointmentChange, Patient, WaitlistEntry, WaitlistOffer
from scheduling.models.waitlist import WaitlistEntryQuerySet
from scheduling.operations.actor import Actor
from scheduling.operations.closing import withdraw_offer
from scheduling.waiting import Wishes

BOOKED = "A visit was booked"
MOVED = "The visit was moved to a time that was wished for"
CAME = "Came to the visit"
ENDED = "The visit ended: {how}"
INSTEAD = "The patient has a visit booked instead"
NOT_EARLIER = "The visit that the patient has is not later any more"
LEFT = "The patient does not wait any more"


def settle_waiting(change: AppointmentChange, *, now: dt.datetime, by: Actor) -> None:
    """
    Make the waiting list agree with what has just happened to an appointment; inside its transaction.

    Costs nothing where the patient waits for nothing: the database said so when it wrote the change.
    """
    if not change.of_somebody_waiting:
        return
    placed = change.to_status == AppointmentStatus.BOOKED
    if placed and change.from_status in {"", AppointmentStatus.PROPOSED}:
        _found(change.appointment, now=now, by=by)
    elif placed and change.kind == ChangeKind.MOVED:
        _after_move(change, now=now, by=by)
    elif change.from_status == AppointmentStatus.BOOKED and not placed:
        _after_end(change, now=now, by=by)


def settle_waiting_of(patient: Patient, *, now: dt.datetime, by: Actor) -> None:
    """Make the waiting list agree with every visit a patient has ahead of `now` (aware), where two records became one."""
    visits = Appointment.objects.filter(patient=patient, status=AppointmentStatus.BOOKED, start__gt=now)
    for visit in visits.select_related("offering", "location").order_by("start", "pk"):
        _found(visit, now=now, by=by)


def end_waiting(entry_id: int, *, booked: Appointment | None, why: str, now: dt.datetime, by: Actor) -> bool:
    """Close an entry with the visit that ended it, None for no visit; False if it was closed already."""
    return bool(
        WaitlistEntry.objects.waiting()
        .filter(pk=entry_id)
        .update(
            status=WaitlistStatus.REMOVED if booked is None else WaitlistStatus.BOOKED,
            booked_as=booked,
            closed_at=now,
            closed_reason=why,
            closed_by=by.user,
        )
    )


def wishes_of(entry: WaitlistEntry) -> Wishes:
    """Return what an entry wishes for, as a value."""
    return Wishes(
        first_on=entry.first_on,
        last_on=entry.last_on,
        weekdays=frozenset(entry.weekdays),
        from_time=entry.from_time,
        until_time=entry.until_time,
    )


def _found(booked: Appointment, *, now: dt.datetime, by: Actor) -> None:
    """Close what a booked visit ends, and have the rest wait for an earlier time than it."""
    for entry in _waiting_for(booked):
        has = entry.instead_of
        is_it = _ends(entry, booked, booked.start)
        if has is not None and (booked.start >= has.start or not is_it):
            # Another visit beside the one to give up: what they wait for has not changed.
            continue
        if is_it:
            end_waiting(entry.pk, booked=booked, why=BOOKED, now=now, by=by)
        else:
            WaitlistEntry.objects.waiting().filter(pk=entry.pk).update(instead_of=booked)
        _withdraw(entry, why=INSTEAD, now=now, by=by)


def _after_move(change: AppointmentChange, *, now: dt.datetime, by: Actor) -> None:
    moved = change.appointment
    for entry in _giving_up(moved):
        before = change.from_start
        if before is not None and not _ends(entry, moved, before) and _ends(entry, moved, change.to_start):
            end_waiting(entry.pk, booked=moved, why=MOVED, now=now, by=by)
            _withdraw(entry, why=INSTEAD, now=now, by=by)
        else:
            _withdraw(entry, why=NOT_EARLIER, now=now, by=by, since=change.to_start)
            _plan_again(entry)


def _after_end(change: AppointmentChange, *, now: dt.datetime, by: Actor) -> None:
    ended = change.appointment
    came = change.to_status == AppointmentStatus.ARRIVED
    gone = change.to_status == AppointmentStatus.NOSHOW or ended.cancellation_reason in NOT_WANTED_ANY_MORE
    for entry in _giving_up(ended):
        if came or gone:
            why = (
                CAME if came else ENDED.format(how=ended.get_cancellation_reason_display() or "did not come")
            )
            end_waiting(entry.pk, booked=ended if came else None, why=why, now=now, by=by)
            _withdraw(entry, why=LEFT, now=now, by=by)
        else:
            # The clinic ended it: the patient still waits, now with nothing to give up.
            WaitlistEntry.objects.waiting().filter(pk=entry.pk).update(instead_of=None)
            _plan_again(entry)


def _plan_again(entry: WaitlistEntry) -> None:
    """Have what is told about an open offer agree with the visit that would be given up for it."""
    offered = Appointment.objects.filter(waitlist_offer__entry=entry, status=AppointmentStatus.PROPOSED)
    offered.update(plan_revision=F("plan_revision") + 1)


def _ends(entry: WaitlistEntry, visit: Appointment, start: dt.datetime) -> bool:
    wished = {location.pk for location in entry.locations.all()}
    elsewhere = bool(wished) and visit.location_id not in wished
    return wishes_of(entry).ended_by(start.astimezone(visit.location.tz), is_elsewhere=elsewhere)


def _waiting_for(visit: Appointment) -> WaitlistEntryQuerySet:
    entries = WaitlistEntry.objects.waiting().for_what(visit)
    return entries.select_related("instead_of").prefetch_related("locations").order_by("pk")


def _giving_up(visit: Appointment) -> WaitlistEntryQuerySet:
    return (
        WaitlistEntry.objects.waiting().filter(instead_of=visit).prefetch_related("locations").order_by("pk")
    )


def _withdraw(
    entry: WaitlistEntry, *, why: str, now: dt.datetime, by: Actor, since: dt.datetime | None = None
) -> None:
    """End what is still offered to an entry, or only what starts at `since` (aware) or later."""
    offers = WaitlistOffer.objects.filter(entry=entry, appointment__status=AppointmentStatus.PROPOSED)
    if since is not None:
        offers = offers.filter(appointment__start__gte=since)
    for offer in offers.select_related("backfill__organization", "entry", "appointment").order_by("pk"):
        withdraw_offer(offer, now=now, by=by, why=why)

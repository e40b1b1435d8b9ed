"""
A freed start offered to somebody who waits: offered, accepted by the first, declined, lapsed, withdrawn.

An offer is a proposed appointment: the patient's time is kept by the constraint, the resources by the backfill's one
hold, so that several can be asked about one start and the first to accept takes what is held. A task asks somebody
to phone; what else the patient is told is the business of whoever plans messages for the appointment.
"""

import datetime as dt
from functools import partial

from django.db import transaction
from django.db.models import F

from procedures.models.reading import care_of
from scheduling.codes import (
    AppointmentStatus,
    BackfillStatus,
    BackfillStepKind,
    CancellationReason,
    ChangeKind,
    TaskKind,
    TaskSeverity,
    TaskStatus,
    WaitlistStatus,
)
from scheduling.models import Appointment, Backfill, Task, WaitlistEntry, WaitlistOffer
from scheduling.operations.actor import Actor
from scheduling.operations.appointments import insert
from scheduling.operations.changes import record_change, refusal_of
from scheduling.operations.choosing import Need
from scheduling.operations.closing import about_offer, close_offer, end_backfill, note_step
from scheduling.operations.drafting import Draft, Manner, draft_booking, draft_move
from scheduling.operations.gaps import review_repeat
from scheduling.operations.overlaps import review_overlaps
from scheduling.operations.seating import seat
from scheduling.operations.tasks import open_task

TOLD = (TaskStatus.IN_PROGRESS, TaskStatus.COMPLETED)
# How soon somebody says so, when a time that was offered by phone has gone to another [ops].
TELL_WITHIN = dt.timedelta(hours=2)
ASK = "A time has become free. Phone the patient, offer it, and record the answer before it lapses."
GONE = "The time that was offered by phone has gone to somebody else, or is withdrawn. Tell the patient."


class OfferIsGone(Exception):
    """This time is no longer offered: somebody else has it, or the time to answer is over."""


def propose(
    *,
    backfill: Backfill,
    entry: WaitlistEntry,
    reasons: tuple[str, ...],
    expires_at: dt.datetime,
    now: dt.datetime,
    by: Actor,
) -> WaitlistOffer:
    """
    Offer a freed start, whose resources are kept, to somebody who waits; inside the backfill's transaction.

    A task asks somebody to phone. Everything is judged as a booking is, and raises what `book_appointment` does.
    """
    draft = draft_booking(
        backfill.offering,
        patient=entry.patient,
        manner=Manner(target=entry.target),
        start=backfill.start,
        now=now,
        by=by,
        override_reason="",
    )
    need = Need(location=backfill.offering.location, legs=(), now=now)
    write = partial(insert, draft, status=AppointmentStatus.PROPOSED)
    appointment = seat(need=need, patient=entry.patient, write=write)
    record_change(appointment, kind=ChangeKind.BOOKED, reason="Offered from the waiting list", by=by, now=now)
    offer = WaitlistOffer.objects.create(
        backfill=backfill,
        entry=entry,
        appointment=appointment,
        reasons=list(reasons),
        offered_at=now,
        expires_at=expires_at,
    )
    note_step(backfill, kind=BackfillStepKind.OFFERED, entry=entry, reason="; ".join(reasons), by=by, now=now)
    _ask_to_phone(offer, reason=ASK, severity=TaskSeverity.URGENT, due_at=expires_at, now=now)
    return offer


def accept_offer(*, offer: WaitlistOffer, now: dt.datetime, by: Actor) -> Appointment:
    """
    Book what was offered: the first who accepts has it, all others lose it. `now` is aware.

    Judged again: since the offer, a day may have passed that the preparation needs.

    :raises OfferIsGone: if somebody else has it, it was declined or withdrawn, or the time to answer is over
    :raises TooShortNotice, PlanUndecided, CannotBePrepared: if the patient cannot be prepared any more
    :raises NotQualified, TooCloseToTreatment: if something must come first, or keep its distance
    :raises NoSuchResource, OutsideHours, SlotTaken: if what was kept is no longer to be had
    """
    with transaction.atomic():
        backfill = Backfill.objects.select_for_update(no_key=True).get(pk=offer.backfill_id)
        current = Appointment.objects.select_related("protocol").get(pk=offer.appointment_id)
        if current.status != AppointmentStatus.PROPOSED or offer.expires_at <= now:
            raise OfferIsGone
        draft = draft_move(current, start=current.start, now=now, by=by, override_reason="")
        need = draft.need(appointment=current, hold=backfill.hold)
        booked = seat(need=need, patient=draft.patient, write=partial(_book_row, current, draft))
        reason = "Taken from the waiting list"
        record_change(booked, kind=ChangeKind.STATUS, before=current, reason=reason, by=by, now=now)
        review_overlaps(booked, now=now)
        review_repeat(booked, care=care_of(draft.protocol), now=now)
        _settle(offer, backfill=backfill, booked=booked, now=now, by=by)
    return booked


def decline_offer(*, offer: WaitlistOffer, now: dt.datetime, by: Actor) -> None:
    """
    Record that the patient does not want it; the entry goes on waiting and the next is asked at once.

    :raises OfferIsGone: if the offer is not open any more
    """
    with transaction.atomic():
        Backfill.objects.select_for_update(no_key=True).get(pk=offer.backfill_id)
        closed = close_offer(
            offer, kind=BackfillStepKind.DECLINED, reason=CancellationReason.PATIENT, now=now, by=by
        )
        if not closed:
            raise OfferIsGone
        Backfill.objects.looking().filter(pk=offer.backfill_id).update(next_at=now)


def withdraw_offers(backfill: Backfill, *, now: dt.datetime, by: Actor) -> int:
    """
    End what is still offered of a start; inside the backfill's transaction. Return how many offers ended.

    Somebody whom staff may have called already is called again.
    """
    ended = 0
    for offer in backfill.offers.filter(appointment__status=AppointmentStatus.PROPOSED):
        perhaps_told = Task.objects.filter(about=about_offer(offer), status__in=TOLD).exists()
        ended += close_offer(
            offer, kind=BackfillStepKind.WITHDRAWN, reason=CancellationReason.OTHER, now=now, by=by
        )
        if perhaps_told:
            _ask_to_phone(
                offer, reason=GONE, severity=TaskSeverity.ATTENTION, due_at=now + TELL_WITHIN, now=now
            )
    return ended


def _settle(
    offer: WaitlistOffer, *, backfill: Backfill, booked: Appointment, now: dt.datetime, by: Actor
) -> None:
    """Close everything that waited for this: the entry, the other offers, the calls, the backfill."""
    WaitlistEntry.objects.waiting().filter(pk=offer.entry_id).update(
        status=WaitlistStatus.BOOKED, closed_at=now, closed_reason="Took a freed time"
    )
    Task.objects.still_open().filter(about=about_offer(offer)).update(
        status=TaskStatus.CANCELLED, closed_at=now, outcome="Accepted"
    )
    note_step(backfill, kind=BackfillStepKind.ACCEPTED, entry=offer.entry, by=by, now=now)
    withdraw_offers(backfill, now=now, by=by)
    end_backfill(backfill, status=BackfillStatus.FILLED, filled_by=booked, reason="", now=now, by=by)


def _book_row(current: Appointment, draft: Draft) -> Appointment:
    booked = Appointment.objects.filter(
        pk=current.pk, status=AppointmentStatus.PROPOSED, revision=current.revision
    ).update(
        status=AppointmentStatus.BOOKED,
        booked_at=draft.now,
        known_at=draft.now,
        revision=F("revision") + 1,
    )
    if not booked:
        raise OfferIsGone from refusal_of(current, to=AppointmentStatus.BOOKED)
    return Appointment.objects.get(pk=current.pk)


def _ask_to_phone(
    offer: WaitlistOffer, *, reason: str, severity: TaskSeverity, due_at: dt.datetime, now: dt.datetime
) -> None:
    open_task(
        organization=offer.backfill.organization,
        kind=TaskKind.PHONE_PATIENT,
        about=about_offer(offer),
        severity=severity,
        reason=reason,
        due_at=due_at,
        now=now,
        appointment=offer.appointment,
    )

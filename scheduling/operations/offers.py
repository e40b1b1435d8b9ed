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
    TaskSeverity,
    TaskStatus,
)
from scheduling.models import Appointment, Backfill, Patient, Task, WaitlistEntry, WaitlistOffer
from scheduling.operations.actor import Actor
from scheduling.operations.appointments import insert, move_appointment
from scheduling.operations.changes import record_change, refusal_of
from scheduling.operations.choosing import Need
from scheduling.operations.closing import (
    about_offer,
    ask_to_phone,
    close_offer,
    end_backfill,
    note_step,
    withdraw_offer,
)
from scheduling.operations.drafting import Draft, Manner, draft_booking, draft_move
from scheduling.operations.fulfilment import end_waiting, settle_waiting
from scheduling.operations.gaps import review_repeat
from scheduling.operations.overlaps import review_overlaps
from scheduling.operations.seating import seat

TAKEN = "Took a freed time"
MOVED_HERE = "Took an earlier time from the waiting list"
ASK = "A time has become free. Phone the patient, offer it, and record the answer before it lapses."


class NoLongerMeant(Exception):
    """The patient does not wait for this any more, or has got a visit meanwhile."""


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

    A task asks somebody to phone. Everything is judged as a booking is, or as a move of the visit that the patient would
    give up, and raises what `book_appointment` and `move_appointment` do. Read the entry with that visit.

    :raises NoLongerMeant: if the entry has changed since it was ranked
    """
    draft = _drafted(backfill, entry, now=now, by=by)
    need = Need(location=backfill.offering.location, legs=(), now=now)
    appointment = seat(need=need, patient=entry.patient, write=partial(_propose_row, entry, draft))
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
    ask_to_phone(offer, reason=ASK, severity=TaskSeverity.URGENT, due_at=expires_at, now=now)
    return offer


def _drafted(backfill: Backfill, entry: WaitlistEntry, *, now: dt.datetime, by: Actor) -> Draft:
    if entry.instead_of is not None:
        return draft_move(entry.instead_of, start=backfill.start, now=now, by=by, override_reason="")
    return draft_booking(
        backfill.offering,
        patient=entry.patient,
        manner=Manner(target=entry.target),
        start=backfill.start,
        now=now,
        by=by,
        override_reason="",
    )


def _propose_row(entry: WaitlistEntry, draft: Draft) -> Appointment:
    # Whoever ends the waiting or the visit writes the entry: they wait for this offer and end it, or it finds them.
    same = WaitlistEntry.objects.waiting().filter(pk=entry.pk, instead_of=entry.instead_of_id)
    if not same.select_for_update(no_key=True).values_list("pk", flat=True):
        raise NoLongerMeant
    return insert(draft, status=AppointmentStatus.PROPOSED)


def accept_offer(*, offer: WaitlistOffer, now: dt.datetime, by: Actor) -> Appointment:
    """
    Book what was offered: the first who accepts has it, all others lose it. `now` is aware.

    Who has a later visit and waits for an earlier one has that visit moved, as any move is: its time becomes free, what
    was told is corrected, and there is one visit before and after. Judged again: since the offer, a day may have passed
    that the preparation needs.

    :raises OfferIsGone: if somebody else has it, it was declined or withdrawn, or the time to answer is over
    :raises TooShortNotice, PlanUndecided, CannotBePrepared: if the patient cannot be prepared any more
    :raises NotQualified, TooCloseToTreatment: if something must come first, or keep its distance
    :raises TooLateToMove, TooManyMoves: if the visit that the patient has may not be moved any more
    :raises NoSuchResource, OutsideHours, SlotTaken: if what was kept is no longer to be had
    """
    with transaction.atomic():
        backfill = Backfill.objects.select_for_update(no_key=True).get(pk=offer.backfill_id)
        if offer.expires_at <= now:
            raise OfferIsGone
        given_up = _given_up(offer)
        if given_up is None:
            booked = _booked(offer, backfill=backfill, now=now, by=by)
        else:
            booked = _moved(offer, given_up, backfill=backfill, now=now, by=by)
        _settle(offer, backfill=backfill, booked=booked, now=now, by=by)
    return booked


def _given_up(offer: WaitlistOffer) -> Appointment | None:
    """
    Return the visit that moves if the offer is taken, locked; None if the patient has none to give up.

    The patient is locked first, as by whoever books, then the visit, then the entry: nobody waits in a circle.
    """
    entry = WaitlistEntry.objects.filter(pk=offer.entry_id)
    Patient.objects.select_for_update(no_key=True).values_list("pk").get(pk__in=entry.values("patient_id"))
    visit = Appointment.objects.filter(pk__in=entry.values("instead_of_id"))
    locked = visit.select_for_update(no_key=True).values_list("status", "start").first()
    # Again: whoever ended the visit before this lock has said in the entry what that means.
    instead_of = entry.select_for_update(no_key=True).values_list("instead_of_id", flat=True).get()
    if locked is None or instead_of is None:
        return None
    status, start = locked
    if status != AppointmentStatus.BOOKED or start <= offer.backfill.start:
        raise OfferIsGone
    return Appointment.objects.get(pk=instead_of)


def _booked(offer: WaitlistOffer, *, backfill: Backfill, now: dt.datetime, by: Actor) -> Appointment:
    current = Appointment.objects.select_related("protocol").get(pk=offer.appointment_id)
    if current.status != AppointmentStatus.PROPOSED:
        raise OfferIsGone
    draft = draft_move(current, start=current.start, now=now, by=by, override_reason="")
    need = draft.need(appointment=current, hold=backfill.hold)
    booked = seat(need=need, patient=draft.patient, write=partial(_book_row, current, draft))
    end_waiting(offer.entry_id, booked=booked, why=TAKEN, now=now, by=by)
    change = record_change(
        booked, kind=ChangeKind.STATUS, before=current, reason="Taken from the waiting list", by=by, now=now
    )
    settle_waiting(change, now=now, by=by)
    review_overlaps(booked, now=now)
    review_repeat(booked, care=care_of(draft.protocol), now=now)
    return booked


def _moved(
    offer: WaitlistOffer, given_up: Appointment, *, backfill: Backfill, now: dt.datetime, by: Actor
) -> Appointment:
    """Move the visit that the patient has into what is kept; the proposed one, which kept their time, ends first."""
    taken = close_offer(
        offer, kind=BackfillStepKind.ACCEPTED, reason=CancellationReason.OTHER, now=now, by=by, why=MOVED_HERE
    )
    if not taken:
        raise OfferIsGone
    end_waiting(offer.entry_id, booked=given_up, why=TAKEN, now=now, by=by)
    return move_appointment(
        appointment=given_up, start=backfill.start, now=now, by=by, hold=backfill.hold, reason=MOVED_HERE
    )


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
    standing = backfill.offers.filter(appointment__status=AppointmentStatus.PROPOSED)
    return sum(withdraw_offer(offer, now=now, by=by) for offer in standing)


def _settle(
    offer: WaitlistOffer, *, backfill: Backfill, booked: Appointment, now: dt.datetime, by: Actor
) -> None:
    """Close everything that waited for this: the call, the other offers, the backfill."""
    Task.objects.still_open().filter(about=about_offer(offer)).update(
        status=TaskStatus.CANCELLED, closed_at=now, outcome="Accepted"
    )
    if booked.pk == offer.appointment_id:
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

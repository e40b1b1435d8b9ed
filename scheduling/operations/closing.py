"""
The ends of offers and backfills, and the record of every step.

Below booking, because a booking clears away what has lapsed: nothing here takes a resource.
"""

import datetime as dt

from django.db import transaction
from django.db.models import F

from scheduling.codes import (
    AppointmentStatus,
    BackfillStatus,
    BackfillStepKind,
    CancellationReason,
    ChangeKind,
    TaskKind,
    TaskSeverity,
    TaskStatus,
)
from scheduling.models import (
    Allocation,
    Appointment,
    Backfill,
    BackfillStep,
    Hold,
    Patient,
    Task,
    WaitlistEntry,
    WaitlistOffer,
)
from scheduling.operations.actor import SYSTEM, Actor
from scheduling.operations.changes import record_change
from scheduling.operations.tasks import open_task

TOLD = (TaskStatus.IN_PROGRESS, TaskStatus.COMPLETED)
# How soon somebody says so, when a time that was offered by phone is no longer to be had [ops].
TELL_WITHIN = dt.timedelta(hours=2)
GONE = "The time that was offered by phone has gone to somebody else, or is withdrawn. Tell the patient."
WORDS = {
    BackfillStepKind.ACCEPTED: "The patient took it; the later visit they had moves to this time",
    BackfillStepKind.DECLINED: "The patient does not want the offered time",
    BackfillStepKind.LAPSED: "Nobody accepted the offered time before it lapsed",
    BackfillStepKind.WITHDRAWN: "The offered time went to somebody else or was withdrawn",
}


def note_step(
    backfill: Backfill,
    *,
    kind: BackfillStepKind,
    now: dt.datetime,
    by: Actor = SYSTEM,
    entry: WaitlistEntry | None = None,
    reason: str = "",
) -> BackfillStep:
    """Append what happened on the way to filling a start; `reason` names no person."""
    return BackfillStep.objects.create(
        backfill=backfill, kind=kind, entry=entry, reason=reason[:300], user=by.user, happened_at=now
    )


def close_offer(
    offer: WaitlistOffer,
    *,
    kind: BackfillStepKind,
    reason: CancellationReason,
    now: dt.datetime,
    by: Actor = SYSTEM,
    why: str = "",
) -> bool:
    """End an offer that nobody has accepted, with its call; False if it had ended. The caller holds a transaction."""
    seen = Appointment.objects.get(pk=offer.appointment_id)
    ended = Appointment.objects.filter(pk=seen.pk, status=AppointmentStatus.PROPOSED).update(
        status=AppointmentStatus.CANCELLED, cancellation_reason=reason, revision=F("revision") + 1
    )
    if not ended:
        return False
    closed = Appointment.objects.get(pk=seen.pk)
    record_change(closed, kind=ChangeKind.STATUS, before=seen, reason=why or WORDS[kind], by=by, now=now)
    note_step(offer.backfill, kind=kind, entry=offer.entry, reason=why, by=by, now=now)
    _close_calls(offer, outcome=WORDS[kind], now=now)
    return True


def withdraw_offer(offer: WaitlistOffer, *, now: dt.datetime, by: Actor, why: str = "") -> bool:
    """
    End an offer against or without the patient's word; False if it had ended. The caller holds a transaction.

    Somebody whom staff may have called about it is called again.
    """
    perhaps_told = Task.objects.filter(about=about_offer(offer), status__in=TOLD).exists()
    ended = close_offer(
        offer, kind=BackfillStepKind.WITHDRAWN, reason=CancellationReason.OTHER, now=now, by=by, why=why
    )
    if ended and perhaps_told:
        ask_to_phone(offer, reason=GONE, severity=TaskSeverity.ATTENTION, due_at=now + TELL_WITHIN, now=now)
    return ended


def ask_to_phone(
    offer: WaitlistOffer, *, reason: str, severity: TaskSeverity, due_at: dt.datetime, now: dt.datetime
) -> None:
    """Open a task to phone the patient about an offer, until `due_at` (aware)."""
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


def lapse_offers(*, now: dt.datetime, patient: Patient | None = None) -> int:
    """
    End every offer whose time to answer is over at `now` (aware), of one patient or of all; return how many.

    One transaction for each. With a patient: what stands in the way of booking just that patient.
    """
    lapsed = WaitlistOffer.objects.lapsed(now).select_related("backfill", "entry").order_by("id")
    if patient is not None:
        lapsed = lapsed.filter(appointment__patient=patient)
    ended = 0
    for offer in lapsed:
        with transaction.atomic():
            ended += close_offer(
                offer, kind=BackfillStepKind.LAPSED, reason=CancellationReason.OTHER, now=now
            )
    return ended


def note_ends_elsewhere(backfill: Backfill, *, now: dt.datetime) -> None:
    """Put down the offers that ended as appointments do: cancelled by somebody, or because the patient has died."""
    noted = backfill.steps.filter(kind__in=list(WORDS), entry__isnull=False).values("entry_id")
    cancelled = backfill.offers.filter(appointment__status=AppointmentStatus.CANCELLED).exclude(
        entry__in=noted
    )
    for offer in cancelled.select_related("entry", "appointment"):
        said = offer.appointment.get_cancellation_reason_display()
        note_step(
            backfill,
            kind=BackfillStepKind.WITHDRAWN,
            entry=offer.entry,
            reason=f"The appointment was cancelled: {said}",
            now=now,
        )
        _close_calls(offer, outcome=said, now=now)


def end_backfill(
    backfill: Backfill,
    *,
    status: BackfillStatus,
    reason: str,
    now: dt.datetime,
    by: Actor = SYSTEM,
    filled_by: Appointment | None = None,
) -> bool:
    """End a backfill and give back what it keeps; False if it had ended. The caller holds a transaction."""
    ended = (
        Backfill.objects.looking()
        .filter(pk=backfill.pk)
        .update(status=status, filled_by=filled_by, next_at=None, closed_at=now)
    )
    if ended:
        release(backfill, now=now)
        said = reason or str(BackfillStatus(status).label)
        note_step(backfill, kind=BackfillStepKind.ENDED, reason=said, by=by, now=now)
    return bool(ended)


def release(backfill: Backfill, *, now: dt.datetime) -> None:
    """Give back what a backfill keeps for those it asks; the caller holds a transaction."""
    if backfill.hold_id is not None:
        Hold.objects.filter(pk=backfill.hold_id, released_at=None).update(released_at=now)
        Allocation.objects.filter(hold=backfill.hold_id, active=True).update(active=False)


def about_offer(offer: WaitlistOffer) -> str:
    """Return what a task about an offer is about."""
    return f"offer:{offer.uid}"


def _close_calls(offer: WaitlistOffer, *, outcome: str, now: dt.datetime) -> None:
    Task.objects.still_open().filter(about=about_offer(offer)).update(
        status=TaskStatus.CANCELLED, closed_at=now, outcome=outcome
    )

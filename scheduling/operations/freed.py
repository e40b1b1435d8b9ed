"""
Starts that become free, put down for those who wait.

In the transaction that frees them, so that nobody depends on a signal: the row is there or nothing was freed.
"""

import datetime as dt

from django.db import transaction

from scheduling.codes import AppointmentStatus, BackfillStepKind, CancellationReason, ChangeKind
from scheduling.models import AppointmentChange, Backfill, BackfillPolicy, BackfillStep

# After these the time itself can still be had; a clinic that cancels, or a device that is down, has none to give [ops].
LEAVES_THE_TIME_FREE = (
    CancellationReason.PATIENT,
    CancellationReason.PATIENT_DECEASED,
    CancellationReason.PATIENT_ADMITTED,
    CancellationReason.NOT_PREPARED,
    CancellationReason.ERROR,
)


def note_freed(change: AppointmentChange, *, now: dt.datetime) -> None:
    """
    Open a backfill if a change frees a start after `now` (aware) and the offering's policy wants one.

    One for each start: while one is looking, a second change of the same start opens none.
    """
    if change.from_status == AppointmentStatus.PROPOSED:
        _look_again(change, now=now)
        return
    start = _freed_start(change)
    if start is None or start <= now:
        return
    offering_id = change.appointment.offering_id
    policy = BackfillPolicy.objects.filter(offering=offering_id, automatic=True).first()
    if policy is None:
        return
    backfill = Backfill(
        organization_id=change.appointment.organization_id,
        offering_id=offering_id,
        start=start,
        freed_by=change,
        offers_at_once=policy.offers_at_once,
        answer_minutes=policy.answer_minutes,
        next_at=now,
        opened_at=now,
    )
    # Somebody else may be opening one for the same start; then theirs does.
    Backfill.objects.bulk_create([backfill], ignore_conflicts=True)
    opened = Backfill.objects.filter(freed_by=change).first()
    if opened is not None:
        BackfillStep.objects.create(
            backfill=opened, kind=BackfillStepKind.FREED, reason=change.get_kind_display(), happened_at=now
        )


def _look_again(change: AppointmentChange, *, now: dt.datetime) -> None:
    """Have the next be asked, when somebody ends an offer as one ends an appointment; the sweep alone would find it later."""
    # After the commit: whoever accepts locks the backfill first and the appointment then.
    transaction.on_commit(lambda: _wake(change.appointment_id, now=now), robust=True)


def _wake(appointment_id: int, *, now: dt.datetime) -> None:
    # By its own id, so that one which ended meanwhile is left alone.
    for pk in Backfill.objects.filter(offers__appointment=appointment_id).values_list("pk", flat=True):
        Backfill.objects.looking().filter(pk=pk).update(next_at=now)


def _freed_start(change: AppointmentChange) -> dt.datetime | None:
    """Return the start that a change leaves free, None if it leaves none. An offer never was anybody's time."""
    if change.kind == ChangeKind.MOVED:
        return change.from_start
    if change.from_status != AppointmentStatus.BOOKED:
        return None
    if change.to_status == AppointmentStatus.ENTERED_IN_ERROR:
        return change.to_start
    cancelled = change.to_status == AppointmentStatus.CANCELLED
    if cancelled and change.appointment.cancellation_reason in LEAVES_THE_TIME_FREE:
        return change.to_start
    return None

"""From booked to over: arrived, left, cancelled, did not come, void."""

import datetime as dt

from django.db import transaction
from django.db.models import F

from scheduling.codes import OCCUPYING, AppointmentStatus, CancellationReason, ChangeKind, TaskKind
from scheduling.models import Allocation, Appointment, Patient
from scheduling.operations.actor import Actor
from scheduling.operations.aftermath import ask_about_medicines
from scheduling.operations.changes import TransitionRefused, check_revision, record_change
from scheduling.operations.chasing import settle_restart_task
from scheduling.operations.fulfilment import settle_waiting
from scheduling.operations.policies import check_patient_cancels
from scheduling.operations.restart_questions import undecided_restarts
from scheduling.operations.tasks import cancel_follow_up_tasks, cancel_tasks_of
from scheduling.rules import NEXT_STATUSES, latest_local_date

# What nobody needs to do for an appointment that is over.
POINTLESS = (
    TaskKind.SIGN_MEDICINES,
    TaskKind.RECORD_END,
    TaskKind.RE_REVIEW_PROTOCOL,
    TaskKind.RESTART_MEDICINES,
)
CALLS = (
    TaskKind.PHONE_PATIENT,
    TaskKind.MAY_HAVE_STOPPED,
    TaskKind.INTERPRETER,
    TaskKind.SIGN_MEDICINES,
    TaskKind.RESTART_MEDICINES,
)


class TimesDoNotFit(ValueError):
    """A procedure begins before it ends, and both are past. Check the two times."""


class BeginningUnknown(ValueError):
    """Nobody has recorded when the procedure began. Say when."""


class NotYetStarted(Exception):
    """The appointment has not begun yet, so nobody has missed it."""

    def __init__(self, *, start: dt.datetime) -> None:
        super().__init__(start)
        self.start = start


class DeathInFuture(ValueError):
    """This date is in the future."""


def cancel_appointment(
    *,
    appointment: Appointment,
    reason: CancellationReason,
    now: dt.datetime,
    by: Actor,
    expected_revision: int | None = None,
    note: str = "",
) -> Appointment:
    """
    Cancel an appointment and free what it still occupies.

    If the patient may have stopped a medicine for it, an urgent task asks somebody to phone. Patients may cancel by
    themselves until the clinic's cut-off; staff at any time, since a patient who does not come does not come.

    :raises TransitionRefused: if it is over
    :raises TooLateToCancel: if a portal asks after the cut-off
    :raises StaleRevision: if it has changed since `expected_revision`
    """
    check_patient_cancels(appointment, reason=reason, now=now, by=by)
    with transaction.atomic():
        cancelled = _changed(
            appointment,
            to=AppointmentStatus.CANCELLED,
            now=now,
            by=by,
            expected_revision=expected_revision,
            reason=note or str(CancellationReason(reason).label),
            cancellation_reason=reason,
        )
        cancel_tasks_of(cancelled, kinds=POINTLESS, now=now)
        if reason != CancellationReason.PATIENT_DECEASED:
            ask_about_medicines(cancelled, now=now)
    return cancelled


def mark_arrived(
    *, appointment: Appointment, now: dt.datetime, by: Actor, expected_revision: int | None = None
) -> Appointment:
    """
    Record that the patient has come.

    :raises TransitionRefused: if it is not booked
    :raises StaleRevision: if it has changed since `expected_revision`
    """
    with transaction.atomic():
        return _changed(
            appointment, to=AppointmentStatus.ARRIVED, now=now, by=by, expected_revision=expected_revision
        )


def mark_noshow(
    *, appointment: Appointment, now: dt.datetime, by: Actor, expected_revision: int | None = None
) -> Appointment:
    """
    Record that the patient did not come, and free what is left of the time.

    If the patient may have stopped a medicine for it, an urgent task asks somebody to phone.

    :raises NotYetStarted: if it starts after `now`
    :raises TransitionRefused: if it is not booked
    :raises StaleRevision: if it has changed since `expected_revision`
    """
    with transaction.atomic():
        missed = _changed(
            appointment, to=AppointmentStatus.NOSHOW, now=now, by=by, expected_revision=expected_revision
        )
        if now < missed.start:
            raise NotYetStarted(start=missed.start)
        cancel_tasks_of(missed, kinds=POINTLESS, now=now)
        ask_about_medicines(missed, now=now)
    return missed


def record_end(
    *,
    appointment: Appointment,
    ended_at: dt.datetime,
    now: dt.datetime,
    by: Actor,
    began_at: dt.datetime | None = None,
    expected_revision: int | None = None,
) -> Appointment:
    """
    Record when the procedure began and ended (aware), and that the patient has left; frees what is left.

    Aftercare counts from the end. If a medicine was held, an urgent task asks when it is taken again. `began_at` None
    means as recorded before.

    :raises BeginningUnknown: if no beginning is given or recorded
    :raises TimesDoNotFit: if a time has no zone or is after `now`, or the end is not after the beginning
    :raises TransitionRefused: if the patient has not arrived
    :raises StaleRevision: if it has changed since `expected_revision`
    """
    began_at = began_at or _recorded_beginning(appointment, expected_revision=expected_revision)
    if None in {began_at.utcoffset(), ended_at.utcoffset()} or not began_at < ended_at <= now:
        raise TimesDoNotFit
    with transaction.atomic():
        ended = _changed(
            appointment,
            to=AppointmentStatus.FULFILLED,
            now=now,
            by=by,
            expected_revision=expected_revision,
            kind=ChangeKind.ENDED,
            began_at=began_at,
            ended_at=ended_at,
        )
        cancel_tasks_of(ended, kinds=(TaskKind.RECORD_END,), now=now)
        settle_restart_task(ended, now=now)
    return ended


def void(
    *,
    appointment: Appointment,
    reason: str,
    now: dt.datetime,
    by: Actor,
    expected_revision: int | None = None,
) -> Appointment:
    """
    Mark an appointment as entered in error; it should never have been there, and frees everything.

    If the patient may have stopped a medicine for it, an urgent task asks somebody to phone.

    :raises TransitionRefused: if it was cancelled or missed
    :raises StaleRevision: if it has changed since `expected_revision`
    """
    with transaction.atomic():
        # Asked before the change, after which nothing is asked about a visit that never was.
        off_medicines = undecided_restarts(Appointment.objects.with_facts().get(pk=appointment.pk))
        voided = _changed(
            appointment,
            to=AppointmentStatus.ENTERED_IN_ERROR,
            now=now,
            by=by,
            expected_revision=expected_revision,
            reason=reason,
        )
        cancel_tasks_of(voided, kinds=POINTLESS, now=now)
        cancel_follow_up_tasks(voided, now=now)
        if voided.ended_at is None or off_medicines:
            ask_about_medicines(voided, now=now)
    return voided


def record_death(*, patient: Patient, on: dt.date, now: dt.datetime, by: Actor) -> tuple[Appointment, ...]:
    """
    Record the local date of a patient's death, cancel everything ahead, and close the calls to the patient.

    Idempotent; a second date corrects the first. Return what was cancelled.

    :raises DeathInFuture: if the date has not come anywhere yet
    """
    if on > latest_local_date(now):
        raise DeathInFuture
    with transaction.atomic():
        Patient.objects.filter(pk=patient.pk).update(deceased_on=on)
        ahead = list(Appointment.objects.ahead_of(patient, now))
        cancelled = tuple(
            cancel_appointment(
                appointment=appointment, reason=CancellationReason.PATIENT_DECEASED, now=now, by=by
            )
            for appointment in ahead
        )
        for appointment in patient.appointments.all():
            cancel_tasks_of(appointment, kinds=CALLS, now=now)
    return cancelled


def _recorded_beginning(appointment: Appointment, *, expected_revision: int | None) -> dt.datetime:
    """
    Return when a procedure that can end began.

    :raises StaleRevision, TransitionRefused, BeginningUnknown: if it cannot, or nobody recorded when it began
    """
    seen = Appointment.objects.get(pk=appointment.pk)
    check_revision(seen, expected_revision)
    if AppointmentStatus.FULFILLED not in NEXT_STATUSES[AppointmentStatus(seen.status)]:
        raise TransitionRefused(from_status=seen.status, to_status=AppointmentStatus.FULFILLED)
    if seen.began_at is None:
        raise BeginningUnknown
    return seen.began_at


def _changed(
    appointment: Appointment,
    *,
    to: AppointmentStatus,
    now: dt.datetime,
    by: Actor,
    expected_revision: int | None,
    kind: ChangeKind = ChangeKind.STATUS,
    reason: str = "",
    **fields: object,
) -> Appointment:
    # Locked: the record says what was changed, which is not what it was before somebody else just moved it.
    seen = Appointment.objects.select_for_update(no_key=True).get(pk=appointment.pk)
    check_revision(seen, expected_revision)
    if to not in NEXT_STATUSES[AppointmentStatus(seen.status)]:
        raise TransitionRefused(from_status=seen.status, to_status=to)
    Appointment.objects.filter(pk=seen.pk).update(status=to, revision=F("revision") + 1, **fields)
    changed = Appointment.objects.select_related("organization", "location").get(pk=seen.pk)
    _free(changed, now=now)
    change = record_change(changed, kind=kind, before=seen, reason=reason, by=by, now=now)
    settle_waiting(change, now=now, by=by)
    return changed


def _free(changed: Appointment, *, now: dt.datetime) -> None:
    """Free what an appointment that is over still occupies; what never should have been, wholly."""
    if changed.status in OCCUPYING:
        return
    kept = Allocation.objects.filter(appointment=changed, active=True)
    if changed.status != AppointmentStatus.ENTERED_IN_ERROR:
        kept = kept.unfinished(now)
    kept.update(active=False)

"""The record of what happened to an appointment, and why a change is refused."""

import datetime as dt

from procedures.models import Protocol
from scheduling.codes import AppointmentStatus, ChangeKind
from scheduling.models import Appointment, AppointmentChange
from scheduling.operations.actor import Actor
from scheduling.rules import NEXT_STATUSES


class TransitionRefused(Exception):
    """The appointment cannot change that way from the state it is in."""

    def __init__(self, *, from_status: str, to_status: str) -> None:
        super().__init__(from_status, to_status)
        self.from_status = from_status
        self.to_status = to_status


class StaleRevision(Exception):
    """The appointment has changed since you saw it. Look at it again, then decide."""

    def __init__(self, *, current: int) -> None:
        super().__init__(current)
        self.current = current


class AlreadyThere(Exception):
    """The appointment starts at that time already. Nothing was changed."""


def record_change(
    appointment: Appointment,
    *,
    kind: ChangeKind,
    reason: str,
    by: Actor,
    now: dt.datetime,
    before: Appointment | None = None,
    left_protocol: Protocol | None = None,
) -> AppointmentChange:
    """
    Append what happened, as the appointment now is; inside the transaction of the change itself.

    `before` is the appointment as it was, None if it is new. A start is recorded as left only by a move, a protocol
    version only with `left_protocol`.
    """
    return AppointmentChange.objects.create(
        appointment=appointment,
        kind=kind,
        from_status=before.status if before is not None else "",
        to_status=appointment.status,
        from_start=before.start if before is not None and before.start != appointment.start else None,
        to_start=appointment.start,
        from_protocol=left_protocol,
        to_protocol=appointment.protocol if left_protocol is not None else None,
        reason=reason,
        user=by.user,
        client=by.client,
        revision=appointment.revision,
        changed_at=now,
    )


def check_revision(appointment: Appointment, expected: int | None) -> None:
    """
    Refuse a change by somebody who saw something else; None means whatever it is now.

    :raises StaleRevision: naming the revision that holds
    """
    if expected is not None and appointment.revision != expected:
        raise StaleRevision(current=appointment.revision)


def refusal_of(seen: Appointment, *, to: AppointmentStatus) -> TransitionRefused | StaleRevision:
    """Return why a conditional update of an appointment found no row: it is not what was `seen` any more."""
    current = Appointment.objects.get(pk=seen.pk)
    from_status = AppointmentStatus(current.status)
    if from_status != seen.status and to not in NEXT_STATUSES[from_status]:
        return TransitionRefused(from_status=current.status, to_status=to)
    return StaleRevision(current=current.revision)

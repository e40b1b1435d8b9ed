"""The record of what happened to an appointment, and why a change is refused."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F

from procedures.models import Protocol
from scheduling.codes import AppointmentStatus, ChangeKind
from scheduling.models import Appointment, AppointmentChange, Resource
from scheduling.operations.actor import Actor
from scheduling.operations.freed import note_freed
from scheduling.rules import NEXT_STATUSES


class TransitionRefused(Exception):
    """The appointment cannot change that way from the state it is in."""

    def __init__(self, *, from_status: str, to_status: str) -> None:
        super().__init__(from_status, to_status)
        self.from_status = from_status
        self.to_status = to_status
        self.allowed = sorted(status.value for status in NEXT_STATUSES[AppointmentStatus(from_status)])


class StaleRevision(Exception):
    """The appointment has changed since you saw it. Look at it again, then decide."""

    def __init__(self, *, current: int) -> None:
        super().__init__(current)
        self.current = current


class AlreadyThere(Exception):
    """The appointment starts at that time already. Nothing was changed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Swapped:
    """Which resource of one leg left, and which came."""

    leg: str
    leaving: Resource
    coming: Resource


def record_change(
    appointment: Appointment,
    *,
    kind: ChangeKind,
    reason: str,
    by: Actor,
    now: dt.datetime,
    before: Appointment | None = None,
    left_protocol: Protocol | None = None,
    swapped: Swapped | None = None,
) -> AppointmentChange:
    """
    Append what happened, as the appointment now is; inside the transaction of the change itself.

    `before` is the appointment as it was, None if it is new. A start is recorded as left only by a move, a protocol
    version only with `left_protocol`. A start that becomes free is put down for those who wait.
    """
    change = AppointmentChange.objects.create(
        appointment=appointment,
        kind=kind,
        from_status=before.status if before is not None else "",
        to_status=appointment.status,
        from_start=before.start if before is not None and before.start != appointment.start else None,
        to_start=appointment.start,
        from_protocol=left_protocol,
        to_protocol=appointment.protocol if left_protocol is not None else None,
        leg=swapped.leg if swapped is not None else "",
        from_resource=swapped.leaving if swapped is not None else None,
        to_resource=swapped.coming if swapped is not None else None,
        reason=reason,
        user=by.user,
        client=by.client,
        revision=appointment.revision,
        changed_at=now,
    )
    note_freed(change, now=now)
    return change


def amend(
    appointment: Appointment,
    *,
    kind: ChangeKind,
    among: Collection[AppointmentStatus],
    now: dt.datetime,
    by: Actor,
    expected_revision: int | None,
    reason: str = "",
    **fields: object,
) -> Appointment:
    """
    Change what is recorded of an appointment in one of the statuses `among`, which it keeps.

    :raises TransitionRefused: if it is in another
    :raises StaleRevision: if it has changed since `expected_revision`, or while this ran
    """
    seen = Appointment.objects.get(pk=appointment.pk)
    check_revision(seen, expected_revision)
    if seen.status not in among:
        raise TransitionRefused(from_status=seen.status, to_status=seen.status)
    with transaction.atomic():
        same = Appointment.objects.filter(pk=seen.pk, status=seen.status, revision=seen.revision)
        if not same.update(revision=F("revision") + 1, **fields):
            raise refusal_of(seen, to=AppointmentStatus(seen.status))
        changed = Appointment.objects.select_related("organization", "location").get(pk=seen.pk)
        record_change(changed, kind=kind, before=seen, reason=reason, by=by, now=now)
    return changed


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

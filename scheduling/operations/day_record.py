"""What was done on the day: freezes in their order, and the checklist."""

import datetime as dt

from django.db import IntegrityError, transaction
from django.db.models import Max

from cryoclinic.accounts.models import User
from procedures.models.reading import care_of
from scheduling.codes import AppointmentStatus
from scheduling.models import Appointment, ChecklistTick, FreezeCycle

# The record is written while the patient is there, or from memory after.
ON_RECORD = (AppointmentStatus.ARRIVED, AppointmentStatus.FULFILLED)


class NothingToRecord(Exception):
    """The patient has not arrived. Mark the arrival first."""


class NobodyNamed(Exception):
    """The record names a person of the clinic. Sign in as one to write it."""


class FreezeIsEmpty(ValueError):
    """A freeze lasts at least a second and needs at least one probe."""


class NotOnTheChecklist(LookupError):
    """The protocol's checklist has no such item."""


class AlreadyTicked(Exception):
    """Somebody has ticked this off already."""


def record_freeze(
    *,
    appointment: Appointment,
    freeze_seconds: int,
    thaw_seconds: int | None,
    probes: int,
    now: dt.datetime,
    recorded_by: User | None,
) -> FreezeCycle:
    """
    Put the next freeze on record, with the thaw after it.

    :raises NobodyNamed: if a program asks
    :raises NothingToRecord: if the patient has not arrived
    :raises FreezeIsEmpty: if it lasted no time or used no probe
    """
    if recorded_by is None:
        raise NobodyNamed
    if freeze_seconds < 1 or probes < 1 or (thaw_seconds is not None and thaw_seconds < 0):
        raise FreezeIsEmpty
    with transaction.atomic():
        _lock_on_record(appointment)
        last = FreezeCycle.objects.filter(appointment=appointment).aggregate(last=Max("position"))["last"]
        return FreezeCycle.objects.create(
            appointment=appointment,
            position=(last or 0) + 1,
            freeze_seconds=freeze_seconds,
            thaw_seconds=thaw_seconds,
            probes=probes,
            recorded_by=recorded_by,
            recorded_at=now,
        )


def tick_off(
    *, appointment: Appointment, code: str, now: dt.datetime, ticked_by: User | None
) -> ChecklistTick:
    """
    Tick an item of the protocol's checklist.

    :raises NobodyNamed: if a program asks
    :raises NotOnTheChecklist: if the protocol has no such item
    :raises AlreadyTicked: if it was ticked before
    """
    if ticked_by is None:
        raise NobodyNamed
    if code not in {item.code for item in care_of(appointment.protocol).checklist}:
        raise NotOnTheChecklist(code)
    try:
        with transaction.atomic():
            return ChecklistTick.objects.create(
                appointment=appointment, code=code, ticked_by=ticked_by, ticked_at=now
            )
    except IntegrityError as error:
        raise AlreadyTicked from error


def _lock_on_record(appointment: Appointment) -> None:
    """Let two who write at once take turns. :raises NothingToRecord: if there is nothing to write about"""
    locked = Appointment.objects.select_for_update(no_key=True).get(pk=appointment.pk)
    if locked.status not in ON_RECORD:
        raise NothingToRecord

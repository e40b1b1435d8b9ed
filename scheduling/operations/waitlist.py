"""The waiting list: put somebody on it, take somebody off."""

import datetime as dt
from collections.abc import Iterable

from django.db import IntegrityError, transaction

from cryoclinic.accounts.models import Location
from procedures.models import ProcedureType
from scheduling.codes import WaitlistPriority, WaitlistStatus
from scheduling.models import Patient, ProcedureOffering, WaitlistEntry
from scheduling.operations.actor import Actor
from scheduling.operations.seating import constraint_of
from scheduling.operations.terms import OtherOrganization, PatientDeceased
from scheduling.waiting import Wishes

NOTICE_HOURS = 24


class AlreadyWaiting(Exception):
    """The patient waits for this procedure already. Change the wishes there: take the entry off and add a new one."""


class NotOfferedThere(Exception):
    """None of the locations wished for offers this procedure. Choose others, or none for any."""


class WishesDoNotFit(ValueError):
    """The last day comes before the first, or the latest time before the earliest. Correct one of them."""


class NoLongerWaiting(Exception):
    """This entry is closed already."""


def add_to_waitlist(
    *,
    patient: Patient,
    procedure_type: ProcedureType,
    now: dt.datetime,
    by: Actor,
    priority: WaitlistPriority = WaitlistPriority.ROUTINE,
    locations: Iterable[Location] = (),
    wishes: Wishes = Wishes(),  # noqa: B008 # frozen: one for all
    target: str = "",
    notice_hours: int = NOTICE_HOURS,
    agreed: bool = False,
    waiting_since: dt.datetime | None = None,
) -> WaitlistEntry:
    """
    Put a patient on the waiting list for a procedure, at some locations or at any that offers it.

    `agreed`: to be called about freed times. `waiting_since` (aware): in the past, where a list was kept before.

    :raises PatientDeceased, OtherOrganization, AlreadyWaiting, NotOfferedThere, WishesDoNotFit: if it cannot be
    """
    there = list(locations)
    _check(patient=patient, procedure_type=procedure_type, locations=there, wishes=wishes)
    entry = WaitlistEntry(
        organization=patient.organization,
        patient=patient,
        procedure_type=procedure_type,
        target=target,
        priority=priority,
        first_on=wishes.first_on,
        last_on=wishes.last_on,
        weekdays=sorted(wishes.weekdays),
        from_time=wishes.from_time,
        until_time=wishes.until_time,
        notice_hours=notice_hours,
        agreed_at=now if agreed else None,
        waiting_since=min(waiting_since or now, now),
        added_by=by.user,
    )
    return _written(entry, locations=there)


def _written(entry: WaitlistEntry, *, locations: list[Location]) -> WaitlistEntry:
    try:
        with transaction.atomic():
            entry.save()
            entry.locations.set(locations)
    except IntegrityError as error:
        if constraint_of(error) == "scheduling_waits_once_for_a_procedure":
            raise AlreadyWaiting from error
        raise
    return entry


def remove_from_waitlist(*, entry: WaitlistEntry, now: dt.datetime, reason: str = "") -> None:
    """
    Take somebody off the list; an offer that is open stays until it is answered or lapses.

    :raises NoLongerWaiting: if the entry is closed already
    """
    closed = (
        WaitlistEntry.objects.waiting()
        .filter(pk=entry.pk)
        .update(status=WaitlistStatus.REMOVED, closed_at=now, closed_reason=reason)
    )
    if not closed:
        raise NoLongerWaiting


def _check(
    *, patient: Patient, procedure_type: ProcedureType, locations: list[Location], wishes: Wishes
) -> None:
    if patient.deceased_on is not None:
        raise PatientDeceased
    if any(location.organization_id != patient.organization_id for location in locations):
        raise OtherOrganization
    if _backwards(wishes.first_on, wishes.last_on) or (
        wishes.from_time is not None
        and wishes.until_time is not None
        and wishes.until_time <= wishes.from_time
    ):
        raise WishesDoNotFit
    offered = (
        ProcedureOffering.objects.of(patient.organization).in_use().filter(procedure_type=procedure_type)
    )
    if locations:
        offered = offered.filter(location__in=locations)
    if not offered.exists():
        raise NotOfferedThere


def _backwards(first: dt.date | None, last: dt.date | None) -> bool:
    return first is not None and last is not None and last < first

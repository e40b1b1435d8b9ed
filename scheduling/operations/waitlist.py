"""The waiting list: put somebody on it, take somebody off."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import asdict

from django.db import IntegrityError, transaction

from cryoclinic.accounts.models import Location
from procedures.models import ProcedureType
from scheduling.codes import AppointmentStatus, WaitlistPriority
from scheduling.models import Appointment, Patient, ProcedureOffering, WaitlistEntry
from scheduling.operations.actor import SYSTEM, Actor
from scheduling.operations.fulfilment import end_waiting
from scheduling.operations.seating import constraint_of
from scheduling.operations.terms import OtherOrganization, PatientDeceased
from scheduling.waiting import WEEKDAYS, Wishes

NOTICE_HOURS = 24


class AlreadyWaiting(Exception):
    """The patient waits for this procedure already. Change the wishes there: take the entry off and add a new one."""


class NotOfferedThere(Exception):
    """None of the locations wished for offers this procedure. Choose others, or none for any."""


class WishesDoNotFit(ValueError):
    """The last day comes before the first, or the latest time before the earliest. Correct one of them."""


class NotTheirVisit(ValueError):
    """This is no booked visit of this patient for this procedure. Name the visit that the patient would give up."""


class SayWhichVisit(Exception):
    """The patient has several visits booked for this. Say which of them they would give up for an earlier time."""


class NothingEarlier(Exception):
    """The visit that the patient has comes before the first day wished for. Move the visit, or change the wishes."""


class NothingToPutBack(Exception):
    """Only somebody whose visit was cancelled can be put back, and only once. Put the patient on the list anew."""


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
    earlier_than: Appointment | None = None,
) -> WaitlistEntry:
    """
    Put a patient on the waiting list for a procedure, at some locations or at any that offers it.

    `agreed`: to be called about freed times. `waiting_since` (aware): in the past, where a list was kept before. Who has
    such a visit waits for an earlier time than that, and gives it up for one: for `earlier_than`, else for the one there is.

    :raises PatientDeceased, OtherOrganization, AlreadyWaiting, NotOfferedThere, WishesDoNotFit: if it cannot be
    :raises NotTheirVisit, SayWhichVisit, NothingEarlier: if the visit that they have leaves nothing to wait for
    """
    there = list(locations)
    _check(patient=patient, procedure_type=procedure_type, locations=there, wishes=wishes)
    entry = WaitlistEntry(
        organization=patient.organization,
        patient=patient,
        procedure_type=procedure_type,
        target=target,
        priority=priority,
        **{**asdict(wishes), "weekdays": [day for day in WEEKDAYS if day in wishes.weekdays]},
        notice_hours=notice_hours,
        agreed_at=now if agreed else None,
        waiting_since=min(waiting_since or now, now),
        added_by=by.user,
    )
    return _written(entry, locations=there, earlier_than=earlier_than, now=now)


def put_back(*, entry: WaitlistEntry, now: dt.datetime, by: Actor) -> WaitlistEntry:
    """
    Put somebody back whose visit was cancelled, with the same wishes and the time they have waited since `waiting_since`.

    :raises NothingToPutBack: if no cancelled visit ended the waiting, or somebody has put them back before
    :raises PatientDeceased, AlreadyWaiting, SayWhichVisit, NothingEarlier: if there is nothing to wait for
    """
    if not WaitlistEntry.objects.without_their_visit().filter(pk=entry.pk).exists():
        raise NothingToPutBack
    if entry.patient.deceased_on is not None:
        raise PatientDeceased
    again = WaitlistEntry(
        organization=entry.organization,
        patient=entry.patient,
        procedure_type=entry.procedure_type,
        target=entry.target,
        priority=entry.priority,
        first_on=entry.first_on,
        last_on=entry.last_on,
        weekdays=entry.weekdays,
        from_time=entry.from_time,
        until_time=entry.until_time,
        notice_hours=entry.notice_hours,
        agreed_at=entry.agreed_at,
        waiting_since=entry.waiting_since,
        added_by=by.user,
        continues=entry,
    )
    return _written(again, locations=list(entry.locations.all()), earlier_than=None, now=now)


def _written(
    entry: WaitlistEntry, *, locations: list[Location], earlier_than: Appointment | None, now: dt.datetime
) -> WaitlistEntry:
    try:
        with transaction.atomic():
            # Whoever books locks the patient first: the booking finds this entry, or this finds the booking.
            Patient.objects.select_for_update(no_key=True).values_list("pk").get(pk=entry.patient_id)
            entry.instead_of = _given_up(entry, earlier_than=earlier_than, now=now)
            entry.save()
            entry.locations.set(locations)
    except IntegrityError as error:
        if constraint_of(error) == "scheduling_waits_once_for_a_procedure":
            raise AlreadyWaiting from error
        if constraint_of(error) == "scheduling_waitlistentry_continues_id_key":
            raise NothingToPutBack from error
        raise
    return entry


def _given_up(
    entry: WaitlistEntry, *, earlier_than: Appointment | None, now: dt.datetime
) -> Appointment | None:
    """Return the visit that the patient would give up for an earlier one, None if there is none."""
    visits = Appointment.objects.filter(
        patient=entry.patient,
        offering__procedure_type=entry.procedure_type,
        status=AppointmentStatus.BOOKED,
        start__gt=now,
    ).select_related("location")
    if entry.target:
        visits = visits.filter(target=entry.target)
    if earlier_than is not None:
        visits = visits.filter(pk=earlier_than.pk)
    found = list(visits[:2])
    if earlier_than is not None and not found:
        raise NotTheirVisit
    if len(found) > 1:
        raise SayWhichVisit
    if found and entry.first_on is not None and found[0].local_start.date() < entry.first_on:
        raise NothingEarlier
    return found[0] if found else None


def remove_from_waitlist(
    *, entry: WaitlistEntry, now: dt.datetime, reason: str = "", by: Actor = SYSTEM
) -> None:
    """
    Take somebody off the list; an offer that is open stays until it is answered or lapses.

    :raises NoLongerWaiting: if the entry is closed already
    """
    closed = end_waiting(entry.pk, booked=None, why=reason, now=now, by=by)
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

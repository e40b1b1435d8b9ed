"""Re-time a day that runs late: everything that was listed, or nothing."""

import datetime as dt
from collections.abc import Collection, Iterable
from functools import partial
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F

from scheduling.codes import AppointmentStatus, ChangeKind
from scheduling.models import Allocation, Appointment, Patient, Resource
from scheduling.operations.actor import Actor, person_of
from scheduling.operations.aftermath import MOVED, ask_about_medicines
from scheduling.operations.changes import record_change
from scheduling.operations.feasibility import OverrideRefused
from scheduling.operations.late.proposal import propose_delay
from scheduling.operations.late.values import DayDelay, LateVisit


class ProposalChanged(Exception):
    """What follows is not what you saw any more. Look at it again, then decide. Nothing was moved."""


class BeyondHours(Exception):
    """Some visits would use something after it closes. Somebody who may override must say why. Nothing was moved."""

    def __init__(self, *, appointments: tuple[UUID, ...]) -> None:
        super().__init__(appointments)
        self.appointments = appointments


def delay_day(
    *,
    minutes: int,
    seen: str,
    now: dt.datetime,
    by: Actor,
    appointment: Appointment | None = None,
    resource: Resource | None = None,
    keeping: Collection[UUID] = (),
    reason: str = "",
    beyond_reason: str = "",
) -> DayDelay:
    """
    Re-time everything that `propose_delay` lists, in one transaction; `seen` is the digest of what somebody agreed to.

    Who was told something that no longer holds is told the new times, because the plan is made again. Whoever may have
    stopped a medicine for the old start is phoned. The visit stays known since when it was: only its hour changes.

    :raises DelayOutOfRange, NothingToDelay, StandsInTheWay, TransitionRefused: as `propose_delay`
    :raises PersonNeeded: if a program asks
    :raises ProposalChanged: if the list is no longer what was seen
    :raises BeyondHours: if something would be used when it is closed and no `beyond_reason` is given
    :raises OverrideRefused: if one is given by somebody who may not override
    """
    person_of(by)
    listed = partial(
        propose_delay, minutes=minutes, appointment=appointment, resource=resource, keeping=keeping, now=now
    )
    try:
        with transaction.atomic():
            _lock(listed())
            proposal = listed()
            _check(proposal, seen=seen, beyond_reason=beyond_reason, by=by)
            why = beyond_reason if proposal.beyond_hours else reason
            _retime(proposal.visits, reason=why or reason or "Running late", now=now, by=by)
    except IntegrityError as error:
        # Only somebody who wrote without taking the locks can have come between.
        raise ProposalChanged from error
    return proposal


def _lock(proposal: DayDelay) -> None:
    """Lock in the order in which everybody does: patients first, then resources, each by id."""
    patients = Patient.objects.filter(pk__in=[each.appointment.patient_id for each in proposal.visits])
    list(patients.order_by("pk").select_for_update(no_key=True).values_list("pk", flat=True))
    ids = {each.resource_id for visit in proposal.visits for each, _ in visit.allocations}
    list(Resource.objects.locked(ids).values_list("pk", flat=True))


def _check(proposal: DayDelay, *, seen: str, beyond_reason: str, by: Actor) -> None:
    if proposal.digest != seen:
        raise ProposalChanged
    if not proposal.beyond_hours:
        return
    if not beyond_reason:
        raise BeyondHours(appointments=tuple(each.appointment.uid for each in proposal.beyond_hours))
    if not by.may_override:
        raise OverrideRefused


def _retime(visits: tuple[LateVisit, ...], *, reason: str, now: dt.datetime, by: Actor) -> None:
    # The last one first, so that nobody steps on who is still at the old time.
    for visit in reversed(visits):
        _move_row(visit)
    _move_allocations(visits, now=now)
    for visit in visits:
        moved = Appointment.objects.select_related("organization", "location").get(pk=visit.appointment.pk)
        kind = ChangeKind.LENGTHENED if visit.takes_longer else ChangeKind.MOVED
        record_change(moved, kind=kind, before=visit.appointment, reason=reason, by=by, now=now)
        if moved.status == AppointmentStatus.BOOKED:
            ask_about_medicines(moved, now=now, reason=MOVED)


def _move_row(visit: LateVisit) -> None:
    seen = visit.appointment
    same = Appointment.objects.filter(pk=seen.pk, status=seen.status, revision=seen.revision)
    moved = same.update(
        start=visit.start,
        arrive_at=visit.arrive_at,
        planned_end=visit.planned_end,
        period=(visit.arrive_at, visit.leaves_at),
        revision=F("revision") + 1,
    )
    if not moved:
        raise ProposalChanged


def _move_allocations(visits: Iterable[LateVisit], *, now: dt.datetime) -> None:
    pairs = [pair for visit in visits for pair in visit.allocations]
    Allocation.objects.filter(pk__in=[each.pk for each, _ in pairs]).update(active=False)
    Allocation.objects.filter(resource__in={each.resource_id for each, _ in pairs}).lapsed(now).update(
        active=False
    )
    Allocation.objects.bulk_create(
        Allocation(
            resource_id=each.resource_id, appointment_id=each.appointment_id, leg=each.leg, period=period
        )
        for each, period in pairs
    )

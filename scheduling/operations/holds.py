"""A start kept for somebody while they decide."""

import datetime as dt
from functools import partial

from django.db import transaction
from django.db.models import Exists, OuterRef

from procedures.models.reading import care_of
from scheduling.models import Allocation, Hold, Patient, ProcedureOffering, Resource
from scheduling.operations.actor import Actor
from scheduling.operations.choosing import Need
from scheduling.operations.drafting import Manner
from scheduling.operations.feasibility import override_needed, plan_for_start
from scheduling.operations.qualifying import standing_of
from scheduling.operations.seating import free_hold, seat
from scheduling.operations.spans import legs_at
from scheduling.operations.terms import (
    check_notice,
    check_patient,
    check_start,
    particulars_of,
    protocol_in_force,
)

# How long somebody has to decide, and how long at most [ops].
HOLD_MINUTES = 10
LONGEST_HOLD_MINUTES = 60


class HoldIsTooLong(ValueError):
    """A time can be kept for 1 to 60 minutes."""


class HoldIsGone(Exception):
    """This time is no longer kept for you. Choose again."""


class HoldDoesNotFit(Exception):
    """What is kept is for another patient, procedure or time."""


def hold_slot(
    *,
    offering: ProcedureOffering,
    start: dt.datetime,
    now: dt.datetime,
    by: Actor,
    patient: Patient | None = None,
    minutes: int = HOLD_MINUTES,
    target: str = "",
    manner: Manner | None = None,
    practitioner: Resource | None = None,
) -> Hold:
    """
    Keep everything a start (aware) needs for `minutes`, for this patient or for whoever decides.

    With a patient, only a start for which the patient can still be prepared, in the `manner` asked for or as the
    offering usually does it at this target; somebody who may override is asked for the reason when booking. A
    `practitioner` serves the first leg they can.

    :raises HoldIsTooLong: if `minutes` is not from 1 to 60
    :raises StartIsNaive, StartInPast, BeyondHorizon, TooShortNotice: if the start cannot be offered
    :raises OfferingInactive, NoActiveProtocol, OtherOrganization, PatientDeceased: if nothing can be booked
    :raises TargetNeeded, PlanUndecided, CannotBePrepared: if the patient cannot be prepared by then
    :raises NoSuchResource, PractitionerDoesNotFit: if something needed is not to be had at any time
    :raises OutsideHours, DayIsFull, SlotTaken: if it is not to be had then
    """
    if not 1 <= minutes <= LONGEST_HOLD_MINUTES:
        raise HoldIsTooLong
    offering = ProcedureOffering.objects.with_terms().get(pk=offering.pk)
    if patient is not None:
        patient = Patient.objects.with_facts().get(pk=patient.pk)
    asked = manner or Manner(target=target)
    _check(offering=offering, patient=patient, manner=asked, start=start, now=now, by=by)
    expires_at = now + dt.timedelta(minutes=minutes)
    kept_for = {"offering": offering, "patient": patient, "start": start, "held_by": by.user}
    organization = offering.location.organization
    write = partial(Hold.objects.create, organization=organization, expires_at=expires_at, **kept_for)
    need = _need(offering, start=start, now=now, practitioner=practitioner)
    return seat(need=need, patient=None, write=write)


def _need(
    offering: ProcedureOffering, *, start: dt.datetime, now: dt.datetime, practitioner: Resource | None
) -> Need:
    return Need(
        location=offering.location,
        legs=legs_at(offering, start),
        now=now,
        practitioner_id=None if practitioner is None else practitioner.pk,
        offering=offering,
        start=start,
    )


def release_hold(*, hold: Hold, now: dt.datetime) -> None:
    """
    Give back what is kept, before its time is over.

    :raises HoldIsGone: if it was released or used already
    """
    with transaction.atomic():
        if not free_hold(hold, now=now):
            raise HoldIsGone


def release_expired_holds(*, now: dt.datetime) -> int:
    """
    Free everything kept longer than promised; return how many holds ended.

    Never waits: what a booking is just clearing away is left to it, and its hold to the next call.
    """
    with transaction.atomic():
        lapsed = (
            Allocation.objects.lapsed(now).select_for_update(skip_locked=True, of=("self",)).order_by("id")
        )
        ids = list(lapsed.values_list("pk", flat=True))
        Allocation.objects.filter(pk__in=ids, active=True).update(active=False)
        still_kept = Allocation.objects.filter(hold=OuterRef("pk"), active=True)
        over = Hold.objects.expired(now).filter(~Exists(still_kept)).select_for_update(skip_locked=True)
        return Hold.objects.filter(pk__in=[hold.pk for hold in over]).update(released_at=now)


def usable_hold(
    hold: Hold | None, *, offering: ProcedureOffering, patient: Patient, start: dt.datetime, now: dt.datetime
) -> Hold | None:
    """
    Return the hold as it is, if it keeps this start for this patient at `now`; None if its time is over.

    :raises HoldIsGone: if it was released or used already
    :raises HoldDoesNotFit: if it is for another offering, start or patient
    """
    if hold is None:
        return None
    current = Hold.objects.get(pk=hold.pk)
    if current.released_at is not None and current.released_at < current.expires_at:
        raise HoldIsGone
    if (current.offering_id, current.start) != (offering.pk, start):
        raise HoldDoesNotFit
    if current.patient_id not in {None, patient.pk}:
        raise HoldDoesNotFit
    return current if now < current.expires_at else None


def _check(
    *,
    offering: ProcedureOffering,
    patient: Patient | None,
    manner: Manner,
    start: dt.datetime,
    now: dt.datetime,
    by: Actor,
) -> None:
    protocol = protocol_in_force(offering, now=now)
    check_start(start, offering=offering, now=now)
    if patient is not None:
        check_patient(patient, offering=offering)
    if by.may_override:
        return
    if patient is None:
        check_notice(start, offering=offering, now=now)
        return
    particulars = particulars_of(
        offering,
        target=manner.target,
        anaesthesia=manner.anaesthesia,
        guidance=manner.guidance,
        contrast=manner.contrast,
    )
    plan = plan_for_start(
        offering=offering, protocol=protocol, patient=patient, particulars=particulars, start=start, now=now
    )
    override_needed(
        plan=plan,
        standing=standing_of(patient, care=care_of(protocol)),
        offering=offering,
        start=start,
        now=now,
        by=by,
        override_reason="",
    )

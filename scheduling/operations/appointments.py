"""Book and move. The database decides who is first."""

import datetime as dt
from collections.abc import Mapping, Sequence
from functools import partial

from django.db import transaction
from django.db.models import F

from procedures.models import Protocol
from procedures.preparation import rule_set
from scheduling.codes import AppointmentStatus, ChangeKind
from scheduling.models import Allocation, Appointment, Hold, Patient, ProcedureOffering
from scheduling.operations.actor import Actor
from scheduling.operations.changes import (
    AlreadyThere,
    TransitionRefused,
    check_revision,
    record_change,
    refusal_of,
)
from scheduling.operations.choosing import Need
from scheduling.operations.feasibility import override_needed, plan_for_start
from scheduling.operations.holds import usable_hold
from scheduling.operations.seating import seat
from scheduling.operations.spans import house_at, legs_at
from scheduling.operations.terms import (
    Particulars,
    check_patient,
    check_start,
    particulars_of,
    protocol_in_force,
)
from scheduling.rules import HousePeriod


def book_appointment(
    *,
    offering: ProcedureOffering,
    patient: Patient,
    start: dt.datetime,
    now: dt.datetime,
    by: Actor,
    assignment: Mapping[str, Sequence[int]] | None = None,
    target: str = "",
    anaesthesia: str | None = None,
    guidance: str | None = None,
    contrast: str = "none",
    hold: Hold | None = None,
    override_reason: str = "",
) -> Appointment:
    """
    Book a patient for a start (aware), with everybody and everything the procedure needs.

    `assignment` (leg key to resource ids) names the resources; without it they are chosen. Anaesthesia and
    guidance default to the offering's. A `hold` keeps its resources for this booking and ends with it; one that
    has run out keeps nothing. `override_reason` lets an actor who may book against notice and preparation.

    :raises StartIsNaive, StartInPast, BeyondHorizon, TooShortNotice: if the start cannot be offered
    :raises OfferingInactive, NoActiveProtocol: if the procedure cannot be booked here at present
    :raises OtherOrganization, PatientDeceased: if it cannot be booked for this patient
    :raises TargetNeeded, AnaesthesiaNotOffered, GuidanceNotOffered, ContrastUnknown: if it is not done that way
    :raises PlanUndecided, CannotBePrepared, OverrideRefused: if the patient cannot be prepared by then
    :raises HoldIsGone, HoldDoesNotFit: if the hold is over or for something else
    :raises NoSuchResource, OutsideHours, SlotTaken, PatientBusy: if something needed cannot be had
    """
    offering = ProcedureOffering.objects.with_terms().get(pk=offering.pk)
    patient = Patient.objects.with_facts().get(pk=patient.pk)
    protocol = protocol_in_force(offering, now=now)
    check_patient(patient, offering=offering)
    check_start(start, offering=offering, now=now)
    particulars = particulars_of(
        offering, target=target, anaesthesia=anaesthesia, guidance=guidance, contrast=contrast
    )
    plan = plan_for_start(
        offering=offering, protocol=protocol, patient=patient, particulars=particulars, start=start, now=now
    )
    overridden = override_needed(
        plan=plan, offering=offering, start=start, now=now, by=by, override_reason=override_reason
    )
    need = Need(
        location=offering.location,
        legs=legs_at(offering, start),
        now=now,
        assignment=assignment,
        hold=usable_hold(hold, offering=offering, patient=patient, start=start, now=now),
    )
    with transaction.atomic():
        write = partial(
            _insert,
            offering=offering,
            protocol=protocol,
            patient=patient,
            particulars=particulars,
            start=start,
            now=now,
            override_reason=overridden,
        )
        appointment = seat(need=need, patient=patient, write=write)
        record_change(appointment, kind=ChangeKind.BOOKED, from_status="", reason=overridden, by=by, now=now)
    return appointment


def move_appointment(
    *,
    appointment: Appointment,
    start: dt.datetime,
    now: dt.datetime,
    by: Actor,
    expected_revision: int | None = None,
    reason: str = "",
    override_reason: str = "",
) -> Appointment:
    """
    Move a booking to another start (aware); its old time is kept until the new one is taken.

    The protocol stays the one it was booked under. `expected_revision` None means whatever it is now.

    :raises TransitionRefused: if it is not booked
    :raises StaleRevision: if it has changed since `expected_revision`
    :raises AlreadyThere: if it starts then already
    :raises StartIsNaive, StartInPast, BeyondHorizon, TooShortNotice: if the start cannot be offered
    :raises PlanUndecided, CannotBePrepared, OverrideRefused: if the patient cannot be prepared by then
    :raises NoSuchResource, OutsideHours, SlotTaken, PatientBusy: if something needed cannot be had
    """
    current = Appointment.objects.select_related("protocol").get(pk=appointment.pk)
    offering = ProcedureOffering.objects.with_terms().get(pk=current.offering_id)
    patient = Patient.objects.with_facts().get(pk=current.patient_id)
    check_start(start, offering=offering, now=now)
    _check_movable(current, start=start, expected_revision=expected_revision)
    plan = plan_for_start(
        offering=offering,
        protocol=current.protocol,
        patient=patient,
        particulars=_particulars_booked(current),
        start=start,
        now=now,
        booking=current,
    )
    overridden = override_needed(
        plan=plan, offering=offering, start=start, now=now, by=by, override_reason=override_reason
    )
    need = Need(location=offering.location, legs=legs_at(offering, start), now=now, appointment=current)
    write = partial(
        _move_row, current, house=house_at(offering, start), start=start, now=now, override_reason=overridden
    )
    with transaction.atomic():
        moved = seat(need=need, patient=patient, write=write)
        record_change(
            moved,
            kind=ChangeKind.MOVED,
            from_status=moved.status,
            from_start=current.start,
            reason=reason or overridden,
            by=by,
            now=now,
        )
    return moved


def _insert(
    *,
    offering: ProcedureOffering,
    protocol: Protocol,
    patient: Patient,
    particulars: Particulars,
    start: dt.datetime,
    now: dt.datetime,
    override_reason: str,
) -> Appointment:
    house = house_at(offering, start)
    return Appointment.objects.create(
        organization=offering.location.organization,
        location=offering.location,
        offering=offering,
        protocol=protocol,
        rule_set_sha256=rule_set().sha256,
        patient=patient,
        target=particulars.target,
        anaesthesia=particulars.anaesthesia,
        guidance=particulars.guidance,
        contrast=particulars.contrast,
        start=start,
        arrive_at=house.arrive_at,
        planned_end=house.planned_end,
        period=(house.arrive_at, house.leave_at),
        booked_at=now,
        known_at=now,
        override_reason=override_reason,
    )


def _move_row(
    current: Appointment, *, house: HousePeriod, start: dt.datetime, now: dt.datetime, override_reason: str
) -> Appointment:
    moved = Appointment.objects.filter(
        pk=current.pk, status=AppointmentStatus.BOOKED, revision=current.revision
    ).update(
        start=start,
        arrive_at=house.arrive_at,
        planned_end=house.planned_end,
        period=(house.arrive_at, house.leave_at),
        known_at=now,
        override_reason=override_reason,
        revision=F("revision") + 1,
    )
    if not moved:
        raise refusal_of(current, to=AppointmentStatus.BOOKED)
    Allocation.objects.filter(appointment=current, active=True).update(active=False)
    return Appointment.objects.get(pk=current.pk)


def _check_movable(current: Appointment, *, start: dt.datetime, expected_revision: int | None) -> None:
    check_revision(current, expected_revision)
    if current.status != AppointmentStatus.BOOKED:
        raise TransitionRefused(from_status=current.status, to_status=AppointmentStatus.BOOKED)
    if current.start == start:
        raise AlreadyThere


def _particulars_booked(current: Appointment) -> Particulars:
    return Particulars(
        target=current.target,
        anaesthesia=current.anaesthesia,
        guidance=current.guidance,
        contrast=current.contrast,
    )

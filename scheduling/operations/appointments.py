"""Book and move. The database decides who is first."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

from django.db import transaction
from django.db.models import F

from procedures.models.reading import care_of
from procedures.preparation import rule_set_named
from scheduling.codes import AppointmentStatus, ChangeKind
from scheduling.models import Allocation, Appointment, Hold, Patient, ProcedureOffering, Resource
from scheduling.operations.actor import Actor
from scheduling.operations.aftermath import MOVED, ask_about_medicines
from scheduling.operations.changes import (
    AlreadyThere,
    TransitionRefused,
    check_revision,
    record_change,
    refusal_of,
)
from scheduling.operations.drafting import Draft, Manner, draft_booking, draft_move
from scheduling.operations.fulfilment import settle_waiting
from scheduling.operations.gaps import review_gaps, review_repeat
from scheduling.operations.holds import usable_hold
from scheduling.operations.other_visits import other_visits
from scheduling.operations.overlaps import review_overlaps
from scheduling.operations.policies import move_allowed
from scheduling.operations.seating import seat


def book_appointment(
    *,
    offering: ProcedureOffering,
    patient: Patient,
    start: dt.datetime,
    now: dt.datetime,
    by: Actor,
    assignment: Mapping[str, Sequence[int]] | None = None,
    practitioner: Resource | None = None,
    target: str = "",
    anaesthesia: str | None = None,
    guidance: str | None = None,
    contrast: str = "none",
    hold: Hold | None = None,
    override_reason: str = "",
) -> Appointment:
    """
    Book a patient for a start (aware), with everybody and everything the procedure needs.

    `assignment` (leg key to resource ids) leaves no choice; a `practitioner` serves the first leg they can. A `hold` ends
    here; one that has run out keeps nothing. `override_reason` lets who may book against notice and preparation.

    :raises StartIsNaive, StartInPast, BeyondHorizon, TooShortNotice: if the start cannot be offered
    :raises OfferingInactive, NoActiveProtocol, OtherOrganization, PatientDeceased: if nothing can be booked
    :raises TargetNeeded, AnaesthesiaNotOffered, GuidanceNotOffered, ContrastUnknown: if it is not done that way
    :raises PlanUndecided, CannotBePrepared, NotQualified, TooCloseToTreatment, OverrideRefused: if it is too soon
    :raises HoldIsGone, HoldDoesNotFit, NoSuchResource, PractitionerDoesNotFit: if not to be had at any time
    :raises OutsideHours, DayIsFull, SlotTaken, PatientBusy: if not to be had then
    """
    manner = Manner(target=target, anaesthesia=anaesthesia, guidance=guidance, contrast=contrast)
    draft = draft_booking(
        offering, patient=patient, manner=manner, start=start, now=now, by=by, override_reason=override_reason
    )
    held = usable_hold(hold, offering=offering, patient=patient, start=start, now=now)
    need = draft.need(assignment=assignment, hold=held, practitioner=practitioner)
    with transaction.atomic():
        booked = seat(need=need, patient=patient, write=partial(insert, draft))
        _record(booked, draft, by=by)
    return booked


def move_appointment(
    *,
    appointment: Appointment,
    start: dt.datetime,
    now: dt.datetime,
    by: Actor,
    expected_revision: int | None = None,
    reason: str = "",
    override_reason: str = "",
    at_our_wish: bool = False,
    hold: Hold | None = None,
) -> Appointment:
    """
    Move a booking to another start (aware); its old time is kept until the new one is taken, its protocol stays.

    If the patient may have stopped a medicine for the old start, an urgent task asks somebody to phone; if a series no
    longer keeps its gaps, a clinician looks at it. `expected_revision` None means whatever it is now. Patients move by
    themselves until the clinic's cut-off and so often; `at_our_wish` says that the clinic needs the move. A `hold` ends
    here, and what it keeps is not in the way.

    :raises TransitionRefused, StaleRevision, AlreadyThere, TooLateToMove, TooManyMoves: if it may not be moved
    :raises StartIsNaive, StartInPast, BeyondHorizon, TooShortNotice: if the start cannot be offered
    :raises PlanUndecided, CannotBePrepared, OverrideRefused: if the patient cannot be prepared by then
    :raises NotQualified, TooCloseToTreatment: if something must come first, or keep its distance
    :raises NoSuchResource, OutsideHours, DayIsFull, SlotTaken, PatientBusy: if something needed cannot be had
    """
    current = Appointment.objects.select_related("protocol", "offering__location__organization").get(
        pk=appointment.pk
    )
    _check_movable(current, start=start, expected_revision=expected_revision)
    allowed = move_allowed(current, now=now, by=by, override_reason=override_reason, at_our_wish=at_our_wish)
    draft = draft_move(current, start=start, now=now, by=by, override_reason=override_reason)
    draft = replace(draft, override_reason=draft.override_reason or allowed)
    need = draft.need(appointment=current, hold=hold)
    with transaction.atomic():
        moved = seat(need=need, patient=draft.patient, write=partial(_move_row, current, draft))
        _record(moved, draft, before=current, reason=reason, by=by)
        ask_about_medicines(moved, now=now, reason=MOVED)
        review_gaps(moved, now=now)
    return moved


def _record(
    placed: Appointment, draft: Draft, *, by: Actor, before: Appointment | None = None, reason: str = ""
) -> None:
    """Write down what happened, end the waiting it ends, and have a clinician look if another visit is too near."""
    change = record_change(
        placed,
        kind=ChangeKind.BOOKED if before is None else ChangeKind.MOVED,
        before=before,
        reason=reason or draft.override_reason,
        by=by,
        now=draft.now,
    )
    settle_waiting(change, now=draft.now, by=by)
    others = other_visits(placed)
    # Nobody can have asked about a visit that is new, so where there is no other, there is no question to close either.
    if others or before is not None:
        review_overlaps(placed, now=draft.now, others=others)
        review_repeat(placed, care=care_of(draft.protocol), now=draft.now, others=others)


def insert(draft: Draft, *, status: AppointmentStatus = AppointmentStatus.BOOKED) -> Appointment:
    """Write a draft as an appointment, without what it occupies; for `seat`."""
    house = draft.house
    return Appointment.objects.create(
        organization=draft.offering.location.organization,
        location=draft.offering.location,
        offering=draft.offering,
        protocol=draft.protocol,
        # The rules a clinician approved with the protocol, not whatever this program carries by now.
        rule_set_sha256=rule_set_named(draft.protocol.rule_set_sha256).sha256,
        patient=draft.patient,
        status=status,
        target=draft.particulars.target,
        anaesthesia=draft.particulars.anaesthesia,
        guidance=draft.particulars.guidance,
        contrast=draft.particulars.contrast,
        start=draft.start,
        arrive_at=house.arrive_at,
        planned_end=house.planned_end,
        period=(house.arrive_at, house.leave_at),
        booked_at=draft.now,
        known_at=draft.now,
        override_reason=draft.override_reason,
    )


def _move_row(current: Appointment, draft: Draft) -> Appointment:
    house = draft.house
    moved = Appointment.objects.filter(
        pk=current.pk, status=AppointmentStatus.BOOKED, revision=current.revision
    ).update(
        start=draft.start,
        arrive_at=house.arrive_at,
        planned_end=house.planned_end,
        period=(house.arrive_at, house.leave_at),
        known_at=draft.now,
        override_reason=draft.override_reason,
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

"""Whether the patient can still be prepared for a start, and who may book although not."""

import datetime as dt

from procedures.models import Protocol
from procedures.preparation import Case, Outline, outline
from scheduling import rules
from scheduling.models import Appointment, Patient, ProcedureOffering
from scheduling.models.case import case_for
from scheduling.operations.actor import Actor
from scheduling.operations.qualifying import NotQualified, Standing, TooCloseToTreatment
from scheduling.operations.terms import Particulars, TooShortNotice, check_notice


class CannotBePrepared(Exception):
    """The patient cannot be prepared by this time. Choose a later day."""

    def __init__(self, *, earliest_start_on: dt.date) -> None:
        super().__init__(earliest_start_on)
        self.earliest_start_on = earliest_start_on


class PlanUndecided(Exception):
    """A clinician must first decide about the preparation. Ask the clinic to book."""


class OverrideRefused(Exception):
    """You may not book what cannot be prepared in time. Ask somebody who may."""


def plan_for_start(
    *,
    offering: ProcedureOffering,
    protocol: Protocol,
    patient: Patient,
    particulars: Particulars,
    start: dt.datetime,
    now: dt.datetime,
    booking: Appointment | None = None,
) -> Outline:
    """Return the outline of the plan a patient would have, if this start became known at `now` (both aware)."""
    return outline(
        case_for_start(
            offering=offering,
            protocol=protocol,
            patient=patient,
            particulars=particulars,
            start=start,
            now=now,
            booking=booking,
        )
    )


def case_for_start(
    *,
    offering: ProcedureOffering,
    protocol: Protocol,
    patient: Patient,
    particulars: Particulars,
    start: dt.datetime,
    now: dt.datetime,
    booking: Appointment | None = None,
) -> Case:
    """Return the case of a patient, if this start became known at `now` (both aware)."""
    return case_for(
        patient=patient,
        offering=offering,
        protocol=protocol,
        start=start,
        known_at=now,
        anaesthesia=particulars.anaesthesia,
        guidance=particulars.guidance,
        target=particulars.target,
        contrast=particulars.contrast,
        booking=booking,
    )


def override_needed(
    *,
    plan: Outline,
    standing: Standing,
    offering: ProcedureOffering,
    start: dt.datetime,
    now: dt.datetime,
    by: Actor,
    override_reason: str,
) -> str:
    """
    Return the reason to store with the booking: empty when it keeps every rule.

    A plan whose lead time is not known yet lets staff book, and a portal not.

    :raises PlanUndecided: if a portal asks and the lead time is not known
    :raises TooShortNotice: if the start comes sooner than the offering's notice
    :raises CannotBePrepared: if it comes sooner than the plan can be told, signed and done
    :raises NotQualified: if the protocol lets something else come first that is not there
    :raises TooCloseToTreatment: if another treatment stands too close
    :raises OverrideRefused: if a reason is given by somebody who may not override
    """
    if by.portal and plan.lead_time_days is None:
        raise PlanUndecided
    try:
        check_notice(start, offering=offering, now=now)
        check_preparation(plan, offering=offering, start=start, now=now)
        standing.check(plan, day=start.astimezone(offering.location.tz).date())
    except (TooShortNotice, CannotBePrepared, NotQualified, TooCloseToTreatment) as obstacle:
        if not override_reason:
            raise
        if not by.may_override:
            raise OverrideRefused from obstacle
        return override_reason
    return ""


def check_preparation(
    plan: Outline, *, offering: ProcedureOffering, start: dt.datetime, now: dt.datetime
) -> None:
    """
    Refuse a start (aware) by whose date the plan cannot be told, signed and done.

    :raises CannotBePrepared: naming the first date that would do, if the lead time stays as it is
    """
    location = offering.location
    earliest = rules.earliest_prepared_on(
        plan=plan,
        booked_on=now.astimezone(location.tz).date(),
        delivery_buffer_days=location.delivery_buffer_days,
        signing_days=location.signing_days,
    )
    if earliest is not None and start.astimezone(location.tz).date() < earliest:
        raise CannotBePrepared(earliest_start_on=earliest)

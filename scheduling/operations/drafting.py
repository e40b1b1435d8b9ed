"""A booking or a move on paper: everything that can be judged before a resource is asked for."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from procedures.models import Protocol
from procedures.models.reading import care_of
from scheduling.models import Appointment, Hold, Patient, ProcedureOffering, Resource
from scheduling.models.asking import asked_for
from scheduling.operations.actor import Actor
from scheduling.operations.choosing import Need
from scheduling.operations.feasibility import override_needed, plan_for_start
from scheduling.operations.qualifying import standing_of
from scheduling.operations.spans import house_at, legs_at
from scheduling.operations.terms import (
    Particulars,
    check_patient,
    check_start,
    particulars_of,
    protocol_in_force,
)
from scheduling.rules import HousePeriod


@dataclass(frozen=True, kw_only=True, slots=True)
class Manner:
    """How the procedure is asked for; None and an empty target mean the offering's own way."""

    target: str = ""
    anaesthesia: str | None = None
    guidance: str | None = None
    contrast: str = "none"


@dataclass(frozen=True, kw_only=True, slots=True)
class Draft:
    """What would be stored, checked. `override_reason` is empty when every rule is kept."""

    offering: ProcedureOffering
    protocol: Protocol
    patient: Patient
    particulars: Particulars
    start: dt.datetime
    now: dt.datetime
    override_reason: str

    @property
    def house(self) -> HousePeriod:
        """Return the time the patient is in the house."""
        return house_at(self.offering, self.start)

    def need(
        self,
        *,
        assignment: Mapping[str, Sequence[int]] | None = None,
        hold: Hold | None = None,
        appointment: Appointment | None = None,
        practitioner: Resource | None = None,
    ) -> Need:
        """Return what this occupies; what a hold or the moving appointment occupies already is not in the way."""
        return Need(
            location=self.offering.location,
            legs=legs_at(self.offering, self.start),
            now=self.now,
            assignment=assignment,
            hold=hold,
            appointment=appointment,
            practitioner_id=None if practitioner is None else practitioner.pk,
            offering=self.offering,
            start=self.start,
        )


def draft_booking(
    offering: ProcedureOffering,
    *,
    patient: Patient,
    manner: Manner,
    start: dt.datetime,
    now: dt.datetime,
    by: Actor,
    override_reason: str,
) -> Draft:
    """Return a booking on paper, under the protocol in force at `now`; raises what `book_appointment` does."""
    asked = asked_for(offering_id=offering.pk, patient_id=patient.pk)
    offering, patient = asked.offering, asked.patient
    protocol = protocol_in_force(offering, now=now)
    check_patient(patient, offering=offering)
    check_start(start, offering=offering, now=now)
    particulars = particulars_of(
        offering,
        target=manner.target,
        anaesthesia=manner.anaesthesia,
        guidance=manner.guidance,
        contrast=manner.contrast,
    )
    draft = Draft(
        offering=offering,
        protocol=protocol,
        patient=patient,
        particulars=particulars,
        start=start,
        now=now,
        override_reason=override_reason,
    )
    return _judged(draft, by=by)


def draft_move(
    current: Appointment, *, start: dt.datetime, now: dt.datetime, by: Actor, override_reason: str
) -> Draft:
    """Return a move on paper, under the protocol it was booked under; raises what `move_appointment` does."""
    asked = asked_for(offering_id=current.offering_id, patient_id=current.patient_id)
    check_start(start, offering=asked.offering, now=now)
    particulars = Particulars(
        target=current.target,
        anaesthesia=current.anaesthesia,
        guidance=current.guidance,
        contrast=current.contrast,
    )
    draft = Draft(
        offering=asked.offering,
        protocol=current.protocol,
        patient=asked.patient,
        particulars=particulars,
        start=start,
        now=now,
        override_reason=override_reason,
    )
    return _judged(draft, by=by, booking=current)


def _judged(draft: Draft, *, by: Actor, booking: Appointment | None = None) -> Draft:
    """Return the draft with the override it needs, which is mostly none."""
    plan = plan_for_start(
        offering=draft.offering,
        protocol=draft.protocol,
        patient=draft.patient,
        particulars=draft.particulars,
        start=draft.start,
        now=draft.now,
        booking=booking,
    )
    needed = override_needed(
        plan=plan,
        standing=standing_of(draft.patient, care=care_of(draft.protocol)),
        offering=draft.offering,
        start=draft.start,
        now=draft.now,
        by=by,
        override_reason=draft.override_reason,
    )
    return replace(draft, override_reason=needed)

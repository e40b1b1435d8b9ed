"""Whether a patient may have this procedure on a day, and what is on file about other treatments and payers."""

import datetime as dt
from dataclasses import dataclass

from cryoclinic.accounts.models import User
from procedures.care import Care, Qualification, Treatment
from procedures.models import ProcedureType
from procedures.preparation import Gist
from scheduling.codes import AuthorizationStatus
from scheduling.models import OtherTreatment, Patient, PayerAuthorization
from scheduling.qualification import Clash, Spell, clashes, open_gates


class NotQualified(Exception):
    """Something must come first that is not on file yet. Book and record that, then come back."""

    def __init__(self, *, steps: tuple[Qualification, ...]) -> None:
        super().__init__(", ".join(step.evidence for step in steps))
        self.missing = tuple(step.evidence for step in steps)
        self.own_visits = tuple(step.evidence for step in steps if step.own_visit)
        self.reasons = tuple(step.text for step in steps)


class TooCloseToTreatment(Exception):
    """This is too close to another treatment of the patient. Choose another day."""

    def __init__(self, *, clash: Clash) -> None:
        super().__init__(clash.interval.treatment.value)
        self.treatment = clash.interval.treatment
        self.reason = clash.interval.text
        self.earliest_start_on = clash.earliest_on


class TreatmentEndsBeforeItBegan(ValueError):
    """The last day comes before the first. Correct one of them."""


class AuthorizationNeedsAnEnd(ValueError):
    """Say until which day the payer's agreement counts."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """What speaks about one patient: the protocol's word to the clinic, and the other treatments on file."""

    care: Care
    spells: tuple[Spell, ...] = ()

    def check(self, plan: Gist, *, day: dt.date) -> None:
        """
        Refuse a local day on which the patient does not qualify.

        :raises NotQualified: naming what must come first
        :raises TooCloseToTreatment: naming the other treatment and, if known, the first day that would do
        """
        steps = open_gates(self.care, missing=plan.prerequisites_missing)
        if steps:
            raise NotQualified(steps=steps)
        too_close = clashes(self.care, spells=self.spells, day=day)
        if too_close:
            raise TooCloseToTreatment(clash=too_close[0])


def standing_of(patient: Patient, *, care: Care) -> Standing:
    """Return what is on file, in one query; in none if it was read before, or the protocol keeps no distance to anything."""
    if not care.combined:
        return Standing(care=care)
    spells = (
        Spell(treatment=Treatment(row.treatment), first_on=row.first_on, last_on=row.last_on)
        for row in patient.other_treatments.all()
        if not row.void
    )
    return Standing(care=care, spells=tuple(spells))


def record_treatment(
    *,
    patient: Patient,
    treatment: Treatment,
    first_on: dt.date,
    last_on: dt.date | None,
    now: dt.datetime,
    recorded_by: User | None = None,
) -> OtherTreatment:
    """
    Put another treatment on file, from its first to its last local date, if that is known.

    :raises TreatmentEndsBeforeItBegan: if the dates are the wrong way round
    """
    if last_on is not None and last_on < first_on:
        raise TreatmentEndsBeforeItBegan
    return OtherTreatment.objects.create(
        patient=patient,
        treatment=treatment.value,
        first_on=first_on,
        last_on=last_on,
        recorded_by=recorded_by,
        recorded_at=now,
    )


def record_authorization(
    *,
    patient: Patient,
    procedure_type: ProcedureType,
    status: AuthorizationStatus,
    now: dt.datetime,
    valid_until: dt.date | None = None,
    reference: str = "",
    recorded_by: User | None = None,
) -> PayerAuthorization:
    """
    Put a payer's word on file; it replaces what was known before.

    :raises AuthorizationNeedsAnEnd: if the payer agreed and no last day is given
    """
    if status == AuthorizationStatus.APPROVED and valid_until is None:
        raise AuthorizationNeedsAnEnd
    return PayerAuthorization.objects.create(
        patient=patient,
        procedure_type=procedure_type,
        status=status,
        valid_until=valid_until,
        reference=reference,
        recorded_by=recorded_by,
        recorded_at=now,
    )


def authorization_in_force(
    patient: Patient, *, procedure_type: ProcedureType, day: dt.date
) -> PayerAuthorization | None:
    """Return the payer's latest word on the procedure, if it is an agreement that still counts on a local day."""
    latest = (
        PayerAuthorization.objects.filter(patient=patient, procedure_type=procedure_type)
        .order_by("-id")
        .first()
    )
    if latest is None or latest.status != AuthorizationStatus.APPROVED or latest.valid_until is None:
        return None
    return latest if day <= latest.valid_until else None

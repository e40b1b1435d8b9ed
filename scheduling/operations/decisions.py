"""What a named clinician decides about one medicine for one booking. Nothing else speaks of medicines."""

import datetime as dt
from collections.abc import Mapping
from typing import TypedDict, Unpack

from django.db import IntegrityError, transaction

from cryoclinic.accounts.models import User
from procedures.preparation import Case, PreparationPlan, prepare
from scheduling.codes import BY_PHONE, OCCUPYING, DecisionKind
from scheduling.models import Appointment, MedicationDecision
from scheduling.models.case import basis_of, basis_sha256, case_of
from scheduling.operations.overlaps import review_overlaps
from scheduling.operations.seating import constraint_of
from scheduling.operations.signing import ReasonMissing, check_clinician, check_sentences
from scheduling.rules import is_allowed, last_doses_allowed

ONE_STANDING_DECISION = "scheduling_one_standing_decision_per_medicine"


class AppointmentIsOver(Exception):
    """This appointment is over or will not take place. There is nothing left to sign."""


class BasisChanged(Exception):
    """Something this decision rests on has changed. Look at the plan again, then decide."""


class NotOnTheList(LookupError):
    """This medicine is not on the patient's list."""


class LastDoseNeeded(ValueError):
    """To stop a medicine, say when the last dose is."""


class LastDoseNotAsked(ValueError):
    """Only a medicine that is stopped has a last dose."""


class LastDoseAfterStart(ValueError):
    """The last dose must come before the visit."""


class OutsideTheRange(ValueError):
    """This last dose is not one the rules allow. Choose one of those proposed."""

    def __init__(self, *, allowed: tuple[dt.date, ...]) -> None:
        super().__init__(allowed)
        self.allowed = allowed


class ShareNeeded(ValueError):
    """To reduce a medicine, say which share of the usual dose is taken, from 1 to 99 per cent."""


class ShareNotAsked(ValueError):
    """Only a medicine that is reduced has a share of the usual dose."""


class ShareOutsideTheRange(ValueError):
    """This share of the usual dose is not one the rules propose. Choose one of those, or say why not."""

    def __init__(self, *, percents: tuple[int, ...]) -> None:
        super().__init__(percents)
        self.percents = percents


class AlreadyDecided(Exception):
    """A decision about this medicine stands. Withdraw it first."""


class AlreadyWithdrawn(Exception):
    """This decision was withdrawn before."""


class Numbers(TypedDict, total=False):
    """
    What a decision counts, as its kind asks for it.

    Of a stop `last_dose_on`, a date of the location, and `last_dose_at` (aware) where the plan names a moment; of a
    reduction `dose_percent`, the share of the usual dose, and `dose_at` (aware), the dose.
    """

    last_dose_on: dt.date | None
    last_dose_at: dt.datetime | None
    dose_percent: int | None
    dose_at: dt.datetime | None


def sign_decision(
    *,
    appointment: Appointment,
    drug: str,
    kind: DecisionKind,
    sentences: Mapping[str, str],
    basis_sha256: str,
    by: User,
    now: dt.datetime,
    reason: str = "",
    **numbers: Unpack[Numbers],
) -> MedicationDecision:
    """
    Sign what happens with one medicine for one booking, in the words (by language) that will be read.

    `basis_sha256` is what the clinician saw (`basis_of`). A number that the rules do not propose, and a refusal, need
    a `reason`. Nothing the decision rests on can change meanwhile.

    :raises NotAClinician: if `by` is not a clinician of the organization or the location
    :raises AlreadyDecided: if a decision on this basis stands; else what `check_decision` does
    """
    decision = MedicationDecision(
        drug=drug,
        kind=kind,
        reason=reason.strip(),
        sentences=dict(sentences),
        basis_sha256=basis_sha256,
        signed_by=by,
        signed_at=now,
        **numbers,
    )
    with transaction.atomic():
        decision.appointment = _locked(appointment)
        check_clinician(by, appointment=decision.appointment)
        check_decision(decision)
        _store(decision)
        review_overlaps(decision.appointment, now=now)
    return decision


def check_decision(decision: MedicationDecision) -> None:
    """
    Refuse a decision that could not stand, or that somebody would not be able to read.

    :raises AppointmentIsOver: if the appointment is neither ahead nor under way
    :raises BasisChanged: if the basis is no longer what was seen
    :raises NotOnTheList: if the plan has no such medicine
    :raises LastDoseNeeded, LastDoseNotAsked: if a stop has no last dose, or something else has one
    :raises LastDoseAfterStart: if the last dose would come after the start
    :raises OutsideTheRange: if the plan names last doses and this, without a reason, is none of them nor between two
    :raises ShareNeeded, ShareNotAsked: if a reduction has no share from 1 to 99, or something else has one
    :raises ShareOutsideTheRange: if the plan names shares and this, without a reason, is not among or between them
    :raises ReasonMissing: if a refusal has no reason, or what the rules only reduce is stopped without one
    :raises SentenceMissing: if the patient or somebody who is told reads another language; not to phone instead
    """
    if decision.appointment.status not in OCCUPYING:
        raise AppointmentIsOver
    case = case_of(decision.appointment)
    if _basis(decision.appointment, case) != decision.basis_sha256:
        raise BasisChanged
    plan = prepare(case)
    if decision.drug not in {*(hold.drug for hold in plan.holds), *plan.continued}:
        raise NotOnTheList(decision.drug)
    if decision.kind == DecisionKind.REFUSE and not decision.reason:
        raise ReasonMissing
    _check_last_dose(decision, plan=plan, case=case)
    _check_share(decision, plan=plan)
    check_sentences(
        decision.sentences, patient=decision.appointment.patient, silent=decision.kind in BY_PHONE
    )


def withdraw_decision(*, decision: MedicationDecision, by: User, now: dt.datetime) -> MedicationDecision:
    """
    Take back a decision; what was told from it is corrected.

    :raises NotAClinician: if `by` is not a clinician of the organization or the location
    :raises AlreadyWithdrawn: if somebody did so before
    """
    with transaction.atomic():
        check_clinician(by, appointment=_locked(decision.appointment))
        standing = MedicationDecision.objects.filter(pk=decision.pk, withdrawn_at=None)
        if not standing.update(withdrawn_at=now, withdrawn_by=by):
            raise AlreadyWithdrawn
    return MedicationDecision.objects.get(pk=decision.pk)


def standing_decisions(appointment: Appointment) -> tuple[MedicationDecision, ...]:
    """Return the decisions that hold for the booking as it is; with `with_facts` without a query."""
    basis = basis_of(appointment)
    return tuple(
        decision
        for decision in appointment.decisions.all()
        if decision.withdrawn_at is None and decision.basis_sha256 == basis
    )


def undecided_drugs(appointment: Appointment) -> tuple[str, ...]:
    """Return the medicines the plan would stop or ask about and on which no decision stands, in its order."""
    decided = {decision.drug for decision in standing_decisions(appointment)}
    return tuple(hold.drug for hold in prepare(case_of(appointment)).holds if hold.drug not in decided)


def _locked(appointment: Appointment) -> Appointment:
    # Not FOR SHARE: storing the decision raises the plan revision of this very row, and two who share would wait
    # for each other.
    Appointment.objects.select_for_update(no_key=True, of=("self",)).get(pk=appointment.pk)
    return Appointment.objects.with_facts().get(pk=appointment.pk)


def _basis(appointment: Appointment, case: Case) -> str:
    return basis_sha256(
        case=case, protocol_id=appointment.protocol_id, rule_set_sha256=appointment.rule_set_sha256
    )


def _check_last_dose(decision: MedicationDecision, *, plan: PreparationPlan, case: Case) -> None:
    last_dose_on, last_dose_at = decision.last_dose_on, decision.last_dose_at
    if decision.kind != DecisionKind.HOLD:
        if last_dose_on is not None or last_dose_at is not None:
            raise LastDoseNotAsked
        return
    if last_dose_on is None:
        raise LastDoseNeeded
    _check_before_start(last_dose_on, last_dose_at, case=case)
    holds = [hold for hold in plan.holds if hold.drug == decision.drug]
    allowed = [option for hold in holds for option in last_doses_allowed(hold, case=case)]
    if not decision.reason and any(option.dose_percent for hold in holds for option in hold.candidates):
        raise ReasonMissing
    proposed = is_allowed(allowed, last_dose_on=last_dose_on, last_dose_at=last_dose_at)
    if allowed and not proposed and not decision.reason:
        dates = sorted({option.last_dose_on for option in allowed if option.last_dose_on is not None})
        raise OutsideTheRange(allowed=tuple(dates))


def _check_share(decision: MedicationDecision, *, plan: PreparationPlan) -> None:
    percent = decision.dose_percent
    if decision.kind != DecisionKind.REDUCE:
        if percent is not None or decision.dose_at is not None:
            raise ShareNotAsked
        return
    if percent is None or not 1 <= percent <= 99:  # noqa: PLR2004 # all or nothing is no share
        raise ShareNeeded
    holds = [hold for hold in plan.holds if hold.drug == decision.drug]
    shares = sorted({o.dose_percent for hold in holds for o in hold.candidates if o.dose_percent is not None})
    if shares and not shares[0] <= percent <= shares[-1] and not decision.reason:
        raise ShareOutsideTheRange(percents=tuple(shares))


def _check_before_start(last_dose_on: dt.date, last_dose_at: dt.datetime | None, *, case: Case) -> None:
    if last_dose_at is None:
        # A date alone does not say that the dose comes before the start, so it is the day before at the latest.
        if last_dose_on >= case.start.astimezone(case.zone).date():
            raise LastDoseAfterStart
        return
    if last_dose_at.utcoffset() is None or last_dose_at.astimezone(case.zone).date() != last_dose_on:
        raise LastDoseNeeded
    if last_dose_at > case.start:
        raise LastDoseAfterStart


def _store(decision: MedicationDecision) -> None:
    try:
        with transaction.atomic():
            decision.save(force_insert=True)
    except IntegrityError as error:
        if constraint_of(error) == ONE_STANDING_DECISION:
            raise AlreadyDecided from error
        raise

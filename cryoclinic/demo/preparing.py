"""What nurse and clinician do for a booking: put papers on file, decide about each medicine."""

import datetime as dt
from decimal import Decimal

from cryoclinic.accounts.models import User
from procedures.care import Gate
from procedures.models.reading import care_of
from procedures.preparation import Case, Hold, prepare
from procedures.wording import languages
from scheduling.codes import OCCUPYING, DecisionKind, RestartKind
from scheduling.models import Appointment, Patient, ProcedureOffering, RestartDecision
from scheduling.models.case import basis_of, case_of
from scheduling.operations import proposed_sentence, record_evidence, sign_decision, standing_decisions
from scheduling.operations.restart_questions import undecided_restarts
from scheduling.operations.restarts import sign_restart
from scheduling.operations.sentences import proposed_restart
from scheduling.rules import last_doses_allowed

# Values that keep everybody's plan ordinary: within every laboratory range of the rule set, none of it advice.
USUAL = {"consent": None, "allergy_review": None, "haemoglobin": Decimal(134), "platelet_count": Decimal(230)}

# Where no rule names a time; and nothing is taken within the hour of its signature [ops].
NEXT_DAY, SOONEST = dt.timedelta(days=1), dt.timedelta(hours=1)
# How long before the booking the diagnostic visit was [ops].
QUALIFIED_BEFORE = dt.timedelta(days=10)


def record_usual_evidence(*, appointment: Appointment, by: User, now: dt.datetime) -> None:
    """Put the usual papers and results on file, done on the location's date at `now` (aware)."""
    today = now.astimezone(appointment.location.tz).date()
    for item, value in USUAL.items():
        record_evidence(
            patient=appointment.patient, item=item, done_on=today, value=value, now=now, recorded_by=by
        )


def record_qualification(
    *, patient: Patient, offering: ProcedureOffering, by: User, now: dt.datetime
) -> None:
    """Put on file what the protocol wants before anything is booked, done shortly before `now` (aware)."""
    if offering.protocol is None:
        return
    done_on = (now - QUALIFIED_BEFORE).astimezone(offering.location.tz).date()
    for step in care_of(offering.protocol).qualification:
        if step.gate is Gate.HARD:
            record_evidence(patient=patient, item=step.evidence, done_on=done_on, now=now, recorded_by=by)


def sign_all(*, appointment: Appointment, by: User, now: dt.datetime) -> int:
    """
    Decide about every medicine that waits, at `now` (aware): the first last dose the rules allow, else a call.

    Returns how many decisions were signed; none for an appointment that is over.
    """
    current = Appointment.objects.with_facts().get(pk=appointment.pk)
    if current.status not in OCCUPYING:
        return 0
    case = case_of(current)
    decided = {decision.drug for decision in standing_decisions(current)}
    waiting = [hold for hold in prepare(case).holds if hold.drug not in decided]
    for hold in waiting:
        _sign(current, hold, case=case, by=by, now=now)
    return len(waiting)


def _sign(appointment: Appointment, hold: Hold, *, case: Case, by: User, now: dt.datetime) -> None:
    today = now.astimezone(case.zone).date()
    allowed = last_doses_allowed(hold, case=case)
    ahead = [option for option in allowed if option.last_dose_on is not None and option.last_dose_on >= today]
    option = ahead[0] if ahead else None
    readers = [appointment.patient, *appointment.patient.related_persons.all()]
    # Nobody here can write to somebody whose language has no words of ours: that person is phoned.
    if not {person.language for person in readers} <= languages():
        option = None
    kind = DecisionKind.HOLD if option else DecisionKind.PHONE
    last_dose_on = option.last_dose_on if option else None
    last_dose_at = option.last_dose_at if option else None
    sentences = {
        language: proposed_sentence(
            appointment=appointment,
            drug=hold.drug,
            kind=kind,
            today=today,
            last_dose_on=last_dose_on,
            last_dose_at=last_dose_at,
            language=language,
        )
        for language in {person.language for person in readers} & languages()
    }
    sign_decision(
        appointment=appointment,
        drug=hold.drug,
        kind=kind,
        sentences=sentences,
        basis_sha256=basis_of(appointment),
        by=by,
        now=now,
        last_dose_on=last_dose_on,
        last_dose_at=last_dose_at,
    )


def sign_restarts(*, appointment: Appointment, by: User, now: dt.datetime) -> tuple[RestartDecision, ...]:
    """Decide at `now` (aware) that every held medicine is taken again, at the first moment the rules allow."""
    current = Appointment.objects.with_facts().get(pk=appointment.pk)
    readers = [current.patient, *current.patient.related_persons.all()]
    today = now.astimezone(current.location.tz).date()
    signed = []
    for question in undecided_restarts(current):
        restart_at = max(question.earliest_at or now + NEXT_DAY, now + SOONEST)
        sentences = {
            language: proposed_restart(
                appointment=current, drug=question.drug, kind=RestartKind.RESTART, today=today,
                restart_at=restart_at, language=language,
            )
            for language in {person.language for person in readers} & languages()
        }  # fmt: skip
        decision = sign_restart(
            appointment=current, drug=question.drug, kind=RestartKind.RESTART, basis_sha256=question.basis,
            bleeding_stopped=True, by=by, now=now, sentences=sentences, restart_at=restart_at,
        )  # fmt: skip
        signed.append(decision)
    return tuple(signed)

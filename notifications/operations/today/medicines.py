"""Medicines on the page: the exact words that are signed and stand. Whatever is unsigned is silent."""

import datetime as dt
from collections.abc import Iterable

from notifications.operations.inputs import Inputs
from notifications.operations.today.saying import Speaker
from notifications.operations.today.values import Clinic, Medicine, Medicines
from notifications.operations.today.words import FALLBACK
from procedures.preparation import HoldStatus
from scheduling.codes import BY_PHONE, DecisionKind, TaskKind
from scheduling.models import Appointment, MedicationDecision, RestartDecision, Task
from scheduling.operations import standing_restarts

CALLS = (TaskKind.PHONE_PATIENT, TaskKind.MAY_HAVE_STOPPED)


def medicines_of(
    appointment: Appointment,
    *,
    inputs: Inputs,
    tasks: Iterable[Task],
    language: str,
    speaker: Speaker,
    clinic: Clinic,
) -> Medicines:
    """Return what may be said about the patient's medicines; `tasks` are the appointment's open ones."""
    standing = standing_of(appointment, inputs=inputs)
    told = [d for d in standing if d.kind not in BY_PHONE and not _is_open(d, inputs=inputs)]
    signed = [(decision, _words(decision, language)) for decision in told]
    sayable = [(decision, words) for decision, words in signed if words is not None]
    unsaid = {d.drug for d in told} - {decision.drug for decision, _ in sayable}
    open_drugs = {*inputs.undecided, *(d.drug for d in standing if _is_open(d, inputs=inputs)), *unsaid}
    by_phone = [d for d in standing if d.kind in BY_PHONE]
    void = {d.drug for d in appointment.decisions.all()} - {d.drug for d in standing}
    return Medicines(
        signed=tuple(
            Medicine(words=words[1], language=words[0], signed=_signature(decision, speaker))
            for decision, words in sayable
        ),
        waiting=_waiting(len(open_drugs - void), tasks=tasks, speaker=speaker, clinic=clinic),
        void=_void(len(void), tasks=tasks, speaker=speaker, clinic=clinic),
        by_phone=_by_phone(len(by_phone), speaker=speaker, clinic=clinic),
        again=_again(appointment, language=language, speaker=speaker),
    )


def _again(appointment: Appointment, *, language: str, speaker: Speaker) -> tuple[Medicine, ...]:
    """Return what a clinician signed after the end about medicines that were held; until then nothing is said."""
    if appointment.ended_at is None:
        return ()
    said = [(each, _words(each, language)) for each in standing_restarts(appointment)]
    return tuple(
        Medicine(words=words[1], language=words[0], signed=_signature(each, speaker))
        for each, words in said
        if words is not None
    )


def standing_of(appointment: Appointment, *, inputs: Inputs) -> list[MedicationDecision]:
    """Return the decisions that stand for the booking as it is."""
    return [
        decision
        for decision in appointment.decisions.all()
        if decision.withdrawn_at is None and decision.basis_sha256 == inputs.basis
    ]


def first_step_on(appointment: Appointment, *, inputs: Inputs) -> dt.date | None:
    """Return the clinic's date of the first last dose that is signed and may be told."""
    days = [
        decision.last_dose_on
        for decision in standing_of(appointment, inputs=inputs)
        if decision.last_dose_on is not None and not _is_open(decision, inputs=inputs)
    ]
    return min(days, default=None)


def _is_open(decision: MedicationDecision, *, inputs: Inputs) -> bool:
    """
    Return whether the plan forbids naming this stop although it is signed.

    A choice that the plan left to the clinician is settled by the signature. A settled hold that the plan still
    forbids to tell waits for somebody else's decision (plan contract, `medicine_stop`).
    """
    if decision.kind != DecisionKind.HOLD or f"medicine_stop:{decision.drug}" not in inputs.plan.never_send:
        return False
    return any(
        hold.drug == decision.drug and hold.status is HoldStatus.PROPOSED for hold in inputs.plan.holds
    )


def _words(decision: MedicationDecision | RestartDecision, language: str) -> tuple[str, str] | None:
    """Return the language and the signed sentence in it; None if it was signed in none the reader has."""
    for code in (language, language.partition("-")[0], FALLBACK.language):
        if decision.sentences.get(code, "").strip():
            return code, decision.sentences[code]
    return None


def _signature(decision: MedicationDecision | RestartDecision, speaker: Speaker) -> str:
    words = speaker.words.medicines
    name = decision.signed_by.get_full_name() or words.a_doctor
    return speaker.put(words.checked, name=name, day=speaker.say(decision.signed_at, "day"))


def _waiting(count: int, *, tasks: Iterable[Task], speaker: Speaker, clinic: Clinic) -> str:
    if not count:
        return ""
    words = speaker.words.medicines
    deadline = min((t.due_at for t in tasks if t.kind == TaskKind.SIGN_MEDICINES), default=None)
    if deadline is None:
        told = words.tell_soon
    elif deadline > speaker.now:
        told = speaker.put(words.tell_by, day=speaker.say(deadline.astimezone(speaker.zone).date(), "until"))
    else:
        told = words.tell_late
    return speaker.put(
        words.deciding, about=speaker.counted(words.about, count), told=told, phone=clinic.phone_said
    )


def _void(count: int, *, tasks: Iterable[Task], speaker: Speaker, clinic: Clinic) -> str:
    if not count:
        return ""
    words = speaker.words.medicines
    said = speaker.put(words.void, about=speaker.counted(words.about, count), phone=clinic.phone_said)
    called = any(task.kind in CALLS for task in tasks)
    return f"{said} {speaker.words.changes.we_also_call}" if called else said


def _by_phone(count: int, *, speaker: Speaker, clinic: Clinic) -> str:
    if not count:
        return ""
    words = speaker.words.medicines
    return speaker.put(words.by_phone, about=speaker.counted(words.about, count), phone=clinic.phone_said)

"""
After the procedure: when each medicine that was held for it is taken again.

A restart is a decision like a hold: proposed by the rules, signed by a clinician in the words the patient reads, valid
while its basis holds. Until then nothing is said, and somebody is asked again and again (clinical.md 6.8).
"""

import datetime as dt
from collections.abc import Mapping
from typing import TypedDict, Unpack

from django.db import transaction

from cryoclinic.accounts.models import User
from scheduling.codes import AppointmentStatus, RestartKind
from scheduling.models import Appointment, RestartDecision
from scheduling.operations.chasing import settle_restart_task
from scheduling.operations.decisions import AlreadyDecided, AlreadyWithdrawn, BasisChanged
from scheduling.operations.restart_questions import RestartQuestion, restart_questions
from scheduling.operations.signing import ReasonMissing, check_clinician, check_sentences


class NotOverYet(Exception):
    """The procedure has no recorded end. Record it first, then decide when medicines start again."""


class NotHeld(LookupError):
    """This medicine was not held for this visit."""


class BleedingNotStopped(ValueError):
    """A medicine starts again only once the operator has recorded that the bleeding has stopped."""


class RestartTimeNeeded(ValueError):
    """Say when the medicine starts again: a date and time after the end of the procedure."""


class RestartTooSoon(ValueError):
    """This is sooner than the rules propose. Choose a later time, or say why not."""

    def __init__(self, *, earliest_restart: dt.datetime) -> None:
        super().__init__(earliest_restart)
        self.earliest_restart = earliest_restart


class AskAgainNeeded(ValueError):
    """Say when somebody asks again: a date and time ahead."""


class When(TypedDict, total=False):
    """Aware moments: `restart_at`, when the medicine is taken again; `ask_again_at`, when somebody asks again."""

    restart_at: dt.datetime | None
    ask_again_at: dt.datetime | None


def sign_restart(
    *,
    appointment: Appointment,
    drug: str,
    kind: RestartKind,
    basis_sha256: str,
    bleeding_stopped: bool,
    by: User,
    now: dt.datetime,
    sentences: Mapping[str, str],
    reason: str = "",
    **when: Unpack[When],
) -> RestartDecision:
    """
    Sign when a held medicine is taken again, that it is not, or when somebody asks again.

    `basis_sha256` is that of the question the clinician saw. To ask again needs no words.

    :raises NotAClinician: if `by` is not a clinician of the organization or the location
    :raises NotOverYet, NotHeld: if there is nothing to decide
    :raises AlreadyDecided: if a decision stands; withdraw it first
    :raises BasisChanged: if the basis is no longer what was seen; else what `check_restart` does
    """
    decision = RestartDecision(
        drug=drug,
        kind=kind,
        bleeding_stopped=bleeding_stopped,
        reason=reason.strip(),
        sentences=dict(sentences),
        basis_sha256=basis_sha256,
        signed_by=by,
        signed_at=now,
        **when,
    )
    with transaction.atomic():
        decision.appointment = _locked(appointment)
        check_clinician(by, appointment=decision.appointment)
        _store(decision, by=by, now=now)
    return decision


def check_restart(decision: RestartDecision, *, question: RestartQuestion) -> None:
    """
    Refuse a restart that could not stand, or that somebody would not be able to read.

    :raises BleedingNotStopped: if the medicine would start again without
    :raises RestartTimeNeeded: if it has no moment (aware) after the end
    :raises RestartTooSoon: if it is before what the rules propose, without a reason
    :raises ReasonMissing: if the medicine is not taken again and nobody says why
    :raises AskAgainNeeded: if somebody is to ask again and the moment (aware) is not ahead
    :raises SentenceMissing: if somebody who is told reads another language
    """
    if decision.kind == RestartKind.ASK_AGAIN:
        if not _is_after(decision.ask_again_at, decision.signed_at):
            raise AskAgainNeeded
        return
    if decision.kind == RestartKind.STAY_OFF and not decision.reason:
        raise ReasonMissing
    if decision.kind == RestartKind.RESTART:
        _check_moment(decision, question=question)
    check_sentences(decision.sentences, patient=decision.appointment.patient)


def withdraw_restart(*, decision: RestartDecision, by: User, now: dt.datetime) -> RestartDecision:
    """
    Take back a restart decision; what was told from it is corrected, and the question is open again.

    :raises NotAClinician: if `by` is not a clinician of the organization or the location
    :raises AlreadyWithdrawn: if somebody did so before
    """
    with transaction.atomic():
        check_clinician(by, appointment=_locked(decision.appointment))
        _withdraw(decision, by=by, now=now)
        settle_restart_task(decision.appointment, now=now)
    return RestartDecision.objects.get(pk=decision.pk)


def _store(decision: RestartDecision, *, by: User, now: dt.datetime) -> None:
    question = _asked(decision)
    check_restart(decision, question=question)
    if question.void is not None:
        _withdraw(question.void, by=by, now=now)
    decision.save(force_insert=True)
    settle_restart_task(decision.appointment, now=now)


def _asked(decision: RestartDecision) -> RestartQuestion:
    appointment = decision.appointment
    if appointment.ended_at is None or appointment.status != AppointmentStatus.FULFILLED:
        raise NotOverYet
    found = [each for each in restart_questions(appointment) if each.drug == decision.drug]
    if not found:
        raise NotHeld(decision.drug)
    if found[0].standing is not None:
        raise AlreadyDecided
    if found[0].basis != decision.basis_sha256:
        raise BasisChanged
    return found[0]


def _check_moment(decision: RestartDecision, *, question: RestartQuestion) -> None:
    if not decision.bleeding_stopped:
        raise BleedingNotStopped
    restart_at, ended_at = decision.restart_at, decision.appointment.ended_at
    if restart_at is None or ended_at is None or not _is_after(restart_at, ended_at):
        raise RestartTimeNeeded
    if question.earliest_at is not None and restart_at < question.earliest_at and not decision.reason:
        raise RestartTooSoon(earliest_restart=question.earliest_at)


def _is_after(moment: dt.datetime | None, other: dt.datetime) -> bool:
    return moment is not None and moment.utcoffset() is not None and moment > other


def _withdraw(decision: RestartDecision, *, by: User, now: dt.datetime) -> None:
    standing = RestartDecision.objects.filter(pk=decision.pk, withdrawn_at=None)
    if not standing.update(withdrawn_at=now, withdrawn_by=by):
        raise AlreadyWithdrawn


def _locked(appointment: Appointment) -> Appointment:
    # As when a hold is signed: storing the decision raises the plan revision of this very row.
    Appointment.objects.select_for_update(no_key=True, of=("self",)).get(pk=appointment.pk)
    return Appointment.objects.with_facts().get(pk=appointment.pk)

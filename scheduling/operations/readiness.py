"""
Whether visits can go ahead: from rows to a situation, judged, stored, and turned into work.

Level-triggered: a sweep judges what is behind its plan revision or due by time, so that nothing has to remember it.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db import transaction

from cryoclinic.accounts.models import Location
from procedures.care import Treatment
from procedures.models.reading import care_of, steps_of
from procedures.preparation import PreparationPlan, prepare
from procedures.steps import Answer as Asked
from scheduling.availability import Period
from scheduling.codes import AHEAD, AnswerCode, AuthorizationStatus, ReadinessState
from scheduling.models import (
    Appointment,
    OtherTreatment,
    PatientAnswer,
    PayerAuthorization,
    ReadinessRecord,
    Task,
)
from scheduling.models.case import basis_sha256, case_of
from scheduling.models.readiness import to_judge
from scheduling.operations.business_hours import open_between
from scheduling.operations.readiness_tasks import CALLS, settle_readiness_tasks, tasks_change_at
from scheduling.qualification import Spell
from scheduling.readiness import Agreement, Answer, Readiness, Reason, Situation, assess

# Opening hours are read this far before a start: what protects a fact reaches back no further [ops].
HOURS_BACK = dt.timedelta(days=60)
# Judged again at least this often, so that a change of opening hours is noticed too [ops].
AT_LEAST_EVERY = dt.timedelta(hours=12)
PER_SWEEP = 200

_ANSWERS = {
    AnswerCode.ACCEPTED: Answer.COMING,
    AnswerCode.DECLINED: Answer.NOT_COMING,
    AnswerCode.TENTATIVE: Answer.CALL_ME,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Surroundings:
    """What is on file beside the plan, read once for many visits: four queries, and the hours of each location."""

    spells: Mapping[int, tuple[Spell, ...]]
    authorizations: Mapping[tuple[int, int], PayerAuthorization]
    answers: Mapping[int, PatientAnswer]
    calls: Mapping[int, int]
    hours: Mapping[int, tuple[Period, ...]]


def surroundings_of(appointments: Iterable[Appointment]) -> Surroundings:
    """Return what else speaks about these visits."""
    rows = list(appointments)
    patients = {row.patient_id for row in rows}
    spells: dict[int, list[Spell]] = defaultdict(list)
    for each in OtherTreatment.objects.filter(patient__in=patients, void=False):
        spells[each.patient_id].append(
            Spell(treatment=Treatment(each.treatment), first_on=each.first_on, last_on=each.last_on)
        )
    words = PayerAuthorization.objects.filter(patient__in=patients).order_by("id")
    answers: dict[int, PatientAnswer] = {}
    starts = {row.pk: row.start for row in rows}
    for answer in PatientAnswer.objects.filter(appointment__in=starts).order_by("id"):
        if answer.holds_for(starts[answer.appointment_id]):
            answers[answer.appointment_id] = answer
    calls: dict[int, int] = defaultdict(int)
    owed = Task.objects.still_open().filter(appointment__in=starts, kind__in=CALLS)
    for appointment_id in owed.values_list("appointment_id", flat=True):
        calls[appointment_id or 0] += 1
    return Surroundings(
        spells={patient: tuple(found) for patient, found in spells.items()},
        authorizations={(word.patient_id, word.procedure_type_id): word for word in words},
        answers=answers,
        calls=calls,
        hours=_hours(rows),
    )


def readiness_of(
    appointment: Appointment, *, now: dt.datetime, around: Surroundings | None = None
) -> Readiness:
    """
    Return whether a visit can go ahead, as of `now` (aware).

    After `with_facts()`, and with what is around it, without a query for a protocol this process has read before.
    """
    return assess(situation_of(appointment, around=around or surroundings_of([appointment])), now=now)


def situation_of(appointment: Appointment, *, around: Surroundings) -> Situation:
    """Return everything known about a visit."""
    plan, decided = _planned(appointment)
    zone = appointment.location.tz
    day = appointment.start.astimezone(zone).date()
    word = around.authorizations.get((appointment.patient_id, appointment.offering.procedure_type_id))
    return Situation(
        start=appointment.start,
        arrive_at=appointment.arrive_at,
        zone=zone,
        plan=plan,
        care=care_of(appointment.protocol),
        decided=decided,
        spells=around.spells.get(appointment.patient_id, ()),
        agreement=_agreement(word, needed=appointment.offering.needs_authorization, day=day),
        answer=_answer(appointment, around.answers.get(appointment.pk)),
        open_calls=around.calls.get(appointment.pk, 0),
        overridden=bool(appointment.override_reason),
        open_periods=around.hours.get(appointment.location_id, ()),
        buffer_days=appointment.location.delivery_buffer_days,
    )


def refresh_readiness(*, now: dt.datetime) -> int:
    """
    Judge again what is behind, due by time, or no longer ahead. `now` is aware; return how many were looked at.

    Any number of sweeps may run at once: each takes what no other has.
    """
    ids = due_to_judge(now=now)
    for appointment_id in ids:
        record_readiness(appointment_id=appointment_id, now=now)
    return len(ids)


def due_to_judge(*, now: dt.datetime) -> list[int]:
    """Return the ids of the appointments that one sweep looks at, by their start. `now` is aware."""
    return list(to_judge(now).values_list("pk", flat=True)[:PER_SWEEP])


def record_readiness(*, appointment_id: int, now: dt.datetime) -> ReadinessRecord | None:
    """
    Judge one visit, store the judgement, and make its tasks what they should be. Idempotent; `now` is aware.

    None when the visit is no longer ahead, or while somebody else is judging it.
    """
    with transaction.atomic():
        # Locked before anything is read: a call that opens meanwhile waits, and then asks for the next sweep.
        if not _locked(appointment_id, now=now):
            return None
        appointment = Appointment.objects.with_facts().get(pk=appointment_id)
        if appointment.status not in AHEAD:
            settle_readiness_tasks(appointment, readiness=None, now=now)
            ReadinessRecord.objects.filter(appointment=appointment).delete()
            return None
        found = readiness_of(appointment, now=now)
        settle_readiness_tasks(appointment, readiness=found, now=now)
        step = found.next_step
        ReadinessRecord.objects.filter(appointment=appointment).update(
            state=found.state.value,
            blocker=found.blocker,
            reasons=[reason_as_json(reason) for reason in found.reasons],
            next_step=step.sentence[:300] if step else "",
            next_by=step.who.value if step else "",
            next_due_at=step.due_at if step else None,
            as_of=now,
            plan_revision=appointment.plan_revision,
            next_change_at=_again_at(found, now=now),
        )
        return ReadinessRecord.objects.get(appointment=appointment)


def reason_as_json(reason: Reason) -> dict[str, str | None]:
    """Return a reason as it is stored and shown to programs."""
    blocked_at = reason.blocked_at
    return {
        "code": reason.code,
        "about": reason.about,
        "sentence": reason.sentence,
        "source": reason.source,
        "who": reason.who.value,
        "due_at": _utc(reason.due_at),
        "blocked_at": None if blocked_at is None or blocked_at.year == 1 else _utc(blocked_at),
    }


def _utc(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")


def _locked(appointment_id: int, *, now: dt.datetime) -> bool:
    row = ReadinessRecord(
        appointment_id=appointment_id,
        state=ReadinessState.READY,
        as_of=now,
        plan_revision=0,
        next_change_at=now,
    )
    ReadinessRecord.objects.bulk_create([row], ignore_conflicts=True)
    rows = ReadinessRecord.objects.filter(appointment_id=appointment_id)
    return rows.select_for_update(skip_locked=True).first() is not None


def _again_at(found: Readiness, *, now: dt.datetime) -> dt.datetime:
    moments = [now + AT_LEAST_EVERY, tasks_change_at(found, now=now), found.next_change_at]
    return min(moment for moment in moments if moment is not None)


def _planned(appointment: Appointment) -> tuple[PreparationPlan | None, frozenset[str]]:
    try:
        case = case_of(appointment)
        plan = prepare(case)
    except ValueError:  # InvalidCase, or a stored dose time that is no time
        return None, frozenset()
    basis = basis_sha256(
        case=case, protocol_id=appointment.protocol_id, rule_set_sha256=appointment.rule_set_sha256
    )
    standing = (
        each
        for each in appointment.decisions.all()
        if each.withdrawn_at is None and each.basis_sha256 == basis
    )
    return plan, frozenset(each.drug for each in standing)


def _agreement(word: PayerAuthorization | None, *, needed: bool, day: dt.date) -> Agreement:
    if not needed:
        return Agreement.NOT_NEEDED
    if word is None:
        return Agreement.MISSING
    if word.status == AuthorizationStatus.REFUSED:
        return Agreement.REFUSED
    if word.status == AuthorizationStatus.REQUESTED:
        return Agreement.ASKED
    counts = word.valid_until is not None and day <= word.valid_until
    return Agreement.AGREED if counts else Agreement.MISSING


def _answer(appointment: Appointment, answer: PatientAnswer | None) -> Answer:
    if answer is not None:
        return _ANSWERS[AnswerCode(answer.answer)]
    asked = any(
        notice.answer is Asked.CONFIRM for step in steps_of(appointment.protocol) for notice in step.notices
    )
    return Answer.NONE if asked else Answer.NOT_ASKED


def _hours(rows: list[Appointment]) -> dict[int, tuple[Period, ...]]:
    stretches: dict[int, tuple[Location, dt.datetime, dt.datetime]] = {}
    for row in rows:
        _, begin, end = stretches.get(row.location_id, (None, row.start - HOURS_BACK, row.start))
        stretches[row.location_id] = (row.location, min(begin, row.start - HOURS_BACK), max(end, row.start))
    return {
        pk: tuple(
            (int(opens.timestamp()), int(closes.timestamp()))
            for opens, closes in open_between(location, begin=begin, end=end)
        )
        for pk, (location, begin, end) in stretches.items()
    }

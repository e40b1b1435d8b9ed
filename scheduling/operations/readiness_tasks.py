"""Work that makes a visit ready: opened while there is time, brought up to date, closed when it is done."""

import datetime as dt
import hashlib

from scheduling.codes import TaskKind, TaskSeverity
from scheduling.models import Appointment, Task
from scheduling.operations.tasks import about_appointment, cancel_tasks_of, is_settled, open_task
from scheduling.readiness import Readiness, Reason, State

# How long before a deadline somebody is asked [ops].
ASK_AHEAD = dt.timedelta(days=7)
# What others open tasks about: the signature, a plan that cannot be made, calls and answers.
ELSEWHERE = frozenset({"unsigned", "cannot-plan", "call-owed", "asks-for-a-call", "said-no"})
# A call that is owed says that what was told is in doubt, wrong, or did not arrive.
CALLS = (TaskKind.PHONE_PATIENT, TaskKind.MAY_HAVE_STOPPED, TaskKind.IN_DOUBT)
KINDS = (TaskKind.NOT_READY, TaskKind.CANNOT_GO_AHEAD)
REASON_LENGTH = 300


def settle_readiness_tasks(
    appointment: Appointment, *, readiness: Readiness | None, now: dt.datetime
) -> None:
    """
    Make the open tasks about a visit's readiness what they should be; none without a judgement. Idempotent.

    One about what is missing, from a week before the first deadline; one about deciding while it is blocked. What a
    person has finished is not asked for again for the same reasons. `now` is aware.
    """
    blocked = readiness is not None and readiness.state is State.BLOCKED
    reasons = readiness.reasons if readiness is not None else ()
    stops = [each for each in reasons if blocked and each.state_at(now) is State.BLOCKED]
    _settle(
        appointment,
        kind=TaskKind.CANNOT_GO_AHEAD,
        reasons=[each for each in stops if each.code not in ELSEWHERE or each.code == "unsigned"],
        now=now,
    )
    wanted = [each for each in reasons if _is_asked(each, now=now) and each not in stops]
    _settle(appointment, kind=TaskKind.NOT_READY, reasons=wanted, now=now)


def tasks_change_at(readiness: Readiness, *, now: dt.datetime) -> dt.datetime | None:
    """Return when the next task is to be opened; None for never."""
    ahead = [each.due_at - ASK_AHEAD for each in readiness.reasons if each.code not in ELSEWHERE]
    return min((moment for moment in ahead if moment > now), default=None)


def _is_asked(reason: Reason, *, now: dt.datetime) -> bool:
    return reason.code not in ELSEWHERE and reason.due_at - ASK_AHEAD <= now


def _settle(appointment: Appointment, *, kind: TaskKind, reasons: list[Reason], now: dt.datetime) -> None:
    if not reasons:
        cancel_tasks_of(appointment, kinds=(kind,), now=now)
        return
    about = about_appointment(appointment)
    cause = _cause(appointment, reasons)
    if is_settled(organization=appointment.organization, kind=kind, about=about, cause=cause):
        cancel_tasks_of(appointment, kinds=(kind,), now=now)
        return
    due_at = min(each.due_at for each in reasons)
    said = "; ".join(dict.fromkeys(each.sentence for each in reasons))
    words = f"{said}." if len(said) < REASON_LENGTH else f"{said[: REASON_LENGTH - 4]} ..."
    task = open_task(
        organization=appointment.organization,
        kind=kind,
        about=about,
        severity=TaskSeverity.ATTENTION,
        reason=words,
        due_at=due_at,
        now=now,
        appointment=appointment,
        cause=cause,
    )
    # A task that was open already says what is missing now and by when.
    Task.objects.still_open().filter(pk=task.pk).exclude(reason=words, due_at=due_at).update(
        reason=words, due_at=due_at
    )


def _cause(appointment: Appointment, reasons: list[Reason]) -> str:
    parts = [appointment.start.astimezone(dt.UTC).isoformat()]
    parts += sorted(f"{each.code}:{each.about}" for each in reasons)
    return hashlib.sha256("|".join(parts).encode()).hexdigest()

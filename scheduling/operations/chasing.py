"""Nobody stays off a medicine because nobody asked: the task about restarts, and how it comes back."""

import datetime as dt

from django.db.models import Exists, OuterRef

from scheduling.codes import HOLDING, AppointmentStatus, TaskKind, TaskSeverity
from scheduling.models import Appointment, MedicationDecision, RestartDecision, Task
from scheduling.operations.restart_questions import RestartQuestion, undecided_restarts
from scheduling.operations.tasks import about_appointment, cancel_tasks_of, open_task

# Somebody asks again this long after the end, and then each time this long after the last task (clinical.md 6.8).
CHASE_AFTER = dt.timedelta(hours=24)
# How soon the operator decides about a medicine for which no rule gives a time [ops].
DECIDE_WITHIN = dt.timedelta(hours=2)
REASON = "The procedure is over and a medicine was held for it. Decide when each one starts again, and sign."
CHASED = "A day has passed since the procedure and it is not decided when a held medicine starts again. Decide now."


def settle_restart_task(appointment: Appointment, *, now: dt.datetime) -> Task | None:
    """
    Make the open task about restarts what it should be: one while a held medicine is undecided, none otherwise.

    Due at the earliest moment at which one could start again, or when somebody is to ask again. `now` is aware.
    """
    seen = Appointment.objects.with_facts().get(pk=appointment.pk)
    undecided = undecided_restarts(seen)
    due_at = min((_due_at(each, appointment=seen) for each in undecided), default=None)
    current = Task.objects.still_open().filter(appointment=seen, kind=TaskKind.RESTART_MEDICINES).first()
    if current is not None and current.due_at == due_at:
        return current
    cancel_tasks_of(seen, kinds=(TaskKind.RESTART_MEDICINES,), now=now)
    return None if due_at is None else _ask(seen, due_at=due_at, reason=REASON, now=now)


def chase_restarts(*, now: dt.datetime) -> int:
    """
    Ask again about every held medicine without a decision a day after the end, and each day after that.

    A task that somebody closed without a decision comes back; one still open goes back to everybody, with its reason
    sharpened. What was put off is asked about when its time has come. `now` is aware. Return how many were asked.
    """
    found = [each for each in _forgotten(now) if _is_asked_now(each, now=now)]
    for appointment in found:
        cancel_tasks_of(appointment, kinds=(TaskKind.RESTART_MEDICINES,), now=now)
        _ask(appointment, due_at=now, reason=CHASED, now=now)
    return len(found)


def _due_at(question: RestartQuestion, *, appointment: Appointment) -> dt.datetime:
    if question.ask_again_at is not None:
        return question.ask_again_at
    ended_at = appointment.ended_at or appointment.planned_end
    return question.earliest_at or ended_at + DECIDE_WITHIN


def _ask(appointment: Appointment, *, due_at: dt.datetime, reason: str, now: dt.datetime) -> Task:
    return open_task(
        organization=appointment.organization,
        kind=TaskKind.RESTART_MEDICINES,
        about=about_appointment(appointment),
        severity=TaskSeverity.URGENT,
        reason=reason,
        due_at=due_at,
        now=now,
        appointment=appointment,
    )


def _forgotten(now: dt.datetime) -> list[Appointment]:
    """Return the visits over for a day with a hold that no restart settles, and about which nobody was asked for a day."""
    settled = RestartDecision.objects.settled().filter(
        appointment=OuterRef("appointment"), drug=OuterRef("drug")
    )
    asked = Task.objects.filter(
        appointment=OuterRef("appointment"),
        kind=TaskKind.RESTART_MEDICINES,
        opened_at__gt=now - CHASE_AFTER,
    )
    holds = MedicationDecision.objects.filter(
        ~Exists(settled),
        ~Exists(asked),
        kind__in=HOLDING,
        appointment__status=AppointmentStatus.FULFILLED,
        appointment__ended_at__lte=now - CHASE_AFTER,
        appointment__patient__deceased_on=None,
    )
    return list(Appointment.objects.with_facts().filter(pk__in=holds.values("appointment")).order_by("pk"))


def _is_asked_now(appointment: Appointment, *, now: dt.datetime) -> bool:
    undecided = undecided_restarts(appointment)
    return any(each.ask_again_at is None or each.ask_again_at <= now for each in undecided)

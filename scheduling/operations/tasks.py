"""Work for staff: open once, take, finish."""

import datetime as dt
from collections.abc import Iterable

from django.db import transaction
from django.db.models import DateTimeField, Q, Value
from django.db.models.functions import Coalesce

from cryoclinic.accounts.models import Location, Organization, User
from scheduling.codes import TaskKind, TaskSeverity, TaskStatus
from scheduling.models import Appointment, Task
from scheduling.models.task import TaskQuerySet

# How long after the planned end somebody is asked for the real one, and how long they have [ops].
RECORD_END_AFTER = dt.timedelta(hours=1)
RECORD_END_WITHIN = dt.timedelta(hours=1)
FOLLOW_UP = "follow-up:"


class TaskTaken(Exception):
    """Somebody else has taken this task."""


class TaskClosed(Exception):
    """This task is done or no longer needed."""


class TaskNotTaken(Exception):
    """This task is not yours to give back."""


def open_task(
    *,
    organization: Organization,
    kind: TaskKind,
    about: str,
    severity: TaskSeverity,
    reason: str,
    due_at: dt.datetime,
    now: dt.datetime,
    location: Location | None = None,
    appointment: Appointment | None = None,
    cause: str = "",
) -> Task:
    """
    Return the open task about this matter, opening it if there is none. Idempotent.

    One that is open already stays as it is, but for its deadline, of which the earlier holds, and its cause: whoever
    closes it has dealt with the newest. `reason` is one sentence without anybody's name or number.
    """
    task = Task(
        organization=organization,
        location=location or (appointment.location if appointment else None),
        appointment=appointment,
        kind=kind,
        about=about,
        severity=severity,
        reason=reason,
        due_at=due_at,
        opened_at=now,
        cause=cause,
    )
    matter = Task.objects.of(organization).still_open().filter(kind=kind, about=about)
    with transaction.atomic():
        found = None
        while found is None:
            # On a conflict nothing is inserted; that task may be finished before we look, so look and insert again.
            Task.objects.bulk_create([task], ignore_conflicts=True)
            found = matter.first()
        _brought_up_to_date(found, matter, due_at=due_at, cause=cause)
    return found


def _brought_up_to_date(found: Task, matter: TaskQuerySet, *, due_at: dt.datetime, cause: str) -> None:
    """Give an open task the earlier deadline and the newest cause."""
    if due_at < found.due_at:
        matter.filter(due_at__gt=due_at).update(due_at=due_at)
    if cause not in {"", found.cause}:
        matter.update(cause=cause)
    if due_at < found.due_at or cause not in {"", found.cause}:
        found.refresh_from_db()


def is_settled(*, organization: Organization, kind: TaskKind, about: str, cause: str) -> bool:
    """Return whether a person has already done a task about this matter for this very cause."""
    done = Task.objects.of(organization).filter(kind=kind, about=about, cause=cause)
    return done.filter(status=TaskStatus.COMPLETED).exists()


def claim_task(*, task: Task, by: User, now: dt.datetime) -> Task:
    """
    Take a task; one's own stays one's own, since when one first took it. `now` is aware.

    :raises TaskTaken: if somebody else has it
    :raises TaskClosed: if it is finished
    """
    free = Q(status=TaskStatus.REQUESTED) | Q(status=TaskStatus.IN_PROGRESS, owner=by)
    return _changed(
        task,
        Task.objects.filter(free),
        status=TaskStatus.IN_PROGRESS,
        owner=by,
        taken_at=Coalesce("taken_at", Value(now), output_field=DateTimeField()),
    )


def release_task(*, task: Task, by: User) -> Task:
    """
    Give a task back for others to take.

    :raises TaskNotTaken: if it is open but not this person's
    :raises TaskClosed: if it is finished
    """
    own = Task.objects.filter(status=TaskStatus.IN_PROGRESS, owner=by)
    try:
        return _changed(task, own, status=TaskStatus.REQUESTED, owner=None, taken_at=None)
    except TaskTaken as error:
        raise TaskNotTaken from error


def complete_task(*, task: Task, by: User, outcome: str, now: dt.datetime) -> Task:
    """
    Finish a task, one's own or one that nobody has taken.

    :raises TaskTaken: if somebody else has it
    :raises TaskClosed: if it is finished
    """
    free = Q(status=TaskStatus.REQUESTED) | Q(status=TaskStatus.IN_PROGRESS, owner=by)
    return _changed(
        task,
        Task.objects.filter(free),
        status=TaskStatus.COMPLETED,
        owner=by,
        closed_at=now,
        outcome=outcome,
    )


def cancel_tasks_about(
    *,
    organization: Organization,
    about: str,
    now: dt.datetime,
    kind: TaskKind | None = None,
    outcome: str = "",
) -> int:
    """Close the open tasks about a matter, of one kind or of all, as no longer needed; return how many."""
    found = Task.objects.of(organization).still_open().filter(about=about)
    if kind is not None:
        found = found.filter(kind=kind)
    return found.update(status=TaskStatus.CANCELLED, closed_at=now, outcome=outcome)


def cancel_tasks_of(appointment: Appointment, *, kinds: Iterable[TaskKind], now: dt.datetime) -> int:
    """Close an appointment's open tasks of these kinds as no longer needed; return how many."""
    found = Task.objects.still_open().filter(appointment=appointment, kind__in=list(kinds))
    return found.update(status=TaskStatus.CANCELLED, closed_at=now)


def open_overdue_tasks(*, now: dt.datetime) -> int:
    """
    Ask for the end of everything that should be over by an hour and of which nothing is recorded.

    Once for each appointment: a task closed without recording is not opened again. Return how many were opened.
    """
    unrecorded = Appointment.objects.unrecorded(now - RECORD_END_AFTER).exclude(
        tasks__kind=TaskKind.RECORD_END
    )
    found = list(unrecorded.select_related("organization", "location"))
    for appointment in found:
        open_task(
            organization=appointment.organization,
            kind=TaskKind.RECORD_END,
            about=about_appointment(appointment),
            severity=TaskSeverity.ATTENTION,
            reason="The planned end has passed. Record when the procedure ended, or that the patient did not come.",
            due_at=appointment.planned_end + RECORD_END_AFTER + RECORD_END_WITHIN,
            now=now,
            appointment=appointment,
        )
    return len(found)


def about_appointment(appointment: Appointment) -> str:
    """Return what a task about an appointment as a whole is about."""
    return f"appointment:{appointment.uid}"


def about_follow_up(first: Appointment, *, code: str) -> str:
    """Return what a task about one of the follow-ups of a visit is about."""
    return f"{FOLLOW_UP}{first.uid}:{code}"


def cancel_follow_up_tasks(first: Appointment, *, now: dt.datetime) -> int:
    """Close the open tasks about what follows a visit that never was; return how many."""
    found = Task.objects.still_open().filter(appointment=first, about__startswith=FOLLOW_UP)
    return found.update(status=TaskStatus.CANCELLED, closed_at=now)


def _changed(task: Task, those: TaskQuerySet, **fields: object) -> Task:
    if not those.filter(pk=task.pk).update(**fields):
        current = Task.objects.get(pk=task.pk)
        raise TaskTaken if current.status in {TaskStatus.REQUESTED, TaskStatus.IN_PROGRESS} else TaskClosed
    return Task.objects.get(pk=task.pk)

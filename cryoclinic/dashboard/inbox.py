"""Open tasks as an inbox: filters with counts, one group per patient, most urgent first."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, Q

from cryoclinic.dashboard.access import Desk
from scheduling.codes import TaskKind, TaskSeverity, TaskStatus
from scheduling.models import Patient, Task

CALLS = (
    TaskKind.PHONE_PATIENT,
    TaskKind.MAY_HAVE_STOPPED,
    TaskKind.INTERPRETER,
    TaskKind.IN_DOUBT,
)
TO_SIGN = (
    TaskKind.SIGN_MEDICINES,
    TaskKind.RESTART_MEDICINES,
    TaskKind.CLINICIAN_REVIEW,
    TaskKind.RE_REVIEW_PROTOCOL,
)
FILTERS = {
    "all": "All open",
    "mine": "Mine",
    "unclaimed": "Unclaimed",
    "overdue": "Overdue",
    "sign": "To sign",
    "calls": "Calls",
}
SEVERITIES = (TaskSeverity.URGENT, TaskSeverity.ATTENTION, TaskSeverity.ROUTINE)
SHOWN_AT_MOST = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class Filter:
    """One filter with how many open tasks it shows."""

    code: str
    words: str
    count: int
    chosen: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """The tasks about one patient; or those about none."""

    patient: Patient | None
    tasks: tuple[Task, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Inbox:
    """What the inbox shows under one filter."""

    filters: tuple[Filter, ...]
    groups: tuple[Group, ...]
    chosen: str
    next_due: Task | None


def inbox_of(desk: Desk, *, chosen: str) -> Inbox:
    """Return the open tasks of a desk under a filter; an unknown filter shows all. A fixed number of queries."""
    chosen = chosen if chosen in FILTERS else "all"
    conditions = _conditions(desk)
    open_tasks = desk.tasks().still_open()
    counts = open_tasks.aggregate(
        **{code: Count("pk", filter=condition) for code, condition in conditions.items()}
    )
    rows = open_tasks.filter(conditions[chosen]).select_related(
        "owner", "appointment__patient", "appointment__location", "appointment__offering__procedure_type"
    )
    shown = sorted(
        rows.order_by("due_at", "id")[:SHOWN_AT_MOST],
        key=lambda task: (SEVERITIES.index(TaskSeverity(task.severity)), task.due_at),
    )
    return Inbox(
        filters=tuple(
            Filter(code=code, words=words, count=counts[code], chosen=code == chosen)
            for code, words in FILTERS.items()
        ),
        groups=tuple(_groups(shown)),
        chosen=chosen,
        next_due=None if shown else open_tasks.order_by("due_at").first(),
    )


def _conditions(desk: Desk) -> dict[str, Q]:
    return {
        "all": Q(pk__isnull=False),
        "mine": Q(owner=desk.user),
        "unclaimed": Q(status=TaskStatus.REQUESTED),
        "overdue": Q(due_at__lte=desk.now),
        "sign": Q(kind__in=TO_SIGN),
        "calls": Q(kind__in=CALLS),
    }


def _groups(tasks: Iterable[Task]) -> Iterable[Group]:
    """Yield the groups in the order of their most urgent task."""
    patients: dict[int | None, Patient | None] = {}
    grouped: dict[int | None, list[Task]] = {}
    for task in tasks:
        patient = task.appointment.patient if task.appointment is not None else None
        key = patient.pk if patient is not None else None
        patients[key] = patient
        grouped.setdefault(key, []).append(task)
    return [Group(patient=patients[key], tasks=tuple(found)) for key, found in grouped.items()]

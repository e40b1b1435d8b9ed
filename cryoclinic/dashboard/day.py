"""What the Today page shows: calls, the day's visits, and who is not ready for the next day."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import QuerySet

from cryoclinic.dashboard.access import Desk
from cryoclinic.dashboard.readiness import Preparedness, preparedness_of, state_of
from cryoclinic.dashboard.words import Tag
from procedures.preparation.clock import wall_instant
from scheduling.codes import OCCUPYING, AppointmentStatus, ResourceKind, TaskSeverity
from scheduling.models import Appointment, Task
from scheduling.operations.readiness import Surroundings, surroundings_of
from scheduling.rules import NEXT_STATUSES

CALLS_SHOWN = 5
# Enough that several tasks about a visit do not hide the next visit.
CALLS_READ = 50
ONE_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Visit:
    """One row of the day."""

    appointment: Appointment
    prepared: Preparedness
    state: Tag
    rooms: str

    @property
    def may_arrive(self) -> bool:
        """Whether the patient can be recorded as arrived."""
        return AppointmentStatus.ARRIVED in NEXT_STATUSES[AppointmentStatus(self.appointment.status)]

    @property
    def may_end(self) -> bool:
        """Whether an end can be recorded."""
        return self.appointment.status == AppointmentStatus.ARRIVED


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """The most urgent call about one visit, and how many more tasks the same call may settle."""

    task: Task
    more: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Day:
    """One local date at a desk."""

    on: dt.date
    visits: tuple[Visit, ...]
    next_visits: tuple[Visit, ...]
    calls: tuple[Call, ...]
    is_open: bool

    @property
    def not_ready(self) -> tuple[Visit, ...]:
        """The visits of the day that are ahead and not ready, the worst first."""
        return _worst_first(each for each in self.visits if each.prepared.is_ahead)

    @property
    def here(self) -> tuple[Visit, ...]:
        """The visits of the day whose patient is in the house."""
        return tuple(each for each in self.visits if each.may_end)

    @property
    def next_not_ready(self) -> tuple[Visit, ...]:
        """The visits of the next day that are not ready, the worst first."""
        return _worst_first(self.next_visits)

    @property
    def after(self) -> dt.date:
        """The next date."""
        return self.on + ONE_DAY

    @property
    def before(self) -> dt.date:
        """The date before."""
        return self.on - ONE_DAY


def day_of(desk: Desk, *, on: dt.date) -> Day:
    """Return a local date at a desk, in a fixed number of queries."""
    begin, middle, end = (
        wall_instant(day=on + count * ONE_DAY, at=dt.time(0), zone=desk.zone) for count in range(3)
    )
    rows = Appointment.objects.with_facts().filter(location=desk.location).starting_between(begin, end)
    rows = rows.select_related("offering__location").prefetch_related("allocations__resource", "answers")
    found = list(rows.order_by("start", "id"))
    around = surroundings_of(found)
    visits = [_visit(row, now=desk.now, around=around) for row in found]
    weekday = f"{on:%a}".lower()
    return Day(
        on=on,
        visits=tuple(each for each in visits if each.appointment.start < middle),
        next_visits=tuple(
            each
            for each in visits
            if each.appointment.start >= middle and each.appointment.status in OCCUPYING
        ),
        calls=_calls(calls_at(desk)[:CALLS_READ])[:CALLS_SHOWN],
        is_open=desk.location.hours.filter(weekday=weekday).exists(),
    )


def calls_at(desk: Desk) -> QuerySet[Task]:
    """Return the open urgent tasks of a desk, most urgent first, with whom they are about."""
    urgent = desk.tasks().still_open().filter(severity=TaskSeverity.URGENT).order_by("due_at", "id")
    return urgent.select_related("owner", "appointment__patient", "appointment__location")


def _worst_first(visits: Iterable[Visit]) -> tuple[Visit, ...]:
    """Return those that are not ready, by how bad it is, then by their start."""
    not_ready = (each for each in visits if not each.prepared.is_ready)
    return tuple(sorted(not_ready, key=lambda each: (-each.prepared.rank, each.appointment.start)))


def _calls(urgent: Iterable[Task]) -> tuple[Call, ...]:
    """Return one call for each visit, in the order of the tasks; those about no visit stand alone."""
    found: dict[tuple[str, int], list[Task]] = {}
    for task in urgent:
        about = ("visit", task.appointment_id) if task.appointment_id else ("task", task.pk)
        found.setdefault(about, []).append(task)
    return tuple(Call(task=tasks[0], more=len(tasks) - 1) for tasks in found.values())


def _visit(row: Appointment, *, now: dt.datetime, around: Surroundings) -> Visit:
    rooms = [
        each.resource.name
        for each in row.allocations.all()
        if each.active and each.resource.kind == ResourceKind.ROOM
    ]
    return Visit(
        appointment=row,
        prepared=preparedness_of(row, now=now, around=around),
        state=state_of(row),
        rooms=", ".join(sorted(set(rooms))),
    )

"""Work for staff: opened once, taken by one, finished once."""

from typing import Any

import pytest
from builders import HOUR, NOW, START, Clinic, book

from scheduling import operations, tasks
from scheduling.codes import CancellationReason, TaskKind, TaskSeverity
from scheduling.models import Task


def open_task(clinic: Clinic, **changes: Any) -> Task:
    request = {
        "organization": clinic.organization,
        "kind": TaskKind.PHONE_PATIENT,
        "about": "appointment:1",
        "severity": TaskSeverity.ATTENTION,
        "reason": "Phone.",
        "due_at": NOW + HOUR,
        "now": NOW,
        **changes,
    }
    return operations.open_task(**request)


def test_task_is_opened_once(clinic: Clinic) -> None:
    first = open_task(clinic)

    again = open_task(clinic, reason="Other words", due_at=NOW + 2 * HOUR)

    assert again == first
    assert (again.reason, again.due_at, again.opened_at) == ("Phone.", NOW + HOUR, NOW)


def test_task_keeps_the_earlier_deadline(clinic: Clinic) -> None:
    open_task(clinic)

    assert open_task(clinic, due_at=NOW).due_at == NOW
    assert Task.objects.get().due_at == NOW


@pytest.mark.parametrize("change", [{"kind": TaskKind.IN_DOUBT}, {"about": "appointment:2"}])
def test_another_matter_is_another_task(clinic: Clinic, change: dict[str, Any]) -> None:
    assert open_task(clinic) != open_task(clinic, **change)


def test_finished_matter_can_come_up_again(clinic: Clinic) -> None:
    first = open_task(clinic)
    operations.complete_task(task=first, by=clinic.nora, outcome="Reached", now=NOW)

    assert open_task(clinic) != first


def test_task_about_an_appointment_is_its_locations(clinic: Clinic) -> None:
    assert open_task(clinic, appointment=book(clinic)).location == clinic.london


def test_claimed_task_is_one_persons(clinic: Clinic) -> None:
    task = open_task(clinic)

    taken = operations.claim_task(task=task, by=clinic.nora, now=NOW)

    assert (taken.status, taken.owner, taken.taken_at) == ("in-progress", clinic.nora, NOW)
    assert operations.claim_task(task=task, by=clinic.nora, now=NOW + HOUR).taken_at == NOW
    with pytest.raises(operations.TaskTaken):
        operations.claim_task(task=task, by=clinic.cleo, now=NOW)
    with pytest.raises(operations.TaskTaken):
        operations.complete_task(task=task, by=clinic.cleo, outcome="Done", now=NOW)
    with pytest.raises(operations.TaskNotTaken):
        operations.release_task(task=task, by=clinic.cleo)


def test_released_task_can_be_taken_by_another(clinic: Clinic) -> None:
    task = operations.claim_task(task=open_task(clinic), by=clinic.nora, now=NOW)

    released = operations.release_task(task=task, by=clinic.nora)

    assert (released.status, released.owner, released.taken_at) == ("requested", None, None)
    assert operations.claim_task(task=task, by=clinic.cleo, now=NOW).owner == clinic.cleo


def test_task_nobody_took_cannot_be_given_back(clinic: Clinic) -> None:
    with pytest.raises(operations.TaskNotTaken):
        operations.release_task(task=open_task(clinic), by=clinic.nora)


def test_completed_task_says_by_whom_and_how(clinic: Clinic) -> None:
    done = operations.complete_task(task=open_task(clinic), by=clinic.nora, outcome="Reached", now=NOW + HOUR)

    assert (done.status, done.owner, done.outcome, done.closed_at) == (
        "completed", clinic.nora, "Reached", NOW + HOUR,
    )  # fmt: skip


@pytest.mark.parametrize("act", ["claim", "release", "complete"])
def test_finished_task_is_closed_for_all(clinic: Clinic, act: str) -> None:
    task = open_task(clinic)
    operations.cancel_tasks_about(organization=clinic.organization, about=task.about, now=NOW)
    acts = {
        "claim": lambda: operations.claim_task(task=task, by=clinic.nora, now=NOW),
        "release": lambda: operations.release_task(task=task, by=clinic.nora),
        "complete": lambda: operations.complete_task(task=task, by=clinic.nora, outcome="Done", now=NOW),
    }

    with pytest.raises(operations.TaskClosed):
        acts[act]()


def test_cancelling_closes_one_matter_or_one_kind_of_it(clinic: Clinic) -> None:
    open_task(clinic)
    open_task(clinic, kind=TaskKind.IN_DOUBT)
    open_task(clinic, about="appointment:2")

    one = operations.cancel_tasks_about(
        organization=clinic.organization,
        about="appointment:1",
        kind=TaskKind.IN_DOUBT,
        outcome="Answered",
        now=NOW,
    )
    rest = operations.cancel_tasks_about(organization=clinic.organization, about="appointment:1", now=NOW)
    elsewhere = operations.cancel_tasks_about(organization=clinic.elsewhere, about="appointment:2", now=NOW)

    assert (one, rest, elsewhere) == (1, 1, 0)
    assert [task.outcome for task in Task.objects.order_by("id")] == ["", "Answered", ""]


def test_end_is_asked_for_an_hour_after_it_was_planned(clinic: Clinic) -> None:
    appointment = book(clinic)
    planned_end = appointment.planned_end

    assert operations.open_overdue_tasks(now=planned_end + HOUR / 2) == 0
    assert operations.open_overdue_tasks(now=planned_end + HOUR) == 1
    assert operations.open_overdue_tasks(now=planned_end + 2 * HOUR) == 0

    [task] = Task.objects.all()
    assert (task.kind, task.appointment, task.due_at) == ("record-end", appointment, planned_end + 2 * HOUR)


def test_end_is_not_asked_of_what_is_over(clinic: Clinic) -> None:
    appointment = book(clinic)
    operations.cancel_appointment(
        appointment=appointment, reason=CancellationReason.PROVIDER, now=NOW, by=clinic.staff
    )

    assert operations.open_overdue_tasks(now=START + 10 * HOUR) == 0


def test_recorded_end_closes_the_question(clinic: Clinic) -> None:
    appointment = book(clinic)
    operations.mark_arrived(appointment=appointment, now=START, by=clinic.staff)
    operations.open_overdue_tasks(now=START + 5 * HOUR)

    operations.record_end(
        appointment=appointment, began_at=START, ended_at=START + HOUR, now=START + 6 * HOUR, by=clinic.staff
    )

    assert Task.objects.get().status == "cancelled"


def test_the_clock_asks_for_nothing_when_all_is_ahead(clinic: Clinic) -> None:
    book(clinic)

    tasks.open_overdue_tasks(unknown="ignored")

    assert not Task.objects.exists()

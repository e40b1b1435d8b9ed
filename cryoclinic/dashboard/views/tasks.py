"""The inbox: what must be done next, by when, and who has it."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from cryoclinic.dashboard import words
from cryoclinic.dashboard.access import AT_WORK, Desk, appointment_at, staff_page
from cryoclinic.dashboard.calling import script_of
from cryoclinic.dashboard.inbox import CALLS, inbox_of
from cryoclinic.dashboard.readiness import state_of
from procedures.wording import staff
from scheduling.models import Task
from scheduling.models.task import OPEN
from scheduling.operations import (
    TaskClosed,
    TaskNotTaken,
    TaskTaken,
    claim_task,
    complete_task,
    release_task,
)

OUTCOMES = ("Reached, and it is settled", "Reached, will call again", "Left a message", "Not reached")
OUTCOME_LENGTH = 300


class OutcomeMissing(ValueError):
    """Say what came of it, then close the task. Nothing was changed."""


REFUSALS = (TaskTaken, TaskClosed, TaskNotTaken, OutcomeMissing)


@require_safe
@staff_page
def inbox(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Show the open tasks of the desk."""
    context = {
        "desk": desk,
        "inbox": inbox_of(desk, chosen=request.GET.get("show", "all")),
        "outcomes": OUTCOMES,
        "calls": CALLS,
    }
    return render(request, "cryoclinic/work/tasks.html", context)


@require_safe
@staff_page
def call(request: HttpRequest, desk: Desk, *, uid: UUID) -> HttpResponse:
    """Show whom to phone for a task, on which number, and what to say."""
    task = _task(desk, uid)
    if task.kind not in CALLS or task.appointment is None:
        raise Http404
    desk, appointment = appointment_at(desk, task.appointment.uid)
    in_this_call = desk.tasks().still_open().filter(appointment=appointment, kind__in=CALLS)
    context = {
        "desk": desk,
        "task": task,
        "appointment": appointment,
        "patient": appointment.patient,
        "state": state_of(appointment),
        "script": script_of(task, appointment=appointment, now=desk.now),
        "others": in_this_call.exclude(pk=task.pk).order_by("due_at"),
        "is_open": task.status in OPEN,
        "outcomes": OUTCOMES,
    }
    return render(request, "cryoclinic/work/call.html", context)


@require_POST
@staff_page
def change(request: HttpRequest, desk: Desk, *, uid: UUID, act: str) -> HttpResponse:
    """Take, give back or close a task, and go back to where the person was."""
    task = _task(desk, uid)
    if act not in ACTS:
        raise Http404
    (desk if task.location is None else desk.at(task.location)).require(AT_WORK)
    try:
        said = ACTS[act](request, desk, task)
    except REFUSALS as refusal:
        messages.error(request, _refused(task, desk, refusal))
    else:
        messages.success(request, said)
    return redirect(_back(request, task))


def _task(desk: Desk, uid: UUID) -> Task:
    """
    Return a task that the person may see.

    :raises Http404: if there is none
    """
    found = Task.objects.select_related("owner", "location", "appointment")
    task = (
        found.filter(uid=uid, location__in=desk.locations).first()
        or found.filter(pk__in=desk.tasks(), uid=uid).first()
    )
    if task is None:
        raise Http404
    return task


def _take(request: HttpRequest, desk: Desk, task: Task) -> str:
    claim_task(task=task, by=desk.user, now=desk.now)
    return f"You have it: {task.get_kind_display()}."


def _give_back(request: HttpRequest, desk: Desk, task: Task) -> str:
    release_task(task=task, by=desk.user)
    return f"Given back, anybody can take it: {task.get_kind_display()}."


def _done(request: HttpRequest, desk: Desk, task: Task) -> str:
    parts = [request.POST.get("outcome", "").strip(), request.POST.get("note", "").strip()]
    outcome = ". ".join(part for part in parts if part)
    if not outcome:
        raise OutcomeMissing
    complete_task(task=task, by=desk.user, outcome=outcome[:OUTCOME_LENGTH], now=desk.now)
    return f"Done: {task.get_kind_display()}."


ACTS: dict[str, Callable[[HttpRequest, Desk, Task], str]] = {
    "take": _take,
    "give-back": _give_back,
    "done": _done,
}


def _refused(task: Task, desk: Desk, refusal: Exception) -> str:
    """Return who has a task that could not be changed, and when we looked."""
    if not isinstance(refusal, TaskTaken | TaskNotTaken):
        return words.sentence_of(refusal)
    current = Task.objects.select_related("owner").get(pk=task.pk)
    if current.owner is None:
        return words.sentence_of(refusal)
    who = current.owner.get_full_name() or current.owner.username
    return f"{who} has this task, as of {staff.clock(desk.local_now)}. Nothing was changed."


def _back(request: HttpRequest, task: Task) -> str:
    wanted = request.POST.get("back", "")
    fits = url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()})
    return f"{wanted if fits else reverse('work:tasks')}#task-{task.uid}"

"""What the protocol wants after the procedure: proposed with its dates, booked as a visit that is linked to the first."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from django.db import transaction
from django.db.models import QuerySet

from procedures.care import Contact
from procedures.care import FollowUp as WantedFollowUp
from procedures.models.reading import care_of
from scheduling.codes import OCCUPYING, AppointmentStatus, TaskStatus
from scheduling.models import Appointment, FollowUp, ProcedureOffering, Task
from scheduling.operations.actor import Actor
from scheduling.operations.appointments import book_appointment
from scheduling.operations.feasibility import OverrideRefused
from scheduling.operations.locking import lock_patient
from scheduling.operations.tasks import FOLLOW_UP, about_follow_up, cancel_tasks_about
from scheduling.sessions import Window, window_of

STANDS = (*OCCUPYING, AppointmentStatus.FULFILLED)


class FollowUpState(StrEnum):
    """How far a follow-up has come."""

    PROPOSED = "proposed"
    BOOKED = "booked"
    DONE = "done"
    OVERDUE = "overdue"


class NothingToFollow(Exception):
    """The procedure has not ended yet, so nothing follows it."""


class NoSuchFollowUp(Exception):
    """The protocol has no such follow-up."""


class FollowUpBooked(Exception):
    """This follow-up is booked already."""


class OutsideTheWindow(Exception):
    """The protocol wants this follow-up on other days. Choose one of them, or give a reason."""

    def __init__(self, *, window: Window) -> None:
        super().__init__(window.first_on, window.last_on)
        self.first_on = window.first_on
        self.last_on = window.last_on


@dataclass(frozen=True, kw_only=True, slots=True)
class FollowUpProposal:
    """
    A follow-up the protocol wants, when (local dates, both included), and the visit that is it, if there is one.

    `task` is the last one about it. A call is done when its task is; anything else when it is booked.
    """

    wanted: WantedFollowUp
    window: Window
    state: FollowUpState
    appointment: Appointment | None
    task: Task | None = None


def follow_ups_of(appointment: Appointment, *, now: dt.datetime) -> tuple[FollowUpProposal, ...]:
    """
    Return what follows a procedure that has ended, by when it is wanted; nothing before the end.

    Days count from the local date of the recorded end, from the planned end where none is recorded. `now` is aware.
    Reads only: three queries.
    """
    if appointment.status != AppointmentStatus.FULFILLED:
        return ()
    booked = {
        link.code: link.appointment
        for link in appointment.follow_ups.select_related("appointment").order_by("id")
        if link.appointment.status in STANDS
    }
    tasks = {each.about: each for each in _tasks_of(appointment)}
    today = now.astimezone(appointment.location.tz).date()
    found = (
        _proposal(
            each,
            appointment=appointment,
            booked=booked.get(each.code),
            task=tasks.get(about_follow_up(appointment, code=each.code)),
            today=today,
        )
        for each in care_of(appointment.protocol).follow_ups
    )
    return tuple(sorted(found, key=lambda each: (each.window.first_on, each.wanted.code)))


def book_follow_up(
    *,
    first: Appointment,
    code: str,
    offering: ProcedureOffering,
    start: dt.datetime,
    now: dt.datetime,
    by: Actor,
    target: str = "",
    override_reason: str = "",
) -> Appointment:
    """
    Book a visit for the patient of `first`, as the follow-up with this code, at a start (aware) in its window.

    One visit for each follow-up, also when two book it at once; one that was cancelled leaves it open again.

    :raises NothingToFollow: if the procedure has not ended
    :raises NoSuchFollowUp: if its protocol has none with this code
    :raises FollowUpBooked: if there is a visit for it
    :raises OutsideTheWindow, OverrideRefused: if the day is another than the protocol wants
    :raises StartIsNaive: and every other error of `book_appointment`
    """
    with transaction.atomic():
        # The patient first, as everybody does; whoever books a follow-up of the same procedure waits after that.
        lock_patient(Appointment.objects.values_list("patient_id", flat=True).get(pk=first.pk))
        Appointment.objects.select_for_update(no_key=True).values_list("pk", flat=True).get(pk=first.pk)
        done = Appointment.objects.with_facts().get(pk=first.pk)
        proposal = _proposed(done, code=code, now=now)
        _check_day(proposal, start=start, offering=offering, by=by, override_reason=override_reason)
        booked = book_appointment(
            offering=offering,
            patient=done.patient,
            start=start,
            now=now,
            by=by,
            target=target,
            override_reason=override_reason,
        )
        _link(done, booked, code=code, now=now)
    return booked


def _link(first: Appointment, booked: Appointment, *, code: str, now: dt.datetime) -> None:
    FollowUp.objects.create(first=first, code=code, appointment=booked, booked_at=now)
    about = about_follow_up(first, code=code)
    cancel_tasks_about(organization=first.organization, about=about, outcome="Booked", now=now)


def _proposed(first: Appointment, *, code: str, now: dt.datetime) -> FollowUpProposal:
    if first.status != AppointmentStatus.FULFILLED:
        raise NothingToFollow
    for each in follow_ups_of(first, now=now):
        if each.wanted.code == code:
            if each.appointment is not None:
                raise FollowUpBooked
            return each
    raise NoSuchFollowUp


def _check_day(
    proposal: FollowUpProposal,
    *,
    start: dt.datetime,
    offering: ProcedureOffering,
    by: Actor,
    override_reason: str,
) -> None:
    window = proposal.window
    if window.first_on <= start.astimezone(offering.location.tz).date() <= window.last_on:
        return
    if not override_reason:
        raise OutsideTheWindow(window=window)
    if not by.may_override:
        raise OverrideRefused


def _tasks_of(appointment: Appointment) -> QuerySet[Task]:
    """Return the tasks about what follows, the last one of each last; without those that were no longer needed."""
    found = Task.objects.filter(appointment=appointment, about__startswith=FOLLOW_UP)
    return found.exclude(status=TaskStatus.CANCELLED).select_related("owner").order_by("id")


def _proposal(
    wanted: WantedFollowUp,
    *,
    appointment: Appointment,
    booked: Appointment | None,
    task: Task | None,
    today: dt.date,
) -> FollowUpProposal:
    ended_at = appointment.ended_at or appointment.planned_end
    window = window_of(wanted, ended_on=ended_at.astimezone(appointment.location.tz).date())
    state = FollowUpState.OVERDUE if window.last_on < today else FollowUpState.PROPOSED
    if wanted.contact == Contact.CALL and task is not None and task.status == TaskStatus.COMPLETED:
        state = FollowUpState.DONE
    return FollowUpProposal(
        wanted=wanted,
        window=window,
        state=state if booked is None else FollowUpState.BOOKED,
        appointment=booked,
        task=task,
    )

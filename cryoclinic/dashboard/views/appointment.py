"""One visit: can it go ahead, and if not, what is missing?"""

from dataclasses import dataclass
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from cryoclinic.dashboard.access import Desk, appointment_at, staff_page
from cryoclinic.dashboard.medicine_cards import cards_of
from cryoclinic.dashboard.plan_days import plan_days
from cryoclinic.dashboard.readiness import preparedness_of, state_of
from cryoclinic.dashboard.told import story_of
from notifications.operations.answering import answering_of
from scheduling.codes import OCCUPYING, AppointmentStatus
from scheduling.models import Appointment, WaitlistEntry
from scheduling.operations import restart_questions
from scheduling.operations.policies import policy_of
from scheduling.rules import NEXT_STATUSES


@dataclass(frozen=True, kw_only=True, slots=True)
class Actions:
    """What may still be done with a visit."""

    move: bool
    cancel: bool
    arrive: bool
    end: bool
    begin: bool
    swap: bool


@require_safe
@staff_page
def detail(request: HttpRequest, desk: Desk, *, uid: UUID) -> HttpResponse:
    """Show one visit with everything true about it."""
    desk, appointment = appointment_at(desk, uid)
    prepared = preparedness_of(appointment, now=desk.now)
    context = {
        "desk": desk,
        "appointment": appointment,
        "patient": appointment.patient,
        "prepared": prepared,
        "state": state_of(appointment),
        "actions": actions_of(appointment) if desk.works else None,
        "deposit_required": policy_of(appointment.offering).deposit_required,
        "waits": appointment.earlier_wishes.waiting(),
        "lost": WaitlistEntry.objects.of_visit(appointment).without_their_visit(),
        "days": plan_days(prepared, with_medicines=desk.sees_proposals),
        "cards": cards_of(prepared, today=desk.local_now.date()),
        "restarts": restart_questions(appointment),
        "answered": answering_of(appointment).answered,
        "story": story_of(appointment, now=desk.now),
        "changes": appointment.changes.select_related(
            "user", "client", "from_resource", "to_resource"
        ).order_by("-id"),
        "tasks": desk.tasks()
        .still_open()
        .filter(appointment=appointment)
        .select_related("owner")
        .order_by("due_at"),
        "resources": appointment.allocations.filter(active=True)
        .select_related("resource")
        .order_by("period"),
    }
    return render(request, "cryoclinic/work/appointment.html", context)


def actions_of(appointment: Appointment) -> Actions:
    """Return what the state of a visit allows."""
    status = AppointmentStatus(appointment.status)
    after = NEXT_STATUSES[status]
    return Actions(
        move=status == AppointmentStatus.BOOKED,
        cancel=AppointmentStatus.CANCELLED in after,
        arrive=AppointmentStatus.ARRIVED in after,
        end=AppointmentStatus.FULFILLED in after,
        begin=status == AppointmentStatus.ARRIVED and appointment.began_at is None,
        swap=status in OCCUPYING,
    )

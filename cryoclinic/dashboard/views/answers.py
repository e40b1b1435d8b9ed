"""What a patient told staff: that they are coming."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from cryoclinic.dashboard.access import AT_WORK, Desk, appointment_at, staff_page
from notifications.operations.page_answers import ANSWERABLE, CONFIRM
from scheduling.codes import AnswerCode
from scheduling.operations import record_answer


@require_POST
@staff_page
def coming(request: HttpRequest, desk: Desk, *, uid: UUID) -> HttpResponse:
    """Record that the patient said they are coming; nobody asks them again about this start."""
    desk, appointment = appointment_at(desk, uid)
    desk.require(AT_WORK)
    if appointment.status in ANSWERABLE:
        record_answer(appointment=appointment, question=CONFIRM, answer=AnswerCode.ACCEPTED, now=desk.now)
        messages.success(request, "Recorded: the patient is coming.")
    else:
        messages.error(request, "This visit no longer waits for an answer. Nothing was changed.")
    return redirect("work:appointment", uid)

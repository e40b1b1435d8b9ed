"""The patient's medicine list: write one down, say which it is, take it off. Each goes back to the medicines page."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from cryoclinic.dashboard import words
from cryoclinic.dashboard.access import SEES_PROPOSALS, Desk, appointment_at, staff_page
from scheduling.models import MedicationStatement, Patient
from scheduling.models.patient import validate_dose_times
from scheduling.operations import (
    AlreadyConfirmed,
    MayNotConfirm,
    NothingWritten,
    UnknownMedicine,
    confirm_medicine,
    end_medicine,
    register_medicine,
)

TEXT_LENGTH = 100


class TimesUnreadable(ValueError):
    """Write the times of day as 08:00, 20:00. Nothing was written down."""


REFUSALS = (AlreadyConfirmed, MayNotConfirm, NothingWritten, TimesUnreadable, UnknownMedicine)


@require_POST
@staff_page
def change(request: HttpRequest, desk: Desk, *, uid: UUID, act: str) -> HttpResponse:
    """Add a medicine in the words of the box, confirm which one it is, or end it."""
    desk, appointment = appointment_at(desk, uid)
    desk.require(SEES_PROPOSALS)
    if act not in ACTS:
        raise Http404
    try:
        said = ACTS[act](request, desk, appointment.patient)
    except REFUSALS as refusal:
        messages.error(request, words.sentence_of(refusal))
    else:
        messages.success(request, said)
    return redirect("work:medicines", uid)


def _add(request: HttpRequest, desk: Desk, patient: Patient) -> str:
    times = [part.strip() for part in request.POST.get("dose_times", "").split(",") if part.strip()]
    try:
        validate_dose_times(times)
    except ValidationError as error:
        raise TimesUnreadable from error
    text = request.POST.get("text", "")[:TEXT_LENGTH]
    register_medicine(patient=patient, text=text, dose_times=times)
    return "Written down. Look at the box, then say below which medicine it is."


def _confirm(request: HttpRequest, desk: Desk, patient: Patient) -> str:
    drug = "" if "none" in request.POST else request.POST.get("drug", "").strip().lower()
    if not drug and "none" not in request.POST:
        raise UnknownMedicine
    confirm_medicine(medicine=_medicine(request, patient), drug=drug, by=desk.user, now=desk.now)
    return "Confirmed. What was signed on the earlier list no longer stands."


def _end(request: HttpRequest, desk: Desk, patient: Patient) -> str:
    end_medicine(medicine=_medicine(request, patient), by=desk.user)
    return "Taken off the list. What was signed on the earlier list no longer stands."


ACTS: dict[str, Callable[[HttpRequest, Desk, Patient], str]] = {
    "add": _add,
    "confirm": _confirm,
    "end": _end,
}


def _medicine(request: HttpRequest, patient: Patient) -> MedicationStatement:
    """Return the entry a form names. :raises Http404: if this patient has none such"""
    try:
        uid = UUID(request.POST.get("medicine", ""))
    except ValueError as error:
        raise Http404 from error
    found = patient.medications.filter(uid=uid, active=True).first()
    if found is None:
        raise Http404
    return found

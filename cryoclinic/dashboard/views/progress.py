"""While a visit stays: who serves each leg, when the procedure began, whether the deposit is there."""

from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from cryoclinic.dashboard import refused, words
from cryoclinic.dashboard.access import AT_WORK, Desk, appointment_at, staff_page
from cryoclinic.dashboard.readiness import state_of
from scheduling.models import Allocation, Appointment, Resource
from scheduling.operations import (
    NoSuchResource,
    OutsideHours,
    RegionUnknown,
    SlotTaken,
    StaleRevision,
    TransitionRefused,
)
from scheduling.operations.day_record import NothingToRecord
from scheduling.operations.progress import AlreadyBegun, record_deposit, record_start
from scheduling.operations.swaps import LegHasSeveral, LegNotServed, fitting_swaps, swap_leg

SWAPPING = (
    LegHasSeveral, LegNotServed, NoSuchResource, OutsideHours, RegionUnknown, SlotTaken, StaleRevision,
    TransitionRefused,
)  # fmt: skip
RECORDING = (AlreadyBegun, NothingToRecord, StaleRevision, TransitionRefused)


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """One resource of a visit, and what could serve instead."""

    allocation: Allocation
    options: tuple[Resource, ...]


@require_http_methods(["GET", "POST"])
@staff_page
def swap(request: HttpRequest, desk: Desk, *, uid: UUID) -> HttpResponse:
    """Show what serves each leg and what could; swap one of them."""
    desk, appointment = _at_work(desk, uid)
    if request.method != "POST":
        return _swap_page(request, desk, appointment)
    try:
        swap_leg(
            appointment=appointment,
            leg=request.POST.get("leg", ""),
            leaving=_resource(desk, request.POST.get("leaving", "")),
            taking=_resource(desk, request.POST.get("taking", "")),
            reason=request.POST.get("reason", "")[:200],
            expected_revision=_revision(request),
            now=desk.now,
            by=desk.actor,
        )
    except SWAPPING as refusal:
        current = desk.appointments().with_facts().get(pk=appointment.pk)
        return _swap_page(request, desk, current, refusal=refused.said(refusal, desk), status=409)
    messages.success(request, "Swapped. The rest of the visit stays as it was, and nobody is told anything.")
    return redirect("work:appointment", uid)


@require_POST
@staff_page
def began(request: HttpRequest, desk: Desk, *, uid: UUID) -> HttpResponse:
    """Record that the procedure begins now."""
    desk, appointment = _at_work(desk, uid)
    try:
        record_start(appointment=appointment, began_at=desk.now, now=desk.now, by=desk.actor)
    except RECORDING as refusal:
        messages.error(request, words.sentence_of(refusal))
    else:
        messages.success(request, "The procedure began just now.")
    return redirect("work:appointment", uid)


@require_POST
@staff_page
def deposit(request: HttpRequest, desk: Desk, *, uid: UUID) -> HttpResponse:
    """Record that the deposit is there, or that it is not after all."""
    desk, appointment = _at_work(desk, uid)
    is_there = request.POST.get("there") == "yes"
    try:
        record_deposit(appointment=appointment, is_there=is_there, now=desk.now, by=desk.actor)
    except RECORDING as refusal:
        messages.error(request, words.sentence_of(refusal))
    else:
        messages.success(request, "The deposit is recorded." if is_there else "No deposit is recorded.")
    return redirect("work:appointment", uid)


def _swap_page(
    request: HttpRequest,
    desk: Desk,
    appointment: Appointment,
    *,
    refusal: tuple[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    ahead = Allocation.objects.unfinished(desk.now).filter(appointment=appointment)
    places = [
        Place(
            allocation=each,
            options=fitting_swaps(appointment, leg=each.leg, leaving=each.resource, now=desk.now),
        )
        for each in ahead.select_related("resource").order_by("period", "id")
    ]
    context = {
        "desk": desk,
        "appointment": appointment,
        "patient": appointment.patient,
        "state": state_of(appointment),
        "places": places,
        "refusal": refusal,
    }
    return render(request, "cryoclinic/work/swap.html", context, status=status)


def _at_work(desk: Desk, uid: UUID) -> tuple[Desk, Appointment]:
    there, appointment = appointment_at(desk, uid)
    there.require(AT_WORK)
    return there, appointment


def _resource(desk: Desk, uid: str) -> Resource | None:
    """Return the resource of the desk's location that a form names; None for none. :raises Http404: if unknown"""
    if not uid:
        return None
    found = next((each for each in Resource.objects.at(desk.location) if str(each.uid) == uid), None)
    if found is None:
        raise Http404
    return found


def _revision(request: HttpRequest) -> int:
    text = request.POST.get("revision", "")
    return int(text) if text.isdecimal() else 0

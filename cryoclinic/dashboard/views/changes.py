"""Move, cancel, arrive, end: one operation each, with its consequences shown first and its refusal in words."""

import datetime as dt
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from cryoclinic.dashboard import refused, words
from cryoclinic.dashboard.access import AT_WORK, Desk, appointment_at, staff_page
from cryoclinic.dashboard.forms import CancelForm, EndForm, MoveForm, OfZone
from cryoclinic.dashboard.readiness import preparedness_of, state_of
from cryoclinic.dashboard.series_forms import cancel_rest, rest_form
from cryoclinic.dashboard.told import story_of
from scheduling.codes import CancellationReason
from scheduling.models import Appointment
from scheduling.operations import (
    AlreadyThere,
    LegIsEmpty,
    NoActiveProtocol,
    NoSuchResource,
    NotQualified,
    OfferingInactive,
    OtherOrganization,
    PatientDeceased,
    StaleRevision,
    TimesDoNotFit,
    TransitionRefused,
    cancel_appointment,
    mark_arrived,
    move_appointment,
    record_end,
)
from scheduling.operations.gaps import distance_warnings
from scheduling.operations.policies import TooLateToMove, TooManyMoves
from scheduling.operations.slots import find_slots

CHANGING = (StaleRevision, TransitionRefused)
MOVING: tuple[type[Exception], ...] = (*CHANGING, *refused.BOOKING, AlreadyThere, TooLateToMove, TooManyMoves)
NOTHING_OFFERED = (
    LegIsEmpty,
    NoActiveProtocol,
    NoSuchResource,
    NotQualified,
    OfferingInactive,
    OtherOrganization,
    PatientDeceased,
)
# How far ahead the next start that works is looked for [ops].
LOOK_AHEAD = dt.timedelta(days=14)


@require_POST
@staff_page
def arrived(request: HttpRequest, desk: Desk, *, uid: UUID) -> HttpResponse:
    """Record that the patient has come."""
    desk, appointment = _at_work(desk, uid)
    try:
        mark_arrived(appointment=appointment, now=desk.now, by=desk.actor)
    except CHANGING as refusal:
        messages.error(request, words.sentence_of(refusal))
    else:
        messages.success(request, f"Arrived: {_name(appointment)}.")
    return redirect(
        "work:today" if request.POST.get("from") == "today" else "work:appointment", *_where(request, uid)
    )


@require_http_methods(["GET", "POST"])
@staff_page
def move(request: HttpRequest, desk: Desk, *, uid: UUID) -> HttpResponse:
    """Move a visit to a typed start; a refusal names what is in the way and the next start that works."""
    desk, appointment = _at_work(desk, uid)
    local = appointment.start.astimezone(desk.zone)
    asked = {"day": request.GET.get("day", local.date()), "time": request.GET.get("time", local.time())}
    form = MoveForm(request.POST or None, zone=desk.zone, initial={"revision": appointment.revision, **asked})
    if not form.is_valid():
        return _form_page(request, desk, appointment, form=form, template="move")
    typed = form.cleaned_data
    near = distance_warnings(appointment, start=typed["start"])
    if near and request.POST.get("seen") != typed["start"].isoformat():
        # Nothing is refused, but nobody moves it there without having read this.
        return _form_page(request, desk, appointment, form=form, template="move", status=409, near=near)
    try:
        moved = move_appointment(
            appointment=appointment,
            start=typed["start"],
            now=desk.now,
            by=desk.actor,
            expected_revision=typed["revision"],
            reason=typed["reason"],
            override_reason=typed["override_reason"],
        )
    except MOVING as refusal:
        said = {"refusal": _said(refusal, desk), **_offered(appointment, desk, after=typed["start"])}
        return _form_page(request, desk, appointment, form=form, template="move", status=409, **said)
    messages.success(request, f"Moved to {words.day_and_time(moved.start, desk.zone)}: {_name(moved)}.")
    return redirect("work:appointment", uid)


@require_http_methods(["GET", "POST"])
@staff_page
def cancel(request: HttpRequest, desk: Desk, *, uid: UUID) -> HttpResponse:
    """Cancel a visit for a coded reason."""
    desk, appointment = _at_work(desk, uid)
    form = CancelForm(request.POST or None, zone=desk.zone, initial={"revision": appointment.revision})
    rest = rest_form(request, appointment)
    if not form.is_valid() or (rest is not None and not rest.is_valid()):
        return _form_page(request, desk, appointment, form=form, template="cancel", rest=rest)
    typed = form.cleaned_data
    reason = CancellationReason(typed["reason"])
    try:
        cancel_appointment(
            appointment=appointment,
            reason=reason,
            note=typed["note"],
            now=desk.now,
            by=desk.actor,
            expected_revision=typed["revision"],
        )
    except CHANGING as refusal:
        said = {"rest": rest, "refusal": _said(refusal, desk)}
        return _form_page(request, desk, appointment, form=form, template="cancel", status=409, **said)
    others = cancel_rest(appointment, form=rest, reason=reason, note=typed["note"], desk=desk)
    messages.success(request, f"Cancelled: {_name(appointment)}. {others}".strip())
    return redirect("work:appointment", uid)


@require_http_methods(["GET", "POST"])
@staff_page
def end(request: HttpRequest, desk: Desk, *, uid: UUID) -> HttpResponse:
    """Record when the procedure began and ended."""
    desk, appointment = _at_work(desk, uid)
    local = (appointment.began_at or appointment.start).astimezone(desk.zone)
    initial = {"revision": appointment.revision, "began_on": local.date(), "ended_on": local.date()}
    form = EndForm(request.POST or None, zone=desk.zone, initial={**initial, "began_at": local.time()})
    if not form.is_valid():
        return _form_page(request, desk, appointment, form=form, template="end")
    typed = form.cleaned_data
    try:
        record_end(
            appointment=appointment,
            began_at=typed["began"],
            ended_at=typed["ended"],
            now=desk.now,
            by=desk.actor,
            expected_revision=typed["revision"],
        )
    except (*CHANGING, TimesDoNotFit) as refusal:
        return _form_page(
            request, desk, appointment, form=form, template="end", status=409, refusal=_said(refusal, desk)
        )
    messages.success(request, f"The end is recorded: {_name(appointment)}.")
    return redirect("work:appointment", uid)


def next_start(appointment: Appointment, *, after: dt.datetime, now: dt.datetime) -> dt.datetime | None:
    """Return the next start (UTC) from `after` on to which a visit could move, or None for none in a fortnight."""
    first = max(after, now)
    try:
        found = find_slots(
            offering=appointment.offering,
            first=first,
            until=first + LOOK_AHEAD,
            limit=1,
            now=now,
            moving=appointment,
        )
    except NOTHING_OFFERED:
        return None
    return found[0].start if found else None


def _offered(appointment: Appointment, desk: Desk, *, after: dt.datetime) -> dict[str, Any]:
    """Return the next start that works, and the same as the form takes it: on the location's clock."""
    start = next_start(appointment, after=after, now=desk.now)
    if start is None:
        return {"offered": None}
    local = start.astimezone(desk.zone)
    return {"offered": start, "filled_in": urlencode({"day": local.date(), "time": f"{local:%H:%M}"})}


def _at_work(desk: Desk, uid: UUID) -> tuple[Desk, Appointment]:
    there, appointment = appointment_at(desk, uid)
    there.require(AT_WORK)
    return there, appointment


def _form_page(
    request: HttpRequest,
    desk: Desk,
    appointment: Appointment,
    *,
    form: OfZone,
    template: str,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    context = {
        "desk": desk,
        "appointment": appointment,
        "patient": appointment.patient,
        "state": state_of(appointment),
        "prepared": preparedness_of(appointment, now=desk.now),
        "story": story_of(appointment, now=desk.now),
        "form": form,
        **more,
    }
    wrong_rest = more.get("rest") is not None and more["rest"].errors
    wrong = status if status != 200 or not (form.errors or wrong_rest) else 422  # noqa: PLR2004 # HTTP's own numbers
    return render(request, f"cryoclinic/work/{template}.html", context, status=wrong)


def _said(refusal: Exception, desk: Desk) -> tuple[str, str]:
    return refused.said(refusal, desk)


def _name(appointment: Appointment) -> str:
    return f"{appointment.patient.given_name} {appointment.patient.family_name}"


def _where(request: HttpRequest, uid: UUID) -> list[UUID]:
    return [] if request.POST.get("from") == "today" else [uid]

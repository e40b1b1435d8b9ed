"""A series as a whole: its sessions with their distances, the missing ones booked, chosen ones cancelled."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from cryoclinic.dashboard import refused
from cryoclinic.dashboard.access import AT_WORK, Desk, staff_page
from cryoclinic.dashboard.series_forms import CancelSessionsForm, rows_of, said
from scheduling.codes import CancellationReason
from scheduling.models import Appointment, Series
from scheduling.operations.series import NotRepeatable, SeriesDoesNotFit
from scheduling.operations.series_rest import (
    NothingMissing,
    book_missing,
    cancel_sessions,
    sessions_missing,
)

BOOKING: tuple[type[Exception], ...] = (*refused.BOOKING, NothingMissing, NotRepeatable, SeriesDoesNotFit)


@require_safe
@staff_page
def series(request: HttpRequest, desk: Desk, *, uid: UUID) -> HttpResponse:
    """Show the sessions of a series in the order of time, with the days between them."""
    desk, found = _series(desk, uid)
    return _page(request, desk, found)


@require_POST
@staff_page
def missing(request: HttpRequest, desk: Desk, *, uid: UUID) -> HttpResponse:
    """Book the missing sessions after the last one."""
    desk, found = _series(desk, uid)
    desk.require(AT_WORK)
    try:
        booked = book_missing(series=found, now=desk.now, by=desk.actor)
    except BOOKING as refusal:
        return _page(request, desk, found, refusal=refused.said(refusal, desk), title="Nothing was booked")
    messages.success(request, f"Booked: {len(booked)} session{'' if len(booked) == 1 else 's'}.")
    return redirect("work:series", uid)


@require_POST
@staff_page
def cancelled(request: HttpRequest, desk: Desk, *, uid: UUID) -> HttpResponse:
    """Cancel the chosen sessions, each by itself, as somebody saw it."""
    desk, found = _series(desk, uid)
    desk.require(AT_WORK)
    form, chosen = CancelSessionsForm(request.POST), _chosen(request, found)
    if not form.is_valid() or not chosen:
        nothing = "" if chosen else "Choose at least one session."
        return _page(request, desk, found, form=form, nothing=nothing, status=422)
    outcomes = cancel_sessions(
        series=found,
        sessions=chosen,
        reason=CancellationReason(form.cleaned_data["reason"]),
        note=form.cleaned_data["note"],
        now=desk.now,
        by=desk.actor,
    )
    tell = messages.success if all(each.refusal is None for each in outcomes) else messages.error
    tell(request, said(outcomes, desk))
    return redirect("work:series", uid)


def _chosen(request: HttpRequest, found: Series) -> list[tuple[Appointment, int]]:
    """Return the sessions that were ticked, each with the revision that was seen."""
    ticked = set(request.POST.getlist("session"))
    revisions = {str(each.appointment.uid): each.appointment for each in found.sessions.all()}
    chosen = []
    for name in sorted(ticked & revisions.keys(), key=lambda each: revisions[each].start):
        seen = request.POST.get(f"revision-{name}", "")
        chosen.append((revisions[name], int(seen) if seen.isdecimal() else 0))
    return chosen


def _series(desk: Desk, uid: UUID) -> tuple[Desk, Series]:
    seen = Series.objects.with_sessions().prefetch_related("sessions__appointment__answers")
    found = seen.filter(offering__location__in=desk.locations, uid=uid).first()
    if found is None:
        raise Http404
    return desk.at(found.offering.location), found


def _page(request: HttpRequest, desk: Desk, found: Series, *, status: int = 200, **more: Any) -> HttpResponse:
    rows = rows_of(found, desk)
    context = {
        "desk": desk,
        "series": found,
        "patient": found.patient,
        "rows": rows,
        "standing": sum(row.stands for row in rows),
        "ahead": [row for row in rows if row.is_ahead],
        "missing": sessions_missing(found),
        "form": CancelSessionsForm(),
        "ticked": request.POST.getlist("session"),
        **more,
    }
    wrong = 409 if more.get("refusal") else status
    return render(request, "cryoclinic/work/series.html", context, status=wrong)

"""A day that runs late: what follows is shown first, then done as it was seen."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from cryoclinic.dashboard import refused
from cryoclinic.dashboard.access import AT_WORK, Desk, appointment_at, staff_page
from cryoclinic.dashboard.forms import number_field
from cryoclinic.dashboard.plan_days import FASTING
from cryoclinic.dashboard.readiness import preparedness_of
from cryoclinic.dashboard.told import story_of
from scheduling.models import Appointment, Resource
from scheduling.operations import OverrideRefused, TransitionRefused
from scheduling.operations.late import (
    BeyondHours,
    DayDelay,
    DelayOutOfRange,
    FoodStop,
    LateVisit,
    NothingToDelay,
    ProposalChanged,
    StandsInTheWay,
    delay_day,
    food_stops,
    propose_delay,
)

ASKING = (DelayOutOfRange, NothingToDelay, StandsInTheWay, TransitionRefused)
DOING = (*ASKING, BeyondHours, OverrideRefused, ProposalChanged)


class LateForm(forms.Form):
    """By how much."""

    minutes = number_field("Late by how many minutes", least=5, most=480, initial=30)


@dataclass(frozen=True, kw_only=True, slots=True)
class Consequence:
    """One visit that would change, with everything that follows for the patient."""

    visit: LateVisit
    told: tuple[str, ...]
    food: tuple[tuple[str, FoodStop], ...]
    signed: tuple[str, ...]


@require_http_methods(["GET", "POST"])
@staff_page
def late(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Show what follows when something runs late; re-time it when somebody agrees to what they saw."""
    desk.require(AT_WORK)
    asked = request.POST if request.method == "POST" else request.GET
    desk, what = _what(desk, asked)
    form = LateForm(asked if "minutes" in asked else None)
    if what is None or not form.is_valid():
        return _page(request, desk, what=what, form=form)
    keeping = frozenset(_uid(each) for each in asked.getlist("keep"))
    wanted = {**what, "minutes": form.cleaned_data["minutes"], "keeping": keeping, "now": desk.now}
    refusal = _done(request, desk, wanted) if request.method == "POST" else None
    if request.method == "POST" and refusal is None:
        return redirect("work:today")
    try:
        proposal = propose_delay(**wanted)
    except ASKING as nothing:
        return _page(request, desk, what=what, form=form, refusal=refusal or refused.said(nothing, desk))
    return _page(request, desk, what=what, form=form, proposal=proposal, refusal=refusal)


def _done(request: HttpRequest, desk: Desk, wanted: dict[str, Any]) -> tuple[str, str] | None:
    typed: dict[str, Any] = {
        name: request.POST.get(name, "")[:200] for name in ("seen", "reason", "beyond_reason")
    }
    try:
        done = delay_day(**wanted, **typed, by=desk.actor)
    except DOING as refusal:
        return refused.said(refusal, desk)
    count = len(done.visits)
    messages.success(
        request, f"Re-timed: {count} visit{'' if count == 1 else 's'}. Who was told is told again."
    )
    return None


def _what(desk: Desk, asked: QueryDict) -> tuple[Desk, dict[str, Any] | None]:
    """Return what is late, at the desk of its location. :raises Http404: if there is no such thing"""
    if asked.get("appointment"):
        there, appointment = appointment_at(desk, _uid(str(asked["appointment"])))
        there.require(AT_WORK)
        return there, {"appointment": appointment}
    if asked.get("resource"):
        resource = Resource.objects.at(desk.location).filter(uid=_uid(str(asked["resource"]))).first()
        if resource is None:
            raise Http404
        return desk, {"resource": resource}
    return desk, None


def _uid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise Http404 from error


def _page(
    request: HttpRequest,
    desk: Desk,
    *,
    what: dict[str, Any] | None,
    form: LateForm,
    proposal: DayDelay | None = None,
    refusal: tuple[str, str] | None = None,
) -> HttpResponse:
    context = {
        "desk": desk,
        "what": what,
        "form": form,
        "proposal": proposal,
        "consequences": [_consequence(each, desk) for each in proposal.visits] if proposal else [],
        "keeping": _kept_of(request),
        "kept": [(row, _asked(request, but=str(row.uid))) for row in proposal.kept] if proposal else [],
        "without": _asked(request, but=None),
        "resources": Resource.objects.at(desk.location),
        "refusal": refusal,
    }
    return render(request, "cryoclinic/work/late.html", context, status=409 if refusal else 200)


def _kept_of(request: HttpRequest) -> list[str]:
    asked = request.POST if request.method == "POST" else request.GET
    return list(dict.fromkeys(asked.getlist("keep")))


def _asked(request: HttpRequest, *, but: str | None) -> str:
    """Return the question as an address, without one of the visits that keep their time; None: without all of them."""
    asked = request.POST if request.method == "POST" else request.GET
    names = [name for name in ("appointment", "resource", "minutes") if asked.get(name)]
    kept = [each for each in _kept_of(request) if but is not None and each != but]
    return urlencode([*((name, asked[name]) for name in names), *(("keep", each) for each in kept)])


def _consequence(visit: LateVisit, desk: Desk) -> Consequence:
    appointment: Appointment = visit.appointment
    signed = () if visit.takes_longer else preparedness_of(appointment, now=desk.now).standing
    return Consequence(
        visit=visit,
        told=story_of(appointment, now=desk.now).told,
        food=tuple((FASTING.get(each.food, each.food), each) for each in food_stops(visit)),
        signed=tuple(each.drug for each in signed),
    )

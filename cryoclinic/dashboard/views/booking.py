"""Book a visit: what, from which day on, one of the free times, which is then kept while somebody decides."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from cryoclinic.dashboard import refused
from cryoclinic.dashboard.access import AT_WORK, Desk, staff_page
from cryoclinic.dashboard.booking_forms import ANOTHER, BookForm, WayForm, WhatForm
from cryoclinic.dashboard.foresight import NEEDS_REASON
from cryoclinic.dashboard.free_times import FreeTimes, Inquiry, free_times, next_free
from cryoclinic.dashboard.keeping import keep, kept_by
from scheduling.models import Appointment, Patient, ProcedureOffering

ASK_WHO_MAY = (
    "Only a nurse or a clinician books against this, with a reason. Ask one of them, or choose another time."
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Search:
    """What somebody at a desk looks for: `asked` as it was sent, and the forms that read it."""

    asked: dict[str, str]
    what: WhatForm
    way: WayForm | None

    @property
    def is_valid(self) -> bool:
        """Whether there is enough to look for times."""
        return self.what.is_bound and self.what.is_valid() and self.way is not None and self.way.is_valid()

    @property
    def has_errors(self) -> bool:
        """Whether something that was typed must be put right."""
        return bool(self.what.errors or (self.way is not None and self.way.errors))

    def inquiry(self, *, patient: Patient, now: dt.datetime) -> Inquiry:
        """Return what a valid search looks for, for a patient."""
        if self.way is None:
            raise Http404
        target = self.what.cleaned_data.get("target", "")
        return Inquiry(
            offering=self.what.cleaned_data["offering"],
            patient=patient,
            wish=self.way.wish(target=target),
            too_soon=self.way.cleaned_data["too_soon"],
            now=now,
        )


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def book(request: HttpRequest, desk: Desk, *, uid: UUID) -> HttpResponse:
    """Show the free times of a procedure for a patient, and keep the one that is chosen."""
    desk.require(AT_WORK)
    patient = patient_at(desk, uid)
    if patient.merged_into is not None:
        messages.error(request, "That record was merged into another. This is the one to book for.")
        return redirect("work:book", patient.merged_into.uid)
    sent = request.POST if request.method == "POST" else request.GET
    search = search_for(sent, desk)
    context: dict[str, Any] = {
        "desk": desk,
        "patient": patient,
        "search": search,
        "kept": kept_by(desk.user, patient=patient, now=desk.now),
    }
    if not search.is_valid:
        return render(request, "cryoclinic/work/book.html", context, status=422 if search.has_errors else 200)
    inquiry = search.inquiry(patient=patient, now=desk.now)
    context |= {"desk": desk.at(inquiry.offering.location), "sat_at": desk.location, "inquiry": inquiry}
    if request.method == "POST":
        return _kept(request, inquiry, context=context)
    return _page(request, inquiry, form=BookForm(zone=inquiry.zone), context=context)


def refuse(
    request: HttpRequest,
    refusal: Exception,
    inquiry: Inquiry,
    *,
    form: BookForm,
    start: dt.datetime,
    context: dict[str, Any],
) -> HttpResponse:
    """Say why a start (aware) cannot be had, and offer the next ones."""
    desk: Desk = context["desk"]
    sentence, details = refused.said(refusal, desk)
    if isinstance(refusal, NEEDS_REASON) and not desk.actor.may_override:
        details = f"{details} {ASK_WHO_MAY}".strip()
    context |= {"refusal": (sentence, details), **_instead(inquiry, start=start)}
    return _page(request, inquiry, form=form, context=context, status=409)


def address_of(inquiry: Inquiry, search: Search, *, page: str = "work:book", **named: Any) -> str:
    """Return the address of a page about a patient, with what is looked for."""
    return f"{reverse(page, kwargs={'uid': inquiry.patient.uid, **named})}?{urlencode(search.asked)}"


def _kept(request: HttpRequest, inquiry: Inquiry, *, context: dict[str, Any]) -> HttpResponse:
    desk: Desk = context["desk"]
    form = BookForm(request.POST, zone=inquiry.zone)
    if not form.is_valid():
        return _page(request, inquiry, form=form, context=context, status=422)
    start = form.cleaned_data["at"]
    try:
        hold = keep(inquiry, start=start, by=desk.actor)
    except refused.BOOKING as refusal:
        return refuse(request, refusal, inquiry, form=form, start=start, context=context)
    return redirect(address_of(inquiry, context["search"], page="work:held", hold=hold.uid))


def _instead(inquiry: Inquiry, *, start: dt.datetime) -> dict[str, Any]:
    """Return the visit that was booked for this very start already, or the next start that works."""
    booked = Appointment.objects.occupying().filter(
        patient=inquiry.patient, offering=inquiry.offering, start=start
    )
    if (already := booked.first()) is not None:
        return {"already": already}
    try:
        return {"instead": next_free(replace(inquiry, too_soon=False), first=max(start, inquiry.now))}
    except refused.BOOKING:
        return {}


def _page(
    request: HttpRequest, inquiry: Inquiry, *, form: BookForm, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    search: Search = context["search"]
    first_on = search.what.cleaned_data["first_on"] or inquiry.now.astimezone(inquiry.zone).date()
    try:
        free = free_times(inquiry, first_on=first_on)
    except refused.BOOKING as refusal:
        context["impossible"] = refused.said(refusal, context["desk"])
        free = FreeTimes()
    later = {**search.asked, "first_on": "" if free.later_on is None else free.later_on.isoformat()}
    return render(
        request,
        "cryoclinic/work/book.html",
        {**context, "form": form, "free": free, "later": urlencode(later), "another": ANOTHER},
        status=status,
    )


def search_for(sent: Mapping[str, str], desk: Desk) -> Search:
    """Read a search; where only one procedure is offered, nobody has to choose it."""
    offerings = _offerings(desk)
    found = list(offerings)
    asked = sent if "offering" in sent or len(found) != 1 else {"offering": str(found[0].uid)}
    chosen = next((each for each in found if str(each.uid) == asked.get("offering")), None)
    data = asked if "offering" in asked else None
    what = WhatForm(data, offerings=offerings, chosen=chosen)
    way = None if chosen is None else WayForm(data, offering=chosen)
    names = [*what.fields, *(() if way is None else way.fields)]
    return Search(asked={name: asked[name] for name in names if asked.get(name)}, what=what, way=way)


def _offerings(desk: Desk) -> QuerySet[ProcedureOffering]:
    """Return what is offered where the person may book, in the clinic they sit at."""
    clinic = desk.location.organization_id
    places = [
        each
        for each in desk.locations
        if each.organization_id == clinic and desk.scope.roles_at(each) & AT_WORK
    ]
    found = ProcedureOffering.objects.in_use().with_terms().filter(location__in=places)
    return found.order_by("procedure_type__name", "location__name")


def patient_at(desk: Desk, uid: UUID) -> Patient:
    """
    Return a patient of the desk's clinic with their facts.

    :raises Http404: if the clinic has none of that uid
    """
    found = Patient.objects.of(desk.location.organization).with_facts().select_related("merged_into")
    patient = found.filter(uid=uid).first()
    if patient is None:
        raise Http404
    return patient

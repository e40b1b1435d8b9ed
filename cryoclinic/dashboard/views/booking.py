"""Book a visit: what, from which day on, one of the free times."""

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
from django.views.decorators.http import require_http_methods

from cryoclinic.dashboard import refused, words
from cryoclinic.dashboard.access import AT_WORK, Desk, staff_page
from cryoclinic.dashboard.booking_forms import ANOTHER, BookForm, WayForm, WhatForm
from cryoclinic.dashboard.free_times import FreeTimes, Inquiry, free_times, next_free
from scheduling.models import Appointment, Patient, ProcedureOffering
from scheduling.operations import book_appointment


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
    """Show the free times of a procedure for a patient, and book one."""
    desk.require(AT_WORK)
    patient = _patient(desk, uid)
    if patient.merged_into is not None:
        messages.error(request, "That record was merged into another. This is the one to book for.")
        return redirect("work:book", patient.merged_into.uid)
    sent = request.POST if request.method == "POST" else request.GET
    search = _search(sent, offerings=_offerings(desk))
    context: dict[str, Any] = {"desk": desk, "patient": patient, "search": search}
    if not search.is_valid:
        return render(request, "cryoclinic/work/book.html", context, status=422 if search.has_errors else 200)
    inquiry = search.inquiry(patient=patient, now=desk.now)
    context |= {"desk": desk.at(inquiry.offering.location), "sat_at": desk.location, "inquiry": inquiry}
    if request.method == "POST":
        return _booked(request, inquiry, context=context)
    return _page(request, inquiry, form=BookForm(zone=inquiry.zone), context=context)


def _booked(request: HttpRequest, inquiry: Inquiry, *, context: dict[str, Any]) -> HttpResponse:
    desk: Desk = context["desk"]
    form = BookForm(request.POST, zone=inquiry.zone)
    if not form.is_valid():
        return _page(request, inquiry, form=form, context=context, status=422)
    start = form.cleaned_data["at"]
    wish = inquiry.wish
    try:
        visit = book_appointment(
            offering=inquiry.offering,
            patient=inquiry.patient,
            start=start,
            now=desk.now,
            by=desk.actor,
            practitioner=wish["practitioner"],
            target=wish["target"],
            anaesthesia=wish["anaesthesia"],
            guidance=wish["guidance"],
            contrast=wish["contrast"],
            override_reason=form.cleaned_data["override_reason"],
        )
    except refused.BOOKING as refusal:
        context |= {"refusal": refused.said(refusal, desk), **_instead(inquiry, start=start)}
        return _page(request, inquiry, form=form, context=context, status=409)
    name = f"{inquiry.patient.given_name} {inquiry.patient.family_name}"
    messages.success(request, f"Booked for {words.day_and_time(visit.start, desk.zone)}: {name}.")
    return redirect("work:appointment", visit.uid)


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


def _search(sent: Mapping[str, str], *, offerings: QuerySet[ProcedureOffering]) -> Search:
    """Read a search; where only one procedure is offered, nobody has to choose it."""
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


def _patient(desk: Desk, uid: UUID) -> Patient:
    found = Patient.objects.of(desk.location.organization).with_facts().select_related("merged_into")
    patient = found.filter(uid=uid).first()
    if patient is None:
        raise Http404
    return patient

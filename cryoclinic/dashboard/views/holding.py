"""A time that is kept: what booking it would mean, then book it or give it back."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from cryoclinic.dashboard import refused, words
from cryoclinic.dashboard.access import AT_WORK, Desk, staff_page
from cryoclinic.dashboard.booking_forms import BookForm, ReasonForm
from cryoclinic.dashboard.foresight import NEEDS_REASON, Foreseen, book_wanted, foresee
from cryoclinic.dashboard.free_times import Inquiry
from cryoclinic.dashboard.keeping import holds_of
from cryoclinic.dashboard.views.booking import address_of, patient_at, refuse, search_for
from scheduling.models import Hold, Patient
from scheduling.operations import HoldDoesNotFit, HoldIsGone, OverrideRefused, release_hold

REFUSALS: tuple[type[Exception], ...] = (HoldIsGone, HoldDoesNotFit, *refused.BOOKING)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def held(request: HttpRequest, desk: Desk, *, uid: UUID, hold: UUID) -> HttpResponse:
    """Show who would be told what and when, until when the time is kept, and book it."""
    desk.require(AT_WORK)
    patient = patient_at(desk, uid)
    kept = _hold(desk, patient, hold)
    search = search_for({**request.GET.dict(), "offering": str(kept.offering.uid)}, desk)
    if not search.is_valid:
        return redirect("work:book", patient.uid)
    inquiry = search.inquiry(patient=patient, now=desk.now)
    context: dict[str, Any] = {
        "desk": desk.at(kept.offering.location),
        "sat_at": desk.location,
        "patient": patient,
        "search": search,
        "inquiry": inquiry,
        "hold": kept,
        "is_over": kept.expires_at <= desk.now,
        "back": address_of(inquiry, search),
        "release": address_of(inquiry, search, page="work:release", hold=kept.uid),
    }
    form = ReasonForm(request.POST if request.method == "POST" else None)
    try:
        seen = _foreseen(inquiry, kept, context["desk"])
        if request.method == "POST" and form.is_valid() and (reason := _reason(form, seen)) is not None:
            return _booked(request, inquiry, kept, reason=reason, context=context)
    except REFUSALS as refusal:
        return _refused(request, refusal, inquiry, kept, context=context)
    context |= {"seen": seen, "form": form, "against": _against(seen, context["desk"])}
    return render(request, "cryoclinic/work/held.html", context, status=422 if form.errors else 200)


@require_POST
@staff_page
def release(request: HttpRequest, desk: Desk, *, uid: UUID, hold: UUID) -> HttpResponse:
    """Give a time back that is kept, and go on looking."""
    desk.require(AT_WORK)
    patient = patient_at(desk, uid)
    kept = _hold(desk, patient, hold)
    try:
        release_hold(hold=kept, now=desk.now)
    except HoldIsGone as refusal:
        messages.error(request, words.sentence_of(refusal))
    else:
        messages.success(request, "The time is free for others again. Nothing was booked.")
    search = search_for(request.GET, desk)
    if not search.is_valid:
        return redirect("work:book", patient.uid)
    return redirect(address_of(search.inquiry(patient=patient, now=desk.now), search))


def _foreseen(inquiry: Inquiry, kept: Hold, desk: Desk) -> Foreseen:
    return foresee(inquiry, start=kept.start, by=desk.actor, hold=kept, with_medicines=desk.sees_proposals)


def _reason(form: ReasonForm, seen: Foreseen) -> str | None:
    """Return the reason that the booking needs, empty for none; None, with an error at the field, where it is missing."""
    reason: str = form.cleaned_data["override_reason"]
    if seen.against is None:
        return ""
    if not reason:
        form.add_error("override_reason", "Write why it is booked nevertheless.")
        return None
    return reason


def _against(seen: Foreseen, desk: Desk) -> tuple[str, str] | None:
    return None if seen.against is None else refused.said(seen.against, desk)


def _booked(
    request: HttpRequest, inquiry: Inquiry, kept: Hold, *, reason: str, context: dict[str, Any]
) -> HttpResponse:
    desk: Desk = context["desk"]
    visit = book_wanted(inquiry, start=kept.start, by=desk.actor, hold=kept, override_reason=reason)
    name = f"{inquiry.patient.given_name} {inquiry.patient.family_name}"
    messages.success(request, f"Booked for {words.day_and_time(visit.start, desk.zone)}: {name}.")
    return redirect("work:appointment", visit.uid)


def _refused(
    request: HttpRequest, refusal: Exception, inquiry: Inquiry, kept: Hold, *, context: dict[str, Any]
) -> HttpResponse:
    """Say that the time is not to be had any more, and show the next ones."""
    if context["is_over"] and not isinstance(refusal, (*NEEDS_REASON, OverrideRefused)):
        context["lapsed"] = kept.expires_at
    return refuse(
        request, refusal, inquiry, form=BookForm(zone=inquiry.zone), start=kept.start, context=context
    )


def _hold(desk: Desk, patient: Patient, uid: UUID) -> Hold:
    """Return a time that this person keeps, or kept, for the patient."""
    mine = holds_of(desk.user, patient=patient).select_related(
        "offering__location__organization", "offering__procedure_type"
    )
    found = mine.filter(uid=uid).first()
    if found is None:
        raise Http404
    return found

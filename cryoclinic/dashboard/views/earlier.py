"""Those who have a visit and want an earlier one, and those who lost theirs."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from cryoclinic.dashboard import words
from cryoclinic.dashboard.access import AT_WORK, Desk, appointment_at, staff_page
from cryoclinic.dashboard.readiness import state_of
from cryoclinic.dashboard.waiting_forms import WishesForm
from scheduling.codes import WaitlistPriority
from scheduling.models import WaitlistEntry
from scheduling.operations import OtherOrganization, PatientDeceased
from scheduling.operations.waitlist import (
    AlreadyWaiting,
    NoLongerWaiting,
    NothingEarlier,
    NothingToPutBack,
    NotOfferedThere,
    NotTheirVisit,
    SayWhichVisit,
    WishesDoNotFit,
    add_to_waitlist,
    put_back,
    remove_from_waitlist,
)

ADDING: tuple[type[Exception], ...] = (
    AlreadyWaiting, NotOfferedThere, NotTheirVisit, NothingEarlier, OtherOrganization, PatientDeceased, SayWhichVisit,
    WishesDoNotFit,
)  # fmt: skip
PUTTING_BACK: tuple[type[Exception], ...] = (
    AlreadyWaiting, NothingEarlier, NothingToPutBack, PatientDeceased, SayWhichVisit,
)  # fmt: skip


@require_http_methods(["GET", "POST"])
@staff_page
def earlier(request: HttpRequest, desk: Desk, *, uid: UUID) -> HttpResponse:
    """Have the patient of a visit be offered earlier times; one that is taken moves the visit."""
    desk, appointment = appointment_at(desk, uid)
    desk.require(AT_WORK)
    form = WishesForm(request.POST or None)
    context = {
        "desk": desk,
        "form": form,
        "appointment": appointment,
        "patient": appointment.patient,
        "state": state_of(appointment),
    }
    if not form.is_valid():
        status = 422 if form.errors else 200
        return render(request, "cryoclinic/work/earlier.html", context, status=status)
    typed = form.cleaned_data
    try:
        add_to_waitlist(
            patient=appointment.patient,
            procedure_type=appointment.offering.procedure_type,
            locations=[appointment.location],
            target=appointment.target,
            priority=WaitlistPriority(typed["priority"]),
            wishes=typed["wishes"],
            notice_hours=typed["notice_hours"],
            agreed=typed["agreed"],
            earlier_than=appointment,
            now=desk.now,
            by=desk.actor,
        )
    except ADDING as refusal:
        context["refusal"] = (words.sentence_of(refusal), words.details_of(refusal, zone=desk.zone))
        return render(request, "cryoclinic/work/earlier.html", context, status=409)
    messages.success(request, "On the waiting list for an earlier time. The visit stays until one is taken.")
    return redirect("work:appointment", uid)


@require_POST
@staff_page
def remove(request: HttpRequest, desk: Desk, *, uid: UUID) -> HttpResponse:
    """Take a patient off the list."""
    desk, entry = _entry(desk, uid)
    desk.require(AT_WORK)
    try:
        remove_from_waitlist(entry=entry, now=desk.now, reason="Taken off by staff", by=desk.actor)
    except NoLongerWaiting as refusal:
        messages.error(request, words.sentence_of(refusal))
    else:
        messages.success(request, "The patient is off the waiting list.")
    return _back(request, entry)


@require_POST
@staff_page
def again(request: HttpRequest, desk: Desk, *, uid: UUID) -> HttpResponse:
    """Put back a patient whose visit was cancelled, with the time they have waited."""
    desk, entry = _entry(desk, uid)
    desk.require(AT_WORK)
    try:
        put_back(entry=entry, now=desk.now, by=desk.actor)
    except PUTTING_BACK as refusal:
        messages.error(request, words.sentence_of(refusal))
    else:
        since = words.day_and_time(entry.waiting_since, desk.zone)
        messages.success(request, f"Back on the waiting list, waiting since {since}.")
    return _back(request, entry)


def _entry(desk: Desk, uid: UUID) -> tuple[Desk, WaitlistEntry]:
    """Return an entry that the person may see, and the desk where it counts: of its visit, else the one chosen."""
    entries = WaitlistEntry.objects.filter(
        organization__in={location.organization_id for location in desk.locations}
    )
    entry = entries.with_people().filter(uid=uid).first()
    if entry is None:
        raise Http404
    wished = {location.pk for location in entry.locations.all()}
    theirs = [location for location in desk.locations if not wished or location.pk in wished]
    if not theirs:
        raise Http404
    return (desk if desk.location in theirs else desk.at(theirs[0])), entry


def _back(request: HttpRequest, entry: WaitlistEntry) -> HttpResponse:
    """Return to the visit where the button was pressed, else to the list."""
    if request.POST.get("from") == "visit" and entry.visit is not None:
        return redirect("work:appointment", entry.visit.uid)
    return redirect("work:waiting")

"""What follows a visit: further sessions of a series, and the follow-ups its protocol wants."""

from uuid import UUID

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from cryoclinic.dashboard import refused, words
from cryoclinic.dashboard.access import AT_WORK, Desk, appointment_at, staff_page
from cryoclinic.dashboard.follow_up_times import FollowUpTimes, as_typed, offering_for, times_for
from cryoclinic.dashboard.waiting_forms import FollowUpForm, SeriesForm, offered_at
from procedures.care import Contact
from scheduling.codes import SeriesMode
from scheduling.models import Appointment, ProcedureOffering
from scheduling.operations.follow_ups import (
    FollowUpBooked,
    FollowUpProposal,
    NoSuchFollowUp,
    NothingToFollow,
    OutsideTheWindow,
    book_follow_up,
    follow_ups_of,
)
from scheduling.operations.gaps import broken_gaps_of, series_of
from scheduling.operations.series import (
    NotPartOfThis,
    NotRepeatable,
    RepeatTooSoon,
    SeriesDoesNotFit,
    SeriesNotPossible,
    SeriesWish,
    book_series,
)
from scheduling.sessions import Gaps

FOLLOWING: tuple[type[Exception], ...] = (
    *refused.BOOKING,
    FollowUpBooked,
    NoSuchFollowUp,
    NothingToFollow,
    OutsideTheWindow,
)
REPEATING: tuple[type[Exception], ...] = (
    *refused.BOOKING, NotPartOfThis, NotRepeatable, RepeatTooSoon, SeriesDoesNotFit, SeriesNotPossible,
)  # fmt: skip
CONTACTS = {
    Contact.CALL: "Phone call",
    Contact.VISIT: "Visit",
    Contact.IMAGING: "Imaging",
    Contact.TEST: "Test",
}


@require_safe
@staff_page
def following(request: HttpRequest, desk: Desk, *, uid: UUID) -> HttpResponse:
    """Show the sessions of a visit's series and the follow-ups of its protocol, with what is booked of them."""
    desk, appointment = appointment_at(desk, uid)
    return _page(request, desk, appointment)


@require_POST
@staff_page
def follow_up(request: HttpRequest, desk: Desk, *, uid: UUID) -> HttpResponse:
    """Book a follow-up as a visit."""
    desk, appointment = appointment_at(desk, uid)
    desk.require(AT_WORK)
    form = FollowUpForm(as_typed(request.POST, desk=desk), location=desk.location)
    if not form.is_valid():
        return _page(request, desk, appointment, form=form, status=422)
    names = ("code", "offering", "start", "override_reason")
    try:
        booked = book_follow_up(
            first=appointment,
            **{name: form.cleaned_data[name] for name in names},
            now=desk.now,
            by=desk.actor,
        )
    except FOLLOWING as refusal:
        return _page(request, desk, appointment, form=form, refusal=refusal, status=409)
    messages.success(request, f"Booked for {words.day_and_time(booked.start, desk.zone)}.")
    return redirect("work:following", uid)


@require_POST
@staff_page
def sessions(request: HttpRequest, desk: Desk, *, uid: UUID) -> HttpResponse:
    """Book further sessions after a visit, at the earliest starts that keep the gaps."""
    desk, appointment = appointment_at(desk, uid)
    desk.require(AT_WORK)
    form = SeriesForm(request.POST)
    if not form.is_valid():
        return _page(request, desk, appointment, form=form, status=422)
    typed = form.cleaned_data
    wish = SeriesWish(
        sessions=typed["sessions"],
        gaps=Gaps(least_days=typed["gap_least_days"], most_days=typed["gap_most_days"]),
        first=max(desk.now, appointment.start),
        mode=SeriesMode(typed["mode"]),
        target=appointment.target,
        after=appointment,
    )
    try:
        series = book_series(
            offering=appointment.offering,
            patient=appointment.patient,
            wish=wish,
            now=desk.now,
            by=desk.actor,
            override_reason=typed["override_reason"],
        )
    except REPEATING as refusal:
        return _page(request, desk, appointment, form=form, refusal=refusal, status=409)
    messages.success(request, f"Booked: {series.sessions.count()} of {series.sessions_wanted} sessions.")
    return redirect("work:following", uid)


def _page(
    request: HttpRequest,
    desk: Desk,
    appointment: Appointment,
    *,
    form: Form | None = None,
    refusal: Exception | None = None,
    status: int = 200,
) -> HttpResponse:
    series = series_of(appointment)
    proposals = follow_ups_of(appointment, now=desk.now)
    typed = form if isinstance(form, FollowUpForm) else None
    code = typed.data.get("code") if typed is not None else request.GET.get("book", "")
    chosen = next((each for each in proposals if each.wanted.code == code), None)
    offerings = list(offered_at(desk.location))
    context = {
        "desk": desk,
        "appointment": appointment,
        "patient": appointment.patient,
        "proposals": [(each, CONTACTS[each.wanted.contact]) for each in proposals],
        "chosen": chosen,
        "offerings": offerings,
        "times": _times(request, desk, appointment, chosen=chosen, offerings=offerings),
        "follow_up_form": typed or FollowUpForm(location=desk.location, initial={"code": code}),
        "series": series,
        "broken": broken_gaps_of(series) if series is not None else (),
        "series_form": form if isinstance(form, SeriesForm) else SeriesForm(),
        "form": form,
        "refusal": None if refusal is None else refused.said(refusal, desk),
    }
    return render(request, "cryoclinic/work/following.html", context, status=status)


def _times(
    request: HttpRequest,
    desk: Desk,
    appointment: Appointment,
    *,
    chosen: FollowUpProposal | None,
    offerings: list[ProcedureOffering],
) -> FollowUpTimes | None:
    """Return the free times of the follow-up that is being booked; None until it is known what it is booked as."""
    if chosen is None or chosen.appointment is not None or not desk.works:
        return None
    asked = request.POST.get("offering") or request.GET.get("offering", "")
    offering = offering_for(appointment, code=chosen.wanted.code, offerings=offerings, asked=asked)
    return None if offering is None else times_for(chosen, first=appointment, offering=offering, desk=desk)

"""Those who wait, and starts that became free: watch, answer, stop."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.db.models import Prefetch, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cryoclinic.dashboard import refused, words
from cryoclinic.dashboard.access import AT_WORK, Desk, staff_page
from cryoclinic.dashboard.views.earlier import ADDING
from cryoclinic.dashboard.waiting_forms import OfferForm, WaitForm
from scheduling.codes import BackfillStatus, BackfillStepKind, WaitlistPriority
from scheduling.models import Backfill, WaitlistEntry, WaitlistOffer
from scheduling.models.backfill import BackfillQuerySet
from scheduling.models.waitlist import WaitlistEntryQuerySet
from scheduling.operations import (
    BeyondHorizon,
    NoActiveProtocol,
    OfferingInactive,
    StartInPast,
    TooShortNotice,
)
from scheduling.operations.backfill import (
    AlreadyLooking,
    BackfillHasEnded,
    NotFree,
    start_backfill,
    stop_backfill,
)
from scheduling.operations.candidates import ranking_of
from scheduling.operations.offers import OfferIsGone, accept_offer, decline_offer
from scheduling.operations.policies import TooLateToMove, TooManyMoves
from scheduling.operations.waitlist import SayWhichVisit, add_to_waitlist
from scheduling.waiting import Ranking

SHOWN_AT_MOST = 200
WHICH_VISIT = "Open that visit and choose: wait for an earlier time."
RECENT = 20
OFFERING = (
    AlreadyLooking, BeyondHorizon, NoActiveProtocol, NotFree, OfferingInactive, StartInPast, TooShortNotice,
)  # fmt: skip
ENDS_OF_AN_OFFER = frozenset(
    {
        BackfillStepKind.ACCEPTED,
        BackfillStepKind.DECLINED,
        BackfillStepKind.LAPSED,
        BackfillStepKind.WITHDRAWN,
    }
)
ANSWERING: tuple[type[Exception], ...] = (
    *refused.BOOKING,
    BackfillHasEnded,
    OfferIsGone,
    TooLateToMove,
    TooManyMoves,
)


@require_safe
@staff_page
def waiting(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Show who waits here, and the starts that are being offered."""
    entries = _entries(desk).waiting().with_people()
    backfills = _backfills(desk).select_related("offering__procedure_type", "filled_by")
    context = {
        "desk": desk,
        "count": entries.count(),
        "entries": sorted(
            entries.order_by("waiting_since", "id")[:SHOWN_AT_MOST],
            key=lambda entry: list(WaitlistPriority.values).index(entry.priority),
        ),
        "owed": _entries(desk).owed_a_visit(desk.now).with_people(),
        "looking": backfills.looking().prefetch_related(_standing(desk)).order_by("start", "id"),
        "ended": backfills.exclude(status=BackfillStatus.LOOKING).order_by("-closed_at", "-id")[:RECENT],
    }
    return render(request, "cryoclinic/work/waiting.html", context)


@require_http_methods(["GET", "POST"])
@staff_page
def add(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Put a patient on the waiting list."""
    desk.require(AT_WORK)
    form = WaitForm(request.POST or None, location=desk.location)
    context = {"desk": desk, "form": form, "title": "Put somebody on the waiting list", "button": "Add"}
    if not form.is_valid():
        return render(
            request, "cryoclinic/work/waiting_form.html", context, status=422 if form.errors else 200
        )
    typed = form.cleaned_data
    try:
        entry = add_to_waitlist(
            patient=typed["patient"],
            procedure_type=typed["offering"].procedure_type,
            locations=[desk.location],
            target=typed["target"],
            priority=WaitlistPriority(typed["priority"]),
            wishes=typed["wishes"],
            notice_hours=typed["notice_hours"],
            agreed=typed["agreed"],
            now=desk.now,
            by=desk.actor,
        )
    except ADDING as refusal:
        how = WHICH_VISIT if isinstance(refusal, SayWhichVisit) else ""
        details = how or words.details_of(refusal, zone=desk.zone)
        context["refusal"] = (words.sentence_of(refusal), details)
        return render(request, "cryoclinic/work/waiting_form.html", context, status=409)
    messages.success(request, _added(entry, desk))
    return redirect("work:waiting")


@require_http_methods(["GET", "POST"])
@staff_page
def offer_start(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Offer a free start to those who wait, by hand."""
    desk.require(AT_WORK)
    form = OfferForm(request.POST or None, location=desk.location)
    context = {"desk": desk, "form": form, "title": "Offer a free time", "button": "Offer it"}
    if not form.is_valid():
        return render(
            request, "cryoclinic/work/waiting_form.html", context, status=422 if form.errors else 200
        )
    typed = form.cleaned_data
    names = ("offering", "start", "offers_at_once", "answer_minutes")
    try:
        backfill = start_backfill(**{name: typed[name] for name in names}, now=desk.now, by=desk.actor)
    except OFFERING as refusal:
        context["refusal"] = (words.sentence_of(refusal), words.details_of(refusal, zone=desk.zone))
        return render(request, "cryoclinic/work/waiting_form.html", context, status=409)
    messages.success(request, "The first on the list are asked within half a minute, in contact hours.")
    return redirect("work:backfill", backfill.uid)


@require_safe
@staff_page
def backfill(request: HttpRequest, desk: Desk, *, uid: UUID) -> HttpResponse:
    """Show one freed start: who is asked, who comes next and why, who cannot and why, and every step."""
    desk, found = _backfill(desk, uid)
    ranking = _ranking(found, desk) if found.status == BackfillStatus.LOOKING else Ranking()
    ids = {each.entry_id for each in ranking.ranked} | {each.entry_id for each in ranking.excluded}
    entries = WaitlistEntry.objects.with_people().in_bulk(ids)
    offers = found.offers.with_visits().select_related("entry__patient")
    steps = found.steps.select_related("entry__patient", "user")
    became = {step.entry_id: step.get_kind_display() for step in steps if step.kind in ENDS_OF_AN_OFFER}
    context = {
        "desk": desk,
        "backfill": found,
        "is_looking": found.status == BackfillStatus.LOOKING,
        "offers": [(offer, _is_open(offer, desk), became.get(offer.entry_id, "")) for offer in offers],
        "ranked": [(entries[each.entry_id], each) for each in ranking.ranked],
        "excluded": [(entries[each.entry_id], each) for each in ranking.excluded],
        "steps": steps,
    }
    return render(request, "cryoclinic/work/backfill.html", context)


@require_POST
@staff_page
def stop(request: HttpRequest, desk: Desk, *, uid: UUID) -> HttpResponse:
    """Stop offering a start."""
    desk, found = _backfill(desk, uid)
    desk.require(AT_WORK)
    try:
        stop_backfill(backfill=found, now=desk.now, by=desk.actor)
    except BackfillHasEnded as refusal:
        messages.error(request, words.sentence_of(refusal))
    else:
        messages.success(request, "Stopped. The time is free again.")
    return redirect("work:backfill", uid)


@require_POST
@staff_page
def answer(request: HttpRequest, desk: Desk, *, uid: UUID, act: str) -> HttpResponse:
    """Record what a patient said to an offer."""
    found = WaitlistOffer.objects.with_visits().select_related("backfill__offering__location")
    offer = found.filter(uid=uid, backfill__offering__location__in=desk.locations).first()
    if offer is None or act not in ACTS:
        raise Http404
    desk = desk.at(offer.backfill.offering.location)
    desk.require(AT_WORK)
    try:
        said = ACTS[act](offer, desk)
    except ANSWERING as refusal:
        messages.error(request, words.sentence_of(refusal))
    else:
        messages.success(request, said)
    return redirect("work:backfill", offer.backfill.uid)


def _added(entry: WaitlistEntry, desk: Desk) -> str:
    if entry.instead_of is None:
        return "The patient is on the waiting list."
    at = words.day_and_time(entry.instead_of.start, desk.zone)
    return (
        f"The patient has a visit {at}, and is on the waiting list for an earlier time. Taking one moves it."
    )


def _accept(offer: WaitlistOffer, desk: Desk) -> str:
    booked = accept_offer(offer=offer, now=desk.now, by=desk.actor)
    at = words.day_and_time(booked.start, desk.zone)
    if booked.pk != offer.appointment_id:
        return f"The visit has moved to {at}. What the patient was told before is corrected in writing too."
    return f"Booked for {at}. The patient is told in writing too."


def _decline(offer: WaitlistOffer, desk: Desk) -> str:
    decline_offer(offer=offer, now=desk.now, by=desk.actor)
    return "Declined. The patient goes on waiting, and the next is asked."


ACTS: dict[str, Callable[[WaitlistOffer, Desk], str]] = {"accept": _accept, "decline": _decline}


def _entries(desk: Desk) -> WaitlistEntryQuerySet:
    here = Q(locations=None) | Q(locations=desk.location)
    return WaitlistEntry.objects.filter(here, organization=desk.location.organization_id).distinct()


def _backfills(desk: Desk) -> BackfillQuerySet:
    return Backfill.objects.filter(offering__location=desk.location)


def _standing(desk: Desk) -> "Prefetch[str]":
    """Return the prefetch of those who are asked and can still answer, as `standing`."""
    offers = WaitlistOffer.objects.open(desk.now).select_related("entry__patient").order_by("id")
    return Prefetch("offers", offers, to_attr="standing")


def _backfill(desk: Desk, uid: UUID) -> tuple[Desk, Backfill]:
    found = Backfill.objects.with_places().filter(uid=uid, offering__location__in=desk.locations).first()
    if found is None:
        raise Http404
    return desk.at(found.offering.location), found


def _ranking(found: Backfill, desk: Desk) -> Ranking:
    try:
        return ranking_of(found, now=desk.now)
    except (NoActiveProtocol, OfferingInactive):
        return Ranking()


def _is_open(offer: WaitlistOffer, desk: Desk) -> bool:
    return offer.appointment.status == "proposed" and offer.expires_at > desk.now

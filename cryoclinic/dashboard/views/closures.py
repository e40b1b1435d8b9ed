"""Closures: what would be hit, closing, what is chosen for each visit, opening again."""

import datetime as dt
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from cryoclinic.dashboard import refused, words
from cryoclinic.dashboard.access import AT_WORK, Desk, staff_page
from cryoclinic.dashboard.closure_form import ClosureForm
from cryoclinic.dashboard.closure_rows import kept_words, line_of, rows_of
from scheduling.codes import ClosureAnswer
from scheduling.models import OpeningException, Resource
from scheduling.operations.closures import (
    AlreadyReopened,
    Choice,
    ClosureIsOver,
    EndsBeforeItBegins,
    Hit,
    Outcome,
    apply_choices,
    close,
    closed_besides,
    closure_hits,
    hits_between,
    kept_times,
    reopen,
)

CLOSING = (ClosureIsOver, EndsBeforeItBegins)


@require_http_methods(["GET", "POST"])
@staff_page
def closures(request: HttpRequest, desk: Desk) -> HttpResponse:
    """List the closures ahead; show what a new one would hit, and close when somebody has seen it."""
    desk.require(AT_WORK)
    typed = request.POST or request.GET
    form = ClosureForm(typed if "reason" in typed else None, desk=desk)
    context: dict[str, Any] = {"desk": desk, "form": form, "closures": _ahead(desk)}
    if not form.is_valid():
        wrong = 422 if request.method == "POST" else 200
        return render(request, "cryoclinic/work/closures.html", context, status=wrong)
    try:
        if request.method == "POST":
            closure = close(**form.wish, reason=form.cleaned_data["reason"], now=desk.now, by=desk.actor)
            messages.success(request, "Closed. Nothing more is booked into it.")
            return redirect("work:closure", closure.uid)
        context |= _preview(form, desk)
    except CLOSING as refusal:
        context["refusal"] = refused.said(refusal, desk)
    return render(
        request, "cryoclinic/work/closures.html", context, status=409 if "refusal" in context else 200
    )


@require_http_methods(["GET", "POST"])
@staff_page
def closure(request: HttpRequest, desk: Desk, *, uid: UUID) -> HttpResponse:
    """Show everything a closure hits; what was chosen is shown as what it will do, and done when somebody agrees."""
    desk, found = _closure(desk, uid)
    outcomes: tuple[Outcome, ...] = ()
    if request.method == "POST":
        desk.require(AT_WORK)
        hits = {str(each.appointment.uid): each for each in closure_hits(found, now=desk.now)}
        choices = _choices(request, desk, hits)
        if request.POST.get("step") == "review" and choices:
            return _review(request, desk, found, choices=choices, hits=hits)
        outcomes = _done(request, desk, found, choices=choices, settled=_sent(request) - hits.keys())
    typed = {
        name: (request.POST[f"do-{name}"], request.POST.get(f"why-{name}", "")) for name in _sent(request)
    }
    context = {
        "desk": desk,
        "closure": found,
        "rows": rows_of(found, desk, outcomes=outcomes, typed=typed),
        "done": [each for each in outcomes if each.refusal is None],
        "besides": _besides(found),
        "is_past": found.period.upper <= desk.now,
    }
    return render(request, "cryoclinic/work/closure.html", context)


@require_POST
@staff_page
def reopened(request: HttpRequest, desk: Desk, *, uid: UUID) -> HttpResponse:
    """Open again."""
    desk, found = _closure(desk, uid)
    desk.require(AT_WORK)
    try:
        reopen(closure=found, now=desk.now, by=desk.actor)
    except AlreadyReopened as refusal:
        messages.error(request, words.sentence_of(refusal))
    else:
        messages.success(request, "Open again. What was moved because of it stays where it is now.")
        for each in _besides(found):
            until = words.day_and_time(each.period.upper, desk.zone)
            messages.error(request, f"Still closed until {until} by another closure: {each.reason}.")
    return redirect("work:closures")


def _preview(form: ClosureForm, desk: Desk) -> dict[str, Any]:
    """Return what a closure would hit, what is kept there, and what is closed there already."""
    wish = form.wish
    hits = hits_between(**wish, now=desk.now)
    place = {"location": wish["location"], "resource": wish["resource"]}
    period = (wish["begin"], wish["end"])
    kept = kept_times(**place, period=period, now=desk.now)
    return {
        "hits": hits,
        "kept": [kept_words(each, desk) for each in kept],
        "besides": closed_besides(**place, period=period),
    }


def _besides(found: OpeningException) -> QuerySet[OpeningException]:
    period = (found.period.lower, found.period.upper)
    return closed_besides(location=found.location, resource=found.resource, period=period, but=found)


def _review(
    request: HttpRequest,
    desk: Desk,
    found: OpeningException,
    *,
    choices: list[Choice],
    hits: dict[str, Hit],
) -> HttpResponse:
    """Show what every choice will do, for one confirmation."""
    lines = [line_of(each, hits[str(each.appointment.uid)], desk) for each in choices]
    sent = [
        (name, value) for name, value in request.POST.items() if name.startswith(("do-", "why-", "revision-"))
    ]
    undecided = sum(1 for hit in hits.values() if not hit.left) - len(choices)
    context = {
        "desk": desk,
        "closure": found,
        "lines": lines,
        "sent": sent,
        "undecided": max(0, undecided),
    }
    return render(request, "cryoclinic/work/closure_review.html", context)


def _done(
    request: HttpRequest,
    desk: Desk,
    found: OpeningException,
    *,
    choices: list[Choice],
    settled: set[str],
) -> tuple[Outcome, ...]:
    try:
        outcomes = apply_choices(closure=found, choices=choices, now=desk.now, by=desk.actor)
    except AlreadyReopened as refusal:
        messages.error(request, words.sentence_of(refusal))
        return ()
    done = sum(1 for each in outcomes if each.refusal is None)
    if settled:
        count = f"{len(settled)} visit{' was' if len(settled) == 1 else 's were'}"
        messages.success(request, f"{count} settled already. Nothing was done twice.")
    if not outcomes and not settled:
        messages.error(request, "Nothing was chosen. Choose for at least one visit what to do.")
    elif done < len(outcomes):
        messages.error(request, f"{done} of {len(outcomes)} done. What was not done says why below.")
    elif outcomes:
        messages.success(request, f"{done} of {len(outcomes)} done.")
    return outcomes


def _sent(request: HttpRequest) -> set[str]:
    """Return the uids of the visits for which something was chosen."""
    return {
        name.removeprefix("do-") for name, value in request.POST.items() if name.startswith("do-") and value
    }


def _ahead(desk: Desk) -> QuerySet[OpeningException]:
    found = OpeningException.objects.closures().filter(location=desk.location)
    return found.filter(period__endswith__gt=desk.now).order_by("period", "id")


def _closure(desk: Desk, uid: UUID) -> tuple[Desk, OpeningException]:
    seen = OpeningException.objects.closures().filter(location__in=desk.locations)
    found = seen.filter(uid=uid).first()
    if found is None:
        raise Http404
    return desk.at(found.location), found


def _choices(request: HttpRequest, desk: Desk, hits: dict[str, Hit]) -> list[Choice]:
    """Return what was chosen for each visit that is hit, in the order of time; nothing for those with nothing chosen."""
    chosen = []
    for name, hit in hits.items():
        code, _, detail = request.POST.get(f"do-{name}", "").partition(":")
        if code in ClosureAnswer.values:
            chosen.append(_choice(request, desk, hit, code=code, detail=detail))
    return chosen


def _choice(request: HttpRequest, desk: Desk, hit: Hit, *, code: str, detail: str) -> Choice:
    name = str(hit.appointment.uid)
    revision = request.POST.get(f"revision-{name}", "")
    taking = [each for each in Resource.objects.at(desk.location) if str(each.uid) == detail]
    return Choice(
        appointment=hit.appointment,
        revision=int(revision) if revision.isdecimal() else 0,
        answer=ClosureAnswer(code),
        taking=taking[0] if code == ClosureAnswer.SWAP and taking else None,
        start=_moment(detail) if code == ClosureAnswer.MOVE else None,
        reason=request.POST.get(f"why-{name}", "")[:150],
    )


def _moment(text: str) -> dt.datetime | None:
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.utcoffset() is not None else None

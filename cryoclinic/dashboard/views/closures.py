"""Closures: what would be hit, closing, what is chosen for each visit, opening again."""

import datetime as dt
from dataclasses import dataclass
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
from scheduling.codes import ClosureAnswer
from scheduling.models import OpeningException, Resource
from scheduling.operations.closures import (
    AlreadyReopened,
    Choice,
    ClosureIsOver,
    EndsBeforeItBegins,
    Hit,
    Outcome,
    Remedies,
    apply_choices,
    close,
    closure_hits,
    hits_between,
    remedies_of,
    reopen,
)

CLOSING = (ClosureIsOver, EndsBeforeItBegins)
# Remedies are looked for one visit at a time; the others come when these are settled [ops].
AT_ONCE = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """A visit that is hit, and what could be done; `remedies` is None once it is settled, or not looked for yet."""

    hit: Hit
    remedies: Remedies | None
    outcome: tuple[str, str] | None


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
        context["hits"] = hits_between(**form.wish, now=desk.now)
    except CLOSING as refusal:
        context["refusal"] = refused.said(refusal, desk)
    return render(
        request, "cryoclinic/work/closures.html", context, status=409 if "refusal" in context else 200
    )


@require_http_methods(["GET", "POST"])
@staff_page
def closure(request: HttpRequest, desk: Desk, *, uid: UUID) -> HttpResponse:
    """Show everything a closure hits; do what was chosen, and say what became of each."""
    desk, found = _closure(desk, uid)
    outcomes: tuple[Outcome, ...] = ()
    if request.method == "POST":
        desk.require(AT_WORK)
        try:
            outcomes = apply_choices(
                closure=found, choices=_choices(request, desk, found), now=desk.now, by=desk.actor
            )
        except AlreadyReopened as refusal:
            messages.error(request, words.sentence_of(refusal))
        else:
            _tell(request, outcomes)
    context = {
        "desk": desk,
        "closure": found,
        "rows": _rows(found, desk, outcomes),
        "done": [each for each in outcomes if each.refusal is None],
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
    return redirect("work:closures")


def _tell(request: HttpRequest, outcomes: tuple[Outcome, ...]) -> None:
    done = sum(1 for each in outcomes if each.refusal is None)
    if not outcomes:
        messages.error(request, "Nothing was chosen. Choose for at least one visit what to do.")
    elif done < len(outcomes):
        messages.error(request, f"{done} of {len(outcomes)} done. What was not done says why below.")
    else:
        messages.success(request, f"{done} of {len(outcomes)} done.")


def _ahead(desk: Desk) -> QuerySet[OpeningException]:
    found = OpeningException.objects.closures().filter(location=desk.location)
    return found.filter(period__endswith__gt=desk.now).order_by("period", "id")


def _closure(desk: Desk, uid: UUID) -> tuple[Desk, OpeningException]:
    seen = OpeningException.objects.closures().filter(location__in=desk.locations)
    found = seen.filter(uid=uid).first()
    if found is None:
        raise Http404
    return desk.at(found.location), found


def _rows(found: OpeningException, desk: Desk, outcomes: tuple[Outcome, ...]) -> list[Row]:
    refusals = {
        each.appointment.pk: refused.said(each.refusal, desk) for each in outcomes if each.refusal is not None
    }
    hits = closure_hits(found, now=desk.now)
    looked_for = {hit.appointment.pk for hit in [each for each in hits if not each.left][:AT_ONCE]}
    return [
        Row(
            hit=hit,
            remedies=remedies_of(hit, now=desk.now) if hit.appointment.pk in looked_for else None,
            outcome=refusals.get(hit.appointment.pk),
        )
        for hit in hits
    ]


def _choices(request: HttpRequest, desk: Desk, found: OpeningException) -> list[Choice]:
    """Return what was chosen for each visit that is hit; nothing for those with nothing chosen."""
    chosen = []
    for hit in closure_hits(found, now=desk.now):
        name = str(hit.appointment.uid)
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

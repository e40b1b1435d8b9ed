"""A protocol version played through for an example patient."""

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from cryoclinic.dashboard.access import Desk, staff_page
from notifications.operations.explain import words
from notifications.operations.simulating import Example, simulate_protocol
from notifications.planning import SimulatedRow
from procedures.lint.trials import Trial, trials
from procedures.models import Protocol
from procedures.models.linting import kind_of

OUTCOMES = {
    "message": "Message",
    "part": "Said in it",
    "held": "Waits",
    "not-owed": "Not said",
    "call": "A person phones",
}
SILENT = "not-owed"
# How many days before its start the example is booked, unless asked for otherwise, and at most.
DAYS, MOST_DAYS = 14, 180
# [ops] The notice of an offering that says nothing else.
NOTICE = dt.timedelta(hours=24)


@dataclass(frozen=True, kw_only=True, slots=True)
class Shown:
    """A row of the simulation in words."""

    row: SimulatedRow
    outcome: str
    what: str
    why: str


@require_safe
@staff_page
def simulation(request: HttpRequest, desk: Desk, *, uid: UUID) -> HttpResponse:
    """Show who would be told what, when, and why or why not."""
    protocol = (
        Protocol.objects.filter(uid=uid, organization=desk.location.organization_id)
        .select_related("procedure_type", "organization")
        .first()
    )
    if protocol is None:
        raise Http404
    tried = trials(kind_of(protocol.procedure_type), zone=desk.zone)
    if not tried:
        raise Http404
    chosen = tried[_number(request.GET.get("example", ""), most=len(tried) - 1, otherwise=0)]
    days = _number(request.GET.get("days", ""), most=MOST_DAYS, otherwise=DAYS)
    rows = simulate_protocol(
        protocol=protocol, location=desk.location, example=_example(chosen, protocol, request, days=days)
    )
    context = {
        "desk": desk,
        "protocol": protocol,
        "trials": [{"number": n, "who": each.who, "start": each.case.start} for n, each in enumerate(tried)],
        "chosen": tried.index(chosen),
        "days": days,
        "asked": request.GET,
        "rows": [_shown(row) for row in rows if row.outcome != SILENT],
        "silences": [_shown(row) for row in rows if row.outcome == SILENT],
    }
    return render(request, "cryoclinic/work/simulation.html", context)


def _example(chosen: Trial, protocol: Protocol, request: HttpRequest, *, days: int) -> Example:
    return Example(
        case=chosen.case,
        booked_at=chosen.case.start - dt.timedelta(days=days),
        minutes=protocol.procedure_type.planned_minutes,
        notice=NOTICE,
        language=request.GET.get("language", "en"),
        signed="signed" in request.GET,
        with_carer="carer" in request.GET,
        answered="answered" in request.GET,
    )


def _number(text: str, *, most: int, otherwise: int) -> int:
    is_number = text.isascii() and text.isdigit() and len(text) <= len(str(most))
    return min(int(text), most) if is_number else otherwise


def _shown(row: SimulatedRow) -> Shown:
    return Shown(row=row, outcome=OUTCOMES[row.outcome], what=words.name(row.notice), why=_why(row))


def _why(row: SimulatedRow) -> str:
    code, _, detail = row.reason.partition(":")
    if row.outcome == SILENT:
        return words.not_owed(row.reason)
    if code == "unanswered":
        return words.ASKED_AGAIN if detail else "Only if nobody has answered by then."
    return f"{words.name(code)}{f' ({words.name(detail)})' if detail else ''}".capitalize()

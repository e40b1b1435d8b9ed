"""After the procedure: when each held medicine starts again, in two steps: choose, then word and sign."""

import datetime as dt
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from cryoclinic.dashboard import words
from cryoclinic.dashboard.access import SEES_PROPOSALS, SIGNS, Desk, appointment_at, staff_page
from cryoclinic.dashboard.forms import on_the_clock
from cryoclinic.dashboard.medicine_cards import ChoiceUnknown, languages_of
from cryoclinic.dashboard.readiness import state_of
from cryoclinic.dashboard.views.medicines import REASON_LENGTH, PasswordWrong
from procedures.wording import languages
from scheduling.codes import DecisionKind, RestartKind
from scheduling.models import Appointment, RestartDecision
from scheduling.operations import (
    AlreadyDecided,
    AlreadyWithdrawn,
    AskAgainNeeded,
    BasisChanged,
    BleedingNotStopped,
    NotAClinician,
    NotHeld,
    NotOverYet,
    ReasonMissing,
    RestartQuestion,
    RestartTimeNeeded,
    RestartTooSoon,
    SentenceMissing,
    proposed_restart,
    restart_questions,
    sign_restart,
    withdraw_restart,
)

REFUSALS = (
    AlreadyDecided, AskAgainNeeded, BasisChanged, BleedingNotStopped, NotAClinician, NotHeld, NotOverYet, PasswordWrong,
    ReasonMissing, RestartTimeNeeded, RestartTooSoon, SentenceMissing,
)  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class RestartDraft:
    """What a clinician is about to sign, as the form carries it. `at` is aware, or None where it cannot be read."""

    question: RestartQuestion
    kind: RestartKind
    at: dt.datetime | None
    bleeding_stopped: bool
    reason: str
    basis: str
    sentences: tuple[tuple[str, str], ...]


@require_safe
@staff_page
def questions(request: HttpRequest, desk: Desk, *, uid: UUID) -> HttpResponse:
    """Show one question per held medicine."""
    desk, appointment = appointment_at(desk, uid)
    desk.require(SEES_PROPOSALS)
    return _page(request, desk, appointment)


@require_POST
@staff_page
def sign(request: HttpRequest, desk: Desk, *, uid: UUID) -> HttpResponse:
    """Take one restart from a choice over its words to a signature."""
    desk, appointment = appointment_at(desk, uid)
    desk.require(SIGNS)
    try:
        draft = _draft(request, desk, appointment)
    except ChoiceUnknown as refusal:
        return _page(request, desk, appointment, refusal=refusal)
    if request.POST.get("step") != "sign":
        return _page(request, desk, appointment, draft=draft)
    try:
        _sign(request, desk, appointment, draft)
    except REFUSALS as refusal:
        return _page(request, desk, appointment, draft=draft, refusal=refusal)
    messages.success(request, f"Signed: {draft.kind.label.lower()}.")
    return redirect("work:restarts", uid)


@require_POST
@staff_page
def withdraw(request: HttpRequest, desk: Desk, *, uid: UUID, decision: UUID) -> HttpResponse:
    """Take a signed restart back; the question is open again."""
    desk, appointment = appointment_at(desk, uid)
    desk.require(SIGNS)
    found = RestartDecision.objects.filter(uid=decision, appointment=appointment).first()
    if found is None:
        raise Http404
    try:
        withdraw_restart(decision=found, by=desk.user, now=desk.now)
    except (AlreadyWithdrawn, NotAClinician) as refusal:
        messages.error(request, words.sentence_of(refusal))
    else:
        messages.success(request, "The signature is withdrawn. What was told from it will be corrected.")
    return redirect("work:restarts", uid)


def _sign(request: HttpRequest, desk: Desk, appointment: Appointment, draft: RestartDraft) -> RestartDecision:
    if not desk.user.check_password(request.POST.get("password", "")):
        raise PasswordWrong
    return sign_restart(
        appointment=appointment,
        drug=draft.question.drug,
        kind=draft.kind,
        basis_sha256=draft.basis,
        bleeding_stopped=draft.bleeding_stopped,
        by=desk.user,
        now=desk.now,
        sentences={language: text for language, text in draft.sentences if text},
        restart_at=draft.at if draft.kind == RestartKind.RESTART else None,
        ask_again_at=draft.at if draft.kind == RestartKind.ASK_AGAIN else None,
        reason=draft.reason,
    )


def _draft(request: HttpRequest, desk: Desk, appointment: Appointment) -> RestartDraft:
    """Return what the form carries. :raises ChoiceUnknown: if it names no held medicine or no kind of decision"""
    drug, kind = request.POST.get("drug", ""), request.POST.get("kind", "")
    found = [each for each in restart_questions(appointment) if each.drug == drug]
    if not found or kind not in RestartKind.values:
        raise ChoiceUnknown
    at = _moment(request, desk)
    return RestartDraft(
        question=found[0],
        kind=RestartKind(kind),
        at=at,
        bleeding_stopped="bleeding_stopped" in request.POST,
        reason=" ".join(request.POST.get("reason", "").split())[:REASON_LENGTH],
        basis=request.POST.get("basis", ""),
        sentences=_sentences(request, desk, appointment, question=found[0], kind=RestartKind(kind), at=at),
    )


def _sentences(
    request: HttpRequest,
    desk: Desk,
    appointment: Appointment,
    *,
    question: RestartQuestion,
    kind: RestartKind,
    at: dt.datetime | None,
) -> tuple[tuple[str, str], ...]:
    if kind == RestartKind.ASK_AGAIN:
        return ()
    propose = partial(
        proposed_restart,
        appointment=appointment,
        drug=question.drug,
        kind=kind,
        today=desk.local_now.date(),
        restart_at=at,
        was_reduced=question.held.kind == DecisionKind.REDUCE,
    )
    return tuple(
        (
            language,
            " ".join(
                request.POST.get(
                    f"sentence-{language}",
                    propose(language=language) if language.partition("-")[0] in languages() else "",
                ).split()
            ),
        )
        for language in languages_of(appointment)
    )


def _moment(request: HttpRequest, desk: Desk) -> dt.datetime | None:
    """Return the moment typed on the location's clock; None where there is none, or clocks never show it."""
    try:
        day = dt.date.fromisoformat(request.POST.get("on", ""))
        return on_the_clock(day, dt.time.fromisoformat(request.POST.get("at", "")), zone=desk.zone)
    except (ValueError, ValidationError):
        return None


def _page(
    request: HttpRequest,
    desk: Desk,
    appointment: Appointment,
    *,
    draft: RestartDraft | None = None,
    refusal: Exception | None = None,
) -> HttpResponse:
    said = (words.sentence_of(refusal), words.details_of(refusal, zone=desk.zone)) if refusal else None
    context = {
        "desk": desk,
        "appointment": appointment,
        "patient": appointment.patient,
        "state": state_of(appointment),
        "questions": restart_questions(appointment),
        "kinds": RestartKind.choices,
        "draft": draft,
        "refusal": said,
        "typed": {name: request.POST.get(name, "") for name in ("on", "at", "reason", "kind", "drug")},
    }
    template = "restart_words" if draft is not None else "restarts"
    return render(request, f"cryoclinic/work/{template}.html", context, status=422 if refusal else 200)

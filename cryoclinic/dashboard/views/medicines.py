"""Medicines: the proposals, and the way to a signature in three steps: choose, word, sign."""

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from cryoclinic.dashboard import words
from cryoclinic.dashboard.access import SEES_PROPOSALS, SIGNS, Desk, appointment_at, staff_page
from cryoclinic.dashboard.identities import drug_names, identities_of
from cryoclinic.dashboard.medicine_cards import (
    Card,
    Choice,
    ChoiceUnknown,
    Typed,
    cards_of,
    choice_of,
    languages_of,
)
from cryoclinic.dashboard.readiness import Preparedness, preparedness_of, state_of
from procedures.wording import languages
from scheduling.codes import BY_PHONE
from scheduling.models import MedicationDecision
from scheduling.operations import (
    AlreadyDecided,
    AlreadyWithdrawn,
    AppointmentIsOver,
    BasisChanged,
    LastDoseAfterStart,
    LastDoseNeeded,
    LastDoseNotAsked,
    NotAClinician,
    NotOnTheList,
    OutsideTheRange,
    ReasonMissing,
    SentenceMissing,
    ShareNeeded,
    ShareNotAsked,
    ShareOutsideTheRange,
    proposed_sentence,
    sign_decision,
    withdraw_decision,
)

REASON_LENGTH = 300


class PasswordWrong(Exception):
    """This is not your password. Nothing was signed."""


REFUSALS = (
    AlreadyDecided, AppointmentIsOver, BasisChanged, ChoiceUnknown, LastDoseAfterStart, LastDoseNeeded,
    LastDoseNotAsked, NotAClinician, NotOnTheList, OutsideTheRange, PasswordWrong, ReasonMissing, SentenceMissing,
    ShareNeeded, ShareNotAsked, ShareOutsideTheRange,
)  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Draft:
    """What a clinician is about to sign, as the form carries it. `sentences` are pairs of language and words."""

    card: Card
    choice: Choice
    basis: str
    reason: str
    sentences: tuple[tuple[str, str], ...]

    @property
    def by_phone(self) -> bool:
        """Whether nothing is written about the medicine."""
        return self.choice.kind in BY_PHONE


@require_safe
@staff_page
def plan(request: HttpRequest, desk: Desk, *, uid: UUID) -> HttpResponse:
    """Show one card per medicine."""
    desk, appointment = appointment_at(desk, uid)
    desk.require(SEES_PROPOSALS)
    return _plan_page(request, desk, preparedness_of(appointment, now=desk.now))


@require_POST
@staff_page
def sign(request: HttpRequest, desk: Desk, *, uid: UUID) -> HttpResponse:
    """Take one medicine from a choice over its words to a signature; what is shown last is what is signed."""
    desk, appointment = appointment_at(desk, uid)
    desk.require(SIGNS)
    prepared = preparedness_of(appointment, now=desk.now)
    step = request.POST.get("step", "word")
    try:
        draft = _draft(request, desk, prepared)
    except (ChoiceUnknown, ReasonMissing) as refusal:
        return _plan_page(request, desk, prepared, refusal=refusal)
    if step == "word" and not draft.by_phone:
        return _draft_page(request, desk, prepared, draft, template="word")
    if step != "sign":
        return _check(request, desk, prepared, draft)
    try:
        _signed(request, desk, prepared, draft)
    except (NotOnTheList, BasisChanged) as refusal:
        return _plan_page(request, desk, prepared, refusal=refusal)
    except REFUSALS as refusal:
        return _draft_page(request, desk, prepared, draft, template="sign", refusal=refusal)
    messages.success(
        request, f"Signed for {appointment.patient.given_name} {appointment.patient.family_name}."
    )
    return redirect("work:medicines", uid)


@require_POST
@staff_page
def withdraw(request: HttpRequest, desk: Desk, *, uid: UUID, decision: UUID) -> HttpResponse:
    """Take a signature back; what was told from it is corrected."""
    desk, appointment = appointment_at(desk, uid)
    desk.require(SIGNS)
    found = MedicationDecision.objects.filter(uid=decision, appointment=appointment).first()
    if found is None:
        raise Http404
    try:
        withdraw_decision(decision=found, by=desk.user, now=desk.now)
    except (AlreadyWithdrawn, NotAClinician) as refusal:
        messages.error(request, words.sentence_of(refusal))
    else:
        messages.success(request, "The signature is withdrawn. What was told from it will be corrected.")
    return redirect("work:medicines", uid)


def _check(request: HttpRequest, desk: Desk, prepared: Preparedness, draft: Draft) -> HttpResponse:
    """Show what would be signed, or the words again where some are missing."""
    missing = [language for language, text in draft.sentences if not text]
    if missing and not draft.by_phone:
        refusal = SentenceMissing(language=missing[0])
        return _draft_page(request, desk, prepared, draft, template="word", refusal=refusal)
    return _draft_page(request, desk, prepared, draft, template="sign")


def _signed(request: HttpRequest, desk: Desk, prepared: Preparedness, draft: Draft) -> MedicationDecision:
    if not desk.user.check_password(request.POST.get("password", "")):
        raise PasswordWrong
    return sign_decision(
        appointment=prepared.appointment,
        drug=draft.card.drug,
        kind=draft.choice.kind,
        sentences={language: text for language, text in draft.sentences if text},
        basis_sha256=draft.basis,
        by=desk.user,
        now=desk.now,
        last_dose_on=draft.choice.last_dose_on,
        last_dose_at=draft.choice.last_dose_at,
        dose_percent=draft.choice.dose_percent,
        dose_at=draft.choice.dose_at,
        reason=draft.reason,
    )


def _draft(request: HttpRequest, desk: Desk, prepared: Preparedness) -> Draft:
    """
    Return what the form carries.

    :raises ChoiceUnknown: if it names no medicine or option of the plan
    :raises ReasonMissing: if the choice needs a reason and there is none
    """
    today = desk.local_now.date()
    cards = {card.drug: card for card in cards_of(prepared, today=today)}
    card = cards.get(request.POST.get("drug", ""))
    if card is None:
        raise ChoiceUnknown
    choice = choice_of(
        card,
        value=request.POST.get("choice", ""),
        typed=_typed(request),
        prepared=prepared,
        today=today,
    )
    reason = " ".join(request.POST.get("reason", "").split())[:REASON_LENGTH]
    if choice.needs_reason and not reason:
        raise ReasonMissing
    return Draft(
        card=card,
        choice=choice,
        basis=request.POST.get("basis", ""),
        reason=reason,
        sentences=tuple(_sentences(request, prepared, choice, drug=card.drug, today=today)),
    )


def _sentences(
    request: HttpRequest, prepared: Preparedness, choice: Choice, *, drug: str, today: dt.date
) -> list[tuple[str, str]]:
    """Return the words per language: as typed, on one line, else the proposal where we have that language."""
    if choice.kind in BY_PHONE:
        return []
    return [
        (
            language,
            " ".join(
                request.POST.get(
                    f"sentence-{language}",
                    _proposal(prepared, choice, drug=drug, today=today, language=language),
                ).split()
            ),
        )
        for language in languages_of(prepared.appointment)
    ]


def _proposal(prepared: Preparedness, choice: Choice, *, drug: str, today: dt.date, language: str) -> str:
    if language.partition("-")[0] not in languages():
        return ""
    return proposed_sentence(
        appointment=prepared.appointment,
        drug=drug,
        kind=choice.kind,
        today=today,
        last_dose_on=choice.last_dose_on,
        last_dose_at=choice.last_dose_at,
        dose_percent=choice.dose_percent,
        dose_at=choice.dose_at,
        language=language,
    )


def _typed(request: HttpRequest) -> Typed:
    """Return the numbers of a clinician's own; what cannot be read counts as not typed."""
    percent = request.POST.get("dose_percent", "")
    try:
        last_dose_on = dt.date.fromisoformat(request.POST.get("last_dose_on", ""))
    except ValueError:
        last_dose_on = None
    return Typed(
        last_dose_on=last_dose_on,
        dose_percent=int(percent) if percent.isascii() and percent.isdigit() and len(percent) < 4 else None,  # noqa: PLR2004 # three digits at most
    )


def _draft_page(
    request: HttpRequest,
    desk: Desk,
    prepared: Preparedness,
    draft: Draft,
    *,
    template: str,
    refusal: Exception | None = None,
) -> HttpResponse:
    context = _context(desk, prepared, refusal=refusal) | {"draft": draft}
    return render(request, f"cryoclinic/work/{template}.html", context, status=422 if refusal else 200)


def _plan_page(
    request: HttpRequest, desk: Desk, prepared: Preparedness, *, refusal: Exception | None = None
) -> HttpResponse:
    context = _context(desk, prepared, refusal=refusal) | {
        "cards": cards_of(prepared, today=desk.local_now.date()),
        "kidney": _kidney(prepared),
        "chosen": request.POST.get("choice", ""),
        "chosen_drug": request.POST.get("drug", ""),
        "typed": request.POST.get("last_dose_on", ""),
        "typed_share": request.POST.get("dose_percent", ""),
        "reason": request.POST.get("reason", ""),
        "drug_names": drug_names(),
        "identities": identities_of(prepared.appointment.patient) if desk.sees_proposals else (),
    }
    return render(request, "cryoclinic/work/medicines.html", context, status=409 if refusal else 200)


def _context(desk: Desk, prepared: Preparedness, *, refusal: Exception | None) -> dict[str, object]:
    said = (words.sentence_of(refusal), words.details_of(refusal, zone=desk.zone)) if refusal else None
    return {
        "desk": desk,
        "appointment": prepared.appointment,
        "patient": prepared.appointment.patient,
        "prepared": prepared,
        "state": state_of(prepared.appointment),
        "refusal": said,
    }


def _kidney(prepared: Preparedness) -> list[tuple[str, object, int]]:
    """Return the kidney values on file, the newest first, each with its age in days at the visit."""
    visit_on = prepared.appointment.start.astimezone(prepared.appointment.location.tz).date()
    found = [
        (words.item(entry.item), entry, (visit_on - entry.done_on).days)
        for entry in prepared.appointment.patient.evidence.all()
        if entry.item in {"creatinine_clearance", "egfr"}
        and entry.done_on is not None
        and entry.value is not None
        and not entry.void
    ]
    return sorted(found, key=lambda each: each[2])

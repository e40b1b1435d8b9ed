"""
Which kinds of text must not be sent, whoever signed what. Absence of a code is no approval.

Pure: no framework, no database, no clock.
"""

from collections.abc import Iterator, Sequence

from procedures.preparation.aspiration import elevated_glp1_risk
from procedures.preparation.diabetes import (
    contrast_holds_metformin,
    contrast_spares_metformin,
    metformin_names,
)
from procedures.preparation.evidence import on_file
from procedures.preparation.lead_time import LeadTime
from procedures.preparation.moved import revoked_stops, revokes_previous
from procedures.preparation.plan import Fasting, HoldStatus
from procedures.preparation.ruling import Ruling
from procedures.preparation.situation import Situation


def never_send_codes(
    *, situation: Situation, rulings: Sequence[Ruling], fasting: Fasting | None, lead_time: LeadTime
) -> set[str]:
    """Return the codes of the texts that this booking forbids."""
    return {
        *_fasting_codes(situation=situation, fasting=fasting),
        *_stop_codes(situation=situation, rulings=rulings),
        *_medicine_codes(situation=situation, rulings=rulings),
        *_anticoagulation_codes(situation),
        *_booking_codes(situation=situation, lead_time=lead_time),
        *_recipient_codes(situation),
    }


def _fasting_codes(*, situation: Situation, fasting: Fasting | None) -> Iterator[str]:
    elevated = elevated_glp1_risk(situation)
    individual = fasting is not None and fasting.individual_plan
    if fasting is None or individual:
        yield "fasting"
    if individual or elevated:
        yield "fasting_standard_solids"
    if fasting is None or individual or not elevated:
        yield "liquid_diet"
    if fasting is not None and any(stop.date() < situation.start.day for stop in fasting.stops):
        yield "fasting_day_only"


def _stop_codes(*, situation: Situation, rulings: Sequence[Ruling]) -> Iterator[str]:
    """Only a proposed hold that no open decision touches may name its date, and not where another was told before."""
    for ruling in rulings:
        if ruling.status is not HoldStatus.PROPOSED or "cardiology_decision" in ruling.missing:
            yield f"medicine_stop:{ruling.drug}"
    for drug in revoked_stops(situation):
        yield f"medicine_stop:{drug}"


def _medicine_codes(*, situation: Situation, rulings: Sequence[Ruling]) -> Iterator[str]:
    held = {ruling.drug for ruling in rulings if not ruling.is_continued}
    if held:
        yield "no_medicine_changes"
    for listed in situation.listed_in("insulin"):
        if listed.name in held:
            yield f"medicine_unchanged:{listed.name}"
    for name in metformin_names(situation):
        if contrast_holds_metformin(situation):
            yield f"medicine_resume:{name}"
        elif contrast_spares_metformin(situation):
            yield "metformin_contrast_hold"


def _anticoagulation_codes(situation: Situation) -> Iterator[str]:
    hit_history = situation.has("hit_history")
    unplanned = bool(situation.listed_in("anticoagulant")) and not on_file(
        "bridging_plan_signed", situation=situation
    )
    if hit_history or unplanned:
        yield "bridging"
    if hit_history:
        yield "any_heparin"


def _booking_codes(*, situation: Situation, lead_time: LeadTime) -> Iterator[str]:
    if not situation.escort_needed:
        yield "escort_request"
    if lead_time.late or lead_time.days is None or situation.has("pregnant"):
        yield "slot_confirmation"
    if revokes_previous(situation):
        yield "previous_instructions"


def _recipient_codes(situation: Situation) -> Iterator[str]:
    if situation.child:
        yield from ("adult_text", "message_to_patient")
    if language_unapproved(situation):
        yield "unapproved_language_text"


def language_unapproved(situation: Situation) -> bool:
    """Return whether the clinic stated its languages and the patient's is not among them."""
    approved = situation.case.policy.approved_languages
    return approved is not None and situation.case.patient.language not in approved

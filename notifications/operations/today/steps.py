"""Which texts of the protocol this patient reads, and where on the page they belong."""

import logging
from collections.abc import Iterable
from enum import StrEnum

from notifications.operations.inputs import Inputs
from notifications.operations.today.saying import Speaker
from notifications.operations.today.values import Clinic, Text
from notifications.operations.today.words import FALLBACK
from procedures.steps import PageText, Step
from procedures.wording import UnknownPlaceholder, placeholders

log = logging.getLogger(__name__)

FOOD_FACTS = (
    "solids_stop",
    "liquid_diet_from",
    "fatty_meal_stop",
    "clear_liquids_stop",
    "breast_milk_stop",
    "formula_stop",
)
_FOOD_CONDITIONS = frozenset({"fasting_times", "fasting_individual", "liquid_diet", "not_liquid_diet"})
_MEDICINE_CONDITIONS = frozenset({"has_holds", "no_holds"})
_VISIT_FACTS = frozenset({"arrive_at", "address", "place"})


class Place(StrEnum):
    """Where on the page a step's text stands."""

    FOOD = "food"
    MEDICINES = "medicines"
    VISIT = "visit"
    GOING_HOME = "going-home"
    MORE = "more"
    AFTERCARE = "aftercare"
    HELP = "help"
    CHANGES = "changes"


def steps_for(inputs: Inputs) -> tuple[Step, ...]:
    """Return the steps that hold for this patient and that nothing forbids to tell; changes are not among them."""
    return tuple(
        step
        for step in inputs.steps
        if place_of(step) is not Place.CHANGES
        and step.subject not in inputs.plan.never_send
        and inputs.unmet_condition(step) is None
    )


def place_of(step: Step) -> Place:
    """Return where a step stands: by its section and, before the visit, by what it is about."""
    by_section = {
        "changes": Place.CHANGES,
        "red-flags": Place.HELP,
        "aftercare": Place.AFTERCARE,
        "day": Place.MORE,
    }
    if step.section in by_section:
        return by_section[step.section]
    conditions, named = frozenset(step.conditions), facts_named(step)
    if conditions & _FOOD_CONDITIONS or named & set(FOOD_FACTS):
        return Place.FOOD
    if conditions & _MEDICINE_CONDITIONS:
        return Place.MEDICINES
    if "escort_needed" in conditions:
        return Place.GOING_HOME
    return Place.VISIT if named & _VISIT_FACTS else Place.MORE


def facts_named(step: Step) -> frozenset[str]:
    """Return the facts that a step's page text says, in any language."""
    templates = [template for text in step.texts for template in (text.title, text.body)]
    return frozenset().union(*(placeholders(template) for template in templates))


def texts_at(
    place: Place, *, steps: Iterable[Step], speaker: Speaker, clinic: Clinic, language: str
) -> tuple[Text, ...]:
    """Return the filled texts of the steps that stand at a place, in their order."""
    return tuple(
        text_of(step, speaker=speaker, clinic=clinic, language=language)
        for step in steps
        if place_of(step) is place and step.texts
    )


def text_of(step: Step, *, speaker: Speaker, clinic: Clinic, language: str) -> Text:
    """Return a step's text with its facts; one that cannot be filled asks the reader to call instead."""
    text = _in_language(step.texts, language)
    try:
        return Text(
            title=speaker.fill(text.title, language=text.language),
            paragraphs=tuple(
                speaker.fill(paragraph.strip(), language=text.language)
                for paragraph in text.body.split("\n\n")
                if paragraph.strip()
            ),
            language=text.language,
        )
    except UnknownPlaceholder as missing:
        log.warning("notifications.page.text-incomplete step=%s fact=%s", step.code, missing)
        return Text(
            title=speaker.put(speaker.words.plan.text_missing, phone=clinic.phone_said),
            paragraphs=(speaker.words.plan.text_missing_how,),
            language=speaker.words.language,
        )


def _in_language(texts: Iterable[PageText], language: str) -> PageText:
    by_language = {text.language: text for text in texts}
    base = language.partition("-")[0]
    found = by_language.get(language) or by_language.get(base) or by_language.get(FALLBACK.language)
    return found or next(iter(by_language.values()))

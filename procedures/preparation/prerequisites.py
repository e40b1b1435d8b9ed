"""
Which prerequisites a booking asks for, and which of them are missing.

Pure: no framework, no database, no clock.
"""

from collections.abc import Iterable

from procedures.preparation.evidence import INR_RANGES, Standing, standing_of
from procedures.preparation.situation import Situation

FERTILE_YEARS = range(12, 56)  # Completed years in which a pregnancy test is asked [ops].
WARFARIN_ITEMS = {"high": "inr_recheck_booked", "low": "inr_within_3", "uninterrupted_oac": "inr_2_to_3"}
GUARDIAN_ITEMS = {"consent": "guardian_consent", "escort_named": "guardian_named"}


def asked_items(situation: Situation) -> set[str]:
    """Return every item the booking asks for, apart from those a drug's own ruling found missing."""
    items = set(situation.rules.prerequisite_sets[situation.prerequisite_set])
    if situation.sedated:
        items |= {"anaesthesia_assessment", "escort_named"}
    if situation.child:
        items = {GUARDIAN_ITEMS.get(item, item) for item in items} | {"guardian_named"}
    if situation.child and situation.sedated:
        items.add("weight_recorded")
    if _pregnancy_test_asked(situation):
        items.add("pregnancy_test")
    if situation.bleeding_class == "high" and situation.has("chronic_liver_disease"):
        items.add("fibrinogen")
    if situation.lists("warfarin") and situation.bleeding_class in WARFARIN_ITEMS:
        items.add(WARFARIN_ITEMS[situation.bleeding_class])
    return items


def missing_items(items: Iterable[str], *, situation: Situation) -> tuple[set[str], set[str]]:
    """Return the asked items that are missing, and the clinician actions their values raise."""
    missing, actions = set(), set()
    for item in items:
        standing = standing_of(item, situation=situation)
        if standing is not Standing.VALID:
            missing.add(item)
        if standing is Standing.OUT_OF_RANGE:
            actions.add("manage_inr" if item in INR_RANGES else f"lab_out_of_range:{item}")
    return missing, actions


def prerequisite_rule_ids(items: Iterable[str], *, situation: Situation) -> set[str]:
    """Return the ids of the rows that asked for the items, and of the laboratory row that judged their values."""
    ids = {f"prerequisite/{item}" for item in items} & situation.rules.sources.keys()
    population = "chronic liver disease" if situation.has("chronic_liver_disease") else "general"
    return ids | ({f"laboratory/{situation.bleeding_class}/{population}"} & situation.rules.sources.keys())


def _pregnancy_test_asked(situation: Situation) -> bool:
    """Radiation or sedation asks it of whoever may be pregnant; the cervix set asks it always, by itself."""
    if not (situation.ionising or situation.sedated):
        return False
    if situation.has("could_be_pregnant"):
        return True
    patient = situation.case.patient
    fertile = patient.sex != "m" and int(patient.age_years) in FERTILE_YEARS
    return fertile and not situation.has_any("no_pregnancy_test")

"""
Which evidence is valid on the day of the procedure, and what laboratory values say.

Pure: no framework, no database, no clock.
"""

import datetime as dt
from collections.abc import Mapping
from enum import StrEnum

from procedures.preparation.case import EvidenceEntry
from procedures.preparation.situation import Situation

ONE_DAY = dt.timedelta(days=1)

# Which columns of a laboratory row limit which item: lowest allowed, above what, highest allowed, below what.
LABORATORY_COLUMNS = {
    "inr": (None, None, "inr_max", "inr_max_exclusive"),
    "platelet_count": ("platelets_min_10e9_l", "platelets_min_exclusive_10e9_l", None, None),
    "fibrinogen": (None, "fibrinogen_min_exclusive_mg_dl", None, None),
}

# INR ranges asked of a patient who stays on warfarin: at most 3.0 before a low-risk procedure (SIR 2019), 2.0 to 3.0
# for uninterrupted anticoagulation (ACC/AHA 2023). Both ends belong to the range.
INR_RANGES = {"inr_within_3": (0.0, 3.0), "inr_2_to_3": (2.0, 3.0)}


class Standing(StrEnum):
    """Where a prerequisite stands: `out_of_range` is a dated value that fails, and is missing too."""

    VALID = "valid"
    MISSING = "missing"
    OUT_OF_RANGE = "out_of_range"


def on_file(item: str, *, situation: Situation) -> bool:
    """Return whether valid evidence of an item without laboratory limits is there."""
    return standing_of(item, situation=situation) is Standing.VALID


def standing_of(item: str, *, situation: Situation) -> Standing:
    """Return where a prerequisite item of the vocabulary stands on D0."""
    if item == "inr_recheck_booked":
        return _inr_recheck(situation)
    if item in INR_RANGES:
        return _inr_range(item, situation=situation)
    if item == "pregnancy_test" and _planned(item, on=situation.start.day, situation=situation):
        return Standing.VALID
    return _dated(item, situation=situation)


def _dated(item: str, *, situation: Situation) -> Standing:
    """The latest entry in date counts; of several on one day, a value that fails."""
    latest = _latest(item, within_days=_valid_days(item, situation=situation), situation=situation)
    if not latest:
        return Standing.MISSING
    failing = any(not _passes(entry, situation=situation) for entry in latest)
    return Standing.OUT_OF_RANGE if failing else Standing.VALID


def _latest(item: str, *, within_days: int | None, situation: Situation) -> list[EvidenceEntry]:
    """Return the entries of the latest day on or before D0 that is at most `within_days` back; None is no limit."""
    day = situation.start.day
    dated = [
        (entry.on, entry) for entry in situation.case.evidence if entry.item == item and entry.on is not None
    ]
    in_date = [
        (on, entry)
        for on, entry in dated
        if on <= day and (within_days is None or (day - on).days <= within_days)
    ]
    latest_on = max((on for on, _ in in_date), default=None)
    return [entry for on, entry in in_date if on == latest_on]


def _valid_days(item: str, *, situation: Situation) -> int | None:
    """Return how old evidence may be: the set's own limit, cut by any condition with a shorter one."""
    validity = situation.rules.validity[item]
    days = validity.days_by_set.get(situation.prerequisite_set, validity.days)
    shorter = [limit for condition, limit in validity.days_by_condition.items() if situation.has(condition)]
    return days if days is None else min([days, *shorter])


def _passes(entry: EvidenceEntry, *, situation: Situation) -> bool:
    """Return whether a value is within the limits of its class; no value and no limits both pass."""
    if entry.value is None or entry.item not in LABORATORY_COLUMNS:
        return True
    # An INR drawn before a warfarin stop took effect says nothing about the day itself: only its date is asked.
    if entry.item == "inr" and situation.lists("warfarin") and entry.on not in _day_before_or_same(situation):
        return True
    limits = situation.rules.laboratory.get(
        (situation.bleeding_class, situation.has("chronic_liver_disease")), {}
    )
    return _within(value=entry.value, item=entry.item, limits=limits)


def _within(*, value: float, item: str, limits: Mapping[str, float]) -> bool:
    at_least, above, at_most, below = (limits.get(column or "") for column in LABORATORY_COLUMNS[item])
    return (
        (at_least is None or value >= at_least)
        and (above is None or value > above)
        and (at_most is None or value <= at_most)
        and (below is None or value < below)
    )


def _inr_recheck(situation: Situation) -> Standing:
    days = _day_before_or_same(situation)
    booked = any(
        entry.item in {"inr", "inr_recheck_booked"} and (entry.on in days or entry.planned_for in days)
        for entry in situation.case.evidence
    )
    return Standing.VALID if booked else Standing.MISSING


def _inr_range(item: str, *, situation: Situation) -> Standing:
    within_days = situation.rules.validity[item].days
    latest = _latest("inr", within_days=within_days, situation=situation)
    values = [entry.value for entry in latest if entry.value is not None]
    if not values:
        return Standing.MISSING
    lowest, highest = INR_RANGES[item]
    in_range = all(lowest <= value <= highest for value in values)
    return Standing.VALID if in_range else Standing.OUT_OF_RANGE


def _planned(item: str, *, on: dt.date, situation: Situation) -> bool:
    return any(entry.item == item and entry.planned_for == on for entry in situation.case.evidence)


def _day_before_or_same(situation: Situation) -> tuple[dt.date, dt.date]:
    return (situation.start.day - ONE_DAY, situation.start.day)

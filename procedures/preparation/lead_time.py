"""
How many days the preparation takes, and whether the booking leaves them. A hold is never shortened.

Pure: no framework, no database, no clock.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

from procedures.preparation.ruling import Ruling
from procedures.preparation.situation import Situation

ESCORT_DAYS = 1  # Sedation or an escort is arranged the day before at the latest [ops].


@dataclass(frozen=True, kw_only=True, slots=True)
class LeadTime:
    """Days needed (None: not yet known), whether the booking is too late, and the earliest date that is not."""

    days: int | None
    late: bool
    earliest_start_on: dt.date | None


def reference_date(situation: Situation) -> dt.date:
    """Return the local date from which the patient could begin: that of the move, else of the booking."""
    previous = situation.case.previous
    return situation.case.booked_on if previous is None else previous.changed_on


def lead_time_of(rulings: Sequence[Ruling], *, situation: Situation) -> LeadTime:
    """Return the lead time over all holds and all their options; no delivery buffer is included."""
    days = _days(rulings, situation=situation)
    reference = reference_date(situation)
    if days is None or (situation.start.day - reference).days >= days:
        return LeadTime(days=days, late=False, earliest_start_on=None)
    return LeadTime(days=days, late=True, earliest_start_on=reference + dt.timedelta(days=days))


def with_lateness(rulings: Sequence[Ruling], *, situation: Situation) -> tuple[Ruling, ...]:
    """Return the rulings with each hold whose last dose is already past left to a clinician, marked not feasible."""
    reference = reference_date(situation)
    return tuple(_judged(ruling, reference=reference) for ruling in rulings)


def _judged(ruling: Ruling, *, reference: dt.date) -> Ruling:
    if all(last_dose_on >= reference for last_dose_on in _last_days(ruling)):
        return ruling
    return replace(ruling.left_to_clinician(), feasible=False).adding(rule_ids=["safety/late"])


def _days(rulings: Sequence[Ruling], *, situation: Situation) -> int | None:
    insulins = {listed.name for listed in situation.listed_in("insulin")}
    if any(ruling.is_undecided and ruling.drug not in insulins for ruling in rulings):
        return None
    holds = [
        (situation.start.day - last_dose_on).days for ruling in rulings for last_dose_on in _last_days(ruling)
    ]
    return max([ESCORT_DAYS if situation.escort_needed else 0, *holds])


def _last_days(ruling: Ruling) -> list[dt.date]:
    return [option.last_dose_on for option in ruling.options if option.last_dose_on is not None]

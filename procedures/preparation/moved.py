"""
What a moved booking takes back.

Pure: no framework, no database, no clock.
"""

import datetime as dt

from procedures.preparation.situation import Situation


def revokes_previous(situation: Situation) -> bool:
    """Return whether something told for another start no longer holds; instants are compared, not their offsets."""
    previous = situation.case.previous
    if previous is None or previous.start == situation.case.start:
        return False
    return bool(previous.told) or previous.fasting_told


def revoked_stops(situation: Situation) -> dict[str, dt.date]:
    """Return the last dose told for each drug in instructions that are revoked; of several, the one told last."""
    previous = situation.case.previous
    if previous is None or not revokes_previous(situation):
        return {}
    return {told.drug: told.last_dose_on for told in previous.told}


def may_have_stopped(situation: Situation) -> bool:
    """Return whether a last dose told for the earlier start was already past when the booking moved."""
    previous = situation.case.previous
    if previous is None or not revokes_previous(situation):
        return False
    return any(told.last_dose_on < previous.changed_on for told in previous.told)

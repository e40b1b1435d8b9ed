"""
Whether a patient may have a procedure at all on a day: what must come first, and what must keep its distance.

Pure: no framework, no database, no clock. The numbers are the protocol's own (`procedures.care`), each with its
source; where a protocol has none, a clinician decides.
"""

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from procedures.care import Care, Gate, Interval, Qualification, Treatment

ONE_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Spell:
    """Another treatment, from its first to its last local date; None while nobody knows when it ends."""

    treatment: Treatment
    first_on: dt.date
    last_on: dt.date | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Clash:
    """
    A treatment that stands too close.

    `earliest_on` is the first local date after it that would do; None when that cannot be known.
    """

    interval: Interval
    spell: Spell
    earliest_on: dt.date | None


def open_gates(care: Care, *, missing: Collection[str]) -> tuple[Qualification, ...]:
    """
    Return the hard steps that are not there, in their order; nothing is booked before them.

    `missing` are the items that the plan of the day misses.
    """
    return tuple(step for step in care.qualification if step.gate is Gate.HARD and step.evidence in missing)


def clashes(care: Care, *, spells: Iterable[Spell], day: dt.date) -> tuple[Clash, ...]:
    """
    Return the treatments closer to `day` (local) than the protocol's number of days, or still going on.

    An interval without a number asks a clinician and refuses nothing.
    """
    found = (
        _clash(interval, spell, day)
        for interval in care.combined
        for spell in spells
        if spell.treatment is interval.treatment
    )
    return tuple(clash for clash in found if clash is not None)


def unsettled(care: Care, *, spells: Iterable[Spell], today: dt.date) -> tuple[Interval, ...]:
    """Return the intervals without a number for a treatment that is not over: a clinician decides about each."""
    going_on = {spell.treatment for spell in spells if spell.last_on is None or spell.last_on >= today}
    return tuple(
        interval
        for interval in care.combined
        if interval.treatment in going_on and (interval.days_after is None or interval.days_before is None)
    )


def _clash(interval: Interval, spell: Spell, day: dt.date) -> Clash | None:
    begins_later = day < spell.first_on
    needed = interval.days_before if begins_later else interval.days_after
    if needed is None:
        return None
    if begins_later:
        too_close = (spell.first_on - day).days < needed
    else:
        too_close = spell.last_on is None or (day - spell.last_on).days < needed
    return Clash(interval=interval, spell=spell, earliest_on=_after(interval, spell)) if too_close else None


def _after(interval: Interval, spell: Spell) -> dt.date | None:
    if spell.last_on is None or interval.days_after is None:
        return None
    return spell.last_on + interval.days_after * ONE_DAY

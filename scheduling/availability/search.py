"""
Slot search: starts in the order of time at which everything needed is free.

Pure. Bitmaps screen, an exact assignment confirms.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from scheduling.availability.assignment import NOTHING_BARRED, Assignment, Barred, assign
from scheduling.availability.grid import LegNeed, Window, starts


@dataclass(frozen=True, kw_only=True, slots=True)
class Supply:
    """
    What a window holds: who is there, who is free, and what may not go together.

    Bitmaps by resource id. `free_steps` must be part of `open_steps`; only explanations read the latter.
    """

    window: Window
    free_steps: Mapping[int, int]
    open_steps: Mapping[int, int] = field(default_factory=dict)
    barred: Barred = field(default_factory=lambda: NOTHING_BARRED)


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """A start (UTC) at which the appointment fits, and who would serve each leg."""

    start: dt.datetime
    assignment: Assignment


def search(
    *, needs: Sequence[LegNeed], supply: Supply, among: int, allowed: Callable[[dt.datetime], bool]
) -> Iterator[Candidate]:
    """
    Return, lazily and in the order of time, every start at which all legs fit.

    `among` is a bitmap of the starts to consider (range, alignment, notice). `allowed` is asked once per start
    that passed the screen, with the start in UTC: whether this patient can still be prepared.
    """
    window = supply.window
    for step in set_steps(starts(needs, supply.free_steps, window) & among):
        start = window.moment_of(step)
        if not allowed(start):
            continue
        assignment = assign(needs, step, supply.free_steps, supply.barred)
        if assignment is not None:
            yield Candidate(start=start, assignment=assignment)


def set_steps(steps: int) -> Iterator[int]:
    """Return the positions of the bits that are set, lowest first."""
    digits = bin(steps)[:1:-1]
    step = digits.find("1")
    while step >= 0:
        yield step
        step = digits.find("1", step + 1)

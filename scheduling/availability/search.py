"""
Slot search: starts in the order of time at which everything needed is free.

Pure. Bitmaps screen, an exact assignment confirms.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial, reduce
from operator import and_

from scheduling.availability.assignment import NOTHING_BARRED, Assignment, Barred, are_strangers, choose
from scheduling.availability.grid import LegNeed, Window, leg_starts, starts_by_resource


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
class Players:
    """The needs of a search, who could begin to serve each when, and what may not go together."""

    needs: Sequence[LegNeed]
    able: Mapping[str, Sequence[tuple[int, int]]]
    barred: Barred

    def choice_at(self, step: int) -> Assignment | None:
        """Return who would serve each leg of a start at `step`; nothing if there is no such choice."""
        return choose(self.needs, partial(self._able_at, step), self.barred)

    def _able_at(self, step: int, need: LegNeed) -> Iterator[int]:
        for resource, begins in self.able[need.key]:
            if begins >> step & 1:
                yield resource


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """A start (UTC) at which the appointment fits. Who would serve is worked out when somebody asks."""

    start: dt.datetime
    step: int = field(repr=False, compare=False)
    players: Players = field(repr=False, compare=False)

    @property
    def assignment(self) -> Assignment:
        """Return who would serve each leg."""
        return self.players.choice_at(self.step) or {}


def search(
    *, needs: Sequence[LegNeed], supply: Supply, among: int, allowed: Callable[[dt.datetime], bool]
) -> Iterator[Candidate]:
    """
    Return, lazily and in the order of time, every start at which all legs fit.

    `among` is a bitmap of the starts to consider (range, alignment, notice). `allowed` is asked once per start
    that passed the screen, with the start in UTC: whether this patient can still be prepared.
    """
    window = supply.window
    able = {need.key: starts_by_resource(need, supply.free_steps, window) for need in needs}
    screened = reduce(and_, (leg_starts(need, able[need.key], window) for need in needs), among)
    players = Players(needs=needs, able=able, barred=supply.barred)
    settled = are_strangers(needs, supply.barred)
    for step in set_steps(screened):
        start = window.moment_of(step)
        # The legs of strangers cannot get in each other's way: what passed the screen certainly fits.
        if allowed(start) and (settled or players.choice_at(step) is not None):
            yield Candidate(start=start, step=step, players=players)


def set_steps(steps: int) -> Iterator[int]:
    """Return the positions of the bits that are set, lowest first."""
    digits = bin(steps)[:1:-1]
    step = digits.find("1")
    while step >= 0:
        yield step
        step = digits.find("1", step + 1)

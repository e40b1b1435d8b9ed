"""
Running late: who has to wait for whom, and for how long.

Pure: no framework, no database, no clock.
"""

import datetime as dt
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

# Starts move by whole steps of this [ops].
STEP = dt.timedelta(minutes=5)
NO_DELAY = dt.timedelta(0)


@dataclass(frozen=True, kw_only=True, slots=True)
class Use:
    """Something or somebody in one place (`thing`) from `begin` to `end` (aware, half-open)."""

    thing: Hashable
    begin: dt.datetime
    end: dt.datetime

    def later(self, by: dt.timedelta) -> "Use":
        """Return the same, that much later."""
        return Use(thing=self.thing, begin=self.begin + by, end=self.end + by)


@dataclass(frozen=True, kw_only=True, slots=True)
class Waiting:
    """A visit that has not begun and can wait, with everything it uses; `late_by` is how late it is in any case."""

    key: int
    start: dt.datetime
    uses: tuple[Use, ...]
    late_by: dt.timedelta = NO_DELAY


def delays(waiting: Iterable[Waiting], *, fixed: Iterable[Use]) -> Mapping[int, dt.timedelta]:
    """
    Return by how much each visit starts later, those only that do; in the order of their starts.

    Everybody keeps the place in the queue: a visit waits for what is `fixed` and for those that start before it, no
    longer than it must. Gaps in the day are used up first, so a delay shrinks as it goes on.
    """
    placed = list(fixed)
    found: dict[int, dt.timedelta] = {}
    for visit in sorted(waiting, key=lambda each: (each.start, each.key)):
        late_by = _delay_of(visit, placed)
        placed += [use.later(late_by) for use in visit.uses]
        if late_by:
            found[visit.key] = late_by
    return found


def in_steps(length: dt.timedelta) -> dt.timedelta:
    """Return a length rounded up to whole steps."""
    return -(-length // STEP) * STEP


def _delay_of(visit: Waiting, placed: Sequence[Use]) -> dt.timedelta:
    late_by = visit.late_by
    while True:
        # What stands in the way now ends at some time; beginning then is the least that could do.
        waits = [
            other.end - use.begin
            for use in visit.uses
            for other in placed
            if other.thing == use.thing
            and other.begin < use.end + late_by
            and use.begin + late_by < other.end
        ]
        if not waits:
            return late_by
        late_by = in_steps(max(waits))

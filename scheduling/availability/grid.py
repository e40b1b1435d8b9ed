"""
The time grid: free time as one integer per resource.

Pure. Bit i of a bitmap stands for step i of a window; a window is a half-open stretch of UTC. Erosion by shifting
turns "free here" into "a leg of this length may begin here", so that one machine operation judges 64 steps.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat
from operator import floordiv

STEP_MINUTES = 5
STEP = dt.timedelta(minutes=STEP_MINUTES)
STEP_SECONDS = STEP_MINUTES * 60

# Half-open, in epoch seconds UTC.
Period = tuple[int, int]


class OffGrid(ValueError):
    """Times are planned in steps of 5 minutes."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Window:
    """
    The stretch of time a bitmap describes.

    `start` is in epoch seconds UTC and lies on the grid; `steps` counts steps of 5 minutes.

    :raises OffGrid: if `start` does not lie on the grid
    """

    start: int
    steps: int

    def __post_init__(self) -> None:
        if self.start % STEP_SECONDS:
            raise OffGrid

    @property
    def end(self) -> int:
        """Return the first epoch second after the window."""
        return self.start + self.steps * STEP_SECONDS

    @property
    def whole(self) -> int:
        """Return the bitmap in which every step is set."""
        return (1 << self.steps) - 1

    def step_of(self, moment: dt.datetime) -> int:
        """
        Return the step that begins at `moment` (aware); it may lie outside the window.

        :raises OffGrid: if `moment` does not lie on the grid
        """
        step, rest = divmod(moment.timestamp() - self.start, STEP_SECONDS)
        if rest:
            raise OffGrid
        return int(step)

    def moment_of(self, step: int) -> dt.datetime:
        """Return the moment (UTC) at which `step` begins."""
        return dt.datetime.fromtimestamp(self.start + step * STEP_SECONDS, dt.UTC)


@dataclass(frozen=True, kw_only=True, slots=True)
class LegNeed:
    """
    What one leg of an appointment needs.

    `count` different resources out of `pool` (ids, most preferred first), from `offset_minutes` after the
    appointment's start (negative: before it) for `duration_minutes`. Both lie on the grid.

    :raises OffGrid: if offset or duration is no multiple of 5 minutes
    :raises ValueError: if duration or count is not positive, or the pool names a resource twice
    """

    key: str
    pool: tuple[int, ...]
    count: int = 1
    offset_minutes: int
    duration_minutes: int

    def __post_init__(self) -> None:
        if self.offset_minutes % STEP_MINUTES or self.duration_minutes % STEP_MINUTES:
            raise OffGrid
        if self.duration_minutes <= 0 or self.count <= 0:
            raise ValueError("a leg needs at least one resource for at least one step")
        if len(set(self.pool)) < len(self.pool):
            raise ValueError("a pool names each resource once")

    @property
    def offset_steps(self) -> int:
        """Return the offset in steps."""
        return self.offset_minutes // STEP_MINUTES

    @property
    def duration_steps(self) -> int:
        """Return the duration in steps."""
        return self.duration_minutes // STEP_MINUTES

    @property
    def end_steps(self) -> int:
        """Return the leg's end, in steps after the appointment's start."""
        return self.offset_steps + self.duration_steps

    def meets(self, other: "LegNeed") -> bool:
        """Return whether the two legs share any time."""
        return self.offset_minutes < other.offset_minutes + other.duration_minutes and (
            other.offset_minutes < self.offset_minutes + self.duration_minutes
        )


def window_between(start: int, end: int) -> Window:
    """Return the smallest window that holds the half-open period of epoch seconds."""
    first = start - start % STEP_SECONDS
    return Window(start=first, steps=max(0, -(-(end - first) // STEP_SECONDS)))


def bitmap(periods: Iterable[Period], window: Window) -> int:
    """
    Return the steps that any part of any period touches.

    The careful reading for busy time: a booking that ends at 09:03 takes the step from 09:00. Periods may overlap
    and may reach beyond the window.
    """
    first, last = window.start, window.steps
    steps = 0
    for start, end in periods:
        low, high = (start - first) // STEP_SECONDS, -((first - end) // STEP_SECONDS)
        low, high = (low if low > 0 else 0), (high if high < last else last)
        if low < high and start < end:
            steps |= ((1 << (high - low)) - 1) << low
    return steps


def bitmap_of_ticks(begins: Sequence[int], ends: Sequence[int], window: Window, *, ticks: int) -> int:
    """
    Return what `bitmap` does, for very many periods that touch the window, none of them empty.

    Begins and ends are counted in ticks (`ticks` to the second) since the epoch; what rounds them runs in C.
    """
    if not begins:
        return 0
    size = STEP_SECONDS * ticks
    lows: list[int] = list(map(floordiv, begins, repeat(size)))
    base = min(lows)
    steps: int = 0
    # Divided by a negative step, an end is rounded away from the period's begin.
    for low, minus_high in zip(lows, map(floordiv, ends, repeat(-size)), strict=True):
        steps |= ((1 << -minus_high - low) - 1) << low - base
    shift = base - window.start // STEP_SECONDS
    return (steps << shift if shift >= 0 else steps >> -shift) & window.whole


def bitmap_within(periods: Iterable[Period], window: Window) -> int:
    """
    Return the steps that lie wholly inside one period.

    The careful reading for opening hours. Touching periods must have been merged.
    """
    inner = ((-(-start // STEP_SECONDS) * STEP_SECONDS, end - end % STEP_SECONDS) for start, end in periods)
    return bitmap((period for period in inner if period[0] < period[1]), window)


def free(open_periods: Iterable[Period], busy_periods: Iterable[Period], window: Window) -> int:
    """Return the steps of `window` that are wholly open and not touched by anything busy."""
    return bitmap_within(open_periods, window) & ~bitmap(busy_periods, window)


def between(window: Window, *, first: dt.datetime, until: dt.datetime) -> int:
    """Return the steps that begin in the half-open period from `first` to `until` (both aware)."""
    return between_epochs(window, first=first.timestamp(), until=until.timestamp())


def between_epochs(window: Window, *, first: float, until: float) -> int:
    """Return the steps that begin in the half-open period of epoch seconds."""
    low, high = (-int((window.start - bound) // STEP_SECONDS) for bound in (first, until))
    low, high = (min(max(bound, 0), window.steps) for bound in (low, high))
    return (1 << high) - (1 << low) if low < high else 0


def fits(free_steps: int, duration_steps: int) -> int:
    """Return the steps at which `duration_steps` free steps in a row begin."""
    covered = 1
    while covered < duration_steps:
        shift = min(covered, duration_steps - covered)
        free_steps &= free_steps >> shift
        covered += shift
    return free_steps


def starts_by_resource(
    need: LegNeed, free_by_resource: Mapping[int, int], window: Window
) -> tuple[tuple[int, int], ...]:
    """
    Return each resource of the pool, in order, with the appointment starts at which it could serve the leg.

    A resource that `free_by_resource` does not name is never free. A leg that would reach beyond the window does
    not fit.
    """
    found = []
    for resource in need.pool:
        begins = fits(free_by_resource.get(resource, 0), need.duration_steps)
        if need.offset_steps >= 0:
            found.append((resource, begins >> need.offset_steps))
        else:
            found.append((resource, (begins << -need.offset_steps) & window.whole))
    return tuple(found)


def leg_starts(need: LegNeed, able: Iterable[tuple[int, int]], window: Window) -> int:
    """Return the starts at which enough of the pool is there; `able` is what `starts_by_resource` returned."""
    enough = [window.whole] + [0] * need.count
    for _, begins in able:
        for taken in range(need.count, 0, -1):
            enough[taken] |= enough[taken - 1] & begins
    return enough[-1]


def starts(needs: Sequence[LegNeed], free_by_resource: Mapping[int, int], window: Window) -> int:
    """
    Return the starts at which every leg, taken by itself, fits.

    A screen, not the answer: two legs may want the same nurse, and a device may not fit the room. What is not in
    here is certainly impossible; `assign` confirms the rest.
    """
    joint = window.whole
    for need in needs:
        joint &= leg_starts(need, starts_by_resource(need, free_by_resource, window), window)
    return joint

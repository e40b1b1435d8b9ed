"""A figure, and how to take one. Pure but for the clock, which is what is measured."""

import json
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Figure:
    """
    What was measured. `baseline` says what stood beside it in the same run, with its own value.

    `ratio` is ours to it: for times above one is slower, for rates above one is faster.
    """

    name: str
    value: float
    unit: str
    baseline: str
    ratio: float

    def as_json(self) -> str:
        """Return the figure as one line."""
        return json.dumps(
            {
                "name": self.name,
                "value": rounded(self.value),
                "unit": self.unit,
                "baseline": self.baseline,
                "ratio": rounded(self.ratio),
            }
        )


def compared(*, name: str, unit: str, ours: float, floor: float, beside: str) -> Figure:
    """Return a figure of ours beside a floor in the same unit."""
    return Figure(
        name=name,
        value=ours,
        unit=unit,
        baseline=f"{beside}: {rounded(floor)} {unit}",
        ratio=ours / floor if floor else 0.0,
    )


def milliseconds(act: Callable[[], object]) -> float:
    """Return how long one call takes."""
    began = time.perf_counter()
    act()
    return (time.perf_counter() - began) * 1000


def medians(*acts: Callable[[], object], runs: int) -> tuple[float, ...]:
    """Return each act's median in milliseconds, taken in turns, so that a slow minute slows all of them."""
    for act in acts:
        act()
    taken = [[milliseconds(act) for act in acts] for _ in range(runs)]
    return tuple(statistics.median(column) for column in zip(*taken, strict=True))


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value that `share` (0 to 1) of the values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def rounded(value: float) -> float:
    """Return three significant digits."""
    return float(f"{value:.3g}")

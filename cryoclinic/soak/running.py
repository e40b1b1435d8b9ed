"""Run histories by the thousand, on as many processes as there are cores."""

import multiprocessing
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from cryoclinic.soak.histories import history
from cryoclinic.soak.promises import Broken, broken_by

BATCH = 250


@dataclass(frozen=True, kw_only=True, slots=True)
class Batch:
    """What came of some histories in a row: how many, what they held, and what broke."""

    histories: int
    events: int
    moves: int
    medicines: int
    broken: tuple[Broken, ...]


def run(*, seed: int, first: int, histories: int, processes: int) -> Iterator[Batch]:
    """Yield batches as they are done, in no order; together they are the histories from `first` on."""
    end = first + histories
    spans = [(seed, start, min(start + BATCH, end)) for start in range(first, end, BATCH)]
    if processes == 1:
        yield from map(played, spans)
        return
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        yield from pool.imap_unordered(played, spans)


def played(span: tuple[int, int, int]) -> Batch:
    """Return what came of the histories of a seed, from a number up to another."""
    seed, first, end = span
    told = [history(seed=seed, number=number) for number in range(first, end)]
    whats = Counter(event.what for each in told for event in each.events)
    return Batch(
        histories=len(told),
        events=whats.total(),
        moves=whats["moved"],
        medicines=sum(len(each.case.patient.medications) for each in told),
        broken=tuple(broken for each in told for broken in broken_by(each)),
    )

"""What to do about all visits that a closure hits, so that no two are proposed the same. Reads only."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from scheduling.codes import ClosureAnswer
from scheduling.models import Resource
from scheduling.operations.closures.hits import Hit, Remedies, remedies_of, span_at
from scheduling.operations.slots import Slot

# A resource (by id) that is proposed to somebody for a half-open period.
Promised = tuple[int, dt.datetime, dt.datetime]


@dataclass(frozen=True, kw_only=True, slots=True)
class Proposal:
    """
    A hit with its remedies and the first of them: a swap of the legs that are hit, else the next time; `answer` None: neither.

    `taking` is None for a swap of several legs: whatever fits.
    """

    hit: Hit
    remedies: Remedies
    answer: ClosureAnswer | None
    taking: Resource | None = None
    slot: Slot | None = None


def proposals_for(hits: Iterable[Hit], *, now: dt.datetime) -> tuple[Proposal, ...]:
    """
    Return a proposal for each hit, in order, as things stand at `now` (aware).

    What is proposed to one is not proposed to the next, so that all of them can be done together. Whoever does them
    is still judged one by one.
    """
    promised: list[Promised] = []
    spans: list[tuple[dt.datetime, dt.datetime]] = []
    found = []
    for hit in hits:
        remedies = remedies_of(hit, now=now, avoiding=spans)
        swap = _swap(hit, remedies, promised)
        if swap:
            promised += [
                (taking.pk, each.period.lower, each.period.upper)
                for each, taking in zip(hit.allocations, swap, strict=True)
            ]
            taking = swap[0] if len(swap) == 1 else None
            found.append(Proposal(hit=hit, remedies=remedies, answer=ClosureAnswer.SWAP, taking=taking))
        elif remedies.slots:
            slot = remedies.slots[0]
            spans.append(span_at(hit.appointment, start=slot.start))
            found.append(Proposal(hit=hit, remedies=remedies, answer=ClosureAnswer.MOVE, slot=slot))
        else:
            found.append(Proposal(hit=hit, remedies=remedies, answer=None))
    return tuple(found)


def _swap(hit: Hit, remedies: Remedies, promised: Sequence[Promised]) -> tuple[Resource, ...]:
    """Return what serves each leg that is hit instead, nothing twice; empty if one of them finds nothing."""
    chosen: list[Resource] = []
    for each in hit.allocations:
        free = (
            option
            for option in remedies.swaps[each.leg]
            if option not in chosen
            and not any(
                pk == option.pk and begin < each.period.upper and each.period.lower < end
                for pk, begin, end in promised
            )
        )
        first = next(free, None)
        if first is None:
            return ()
        chosen.append(first)
    return tuple(chosen)

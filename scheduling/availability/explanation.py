"""Why a time is refused: which leg, by which rule, and until when. Pure."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from scheduling.availability.assignment import NOTHING_BARRED, assign, fitting
from scheduling.availability.grid import LegNeed
from scheduling.availability.search import Supply, search


class RefusalRule(StrEnum):
    """What speaks against a time."""

    NO_SUCH_RESOURCE = "no-such-resource"  # the pool is smaller than the need, at any time
    NOT_OPEN = "not-open"  # nobody of the pool is there
    NOT_FREE = "not-free"  # whoever is there is busy
    TOO_FEW = "too-few"  # some are free, but fewer than needed
    COMPATIBILITY = "compatibility"  # enough are free, but not with what the other legs can have


@dataclass(frozen=True, kw_only=True, slots=True)
class Refusal:
    """
    One leg that blocks a time.

    `resource_ids` are those the rule speaks of: the busy ones for not-free, the ones that are free for too-few
    and compatibility, else the pool. `until` (UTC) is the next start for which this leg would no longer block;
    nothing if there is none in the window.
    """

    leg: str
    rule: RefusalRule
    resource_ids: tuple[int, ...]
    until: dt.datetime | None


def explain(needs: Sequence[LegNeed], start: int, supply: Supply) -> tuple[Refusal, ...]:
    """
    Return what speaks against step `start`, in the order of the legs; nothing if the time can be had.

    Legs that fail by themselves are named. If each would fit alone but not all together, the first leg is named
    that no longer fits beside those before it.
    """
    alone = tuple(
        Refusal(
            leg=need.key,
            rule=rule,
            resource_ids=_concerned(rule, need, start, supply),
            until=_until((need,), start, supply),
        )
        for need in needs
        if (rule := _broken_rule(need, start, supply)) is not None
    )
    return alone or _together(needs, start, supply)


def _broken_rule(need: LegNeed, start: int, supply: Supply) -> RefusalRule | None:
    if len(need.pool) < need.count:
        return RefusalRule.NO_SUCH_RESOURCE
    free = sum(1 for _ in fitting(need, start, supply.free_steps))
    if free >= need.count:
        return None
    if free:
        return RefusalRule.TOO_FEW
    nobody_there = not tuple(fitting(need, start, supply.open_steps))
    return RefusalRule.NOT_OPEN if nobody_there else RefusalRule.NOT_FREE


def _concerned(rule: RefusalRule, need: LegNeed, start: int, supply: Supply) -> tuple[int, ...]:
    shown: Mapping[RefusalRule, Mapping[int, int]] = {
        RefusalRule.NOT_FREE: supply.open_steps,
        RefusalRule.TOO_FEW: supply.free_steps,
        RefusalRule.COMPATIBILITY: supply.free_steps,
    }
    return tuple(fitting(need, start, shown[rule])) if rule in shown else need.pool


def _together(needs: Sequence[LegNeed], start: int, supply: Supply) -> tuple[Refusal, ...]:
    for count in range(1, len(needs) + 1):
        legs = needs[:count]
        if assign(legs, start, supply.free_steps, supply.barred) is None:
            contested = assign(legs, start, supply.free_steps, NOTHING_BARRED) is None
            rule = RefusalRule.TOO_FEW if contested else RefusalRule.COMPATIBILITY
            return (
                Refusal(
                    leg=legs[-1].key,
                    rule=rule,
                    resource_ids=_concerned(rule, legs[-1], start, supply),
                    until=_until(legs, start, supply),
                ),
            )
    return ()


def _until(needs: Sequence[LegNeed], start: int, supply: Supply) -> dt.datetime | None:
    later = supply.window.whole & ~((1 << max(0, start + 1)) - 1)
    found = next(search(needs=needs, supply=supply, among=later, allowed=lambda _: True), None)
    return found.start if found is not None else None

"""Running late: what follows is listed with its consequences first, and re-timed in one step when somebody says so."""

from scheduling.operations.late.proposal import (
    DelayOutOfRange,
    NothingToDelay,
    StandsInTheWay,
    propose_delay,
)
from scheduling.operations.late.retiming import BeyondHours, ProposalChanged, delay_day
from scheduling.operations.late.values import Beyond, DayDelay, FoodStop, LateVisit, food_stops

__all__ = [
    "Beyond",
    "BeyondHours",
    "DayDelay",
    "DelayOutOfRange",
    "FoodStop",
    "LateVisit",
    "NothingToDelay",
    "ProposalChanged",
    "StandsInTheWay",
    "delay_day",
    "food_stops",
    "propose_delay",
]

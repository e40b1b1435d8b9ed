"""The slot search over a location's rows: what is offered can be booked. Reads only."""

from scheduling.operations.slots.explaining import Obstacle, ObstacleRule, SlotExplanation, explain_slot
from scheduling.operations.slots.finding import Slot, find_slots, find_slots_among
from scheduling.operations.slots.inquiry import Audience, Wish
from scheduling.operations.slots.outlook import SlotState

__all__ = [
    "Audience",
    "Obstacle",
    "ObstacleRule",
    "Slot",
    "SlotExplanation",
    "SlotState",
    "Wish",
    "explain_slot",
    "find_slots",
    "find_slots_among",
]

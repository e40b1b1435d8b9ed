"""
The timeline planner: what people are owed, told once, corrected when it no longer holds.

Pure: no framework, no database, no clock.
"""

from notifications.planning.corrections import diff
from notifications.planning.facts import WITHDRAWN, derive, facts_as_json, facts_from_json, without_medicines
from notifications.planning.ladder import UNANSWERED, Answering, with_ladder
from notifications.planning.offer import BUILT_IN, OFFER, Offer, plan_offer
from notifications.planning.quiet import MomentMissing
from notifications.planning.simulation import Caps, SimulatedRow, simulate
from notifications.planning.timeline import plan_timeline
from notifications.planning.values import (
    Booking,
    CallOwed,
    Certainty,
    InstantIsNaive,
    NotOwed,
    PlannedMessage,
    Recipient,
    State,
    TimelinePlan,
    Told,
)

__all__ = [
    "BUILT_IN",
    "OFFER",
    "UNANSWERED",
    "WITHDRAWN",
    "Answering",
    "Booking",
    "CallOwed",
    "Caps",
    "Certainty",
    "InstantIsNaive",
    "MomentMissing",
    "NotOwed",
    "Offer",
    "PlannedMessage",
    "Recipient",
    "SimulatedRow",
    "State",
    "TimelinePlan",
    "Told",
    "derive",
    "diff",
    "facts_as_json",
    "facts_from_json",
    "plan_offer",
    "plan_timeline",
    "simulate",
    "with_ladder",
    "without_medicines",
]

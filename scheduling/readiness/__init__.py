"""
Whether a visit can go ahead: from what is known about it and the time left to one of four states, with reasons.

Pure: no framework, no database, no clock. `assess` is the one entry; everything else is a value.
"""

from scheduling.readiness.assessment import assess
from scheduling.readiness.hours import last_open_before, open_days_before
from scheduling.readiness.values import (
    Agreement,
    Answer,
    NextStep,
    Readiness,
    Reason,
    Situation,
    State,
    Who,
)
from scheduling.readiness.words import item_words

__all__ = [
    "Agreement",
    "Answer",
    "NextStep",
    "Readiness",
    "Reason",
    "Situation",
    "State",
    "Who",
    "assess",
    "item_words",
    "last_open_before",
    "open_days_before",
]

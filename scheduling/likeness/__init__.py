"""
Who may be meant: records that look like one person, and records that fit what somebody typed.

A likeness is a question to a human being, never an answer. Pure: no framework, no database, no clock.
"""

from scheduling.likeness.alike import Identity, Likeness, likely_pairs, likeness, name_of, plain
from scheduling.likeness.seeking import Clue, clues, date_in, spellings

__all__ = [
    "Clue",
    "Identity",
    "Likeness",
    "clues",
    "date_in",
    "likely_pairs",
    "likeness",
    "name_of",
    "plain",
    "spellings",
]

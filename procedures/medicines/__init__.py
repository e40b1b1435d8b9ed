"""
Medicines as people write them: names, brands, combination tablets, spellings; and when a held one may start again.

Nothing here acts: a match is a proposal with a confidence, a restart a proposal with its source. A person confirms
the one, a clinician signs the other. Pure: no framework, no database, no clock.
"""

from procedures.medicines.matching import Match, MatchKind, match
from procedures.medicines.restart import Restart, earliest_restart_at, restarts_of
from procedures.medicines.vocabulary import (
    Codes,
    Medicine,
    Vocabulary,
    VocabularyIsWrong,
    vocabulary,
    vocabulary_from,
)
from procedures.medicines.writing import Written, normal, read

__all__ = [
    "Codes",
    "Match",
    "MatchKind",
    "Medicine",
    "Restart",
    "Vocabulary",
    "VocabularyIsWrong",
    "Written",
    "earliest_restart_at",
    "match",
    "normal",
    "read",
    "restarts_of",
    "vocabulary",
    "vocabulary_from",
]

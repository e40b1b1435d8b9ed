"""
What differs between two versions of a protocol, part by part and word by word.

Pure: no framework, no database, no clock. It works on the fields of the values, so that what a protocol learns to say
later is compared as well.
"""

from procedures.comparison.difference import Change, Difference, FieldChange, PartChange, difference
from procedures.comparison.text import Kind, Piece, pieces_of

__all__ = [
    "Change",
    "Difference",
    "FieldChange",
    "Kind",
    "PartChange",
    "Piece",
    "difference",
    "pieces_of",
]

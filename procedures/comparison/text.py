"""Two texts, word by word."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

# A word with the space behind it, so that the pieces put together are the text.
_WORD = re.compile(r"\s*\S+|\s+$")


class Kind(StrEnum):
    """What became of a piece of text."""

    SAME = "same"
    REMOVED = "removed"
    ADDED = "added"


@dataclass(frozen=True, kw_only=True, slots=True)
class Piece:
    """Some words in a row that share a fate."""

    kind: Kind
    text: str


def pieces_of(old: str, new: str) -> tuple[Piece, ...]:
    """Return both texts as one: what stays, what goes, what comes, in reading order; removed before added."""
    return tuple(piece for piece in _pieces(_WORD.findall(old), _WORD.findall(new)) if piece.text)


def _pieces(old: list[str], new: list[str]) -> Iterator[Piece]:
    matcher = SequenceMatcher(a=old, b=new, autojunk=False)
    for tag, old_from, old_to, new_from, new_to in matcher.get_opcodes():
        if tag == "equal":
            yield Piece(kind=Kind.SAME, text="".join(new[new_from:new_to]))
            continue
        yield Piece(kind=Kind.REMOVED, text="".join(old[old_from:old_to]))
        yield Piece(kind=Kind.ADDED, text="".join(new[new_from:new_to]))

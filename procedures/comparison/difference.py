"""
Two versions of a protocol, part by part.

Parts are matched by what they are called (code, name, language), not by where they stand; what has no name is matched
by its place.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from enum import StrEnum
from typing import Any

from procedures.catalogue import ProtocolContent
from procedures.comparison import words
from procedures.comparison.text import Piece, pieces_of
from procedures.steps import Days, Moment

# Values that have fields of their own and are read as one.
_WHOLE = (Moment, Days)
_NAMES = ("code", "name", "language", "evidence", "treatment", "item")


class Change(StrEnum):
    """What became of a part."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, kw_only=True, slots=True)
class FieldChange:
    """One property: its name and both values in words, and the two read as one text."""

    name: str
    old: str
    new: str

    @property
    def pieces(self) -> tuple[Piece, ...]:
        """Return what stays, goes and comes, in reading order."""
        return pieces_of(self.old, self.new)


@dataclass(frozen=True, kw_only=True, slots=True)
class PartChange:
    """A step, a message, a text: what it is, what it is called, and what of it changed. `key` may be empty."""

    change: Change
    what: str
    key: str
    fields: tuple[FieldChange, ...]
    parts: tuple["PartChange", ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """Everything that differs; empty when a patient and the clinic would be told the same."""

    fields: tuple[FieldChange, ...]
    parts: tuple[PartChange, ...]

    @property
    def is_empty(self) -> bool:
        """Whether nothing differs."""
        return not self.fields and not self.parts


def difference(old: ProtocolContent | None, new: ProtocolContent | None) -> Difference:
    """Return what differs from `old` to `new`; without an older or a newer version everything is added or removed."""
    return Difference(fields=tuple(_field_changes(old, new)), parts=tuple(_ordered(_part_changes(old, new))))


def _field_changes(old: Any, new: Any) -> Iterator[FieldChange]:
    for name in _field_names(old, new):
        before, after = getattr(old, name, None), getattr(new, name, None)
        if _has_parts(before) or _has_parts(after):
            moved = _order_change(name, before, after)
            if moved is not None:
                yield moved
        elif words.value(before) != words.value(after):
            yield FieldChange(name=words.field_name(name), old=words.value(before), new=words.value(after))


def _part_changes(old: Any, new: Any) -> Iterator[PartChange]:
    for name in _field_names(old, new):
        before, after = _parts_in(getattr(old, name, None)), _parts_in(getattr(new, name, None))
        for key in dict.fromkeys([*after, *before]):
            changed = _part_change(before.get(key), after.get(key), key=key)
            if changed is not None:
                yield changed


def _part_change(old: Any, new: Any, *, key: str) -> PartChange | None:
    if old == new:
        return None
    change = Change.CHANGED if None not in (old, new) else Change.ADDED if old is None else Change.REMOVED
    return PartChange(
        change=change,
        what=words.part_name(type(new if old is None else old)),
        key=key,
        # What it is called stands above it already.
        fields=tuple(each for each in _field_changes(old, new) if {each.old, each.new} != {"", key}),
        parts=tuple(_part_changes(old, new)),
    )


def _ordered(parts: Iterator[PartChange]) -> Iterator[PartChange]:
    """Yield what patients read before what only the clinic reads."""
    yield from sorted(parts, key=lambda part: part.what == words.PARTS["Care"])


def _order_change(name: str, old: Any, new: Any) -> FieldChange | None:
    """Return the change of order among the parts that both have."""
    before, after = _parts_in(old), _parts_in(new)
    kept = ([key for key in before if key in after], [key for key in after if key in before])
    if kept[0] == kept[1]:
        return None
    return FieldChange(
        name=f"Order of {words.field_name(name).lower()}", old=", ".join(kept[0]), new=", ".join(kept[1])
    )


def _field_names(old: Any, new: Any) -> list[str]:
    kind = type(old if new is None else new)
    return [field.name for field in fields(kind)] if is_dataclass(kind) else []


def _is_part(value: object) -> bool:
    return is_dataclass(value) and not isinstance(value, _WHOLE)


def _has_parts(value: object) -> bool:
    return _is_part(value) or (isinstance(value, tuple) and any(_is_part(each) for each in value))


def _parts_in(value: object) -> Mapping[str, Any]:
    """Return the parts of a field by what they are called; a single one is called nothing."""
    if _is_part(value):
        return {"": value}
    if not _has_parts(value) or not isinstance(value, Sequence):
        return {}
    found: dict[str, Any] = {}
    for place, each in enumerate(value, start=1):
        key = _key(each) or str(place)
        found[key if key not in found else f"{key} ({place})"] = each
    return found


def _key(part: object) -> str:
    named = (getattr(part, name, None) for name in _NAMES)
    return next((words.value(name) for name in named if name), "")

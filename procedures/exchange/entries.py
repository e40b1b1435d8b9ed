"""A protocol's content as it is written in a file: mappings, lists, texts and numbers alone."""

import datetime as dt
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any

from procedures.catalogue import ProtocolContent
from procedures.steps import Moment

ONE_MINUTE = dt.timedelta(minutes=1)


class MomentBetweenMinutes(ValueError):
    """A moment of this protocol lies between two whole minutes and cannot be written in a file."""


def entry_of(content: ProtocolContent) -> dict[str, Any]:
    """
    Return the content as `catalogue.protocol_schema.ProtocolEntry` reads it; what is empty is left out.

    :raises MomentBetweenMinutes: if a moment is not in whole minutes
    """
    written: dict[str, Any] = _plain(content)
    return written


def _plain(value: object) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Moment):
        return _moment(value)
    if is_dataclass(value) and not isinstance(value, type):
        return _mapping(value)
    if isinstance(value, frozenset):
        return sorted(_plain(each) for each in value)
    if isinstance(value, tuple):
        return _several(value)
    return value


def _several(values: tuple[object, ...]) -> Any:
    """Return texts by their language, anything else as a list."""
    if values and all(hasattr(each, "language") for each in values):
        texts = [_mapping(each) for each in values]
        return {text.pop("language"): text for text in texts}
    return [_plain(each) for each in values]


def _mapping(value: Any) -> dict[str, Any]:
    """Return a value's fields; those without content are left out where a file may leave them out."""
    # A value that the reader takes as it stands has no entry of its own with defaults for what is missing.
    as_it_stands = hasattr(type(value), "__pydantic_config__")
    written = {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    return {
        name: entry
        for name, entry in written.items()
        if entry not in ("", [], {}) and (entry is not None or as_it_stands)
    }


def _moment(moment: Moment) -> dict[str, Any]:
    if moment.elapsed is None:
        return {
            "anchor": moment.anchor.value,
            "days": moment.days,
            "local_time": f"{moment.local_time or dt.time():%H:%M}",
        }
    if moment.elapsed % ONE_MINUTE:
        raise MomentBetweenMinutes
    return {"anchor": moment.anchor.value, "elapsed_minutes": moment.elapsed // ONE_MINUTE}

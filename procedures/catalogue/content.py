"""A protocol's content as one value, however it was written: in a catalogue file or in rows."""

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from enum import Enum

from procedures.care import Care
from procedures.steps import DerivedFact, Step


@dataclass(frozen=True, kw_only=True, slots=True)
class ProtocolContent:
    """Everything patients would be told under one version."""

    title: str
    languages: tuple[str, ...]
    derived_facts: tuple[DerivedFact, ...]
    steps: tuple[Step, ...]
    care: Care = field(default_factory=Care)

    @property
    def sha256(self) -> str:
        """Return a hash that is equal exactly when the content is; order counts where it is seen."""
        return digest(self)


def digest(value: object) -> str:
    """
    Return the SHA-256 of a value built from frozen dataclasses, tuples, sets, enums, texts and times.

    :raises TypeError: if it holds anything else
    """
    canonical = json.dumps(_plain(value), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _plain(value: object) -> object:
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, str):
        return value
    if isinstance(value, dt.timedelta):
        return f"{value // dt.timedelta(microseconds=1)} microseconds"
    if isinstance(value, dt.time):
        return value.isoformat()
    return _plain_collection(value)


def _plain_collection(value: object) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        return {each.name: _plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(entry) for key, entry in value.items()}
    if isinstance(value, frozenset):
        return sorted(str(_plain(entry)) for entry in value)
    if isinstance(value, tuple | list):
        return [_plain(entry) for entry in value]
    raise TypeError(type(value).__name__)

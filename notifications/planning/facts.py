"""Facts as text that can be stored, compared and read back exactly; and the facts a protocol derives."""

import datetime as dt
from collections.abc import Iterable, Mapping

from notifications.planning.values import Booking, InstantIsNaive
from procedures.steps import DerivedFact, FactValue

# What a correction says of a fact that was told and that the plan no longer has.
WITHDRAWN = "withdrawn"
TEXT_PREFIX = "text:"
# Facts about medicines; they are only ever said with a signature.
MEDICINE_PREFIXES = ("medicine_", "restart_")


def facts_as_json(facts: Mapping[str, FactValue]) -> dict[str, str]:
    """
    Return the facts as strings.

    Instants become ISO 8601 in UTC with "Z", dates ISO 8601, text gets a prefix that keeps it apart from both.

    :raises InstantIsNaive: if an instant has no zone
    """
    return {name: _as_json(value) for name, value in facts.items()}


def facts_from_json(values: Mapping[str, str]) -> dict[str, FactValue]:
    """
    Return the facts that `facts_as_json` stored, instants in UTC. Withdrawn ones are left out.

    :raises ValueError: if a value is none of its forms
    """
    return {name: _from_json(value) for name, value in values.items() if value != WITHDRAWN}


def derive(derived: Iterable[DerivedFact], booking: Booking) -> dict[str, FactValue]:
    """Return the facts that a protocol computes from the booking: instants in UTC, dates in the clinic's zone."""
    values: dict[str, FactValue] = {}
    for fact in derived:
        instant = fact.moment.resolve(booking.anchors, booking.zone)
        values[fact.name] = instant.astimezone(booking.zone).date() if fact.as_date else instant
    return values


def without_medicines(facts: Mapping[str, FactValue]) -> dict[str, FactValue]:
    """Return what may be said without a clinician's signature."""
    return {name: value for name, value in facts.items() if not is_about_medicine(name)}


def is_about_medicine(name: str) -> bool:
    """Return whether a fact of this name is about a medicine."""
    return name.startswith(MEDICINE_PREFIXES)


def _as_json(value: FactValue) -> str:
    if isinstance(value, dt.datetime):
        if value.utcoffset() is None:
            raise InstantIsNaive
        return value.astimezone(dt.UTC).replace(tzinfo=None).isoformat() + "Z"
    if isinstance(value, dt.date):
        return value.isoformat()
    return TEXT_PREFIX + value


def _from_json(value: str) -> FactValue:
    if value.startswith(TEXT_PREFIX):
        return value.removeprefix(TEXT_PREFIX)
    if value.endswith("Z"):
        return dt.datetime.fromisoformat(value)
    return dt.date.fromisoformat(value)

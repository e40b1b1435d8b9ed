"""The facts a text may name, and how each may be said."""

from collections.abc import Iterable, Mapping
from enum import StrEnum

from procedures.steps import DerivedFact


class Kind(StrEnum):
    INSTANT = "instant"
    DATE = "date"
    TEXT = "text"


# What a plan and a booking supply. `medicine_plan` and `restart_plan` are ids: they make a new plan a new message, and
# are never said.
PLAN_FACTS: Mapping[str, Kind] = {
    **dict.fromkeys(
        (
            "start",
            "arrive_at",
            "ended_at",
            "solids_stop",
            "fatty_meal_stop",
            "clear_liquids_stop",
            "breast_milk_stop",
            "formula_stop",
            "liquid_diet_from",
        ),
        Kind.INSTANT,
    ),
    **dict.fromkeys(("medicine_first_step_on", "restart_first_on"), Kind.DATE),
    **dict.fromkeys(
        ("place", "address", "procedure", "escort_name", "escort_needed", "medicine_plan", "restart_plan"),
        Kind.TEXT,
    ),
}
NEVER_SAID = frozenset({"medicine_plan", "restart_plan", "escort_needed"})

# The renderer supplies these to every text; no message asserts them.
ALWAYS_KNOWN = frozenset({"first_name", "clinic", "phone", "phone_hours", "emergency_number", "link"})

SPECS: Mapping[Kind, frozenset[str]] = {
    Kind.INSTANT: frozenset({"", "date", "time", "day", "until"}),
    Kind.DATE: frozenset({"", "day", "date", "until"}),
    Kind.TEXT: frozenset({"", "phone"}),
}


def known_facts(derived: Iterable[DerivedFact]) -> dict[str, Kind]:
    """Return every fact a protocol may assert, by name."""
    own = {fact.name: Kind.DATE if fact.as_date else Kind.INSTANT for fact in derived}
    return {**PLAN_FACTS, **own}

"""
The rows of the rule set and the vocabulary as values, and the stable id of each.

Pure: no framework, no database, no clock.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

COUNTED_IN_DOSES = frozenset({"doses", "doses_or_hours", "d0_doses"})
COUNTED_IN_HOURS = frozenset({"hours", "hours_since_last_dose"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Drug:
    """A drug of the vocabulary. `components` names the parts of a combination tablet."""

    name: str
    group: str
    drug_class: str
    always_weekly: bool = False
    components: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Procedure:
    """A procedure, or one target of it. Class and set are None where the target decides and none was given."""

    bleeding_class: str | None
    prerequisite_set: str | None
    ionising_by_default: bool
    transport_without_escort: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Validity:
    """How many days evidence for an item stays valid; None means for this booking, however old."""

    days: int | None
    days_by_set: Mapping[str, int]
    days_by_condition: Mapping[str, int]


@dataclass(frozen=True, kw_only=True, slots=True)
class ClearanceAction:
    """The action of a row at a creatinine clearance below `below` mL/min."""

    below: float
    action: str
    also_if_unknown: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class HoldRow:
    """
    One row of the hold tables, for one drug.

    `kind` is the row's hold type; `minimum` and `maximum` are in its unit (days, doses, hours, per cent).
    `hours_between` belongs to rows of doses or hours, `share_of` (which doses) to those of a percentage. Clearance and eGFR are in mL/min, minimum inclusive, maximum
    exclusive.
    """

    id: str
    drug: str
    kind: str
    source: str
    minimum: int = 0
    maximum: int = 0
    hours_between: int = 0
    infusion: bool = False
    optional: bool = False
    elevated_risk: bool | None = None
    route: str | None = None
    regimen: str | None = None
    not_with_condition: str | None = None
    action: str | None = None
    clearance_action: ClearanceAction | None = None
    clearance_min: float = 0.0
    clearance_below: float | None = None
    egfr_min: float = 0.0
    egfr_below: float | None = None
    share_of: str | None = None
    days_if_withheld: Mapping[str, int]

    @property
    def numbers(self) -> tuple[int, ...]:
        """Return both ends of the range, once where they are the same."""
        return (self.minimum,) if self.minimum == self.maximum else (self.minimum, self.maximum)

    @property
    def needs_dose_times(self) -> bool:
        """Return whether the row counts scheduled doses; infusions and days need no clock times."""
        if self.kind in COUNTED_IN_DOSES:
            return True
        return self.kind in COUNTED_IN_HOURS and not self.infusion

    @property
    def hours(self) -> frozenset[int]:
        """Return the elapsed hours that the row counts back from a start; none where it counts days or doses only."""
        if self.kind == "doses_or_hours":
            return frozenset({self.hours_between})
        return frozenset(self.numbers) if self.kind in COUNTED_IN_HOURS else frozenset()

    def covers_clearance(self, clearance: float | None) -> bool:
        """Return whether the row is for this clearance; unknown fits only a row without limits."""
        if clearance is None:
            return self.clearance_min == 0.0 and self.clearance_below is None
        return _between(clearance, minimum=self.clearance_min, below=self.clearance_below)

    def covers_egfr(self, egfr: float) -> bool:
        """Return whether the row is for this eGFR."""
        return _between(egfr, minimum=self.egfr_min, below=self.egfr_below)


def hold_rows(*, table: str, records: list[dict[str, Any]]) -> Iterator[tuple[tuple[str, str], HoldRow]]:
    """Yield each record once per drug it applies to, under (risk, drug); `table` begins the ids."""
    for record in records:
        for drug in record["applies_to"]:
            yield (record["bleeding_risk"], drug), _hold_row(table=table, record=record, drug=drug)


def _between(value: float, *, minimum: float, below: float | None) -> bool:
    return minimum <= value and (below is None or value < below)


def _hold_row(*, table: str, record: dict[str, Any], drug: str) -> HoldRow:
    hold, clearance, egfr = record["hold"], record.get("crcl", {}), record.get("egfr", {})
    minimum = hold.get("min", hold.get("doses", 0))
    return HoldRow(
        id="/".join([table, record["bleeding_risk"], drug, *_qualifiers(record)]),
        drug=drug,
        kind=hold["type"],
        source=record["source"],
        minimum=minimum,
        maximum=hold.get("max", minimum),
        hours_between=hold.get("hours", 0),
        infusion=record.get("infusion", False),
        optional=record.get("optional", False),
        elevated_risk=record.get("elevated_risk"),
        route=record.get("route"),
        regimen=record.get("regimen"),
        not_with_condition=record.get("not_with_condition"),
        action=record.get("action"),
        clearance_action=_clearance_action(record.get("action_if_crcl_below")),
        clearance_min=clearance.get("min", 0.0),
        clearance_below=clearance.get("max_exclusive"),
        egfr_min=egfr.get("min", 0.0),
        egfr_below=egfr.get("max_exclusive"),
        share_of=hold.get("of"),
        days_if_withheld={form: held["min"] for form, held in hold.get("if_withheld", {}).items()},
    )


def _clearance_action(record: dict[str, Any] | None) -> ClearanceAction | None:
    if record is None:
        return None
    return ClearanceAction(
        below=record["value"], action=record["action"], also_if_unknown=record.get("also_if_unknown", False)
    )


def _qualifiers(record: dict[str, Any]) -> Iterator[str]:
    """Yield what tells this row from the drug's other rows of the same risk."""
    yield from (record[key] for key in ("route", "regimen") if key in record)
    for key in ("crcl", "egfr"):
        limits = record.get(key, {})
        lower = f">={limits['min']}" if "min" in limits else ""
        upper = f"<{limits['max_exclusive']}" if "max_exclusive" in limits else ""
        if limits:
            yield f"{key}{lower}{upper}"
    if "elevated_risk" in record:
        yield "elevated" if record["elevated_risk"] else "not_elevated"
    if record.get("optional"):
        yield "optional"

"""
The rule set: every number and code the engine uses, read once from `data/`, versioned and hashed.

Pure: no framework, no database, no clock.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from procedures.preparation.case import InvalidCase
from procedures.preparation.rule_rows import Drug, HoldRow, Procedure, Validity, hold_rows

DATA = Path(__file__).parent / "data"
# Rule sets of earlier releases, under their hash: bookings made under them are planned by them to their end.
KEPT = DATA / "kept"

FASTING_KEYS = {
    "light meal": "solids",
    "fried, fatty or meat meal": "fatty_meal",
    "clear liquids": "clear_liquids",
    "breast milk": "breast_milk",
    "infant formula": "formula",
}
FASTING_POLICIES = {"ASA2017_2023": "asa", "ESAIC2022": "esaic", "GLP1_2024": "glp1"}


class RulesNotKept(InvalidCase):
    """The rules this was booked under are not part of this program any more. A clinician must review the booking."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RuleSet:
    """
    One version of the rules, indexed for use.

    `sha256` is over the content of rules and vocabulary, not over their layout: the same numbers give the same hash.
    Fasting hours stand under (policy, food); laboratory rows under (risk, has liver disease). `sources` gives the
    source of each rule id, as the rule set names it.
    """

    version: str
    sha256: str
    drugs: Mapping[str, Drug]
    rows: Mapping[tuple[str, str], tuple[HoldRow, ...]]
    procedures: Mapping[tuple[str, str | None], Procedure]
    sedated: Mapping[str, bool]
    ionising: Mapping[str, bool]
    condition_groups: Mapping[str, frozenset[str]]
    prerequisite_sets: Mapping[str, tuple[str, ...]]
    validity: Mapping[str, Validity]
    fasting_hours: Mapping[tuple[str, str], int]
    laboratory: Mapping[tuple[str, bool], Mapping[str, float]]
    action_meanings: Mapping[str, str]
    sources: Mapping[str, str]

    def rows_for(self, *, risk: str, drug: str) -> tuple[HoldRow, ...]:
        """Return the rows of `drug` at that risk, in the order of the table; none when it has none."""
        return self.rows.get((risk, drug), ())

    def procedure(self, *, procedure: str, target: str | None) -> Procedure:
        """
        Return what holds for a procedure at its target; None means the default target.

        :raises InvalidCase: if the vocabulary has no such pair
        """
        found = self.procedures.get((procedure, target))
        if found is None:
            raise InvalidCase("The field procedure or target names nothing in the vocabulary.")
        return found


@cache
def rule_set() -> RuleSet:
    """Return the rule set this version of the program carries; read from disk once."""
    rules = json.loads((DATA / "rules.json").read_text(encoding="utf-8"))
    vocabulary = json.loads((DATA / "vocabulary.json").read_text(encoding="utf-8"))
    return rule_set_from(rules=rules, vocabulary=vocabulary)


def rule_set_named(sha256: str) -> RuleSet:
    """
    Return the rule set with this hash; empty means the one this version of the program carries.

    :raises RulesNotKept: if no release that is kept had it
    """
    current = rule_set()
    return current if sha256 in {"", current.sha256} else _kept(KEPT, sha256)


@cache
def _kept(folder: Path, sha256: str) -> RuleSet:
    path = folder / f"{sha256}.json"
    if not path.is_file():
        raise RulesNotKept(f"No rule set {sha256[:12]} is kept.")
    documents = json.loads(path.read_text(encoding="utf-8"))
    found = rule_set_from(rules=documents["rules"], vocabulary=documents["vocabulary"])
    if found.sha256 != sha256:
        raise RulesNotKept(f"The rule set kept as {sha256[:12]} is another one.")
    return found


def rule_set_from(*, rules: dict[str, Any], vocabulary: dict[str, Any]) -> RuleSet:
    """Return the rule set that the two documents state."""
    rows = _rows(rules)
    return RuleSet(
        version="+".join(dict.fromkeys([rules["version"], vocabulary["version"]])),
        sha256=_digest(rules=rules, vocabulary=vocabulary),
        drugs={name: _drug(name=name, record=record) for name, record in vocabulary["drugs"].items()},
        rows=rows,
        procedures=_procedures(vocabulary["procedures"]),
        sedated={code: record["sedated"] for code, record in vocabulary["anaesthesia"].items()},
        ionising={code: record["ionising"] for code, record in vocabulary["guidance"].items()},
        condition_groups={name: frozenset(codes) for name, codes in vocabulary["condition_groups"].items()},
        prerequisite_sets={name: tuple(items) for name, items in vocabulary["prerequisite_sets"].items()},
        validity={item: _validity(record) for item, record in vocabulary["prerequisite_items"].items()},
        fasting_hours=_fasting_hours(rules["fasting_rules"]),
        laboratory=_laboratory(rules["lab_thresholds"]),
        action_meanings=vocabulary["clinician_actions"],
        sources=_sources(rules=rules, rows=rows),
    )


def _digest(**documents: dict[str, Any]) -> str:
    canonical = json.dumps(documents, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _rows(rules: dict[str, Any]) -> dict[tuple[str, str], tuple[HoldRow, ...]]:
    rows: dict[tuple[str, str], list[HoldRow]] = defaultdict(list)
    for table, key in (("bleeding", "bleeding_risk_hold_rules"), ("other", "other_drug_rules")):
        for place, row in hold_rows(table=table, records=rules[key]):
            rows[place].append(row)
    return {place: tuple(found) for place, found in rows.items()}


def _drug(*, name: str, record: dict[str, Any]) -> Drug:
    return Drug(
        name=name,
        group=record["group"],
        drug_class=record["class"],
        always_weekly=record.get("always_weekly", False),
        components=tuple(record.get("components", ())),
    )


def _procedures(records: dict[str, Any]) -> dict[tuple[str, str | None], Procedure]:
    """Return each procedure under each of its targets, and under None for no target or the default one."""
    procedures: dict[tuple[str, str | None], Procedure] = {}
    for name, record in records.items():
        targets: dict[str | None, Any] = {**record.get("targets", {})}
        default = record.get("default_target")
        if default or not targets:
            targets[None] = targets.get(default, record)
        for target, found in targets.items():
            procedures[name, target] = Procedure(
                bleeding_class=found["bleeding_class"],
                prerequisite_set=found["prerequisite_set"],
                ionising_by_default=record["ionising_by_default"],
                transport_without_escort=record["transport_without_escort"],
            )
    return procedures


def _validity(record: dict[str, Any]) -> Validity:
    days = record["valid_days"]
    return Validity(
        days=days if isinstance(days, int) else None,
        days_by_set=record.get("valid_days_sets", {}),
        days_by_condition=record.get("valid_days_conditions", {}),
    )


def _fasting_hours(records: list[dict[str, Any]]) -> dict[tuple[str, str], int]:
    hours: dict[tuple[str, str], int] = {}
    for record in records:
        policy = FASTING_POLICIES[record["source"]]
        if policy == "glp1":
            hours[policy, "solids"] = hours[policy, "fatty_meal"] = record["hours"]
        elif record["item"] in FASTING_KEYS:
            hours[policy, FASTING_KEYS[record["item"]]] = record["hours"]
    return hours


def _laboratory(records: list[dict[str, Any]]) -> dict[tuple[str, bool], dict[str, float]]:
    populations = {"general": False, "chronic liver disease": True}
    return {
        (record["risk"], populations[record["population"]]): {
            key: value for key, value in record.items() if isinstance(value, int | float)
        }
        for record in records
        if record["population"] in populations
    }


def _sources(*, rules: dict[str, Any], rows: Mapping[tuple[str, str], tuple[HoldRow, ...]]) -> dict[str, str]:
    sources = {row.id: row.source for found in rows.values() for row in found}
    for record in rules["class_rules"]:
        sources[f"class/{record['bleeding_class']}"] = record.get("source", "SIR2019")
    for policy_source, policy in FASTING_POLICIES.items():
        sources[f"fasting/{policy}"] = policy_source
    sources |= {"fasting/individual": "ASA2017_2023", "fasting/none": "ASA2017_2023"}
    for record in rules["lab_thresholds"]:
        sources[f"laboratory/{record['risk']}/{record['population']}"] = record["source"]
    for record in rules["prerequisite_extras"]:
        sources |= {f"prerequisite/{item.split()[0]}": record["source"] for item in record["items"]}
    return sources | {f"safety/{record['id']}": "OPS" for record in rules["do_not_send_rules"]}

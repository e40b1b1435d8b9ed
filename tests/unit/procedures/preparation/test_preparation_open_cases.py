"""The published cases of the contract, compared field by field."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest

from procedures.preparation import parse_case, plan_as_json, prepare

CASES = json.loads((Path(__file__).parent / "plan_cases.json").read_text(encoding="utf-8"))["cases"]
CODE_LISTS = ("continued", "prerequisites_missing", "clinician_actions")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["input"]["id"])
def test_plan_agrees_with_the_published_case(case: dict[str, Any]) -> None:
    expected = case["expected"]

    plan = plan_as_json(prepare(parse_case(case["input"])))

    assert told(plan, like=expected) == told(expected, like=expected)
    assert set(expected["never_send"]) - set(plan["never_send"]) == set()
    assert set(expected["must_stay_sendable"]) & set(plan["never_send"]) == set()


def told(plan: dict[str, Any], *, like: dict[str, Any]) -> dict[str, Any]:
    """Return the compared part of a plan: lists of codes sorted, instants as instants, absent the same as null."""
    names = like.keys() - {"never_send", "must_stay_sendable"}
    fields = {name: plan[name] for name in names}
    fields |= {name: sorted(plan[name]) for name in CODE_LISTS}
    fields["holds"] = sorted((without_nulls(hold) for hold in plan["holds"]), key=lambda hold: hold["drug"])
    fields["fasting"] = plan["fasting"] and without_nulls(plan["fasting"])
    return fields


def without_nulls(record: dict[str, Any]) -> dict[str, Any]:
    ignored = {"needs_signature", "rule_ids"}
    kept = {key: value for key, value in record.items() if value is not None and key not in ignored}
    return {key: comparable(value) for key, value in kept.items()}


def comparable(value: Any) -> Any:
    if isinstance(value, list):
        options = [without_nulls(option) for option in value]
        return sorted(options, key=lambda option: [str(item) for item in option.items()])
    if isinstance(value, str) and "T" in value:
        return dt.datetime.fromisoformat(value)
    return value

"""
A plan as the JSON of the plan_case contract.

Pure: no framework, no database, no clock.
"""

import datetime as dt
from typing import Any

from procedures.preparation.plan import Fasting, Hold, HoldOption, PreparationPlan


def plan_as_json(plan: PreparationPlan) -> dict[str, Any]:
    """Return the plan as plain JSON values; instants are ISO 8601 with the clinic's offset, dates ISO 8601."""
    return {
        "id": plan.id,
        "fasting": _fasting(plan.fasting),
        "holds": [_hold(hold) for hold in plan.holds],
        "continued": list(plan.continued),
        "lead_time_days": plan.lead_time_days,
        "late": plan.late,
        "earliest_start_on": _iso(plan.earliest_start_on),
        "escort_needed": plan.escort_needed,
        "transport": plan.transport,
        "prerequisites_missing": list(plan.prerequisites_missing),
        "clinician_actions": list(plan.clinician_actions),
        "never_send": list(plan.never_send),
        "revoke_previous": plan.revoke_previous,
        "notes": list(plan.notes),
        "rule_ids": list(plan.rule_ids),
        "rule_set": {"version": plan.rule_set_version, "sha256": plan.rule_set_sha256},
    }


def _fasting(fasting: Fasting | None) -> dict[str, Any] | None:
    if fasting is None:
        return None
    if fasting.individual_plan:
        return {"individual_plan": True, "rule_ids": list(fasting.rule_ids)}
    stops = {
        "solids_stop": fasting.solids_stop,
        "fatty_meal_stop": fasting.fatty_meal_stop,
        "clear_liquids_stop": fasting.clear_liquids_stop,
        "breast_milk_stop": fasting.breast_milk_stop,
        "formula_stop": fasting.formula_stop,
    }
    told = {key: _iso(stop) for key, stop in stops.items() if stop is not None}
    return {**told, "rule_ids": list(fasting.rule_ids)}


def _hold(hold: Hold) -> dict[str, Any]:
    return {
        "drug": hold.drug,
        "status": hold.status.value,
        **_numbers(hold.settled or HoldOption()),
        "options": [_numbers(option) for option in hold.options],
        "needs_signature": hold.needs_signature,
        "supersedes_last_dose_on": _iso(hold.supersedes_last_dose_on),
        "feasible": hold.feasible,
        "rule_ids": list(hold.rule_ids),
    }


def _numbers(option: HoldOption) -> dict[str, Any]:
    return {
        "hold_doses": option.hold_doses,
        "hold_days": option.hold_days,
        "hold_hours": option.hold_hours,
        "last_dose_on": _iso(option.last_dose_on),
        "last_dose_at": _iso(option.last_dose_at),
        "dose_percent": option.dose_percent,
        "dose_at": _iso(option.dose_at),
    }


def _iso(moment: dt.date | None) -> str | None:
    return None if moment is None else moment.isoformat()

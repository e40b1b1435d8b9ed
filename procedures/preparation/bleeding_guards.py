"""
What stands between a row and a stop at high bleeding risk: stents, recent events, thrombotic risk.

Sources: AHA/ACC 2024 (antiplatelet waiting periods), CHEST 2022 (high thrombotic risk). The conditions carry the
time limits; here only their presence counts. Pure: no framework, no database, no clock.
"""

from procedures.preparation.evidence import on_file
from procedures.preparation.rule_rows import Drug
from procedures.preparation.ruling import Ruling
from procedures.preparation.situation import Situation

CARDIOLOGY_DECISION = "cardiology_decision"
BRIDGING_PLAN = "bridging_plan_signed"


def guarded(ruling: Ruling, *, drug: Drug, situation: Situation) -> Ruling:
    """Return the ruling with the guards on it: an oral antiplatelet's stent, an anticoagulant's thrombotic risk."""
    if drug.group == "antiplatelet" and _held_by_days(drug, situation=situation):
        return _stent_guard(ruling, situation=situation)
    if drug.group == "anticoagulant" and ruling.options and situation.has_any("high_thrombotic_risk"):
        return _thrombosis_guard(ruling, drug=drug, situation=situation)
    return ruling


def _held_by_days(drug: Drug, *, situation: Situation) -> bool:
    """Return whether this is one of the oral antiplatelets; infusions are held for hours, cilostazol not at all."""
    return any(row.kind == "days" for row in situation.rows(risk="high", drug=drug))


def _stent_guard(ruling: Ruling, *, situation: Situation) -> Ruling:
    decided = on_file(CARDIOLOGY_DECISION, situation=situation)
    rule_ids = ["safety/stent_or_acs", f"prerequisite/{CARDIOLOGY_DECISION}"]
    if situation.has_any("antiplatelet_waiting_period"):
        inside = ruling.left_to_clinician().adding(rule_ids=rule_ids)
        if decided:
            return inside
        return inside.without_options().adding(
            actions=["postpone_or_mdt_decision"], missing=[CARDIOLOGY_DECISION]
        )
    if not situation.has("stent_beyond_window"):
        return ruling
    if decided:
        return ruling.adding(rule_ids=rule_ids)
    return ruling.adding(actions=["cardiology_agreement"], missing=[CARDIOLOGY_DECISION], rule_ids=rule_ids)


def _thrombosis_guard(ruling: Ruling, *, drug: Drug, situation: Situation) -> Ruling:
    at_risk = ruling.adding(rule_ids=["safety/high_thrombotic_risk"])
    if drug.drug_class != "vitamin_k_antagonist":
        return at_risk.left_to_clinician().adding(actions=["thrombosis_review"])
    if on_file(BRIDGING_PLAN, situation=situation):
        return at_risk
    return at_risk.left_to_clinician().adding(
        actions=["bridging_plan"], missing=[BRIDGING_PLAN], rule_ids=[f"prerequisite/{BRIDGING_PLAN}"]
    )

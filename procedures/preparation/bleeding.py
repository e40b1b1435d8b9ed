"""
Anticoagulants, antiplatelets and NSAIDs, by the bleeding class of the procedure.

Numbers: SIR 2019, by the rows of the rule set; guards: AHA/ACC 2024 (stents), CHEST 2022 (thrombotic risk).
Pure: no framework, no database, no clock.
"""

from procedures.preparation.bleeding_guards import guarded
from procedures.preparation.counting import number_option, row_options
from procedures.preparation.evidence import on_file
from procedures.preparation.rule_rows import Drug, HoldRow
from procedures.preparation.ruling import Ruling, candidates, continued, from_row, to_clarify, undecided
from procedures.preparation.situation import ListedDrug, Situation

# Classes without a row on dialysis, and classes whose row depends on the clearance.
NO_ROW_ON_DIALYSIS = frozenset({"doac", "lmwh", "factor_xa_parenteral"})
ROW_BY_CLEARANCE = frozenset({"doac", "factor_xa_parenteral"})
ORAL_ANTICOAGULANTS = frozenset({"vitamin_k_antagonist", "doac"})


def antithrombotic_ruling(listed: ListedDrug, *, drug: Drug, situation: Situation) -> Ruling:
    """Return what holds for a drug of the groups anticoagulant, antiplatelet, nsaid and cox2."""
    class_id = f"class/{situation.bleeding_class}"
    if drug.group == "cox2" or situation.bleeding_class == "minimal":
        return continued(listed.name, rule_ids=[class_id])
    if situation.bleeding_class == "high":
        found = _high_ruling(listed, drug=drug, situation=situation)
        return guarded(found, drug=drug, situation=situation)
    if situation.bleeding_class == "low":
        return _low_ruling(listed, drug=drug, situation=situation)
    if situation.bleeding_class == "uninterrupted_oac" and drug.drug_class in ORAL_ANTICOAGULANTS:
        actions = ["electrophysiologist_morning_dose"] if drug.drug_class == "doac" else []
        rows = situation.rows(risk=situation.bleeding_class, drug=drug)
        return continued(listed.name, rule_ids=[class_id, *(row.id for row in rows)]).adding(actions=actions)
    if drug.group == "anticoagulant":
        return no_row(listed, situation=situation).adding(rule_ids=[class_id])
    return undecided(listed.name, actions=["antiplatelet_plan"], rule_ids=[class_id])


def no_row(listed: ListedDrug, *, situation: Situation) -> Ruling:
    """Return an anticoagulant no row speaks of: an individual plan, asked for until it is signed."""
    rule_ids = ["safety/no_rule", "prerequisite/anticoagulation_plan_signed"]
    if on_file("anticoagulation_plan_signed", situation=situation):
        return undecided(listed.name, rule_ids=rule_ids)
    return undecided(
        listed.name,
        actions=["anticoagulation_plan"],
        missing=["anticoagulation_plan_signed"],
        rule_ids=rule_ids,
    )


def _low_ruling(listed: ListedDrug, *, drug: Drug, situation: Situation) -> Ruling:
    """Only a low row that holds stops anything; route, regimen and clearance are not asked."""
    rows = situation.rows(risk="low", drug=drug)
    holding = [row for row in rows if row.kind != "none"]
    if not holding:
        return continued(listed.name, rule_ids=["class/low", *(row.id for row in rows)])
    return _row_ruling(listed, row=holding[0], situation=situation)


def _high_ruling(listed: ListedDrug, *, drug: Drug, situation: Situation) -> Ruling:
    rows = situation.rows(risk="high", drug=drug)
    if drug.group == "nsaid":
        return _nsaid_ruling(listed, rows=rows, situation=situation)
    if any((row.route and not listed.route) or (row.regimen and not listed.regimen) for row in rows):
        return to_clarify(listed.name, rule_ids=[row.id for row in rows])
    if drug.drug_class in NO_ROW_ON_DIALYSIS and situation.has("dialysis"):
        return no_row(listed, situation=situation)
    if drug.drug_class in ROW_BY_CLEARANCE and situation.clearance is None:
        return _clearance_unknown(listed, rows=rows, situation=situation)
    fitting = [row for row in rows if _fits(row, listed=listed, clearance=situation.clearance)]
    if not fitting:
        return no_row(listed, situation=situation)
    return _row_ruling(listed, row=fitting[0], situation=situation)


def _nsaid_ruling(listed: ListedDrug, *, rows: tuple[HoldRow, ...], situation: Situation) -> Ruling:
    """SIR 2019 recommends nothing; the option is the drug's day row, which only a clinician may take up."""
    options = [
        number_option(row=row, number=number, schedule=listed.schedule, start=situation.start)
        for row in rows
        if row.optional
        for number in row.numbers
    ]
    return candidates(listed.name, options=options, rule_ids=[row.id for row in rows])


def _clearance_unknown(listed: ListedDrug, *, rows: tuple[HoldRow, ...], situation: Situation) -> Ruling:
    """Return one candidate for each different number in all the rows of the drug."""
    rule_ids = ["safety/crcl_missing_or_old", "prerequisite/creatinine_clearance", *(row.id for row in rows)]
    if rows[0].needs_dose_times and not listed.schedule.has_times:
        found = to_clarify(listed.name, rule_ids=rule_ids)
    else:
        numbers = sorted({number for row in rows for number in row.numbers})
        options = [
            number_option(row=rows[0], number=number, schedule=listed.schedule, start=situation.start)
            for number in numbers
        ]
        found = candidates(listed.name, options=options, rule_ids=rule_ids)
    return found.adding(actions=["obtain_creatinine_clearance"], missing=["creatinine_clearance"])


def _fits(row: HoldRow, *, listed: ListedDrug, clearance: float | None) -> bool:
    same_route = row.route is None or row.route == listed.route
    same_regimen = row.regimen is None or row.regimen == listed.regimen
    return same_route and same_regimen and row.covers_clearance(clearance)


def _row_ruling(listed: ListedDrug, *, row: HoldRow, situation: Situation) -> Ruling:
    """Return what the fitting row says, with the actions it asks for."""
    if row.kind == "none":
        return continued(listed.name, rule_ids=[row.id])
    actions = [action for action in (row.action, _clearance_action(row, situation.clearance)) if action]
    if row.kind == "defer":
        return undecided(listed.name, actions=actions, rule_ids=[row.id])
    options = row_options(row=row, schedule=listed.schedule, start=situation.start)
    return from_row(listed.name, options=options, rule_id=row.id).adding(actions=actions)


def _clearance_action(row: HoldRow, clearance: float | None) -> str | None:
    rule = row.clearance_action
    if rule is None:
        return None
    asked = rule.also_if_unknown if clearance is None else clearance < rule.below
    return rule.action if asked else None

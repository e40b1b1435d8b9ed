"""
GLP-1 drugs: the risk of food left in the stomach (multisociety guidance 2024).

Pure: no framework, no database, no clock.
"""

from procedures.preparation.counting import days_option
from procedures.preparation.rule_rows import Drug
from procedures.preparation.ruling import Ruling, candidates, continued, to_clarify
from procedures.preparation.situation import ListedDrug, Situation


def glp1_ruling(listed: ListedDrug, *, drug: Drug, situation: Situation) -> Ruling:
    """Return what holds for a GLP-1 drug: continued, or for a clinician to withhold one week or one day's dose."""
    if not situation.sedated:
        return continued(listed.name)
    elevated = _is_elevated(listed, drug=drug, situation=situation)
    rows = [row for row in situation.rows(risk="sedated", drug=drug) if row.elevated_risk is elevated]
    rule_ids = [row.id for row in rows]
    if not elevated:
        return continued(listed.name, rule_ids=rule_ids)
    if drug.always_weekly and not listed.weekdays_given:
        return to_clarify(listed.name, rule_ids=rule_ids)
    form = "weekly" if listed.weekdays_given else "daily"
    options = [
        days_option(days=row.days_if_withheld[form], schedule=listed.schedule, start=situation.start)
        for row in rows
    ]
    return candidates(listed.name, options=options, rule_ids=rule_ids)


def elevated_glp1_risk(situation: Situation) -> bool:
    """Return whether any listed GLP-1 drug raises the risk; without sedation there is none."""
    return situation.sedated and any(
        _is_elevated(listed, drug=listed.drug, situation=situation)
        for listed in situation.listed_in("glp1")
        if listed.drug is not None
    )


def _is_elevated(listed: ListedDrug, *, drug: Drug, situation: Situation) -> bool:
    weekly = listed.weekdays_given or drug.always_weekly
    not_settled = listed.high_dose or not listed.maintenance
    stomach = situation.has("gi_symptoms") or situation.has_any("individual_fasting_plan")
    return weekly or not_settled or stomach

"""
When food and drink end before sedation (ASA 2017/2023; ESAIC 2022 for children where the clinic chose it).

Pure: no framework, no database, no clock.
"""

import datetime as dt

from procedures.preparation.aspiration import elevated_glp1_risk
from procedures.preparation.plan import Fasting
from procedures.preparation.situation import Situation


def fasting_of(situation: Situation) -> Fasting | None:
    """Return the fasting times, an individual plan without times, or None when nobody is sedated."""
    if not situation.sedated:
        return None
    if situation.has_any("individual_fasting_plan"):
        return Fasting(individual_plan=True, rule_ids=("fasting/individual",))
    policies = _policies(situation)
    return Fasting(
        solids_stop=_stop("solids", situation=situation),
        fatty_meal_stop=_stop("fatty_meal", situation=situation),
        clear_liquids_stop=_stop("clear_liquids", situation=situation),
        breast_milk_stop=_stop("breast_milk", situation=situation) if situation.has("breast_fed") else None,
        formula_stop=_stop("formula", situation=situation) if situation.has("formula_fed") else None,
        rule_ids=tuple(f"fasting/{policy}" for policy in policies),
    )


def _policies(situation: Situation) -> list[str]:
    """Return the tables that apply, the one that counts first; ASA fills what the others do not say."""
    esaic = situation.child and situation.case.policy.paediatric_fasting == "esaic"
    applying = {"glp1": elevated_glp1_risk(situation), "esaic": esaic, "asa": True}
    return [policy for policy, applies in applying.items() if applies]


def _stop(food: str, *, situation: Situation) -> dt.datetime:
    tables = situation.rules.fasting_hours
    hours = next(tables[policy, food] for policy in _policies(situation) if (policy, food) in tables)
    return situation.start.hours_before(hours)

"""
One ruling per listed drug: what stops before any row, then the rules of the drug's group.

Pure: no framework, no database, no clock.
"""

from collections.abc import Mapping
from typing import Protocol

from procedures.preparation.aspiration import glp1_ruling
from procedures.preparation.bleeding import antithrombotic_ruling
from procedures.preparation.blood_pressure import raas_ruling
from procedures.preparation.combinations import tablet_ruling, with_duplicate_classes
from procedures.preparation.diabetes import (
    egfr_too_low_for_metformin,
    glucose_ruling,
    insulin_ruling,
    metformin_names,
)
from procedures.preparation.rule_rows import Drug
from procedures.preparation.ruling import Ruling, continued, to_clarify, undecided
from procedures.preparation.situation import ListedDrug, Situation, parts_of

HEPARINS = frozenset({"heparin", "lmwh"})


class GroupRule(Protocol):
    """The rules of one group of drugs."""

    def __call__(self, listed: ListedDrug, *, drug: Drug, situation: Situation) -> Ruling:
        """Return what holds for the drug."""


GROUP_RULES: Mapping[str, GroupRule] = {
    "anticoagulant": antithrombotic_ruling,
    "antiplatelet": antithrombotic_ruling,
    "nsaid": antithrombotic_ruling,
    "cox2": antithrombotic_ruling,
    "sglt2": glucose_ruling,
    "metformin": glucose_ruling,
    "oral_glucose": glucose_ruling,
    "insulin": insulin_ruling,
    "glp1": glp1_ruling,
    "raas": raas_ruling,
}


def medicine_rulings(situation: Situation) -> tuple[Ruling, ...]:
    """Return one ruling per listed drug, in the order of the list; lateness is judged afterwards."""
    rulings = tuple(_drug_ruling(listed, situation=situation) for listed in situation.drugs)
    return with_duplicate_classes(rulings, situation=situation)


def list_actions(situation: Situation) -> set[str]:
    """Return the clinician actions the list raises as a whole, whatever was ruled for each drug."""
    actions = set()
    # A child's medicines are all reviewed first: that two of them are anticoagulants is not reached.
    if _two_anticoagulants(situation) and not situation.child:
        actions.add("two_anticoagulants")
    if metformin_names(situation) and egfr_too_low_for_metformin(situation):
        actions.add("metformin_low_egfr")
    return actions


def _drug_ruling(listed: ListedDrug, *, situation: Situation) -> Ruling:
    drug = listed.drug
    if drug is None:
        return to_clarify(listed.name)
    if drug.group == "no_action":
        return continued(listed.name)
    stop = _stop_before_rows(listed, drug=drug, situation=situation)
    if stop is not None:
        return stop
    parts = parts_of(listed, rules=situation.rules)
    if parts:
        return tablet_ruling(listed.name, parts=[_drug_ruling(part, situation=situation) for part in parts])
    return GROUP_RULES[drug.group](listed, drug=drug, situation=situation)


def _stop_before_rows(listed: ListedDrug, *, drug: Drug, situation: Situation) -> Ruling | None:
    """Return the ruling that comes before any row; None when rows may speak."""
    if situation.child:
        return undecided(listed.name, actions=["paediatric_medicine_review"], rule_ids=["safety/no_rule"])
    if drug.drug_class in HEPARINS and situation.has("hit_history"):
        return undecided(listed.name, actions=["hit_heparin_conflict"], rule_ids=["safety/conflict"])
    if drug.group == "anticoagulant" and _two_anticoagulants(situation):
        return undecided(listed.name, rule_ids=["safety/conflict"])
    return None


def _two_anticoagulants(situation: Situation) -> bool:
    return len(situation.listed_in("anticoagulant")) > 1

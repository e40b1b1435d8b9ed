"""
What several substances mean together: the parts of one tablet, and two listed drugs of one class.

Pure: no framework, no database, no clock.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence

from procedures.preparation.ruling import Ruling, undecided
from procedures.preparation.situation import Situation, substances_of

# Anticoagulants have their own rule for two; insulins are meant to be combined; no_action is not a class.
NOT_DUPLICATED = frozenset({"anticoagulant", "insulin", "no_action"})


def tablet_ruling(name: str, *, parts: Sequence[Ruling]) -> Ruling:
    """
    Return the ruling for a tablet from those of its parts.

    Parts that agree decide together. Otherwise a clinician does, from the numbers of the part whose last dose is
    earliest; without any number as soon as one part has none to offer.
    """
    codes = {
        "actions": [action for part in parts for action in part.actions],
        "missing": [item for part in parts for item in part.missing],
        "rule_ids": [rule_id for part in parts for rule_id in part.rule_ids],
    }
    first = parts[0]
    if all((part.status, part.options) == (first.status, first.options) for part in parts):
        return first.adding(**codes)
    if any(part.is_undecided for part in parts):
        combined = undecided(name)
    else:
        combined = min((part for part in parts if part.options), key=_earliest_last_dose).left_to_clinician()
    return combined.adding(**codes).adding(
        actions=[f"combination_tablet:{name}"], rule_ids=["safety/conflict"]
    )


def with_duplicate_classes(rulings: tuple[Ruling, ...], *, situation: Situation) -> tuple[Ruling, ...]:
    """Return the rulings with every hold of a class listed twice left to a clinician; what continues, continues."""
    classes_of = _duplicated_classes(situation)
    return tuple(_with_classes(ruling, classes=classes_of[ruling.drug]) for ruling in rulings)


def _with_classes(ruling: Ruling, *, classes: set[str]) -> Ruling:
    if not classes:
        return ruling
    marked = ruling.adding(
        actions=[f"duplicate_class:{name}" for name in classes], rule_ids=["safety/conflict"]
    )
    return marked if marked.is_continued else marked.left_to_clinician()


def _duplicated_classes(situation: Situation) -> dict[str, set[str]]:
    """Return, under each listed name, the classes it shares with another listed drug."""
    names_of: dict[str, set[str]] = defaultdict(set)
    for listed in situation.drugs:
        for drug in substances_of(listed, rules=situation.rules):
            if drug.group not in NOT_DUPLICATED:
                names_of[drug.drug_class].add(listed.name)
    classes_of: dict[str, set[str]] = {listed.name: set() for listed in situation.drugs}
    for drug_class, names in names_of.items():
        if len(names) > 1:
            for name in names:
                classes_of[name].add(drug_class)
    return classes_of


def _earliest_last_dose(ruling: Ruling) -> dt.date:
    return min(option.last_dose_on for option in ruling.options if option.last_dose_on is not None)

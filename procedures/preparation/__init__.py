"""
The preparation engine: what one booking asks of one patient, worked out from a case alone.

`prepare(case)` is a pure function; its numbers are the rule set in `data/`, each row with its source. Everything about
medicines is a proposal for a clinician to sign.
"""

from procedures.preparation.case import (
    Case,
    EvidenceEntry,
    InvalidCase,
    Medication,
    PatientFacts,
    Policy,
    Previous,
    ToldStop,
)
from procedures.preparation.encoding import plan_as_json
from procedures.preparation.engine import outline, prepare
from procedures.preparation.gist import Gists, GistsOfDay
from procedures.preparation.parsing import parse_case
from procedures.preparation.plan import Fasting, Gist, Hold, HoldOption, HoldStatus, Outline, PreparationPlan
from procedures.preparation.rule_set import RuleSet, RulesNotKept, rule_set, rule_set_named

__all__ = [
    "Case",
    "EvidenceEntry",
    "Fasting",
    "Gist",
    "Gists",
    "GistsOfDay",
    "Hold",
    "HoldOption",
    "HoldStatus",
    "InvalidCase",
    "Medication",
    "Outline",
    "PatientFacts",
    "Policy",
    "PreparationPlan",
    "Previous",
    "RuleSet",
    "RulesNotKept",
    "ToldStop",
    "outline",
    "parse_case",
    "plan_as_json",
    "prepare",
    "rule_set",
    "rule_set_named",
]

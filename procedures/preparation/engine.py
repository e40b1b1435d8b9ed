"""
The preparation engine: from a case to a plan.

Pure: no framework, no database, no clock; the same case always gives the same plan.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from procedures.preparation.case import Case
from procedures.preparation.fasting import fasting_of
from procedures.preparation.lead_time import LeadTime, lead_time_of, with_lateness
from procedures.preparation.medicines import list_actions, medicine_rulings
from procedures.preparation.moved import may_have_stopped, revoked_stops, revokes_previous
from procedures.preparation.never_send import language_unapproved, never_send_codes
from procedures.preparation.plan import Fasting, Hold, HoldStatus, Outline, PreparationPlan
from procedures.preparation.prerequisites import asked_items, missing_items, prerequisite_rule_ids
from procedures.preparation.rule_set import RuleSet, rule_set_named
from procedures.preparation.ruling import Ruling
from procedures.preparation.situation import Situation, situation_of


@dataclass(frozen=True, kw_only=True, slots=True)
class _Judged:
    """A case of which every medicine and every item was judged."""

    situation: Situation
    rulings: tuple[Ruling, ...]
    lead_time: LeadTime
    items: frozenset[str]
    missing: tuple[str, ...]
    laboratory_actions: frozenset[str]
    holds: tuple[Hold, ...]


def outline(case: Case) -> Outline:
    """
    Return what of the case's plan decides whether its start can be had: the same as in the plan, for half the work.

    :raises InvalidCase, RulesNotKept: as `prepare` does
    """
    judged = _judged(case)
    return Outline(
        holds=judged.holds,
        lead_time_days=judged.lead_time.days,
        prerequisites_missing=judged.missing,
    )


def prepare(case: Case) -> PreparationPlan:
    """
    Return the preparation plan of a case.

    Everything about medicines in it is a proposal: no text about one may reach a patient before a named clinician has
    signed its words and dates for this booking.

    :raises InvalidCase: if procedure and target name nothing in the vocabulary
    :raises RulesNotKept: if it asks for rules that this program no longer has
    """
    judged = _judged(case)
    situation, rulings, lead_time = judged.situation, judged.rulings, judged.lead_time
    rules = situation.rules
    fasting = fasting_of(situation)
    actions = judged.laboratory_actions | _actions(situation=situation, rulings=rulings, lead_time=lead_time)
    return PreparationPlan(
        id=case.id,
        fasting=fasting,
        holds=judged.holds,
        continued=tuple(ruling.drug for ruling in rulings if ruling.is_continued),
        lead_time_days=lead_time.days,
        late=lead_time.late,
        earliest_start_on=lead_time.earliest_start_on,
        escort_needed=situation.escort_needed,
        transport="escorted" if situation.escort_needed else situation.transport_without_escort,
        prerequisites_missing=judged.missing,
        clinician_actions=_sorted(actions),
        never_send=_sorted(
            never_send_codes(situation=situation, rulings=rulings, fasting=fasting, lead_time=lead_time)
        ),
        revoke_previous=revokes_previous(situation),
        notes=_notes(actions, rules=rules),
        rule_ids=_rule_ids(situation=situation, rulings=rulings, fasting=fasting, items=judged.items),
        rule_set_version=rules.version,
        rule_set_sha256=rules.sha256,
    )


def _judged(case: Case) -> _Judged:
    situation = situation_of(case, rules=rule_set_named(case.rule_set_sha256))
    rulings = tuple(with_lateness(medicine_rulings(situation), situation=situation))
    items = asked_items(situation)
    missing, laboratory_actions = missing_items(items, situation=situation)
    return _Judged(
        situation=situation,
        rulings=rulings,
        lead_time=lead_time_of(rulings, situation=situation),
        items=frozenset(items),
        missing=_sorted(missing.union(*(ruling.missing for ruling in rulings))),
        laboratory_actions=frozenset(laboratory_actions),
        holds=_holds(rulings, superseded=revoked_stops(situation)),
    )


def _holds(rulings: Sequence[Ruling], *, superseded: Mapping[str, dt.date]) -> tuple[Hold, ...]:
    return tuple(
        _hold(ruling, status=ruling.status, superseded=superseded)
        for ruling in rulings
        if ruling.status is not None
    )


def _hold(ruling: Ruling, *, status: HoldStatus, superseded: Mapping[str, dt.date]) -> Hold:
    proposed = status is HoldStatus.PROPOSED
    return Hold(
        drug=ruling.drug,
        status=status,
        settled=ruling.options[0] if proposed else None,
        options=() if proposed else ruling.options,
        supersedes_last_dose_on=superseded.get(ruling.drug),
        feasible=ruling.feasible,
        rule_ids=ruling.rule_ids,
    )


def _actions(*, situation: Situation, rulings: Sequence[Ruling], lead_time: LeadTime) -> set[str]:
    actions = list_actions(situation).union(*(ruling.actions for ruling in rulings))
    raised = {
        "pregnancy_review": situation.has("pregnant"),
        "interpreter_call": language_unapproved(situation),
        "reschedule_or_override": lead_time.late,
        "call_patient_already_stopped": may_have_stopped(situation),
    }
    return actions | {action for action, applies in raised.items() if applies}


def _notes(actions: Iterable[str], *, rules: RuleSet) -> tuple[str, ...]:
    """Return one line for staff per clinician action, in the vocabulary's words."""
    meanings = {pattern.partition(":")[0]: meaning for pattern, meaning in rules.action_meanings.items()}
    return tuple(f"{action}: {meanings[action.partition(':')[0]]}" for action in sorted(actions))


def _rule_ids(
    *, situation: Situation, rulings: Sequence[Ruling], fasting: Fasting | None, items: Iterable[str]
) -> tuple[str, ...]:
    drug_ids = {rule_id for ruling in rulings for rule_id in ruling.rule_ids}
    fasting_ids = ("fasting/none",) if fasting is None else fasting.rule_ids
    applying = {
        "safety/rescheduled_or_cancelled": revokes_previous(situation),
        "safety/pregnancy": situation.has("pregnant"),
        "safety/language": language_unapproved(situation),
        "safety/recipient": situation.child,
    }
    other_ids = {rule_id for rule_id, applies in applying.items() if applies}
    return _sorted(drug_ids.union(fasting_ids, other_ids, prerequisite_rule_ids(items, situation=situation)))


def _sorted(codes: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(codes))

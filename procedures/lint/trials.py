"""
Patients on whom a protocol is tried, and what the preparation engine says of each.

They cover what conditions can ask: sedated or not, child or adult, ordinary, individual and liquid-diet fasting,
medicines to hold or none. Made up, and no clinical statement: the numbers come from the rule set.
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import product
from zoneinfo import ZoneInfo

from procedures.lint.kind import Kind
from procedures.preparation import (
    Case,
    InvalidCase,
    Medication,
    PatientFacts,
    PreparationPlan,
    prepare,
    rule_set,
)
from procedures.rules import CONDITIONS, NOT_SEDATED, holding
from procedures.steps import Anchor, DerivedFact, FactValue, Step

FASTING_FACTS = ("solids_stop", "fatty_meal_stop", "clear_liquids_stop", "breast_milk_stop", "formula_stop")

# In the morning, so that ends of eating fall into the night; around noon; late in the day. Then on a clock change.
STARTS = (
    (dt.date(2027, 9, 22), dt.time(7, 45)),
    (dt.date(2027, 9, 22), dt.time(12, 30)),
    (dt.date(2027, 9, 22), dt.time(17, 30)),
    (dt.date(2027, 3, 29), dt.time(7, 45)),
)
KNOWN_BEFORE = dt.timedelta(days=30)
ARRIVE_BEFORE = dt.timedelta(hours=1)
MORNING, EVENING = dt.time(8), dt.time(20)
PEOPLE = (
    ("an adult", 45.0, frozenset[str]()),
    ("a child", 8.0, frozenset[str]()),
    ("a breast-fed child", 0.5, frozenset({"breast_fed"})),
    ("a formula-fed child", 0.5, frozenset({"formula_fed"})),
)
STOMACHS = (
    ("", frozenset[str](), ()),
    (" who needs a fasting plan of their own", frozenset({"gastroparesis"}), ()),
    (" on a liquid diet", frozenset[str](), ("semaglutide",)),
)
MEDICINES = (
    ("", ()),
    (" with medicines to hold", ("warfarin", "insulin glargine", "empagliflozin", "clopidogrel")),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Trial:
    """One made-up patient at one start: the case, its plan, the facts a text may say, the instants they count from."""

    who: str
    case: Case
    plan: PreparationPlan
    facts: Mapping[str, FactValue]
    anchors: Mapping[Anchor, dt.datetime]

    @property
    def is_adult(self) -> bool:
        """Return whether the patient is one."""
        return holding(("adult",), plan=self.plan, case=self.case)

    def holds(self, step: Step) -> bool:
        """Return whether the step speaks to this patient."""
        if step.subject in self.plan.never_send or not CONDITIONS.keys() >= set(step.conditions):
            return False
        return holding(step.conditions, plan=self.plan, case=self.case)

    def with_derived(self, derived: tuple[DerivedFact, ...]) -> Mapping[str, FactValue]:
        """Return the facts and those that the protocol computes."""
        zone = self.case.zone
        found = dict(self.facts)
        for fact in derived:
            instant = fact.moment.resolve(self.anchors, zone)
            found[fact.name] = instant.astimezone(zone).date() if fact.as_date else instant
        return found


def trials(kind: Kind, *, zone: ZoneInfo) -> tuple[Trial, ...]:
    """Return the patients for a kind of procedure; none if the engine does not know it."""
    needs_target = (kind.code, None) not in rule_set().procedures
    setting = Setting(
        code=kind.code,
        target=next(iter(kind.targets), None) if needs_target else None,
        anaesthesia="",
        minutes=kind.planned_minutes,
        zone=zone,
    )
    return _tried(setting, kind.anaesthesia_options)


@dataclass(frozen=True, kw_only=True, slots=True)
class Setting:
    """What is the same for all patients tried at once."""

    code: str
    target: str | None
    anaesthesia: str
    minutes: int
    zone: ZoneInfo


@lru_cache(maxsize=64)
def _tried(setting: Setting, anaesthesia_options: tuple[str, ...]) -> tuple[Trial, ...]:
    awake = [option for option in anaesthesia_options if option in NOT_SEDATED]
    sedated = [option for option in anaesthesia_options if option not in NOT_SEDATED]
    return tuple(
        trial
        for day, time in STARTS
        for anaesthesia in (*sedated[:1], *awake[:1])
        for trial in _trials_at(
            dt.datetime.combine(day, time, tzinfo=setting.zone).astimezone(dt.UTC),
            setting=replace(setting, anaesthesia=anaesthesia),
        )
    )


def _trials_at(start: dt.datetime, *, setting: Setting) -> Iterator[Trial]:
    """`start` is in UTC, so that what counts from it is elapsed."""
    combined = product(PEOPLE, STOMACHS, MEDICINES)
    for (who, age, own), (stomach, conditions, weekly), (medicine, drugs) in combined:
        case = Case(
            id="trial",
            procedure=setting.code,
            target=setting.target,
            anaesthesia=setting.anaesthesia,
            start=start,
            zone=setting.zone,
            booked_on=(start - KNOWN_BEFORE).astimezone(setting.zone).date(),
            patient=PatientFacts(
                age_years=age,
                sex="f",
                language="en",
                creatinine_clearance=80.0,
                egfr=80.0,
                conditions=own | conditions,
                medications=tuple(_medication(drug, weekly=drug in weekly) for drug in (*weekly, *drugs)),
            ),
        )
        sedation = "without" if setting.anaesthesia in NOT_SEDATED else "with"
        trial = _trial(case, who=f"{who} {sedation} sedation{stomach}{medicine}", minutes=setting.minutes)
        if trial is not None:
            yield trial


def _medication(drug: str, *, weekly: bool) -> Medication:
    return Medication(drug=drug, dose_times=(MORNING, EVENING), weekdays=("mon",) if weekly else ())


def _trial(case: Case, *, who: str, minutes: int) -> Trial | None:
    try:
        plan = prepare(case)
    except InvalidCase:
        return None
    start = case.start
    anchors = {
        Anchor.BOOKING: start - KNOWN_BEFORE,
        Anchor.ARRIVE: start - ARRIVE_BEFORE,
        Anchor.START: start,
        Anchor.END: start + dt.timedelta(minutes=minutes),
    }
    facts = {"start": start, "arrive_at": start - ARRIVE_BEFORE, **fasting_facts(plan)}
    return Trial(who=who, case=case, plan=plan, facts=facts, anchors=anchors)


def fasting_facts(plan: PreparationPlan) -> dict[str, FactValue]:
    """Return what a plan says of food and drink, by the names that texts use; nothing under an individual plan."""
    if plan.fasting is None or plan.fasting.individual_plan:
        return {}
    stops = {name: getattr(plan.fasting, name) for name in FASTING_FACTS}
    facts: dict[str, FactValue] = {name: stop for name, stop in stops.items() if stop is not None}
    if "fasting_standard_solids" in plan.never_send and plan.fasting.solids_stop is not None:
        facts["liquid_diet_from"] = plan.fasting.solids_stop
    return facts

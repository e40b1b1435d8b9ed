"""
What must hold of every plan and of every message, whatever the history.

Each promise yields what breaks it, in words for whoever mends it. Pure: no framework, no database, no clock.
"""

import datetime as dt
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache, lru_cache

from cryoclinic.soak import draws
from cryoclinic.soak.histories import History
from cryoclinic.soak.playing import Ground, Scene, Sent, play, timeline_of
from procedures.catalogue.vocabulary import drug_names
from procedures.preparation import Case, HoldStatus, Medication, PreparationPlan, prepare, rule_set
from procedures.steps import Gate, Notice, Trigger
from procedures.wording import placeholders

# From continued to open: another medicine may only move a drug to the right.
ORDER = (None, HoldStatus.PROPOSED, HoldStatus.NEEDS_CHOICE, HoldStatus.NEEDS_CLINICIAN)
LONG_AGO = dt.date(2020, 1, 1)
FOODS = {
    "solids_stop": "solids",
    "fatty_meal_stop": "fatty_meal",
    "clear_liquids_stop": "clear_liquids",
    "breast_milk_stop": "breast_milk",
    "formula_stop": "formula",
}
# What a text tells a reader to do by an instant.
ACTED_ON = frozenset({*FOODS, "liquid_diet_from"})
BEFORE_THE_VISIT = frozenset({"start", "arrive_at"})
CHANGES = frozenset({Trigger.CORRECTION, Trigger.AMENDMENT, Trigger.CANCELLATION})


@dataclass(frozen=True, kw_only=True, slots=True)
class Broken:
    """A promise that a history breaks."""

    number: int
    promise: str
    detail: str


def broken_by(history: History) -> tuple[Broken, ...]:
    """Return every promise that the history breaks; it can be made again from its number and seed."""
    found = []
    for scene in play(history):
        for name, promise in (*TELLING.items(), *(PREPARING.items() if scene.is_new else ())):
            found += [
                Broken(number=history.number, promise=name, detail=each) for each in promise(scene, history)
            ]
    return tuple(found)


def fasting_is_elapsed_hours(scene: Scene, history: History) -> Iterator[str]:
    """The time between the end of eating and the start is the rule's, on a clock that nobody changes."""
    fasting, start = scene.ground.plan.fasting, scene.ground.case.start
    if fasting is None or fasting.individual_plan:
        return
    for name, food in FOODS.items():
        stop = getattr(fasting, name)
        if stop is not None and start - stop.astimezone(dt.UTC) != _hours(fasting.rule_ids, food=food):
            yield f"{name} is {stop.isoformat()} for a start at {start.isoformat()}"


@lru_cache(maxsize=256)
def _hours(rule_ids: tuple[str, ...], *, food: str) -> dt.timedelta:
    tables = rule_set().fasting_hours
    policies = [rule_id.removeprefix("fasting/") for rule_id in rule_ids]
    hours = next(tables[policy, food] for policy in policies if (policy, food) in tables)
    return dt.timedelta(hours=hours)


def hold_never_shortens(scene: Scene, history: History) -> Iterator[str]:
    """Whoever is booked late waits as long as whoever is booked early."""
    case = replace(scene.ground.case, previous=None)
    wide, narrow = prepare(replace(case, booked_on=LONG_AGO)), prepare(replace(case, booked_on=_day_of(case)))
    if [hold.candidates for hold in narrow.holds] != [hold.candidates for hold in wide.holds]:
        yield "another number of days when little time is left"
    if any(_ranks(narrow)[drug] < rank for drug, rank in _ranks(wide).items()):
        yield "a hold is more settled when little time is left"


def another_medicine_removes_no_escalation(scene: Scene, history: History) -> Iterator[str]:
    """What a clinician had to decide is still theirs when one more medicine is listed."""
    case, chance = scene.ground.case, random.Random(history.number)  # noqa: S311 - nothing secret is drawn
    another = draws.medication(chance)
    if another.drug in {listed.drug for listed in case.patient.medications}:
        return
    alone, together = scene.ground.plan, prepare(_taking(case, (*case.patient.medications, another)))
    fallen = [drug for drug, rank in _ranks(alone).items() if _ranks(together)[drug] < rank]
    silenced = [code for code in alone.never_send if code.startswith("medicine_stop:")]
    lost = set(silenced) - set(together.never_send)
    if fallen or lost:
        yield f"{another.drug} settles {sorted({*fallen, *lost})}"
    if alone.lead_time_days is None and together.lead_time_days is not None:
        yield f"{another.drug} makes the lead time known"


def ranges_stay_ranges(scene: Scene, history: History) -> Iterator[str]:
    """A row with two ends never becomes one number, and only one number is proposed."""
    for hold in scene.ground.plan.holds:
        ranged = not _ranged_rows().isdisjoint(hold.rule_ids)
        if ranged and (hold.status is HoldStatus.PROPOSED or len(hold.options) == 1):
            yield f"{hold.drug} has one number of a range"
        if (hold.status is HoldStatus.PROPOSED) is (hold.settled is None) or not hold.needs_signature:
            yield f"{hold.drug} is {hold.status} and settled without need"


@cache
def _ranged_rows() -> frozenset[str]:
    return frozenset(row.id for rows in rule_set().rows.values() for row in rows if len(row.numbers) > 1)


def plan_depends_on_its_inputs_alone(scene: Scene, history: History) -> Iterator[str]:
    """Planned again, and from the same things in another order, it is the same."""
    ground = scene.ground
    if prepare(ground.case) != ground.plan:
        yield "the same case has another plan"
    listed = ground.case.patient.medications
    turned = prepare(_taking(ground.case, listed[::-1]))
    if _ranks(turned) != _ranks(ground.plan) or turned.clinician_actions != ground.plan.clinician_actions:
        yield "the order of the medicine list matters"


def timeline_depends_on_its_inputs_alone(scene: Scene, history: History) -> Iterator[str]:
    """Planned from the same things in another order, what is owed is the same."""
    if timeline_of(scene.ground, history=history, backwards=True) != scene.timeline:
        yield "the order of steps, people or what was told matters"


def unsigned_is_unsaid(scene: Scene, history: History) -> Iterator[str]:
    """No message names a medicine, and none that needs a signature leaves without one."""
    for sent in scene.sent:
        named = [words for words in sent.words if _names_drug(words)]
        if named:
            yield f"{sent.message.notice} names a medicine"
        if not scene.ground.signed:
            yield from _said_unsigned(sent)


def _said_unsigned(sent: Sent) -> Iterator[str]:
    if any(notice.gate is Gate.SIGNATURE for notice in sent.notices):
        yield f"{sent.message.notice} needs a signature"
    told = [
        name for name, value in sent.message.facts if name.startswith("medicine_") and value != "withdrawn"
    ]
    if told:
        yield f"{sent.message.notice} tells {told[0]}"


@lru_cache(maxsize=8192)
def _names_drug(words: str) -> bool:
    return not _names().isdisjoint(words.lower().replace(",", " ").replace(".", " ").split())


@cache
def _names() -> frozenset[str]:
    return frozenset(name for name in drug_names() if " " not in name)


def nothing_past_is_asked(scene: Scene, history: History) -> Iterator[str]:
    """No text asks for something by an instant that has passed when it leaves."""
    for sent in scene.sent:
        facts = _instants(sent, ground=scene.ground)
        for notice in sent.notices:
            asked = ACTED_ON if notice.trigger in CHANGES else ACTED_ON | BEFORE_THE_VISIT
            for name in sorted(_named(notice) & asked & facts.keys()):
                if facts[name] <= sent.at and scene.ground.booking.state == "live":
                    yield f"{notice.code} asks for {name} {sent.at - facts[name]} too late, in {sent.message.notice}"


def _instants(sent: Sent, *, ground: Ground) -> Mapping[str, dt.datetime]:
    told = dict(sent.message.facts)
    values = {name: value for name, value in ground.facts.items() if name in told}
    return {name: value for name, value in values.items() if isinstance(value, dt.datetime)}


@lru_cache(maxsize=1024)
def _named(notice: Notice) -> frozenset[str]:
    texts = [text for each in notice.texts for text in (each.sms, each.subject, each.email)]
    return frozenset().union(*(placeholders(text) for text in texts))


def cancelled_is_silent(scene: Scene, history: History) -> Iterator[str]:
    """Once it is off, only that it is off is told."""
    if scene.ground.booking.state == "cancelled":
        for sent in scene.sent:
            if sent.message.trigger is not Trigger.CANCELLATION:
                yield f"{sent.message.notice} left after the cancellation"


Promise = Callable[[Scene, History], Iterator[str]]
# Asked again whenever the case is another.
PREPARING: Mapping[str, Promise] = {
    each.__name__: each
    for each in (
        fasting_is_elapsed_hours,
        hold_never_shortens,
        another_medicine_removes_no_escalation,
        ranges_stay_ranges,
        plan_depends_on_its_inputs_alone,
    )
}
# Asked at every event.
TELLING: Mapping[str, Promise] = {
    each.__name__: each
    for each in (
        timeline_depends_on_its_inputs_alone,
        unsigned_is_unsaid,
        nothing_past_is_asked,
        cancelled_is_silent,
    )
}


def _taking(case: Case, medications: tuple[Medication, ...]) -> Case:
    return replace(case, patient=replace(case.patient, medications=medications))


def _day_of(case: Case) -> dt.date:
    return case.start.astimezone(case.zone).date()


def _ranks(plan: PreparationPlan) -> dict[str, int]:
    return dict.fromkeys(plan.continued, 0) | {hold.drug: ORDER.index(hold.status) for hold in plan.holds}

"""Every combination of what is on file, decided, answered and owed, at three moments, against a second reckoning."""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from itertools import islice, product

import pytest
from test_readiness import DISTANCE, EARLY, GATE, LONDON, SPELL, hold, plan, situation

from procedures.care import Care
from scheduling.qualification import Spell
from scheduling.readiness import Agreement, Answer, Readiness, Situation, State, assess

# Papers are due on Friday 12 at 20:00, signatures and answers on Thursday 11; apixaban is lost as Sunday 14 begins.
MOMENTS = {
    "early": EARLY,
    "after the deadlines": dt.datetime(2027, 3, 13, 12, tzinfo=LONDON),
    "too late to stop anything": dt.datetime(2027, 3, 15, 12, tzinfo=LONDON),
}
GOING_ON = Spell(treatment=SPELL.treatment, first_on=SPELL.first_on, last_on=None)
ITEMS = {"nothing": (), "an item": ("inr",), "a gate": ("biopsy_result",)}
HOLDS = {
    "none": (),
    "signed": (hold("warfarin", days=5),),
    "unsigned": (hold("apixaban", days=2),),
    "lost": (hold("clopidogrel", days=40),),
}
UNNUMBERED = Care(
    combined=tuple(replace(each, days_after=None, days_before=None) for each in DISTANCE.combined)
)
SPELLS = {
    "none": (Care(), ()),
    "near": (DISTANCE, (SPELL,)),
    "going on": (DISTANCE, (GOING_ON,)),
    "without a number": (UNNUMBERED, (GOING_ON,)),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Combination:
    item: str
    holds: str
    late: bool
    spell: str
    agreement: Agreement
    answer: Answer
    calls: int
    overridden: bool
    moment: str


def combinations() -> Iterable[Combination]:
    every = product(ITEMS, HOLDS, (False, True), SPELLS, Agreement, Answer, (0, 1), (False, True), MOMENTS)
    for item, holds, late, spell, agreement, answer, calls, overridden, moment in every:
        yield Combination(
            item=item,
            holds=holds,
            late=late,
            spell=spell,
            agreement=agreement,
            answer=answer,
            calls=calls,
            overridden=overridden,
            moment=moment,
        )


def situation_of(each: Combination) -> Situation:
    care = Care(
        qualification=GATE.qualification if each.item == "a gate" else (),
        combined=SPELLS[each.spell][0].combined,
    )
    return situation(
        plan=plan(prerequisites_missing=ITEMS[each.item], holds=HOLDS[each.holds], late=each.late),
        care=care,
        decided=frozenset({"warfarin"}),
        spells=SPELLS[each.spell][1],
        agreement=each.agreement,
        answer=each.answer,
        open_calls=each.calls,
        overridden=each.overridden,
    )


def with_time(each: Combination) -> State:
    """What waits for somebody, and is at risk once its deadline is over."""
    return State.ON_TRACK if each.moment == "early" else State.AT_RISK


def unless_overridden(each: Combination) -> State:
    """What stops a visit, unless somebody booked it all the same with a reason."""
    return with_time(each) if each.overridden else State.BLOCKED


def of_a_medicine(each: Combination) -> State:
    """What an unsigned medicine makes of a visit, which nobody can stop any more from some moment on."""
    if each.holds == "lost":
        return State.AT_RISK if each.overridden else State.BLOCKED
    return unless_overridden(each) if each.moment == "too late to stop anything" else with_time(each)


# Each cause, by its code: whether it is there, and what it makes of the visit.
CAUSES: dict[str, tuple[Callable[[Combination], bool], Callable[[Combination], State]]] = {
    "missing": (lambda each: each.item == "an item", with_time),
    "must-come-first": (lambda each: each.item == "a gate", unless_overridden),
    "unsigned": (lambda each: each.holds in {"unsigned", "lost"}, of_a_medicine),
    "too-late": (
        lambda each: each.late and not each.overridden and each.holds != "signed",
        lambda _: State.BLOCKED,
    ),
    "too-close": (lambda each: each.spell in {"near", "going on"}, unless_overridden),
    "distance-undecided": (lambda each: each.spell == "without a number", with_time),
    "payer-not-agreed": (lambda each: each.agreement in {Agreement.ASKED, Agreement.MISSING}, with_time),
    "payer-refused": (lambda each: each.agreement is Agreement.REFUSED, lambda _: State.BLOCKED),
    "call-owed": (lambda each: each.calls > 0, lambda _: State.AT_RISK),
    "no-answer": (lambda each: each.answer is Answer.NONE, with_time),
    "said-no": (lambda each: each.answer is Answer.NOT_COMING, lambda _: State.BLOCKED),
    "asks-for-a-call": (lambda each: each.answer is Answer.CALL_ME, lambda _: State.AT_RISK),
}


def reckoned(each: Combination) -> dict[str, State]:
    """Return what each cause makes of the visit, reckoned from the table and not from the code."""
    return {code: state_of(each) for code, (is_there, state_of) in CAUSES.items() if is_there(each)}


def worst(found: dict[str, State]) -> State:
    return max(found.values(), key=lambda state: state.rank, default=State.READY)


def is_as_reckoned(each: Combination, judged: Readiness) -> bool:
    """Whether state, reasons and the next step are those of the second reckoning."""
    found = reckoned(each)
    now = MOMENTS[each.moment]
    said = {reason.code: reason.state_at(now) for reason in judged.reasons}
    step = judged.next_step.code if judged.next_step is not None else ""
    first = {code for code, state in found.items() if state is worst(found)} or {""}
    return (judged.state, said) == (worst(found), found) and step in first


def wrong_among(some: Iterable[Combination]) -> list[Combination]:
    return [
        each
        for each in some
        if not is_as_reckoned(each, assess(situation_of(each), now=MOMENTS[each.moment]))
    ]


def test_some_of_every_combination_are_as_reckoned() -> None:
    # 61 is prime to every number of values, so that each meets each.
    assert wrong_among(islice(combinations(), 0, None, 61)) == []


@pytest.mark.full
def test_every_combination_is_as_reckoned() -> None:
    assert wrong_among(combinations()) == []

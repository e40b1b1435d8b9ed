"""Whether a visit can go ahead: a table of causes, the deadlines, and what must hold for every situation."""

import datetime as dt
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from procedures.care import Care, Gate, Interval, Qualification, Treatment
from procedures.preparation import Fasting, Hold, HoldOption, HoldStatus, PreparationPlan
from scheduling.qualification import Spell
from scheduling.readiness import (
    Agreement,
    Answer,
    Situation,
    State,
    assess,
    last_open_before,
    open_days_before,
)

LONDON = ZoneInfo("Europe/London")
START = dt.datetime(2027, 3, 16, 9, tzinfo=LONDON)  # A Tuesday.
DAY = dt.timedelta(days=1)
EARLY = START - 30 * DAY


def periods(days: int = 60) -> tuple[tuple[int, int], ...]:
    """Open from Monday to Friday, 7:00 to 20:00 in London, up to the start's day."""
    dates = [START.date() - DAY * count for count in range(days, -1, -1)]
    return tuple(
        (
            int(dt.datetime.combine(day, dt.time(7), tzinfo=LONDON).timestamp()),
            int(dt.datetime.combine(day, dt.time(20), tzinfo=LONDON).timestamp()),
        )
        for day in dates
        if day.weekday() < 5
    )


PERIODS = periods()


def plan(**changes: object) -> PreparationPlan:
    empty = PreparationPlan(
        id="1",
        fasting=Fasting(solids_stop=dt.datetime(2027, 3, 16, 3, tzinfo=LONDON)),
        holds=(),
        continued=(),
        lead_time_days=0,
        late=False,
        earliest_start_on=None,
        escort_needed=False,
        transport=None,
        prerequisites_missing=(),
        clinician_actions=(),
        never_send=(),
        revoke_previous=False,
        notes=(),
        rule_ids=(),
        rule_set_version="1",
        rule_set_sha256="0" * 64,
    )
    return replace(empty, **changes)


def hold(drug: str, *, days: int) -> Hold:
    option = HoldOption(hold_days=days, last_dose_on=START.date() - DAY * (days + 1))
    return Hold(
        drug=drug, status=HoldStatus.PROPOSED, settled=option, options=(option,), rule_ids=("hold/1",)
    )


def situation(**changes: object) -> Situation:
    empty = Situation(
        start=START,
        arrive_at=START - dt.timedelta(hours=1),
        zone=LONDON,
        plan=plan(),
        open_periods=PERIODS,
    )
    return replace(empty, **changes)


GATE = Care(
    qualification=(
        Qualification(evidence="biopsy_result", gate=Gate.HARD, text="A biopsy comes first.", source="paper"),
    )
)
DISTANCE = Care(
    combined=(
        Interval(
            treatment=Treatment.CHEMOTHERAPY,
            days_after=14,
            days_before=14,
            text="Two weeks from chemotherapy.",
            source="paper",
        ),
    )
)
SPELL = Spell(treatment=Treatment.CHEMOTHERAPY, first_on=dt.date(2027, 3, 1), last_on=dt.date(2027, 3, 10))
CASES = {
    "nothing is missing": (situation(), State.READY, ""),
    "no plan": (situation(plan=None), State.BLOCKED, "cannot-plan"),
    "an item is missing": (situation(plan=plan(prerequisites_missing=("inr",))), State.ON_TRACK, ""),
    "a hard gate": (
        situation(plan=plan(prerequisites_missing=("biopsy_result",)), care=GATE),
        State.BLOCKED,
        "must-come-first",
    ),
    "a hard gate somebody overrode": (
        situation(plan=plan(prerequisites_missing=("biopsy_result",)), care=GATE, overridden=True),
        State.ON_TRACK,
        "",
    ),
    "an unsigned medicine": (situation(plan=plan(holds=(hold("apixaban", days=2),))), State.ON_TRACK, ""),
    "a signed medicine": (
        situation(plan=plan(holds=(hold("apixaban", days=2),)), decided=frozenset({"apixaban"})),
        State.READY,
        "",
    ),
    "a medicine that can no longer be stopped": (
        situation(plan=plan(holds=(hold("clopidogrel", days=40),))),
        State.BLOCKED,
        "unsigned",
    ),
    "too late": (situation(plan=plan(late=True)), State.BLOCKED, "too-late"),
    "too close to chemotherapy": (situation(care=DISTANCE, spells=(SPELL,)), State.BLOCKED, "too-close"),
    "the payer has not answered": (situation(agreement=Agreement.ASKED), State.ON_TRACK, ""),
    "the payer has refused": (situation(agreement=Agreement.REFUSED), State.BLOCKED, "payer-refused"),
    "no answer yet": (situation(answer=Answer.NONE), State.ON_TRACK, ""),
    "a no": (situation(answer=Answer.NOT_COMING), State.BLOCKED, "said-no"),
    "a wish for a call": (situation(answer=Answer.CALL_ME), State.AT_RISK, ""),
    "a call that is owed": (situation(open_calls=1), State.AT_RISK, ""),
}


@pytest.mark.parametrize("name", CASES)
def test_state_follows_from_the_cause(name: str) -> None:
    given_situation, state, blocker = CASES[name]

    found = assess(given_situation, now=EARLY)

    assert (found.state, found.blocker) == (state, blocker)


def test_missing_item_puts_the_visit_at_risk_from_its_deadline_on() -> None:
    missing = situation(plan=plan(prerequisites_missing=("inr",)))
    # Fasting begins on Tuesday at 3:00; a day before that the house is shut, so Friday's closing is not the last: Sunday is shut too.
    due_at = dt.datetime(2027, 3, 12, 20, tzinfo=LONDON)

    before, after = (assess(missing, now=now) for now in (due_at - dt.timedelta(seconds=1), due_at))

    assert (before.state, before.next_change_at) == (State.ON_TRACK, due_at)
    assert after.state is State.AT_RISK
    assert after.next_step is not None
    assert after.next_step.due_at == due_at


def test_signature_is_due_before_the_first_last_dose() -> None:
    unsigned = situation(plan=plan(holds=(hold("apixaban", days=2), hold("clopidogrel", days=5))))

    found = assess(unsigned, now=EARLY)

    # Clopidogrel's last dose is on Wednesday 10; the patient hears of it a day before, which begins on Tuesday 9.
    assert found.next_step is not None
    assert found.next_step.due_at == dt.datetime(2027, 3, 8, 20, tzinfo=LONDON)
    assert found.reasons[0].blocked_at == dt.datetime(2027, 3, 11, tzinfo=LONDON)


def test_answer_is_due_three_working_days_ahead() -> None:
    found = assess(situation(answer=Answer.NONE), now=EARLY)

    assert found.reasons[0].due_at == dt.datetime(2027, 3, 11, 20, tzinfo=LONDON)


def at(year: int, month: int, day: int, hour: int = 0) -> dt.datetime:
    return dt.datetime(year, month, day, hour, tzinfo=LONDON)


MOMENTS = {
    "while it is open": (at(2027, 3, 12, 12), at(2027, 3, 12, 12)),
    "on a shut weekend": (at(2027, 3, 14, 12), at(2027, 3, 12, 20)),
    "at night": (at(2027, 3, 16, 3), at(2027, 3, 15, 20)),
    "as it opens": (at(2027, 3, 15, 7), at(2027, 3, 12, 20)),
    "before all hours": (at(2026, 1, 1), at(2026, 1, 1)),
}


@pytest.mark.parametrize("name", MOMENTS)
def test_last_open_moment(name: str) -> None:
    moment, expected = MOMENTS[name]

    assert last_open_before(moment, periods=PERIODS) == expected


def test_open_days_are_not_there_when_the_house_has_too_few() -> None:
    assert open_days_before(START.date(), count=3, periods=PERIODS[-2:], zone=LONDON) is None


# --- what holds for every situation -----------------------------------------------------------------

DRUGS = ("apixaban", "clopidogrel", "warfarin")
ITEMS = ("inr", "consent", "escort_named", "biopsy_result")
SITUATIONS = st.builds(
    lambda items, drugs, decided, late, **rest: situation(
        plan=plan(
            prerequisites_missing=tuple(sorted(items)),
            holds=tuple(hold(drug, days=2 + 3 * DRUGS.index(drug)) for drug in sorted(drugs)),
            late=late,
        ),
        decided=frozenset(decided),
        **rest,
    ),
    items=st.sets(st.sampled_from(ITEMS)),
    drugs=st.sets(st.sampled_from(DRUGS)),
    decided=st.sets(st.sampled_from(DRUGS)),
    late=st.booleans(),
    care=st.sampled_from([Care(), GATE, DISTANCE]),
    spells=st.sampled_from([(), (SPELL,)]),
    agreement=st.sampled_from(Agreement),
    answer=st.sampled_from(Answer),
    open_calls=st.integers(0, 2),
    overridden=st.booleans(),
    buffer_days=st.integers(0, 3),
)
HOURS = st.integers(-24 * 40, 48)


def rank(judged: Situation, hours: int) -> int:
    return assess(judged, now=START + dt.timedelta(hours=hours)).state.rank


@settings(max_examples=100, deadline=None, derandomize=True)
@given(SITUATIONS, HOURS, st.integers(0, 24 * 40))
def test_less_time_never_raises_it(judged: Situation, hours: int, later: int) -> None:
    assert rank(judged, hours + later) >= rank(judged, hours)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(SITUATIONS, HOURS, st.sampled_from(ITEMS), st.sampled_from(DRUGS))
def test_more_that_is_known_never_lowers_it(judged: Situation, hours: int, item: str, drug: str) -> None:
    assert judged.plan is not None
    rest = tuple(each for each in judged.plan.prerequisites_missing if each != item)
    known = {
        "evidence": replace(judged, plan=replace(judged.plan, prerequisites_missing=rest)),
        "decision": replace(judged, decided=judged.decided | {drug}),
        "agreement": replace(judged, agreement=Agreement.AGREED),
        "answer": replace(judged, answer=Answer.COMING),
        "call made": replace(judged, open_calls=max(0, judged.open_calls - 1)),
        "override": replace(judged, overridden=True),
    }

    assert {name for name, better in known.items() if rank(better, hours) > rank(judged, hours)} == set()


@settings(max_examples=100, deadline=None, derandomize=True)
@given(SITUATIONS, HOURS)
def test_judgement_is_of_one_piece(judged: Situation, hours: int) -> None:
    now = START + dt.timedelta(hours=hours)

    found = assess(judged, now=now)

    assert found == assess(judged, now=now)
    assert bool(found.blocker) == (found.state is State.BLOCKED)
    assert bool(found.reasons) == (found.state is not State.READY) == (found.next_step is not None)
    assert found.next_change_at is None or found.next_change_at > now
    if found.next_change_at is not None:
        assert assess(judged, now=found.next_change_at - dt.timedelta(seconds=1)).state is found.state

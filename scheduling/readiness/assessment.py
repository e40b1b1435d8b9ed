"""From a situation to a judgement. Pure; more that is known never lowers it, less time never raises it."""

import datetime as dt
from collections.abc import Iterator

from procedures.care import Gate, Qualification
from scheduling.qualification import clashes, unsettled
from scheduling.readiness.deadlines import (
    answer_deadline,
    general_deadline,
    last_chance_at,
    signing_deadline,
)
from scheduling.readiness.values import (
    Agreement,
    Answer,
    NextStep,
    Readiness,
    Reason,
    Situation,
    State,
    Who,
)
from scheduling.readiness.words import item_words

# Blocked from the first moment on.
ALWAYS = dt.datetime.min.replace(tzinfo=dt.UTC)
OPS = "ops"
# What the patient brings or arranges; all else is the clinic's [ops].
OF_THE_PATIENT = frozenset({"escort_named", "guardian_named"})


def assess(situation: Situation, *, now: dt.datetime) -> Readiness:
    """
    Return the state of a visit at `now` (aware), its reasons, the next thing to do, and when it changes by itself.

    Deterministic. Blocked names what blocks.
    """
    reasons = sorted(
        _reasons(situation), key=lambda each: (-each.state_at(now).rank, each.due_at, each.code, each.about)
    )
    state = max((each.state_at(now) for each in reasons), key=lambda each: each.rank, default=State.READY)
    ahead = [moment for each in reasons for moment in each.changes if moment > now]
    return Readiness(
        state=state,
        reasons=tuple(reasons),
        next_step=_next(reasons[0]) if reasons else None,
        next_change_at=min(ahead, default=None),
    )


def _next(reason: Reason) -> NextStep:
    return NextStep(code=reason.code, sentence=reason.sentence, who=reason.who, due_at=reason.due_at)


def _reasons(situation: Situation) -> Iterator[Reason]:
    yield from _of_the_plan(situation)
    yield from _of_treatments(situation)
    yield from _of_the_payer(situation)
    yield from _of_people(situation)


def _of_the_plan(situation: Situation) -> Iterator[Reason]:
    plan = situation.plan
    if plan is None:
        yield Reason(
            code="cannot-plan",
            sentence="What is recorded about this patient does not make a plan. Check the medicines",
            source=OPS,
            who=Who.STAFF,
            due_at=general_deadline(situation),
            blocked_at=ALWAYS,
        )
        return
    steps = {step.evidence: step for step in situation.care.qualification}
    for item in plan.prerequisites_missing:
        yield _missing(item, steps.get(item), situation)
    yield from _of_medicines(situation)


def _missing(item: str, step: Qualification | None, situation: Situation) -> Reason:
    gate = step is not None and step.gate is Gate.HARD
    return Reason(
        code="must-come-first" if gate else "missing",
        sentence=step.text.rstrip(".") if step is not None else f"Missing: {item_words(item)}",
        source=step.source if step is not None else f"prerequisite/{item}",
        who=Who.PATIENT if item in OF_THE_PATIENT else Who.STAFF,
        about=item,
        due_at=general_deadline(situation),
        blocked_at=ALWAYS if gate and not situation.overridden else None,
    )


def _of_medicines(situation: Situation) -> Iterator[Reason]:
    plan = situation.plan
    if plan is None:
        return
    unsigned = [hold for hold in plan.holds if hold.drug not in situation.decided]
    if unsigned:
        count = len(unsigned)
        yield Reason(
            code="unsigned",
            sentence="1 medicine unsigned" if count == 1 else f"{count} medicines unsigned",
            source=", ".join(sorted({rule for hold in unsigned for rule in hold.rule_ids})),
            who=Who.CLINICIAN,
            due_at=min(signing_deadline(hold, situation) for hold in unsigned),
            blocked_at=None if situation.overridden else last_chance_at(unsigned, situation),
        )
    if plan.late and not situation.overridden and (unsigned or not plan.holds):
        yield Reason(
            code="too-late",
            sentence="Less time is left than the preparation needs",
            source="safety/late",
            who=Who.CLINICIAN,
            due_at=general_deadline(situation),
            blocked_at=ALWAYS,
        )


def _of_treatments(situation: Situation) -> Iterator[Reason]:
    day = situation.start.astimezone(situation.zone).date()
    for clash in clashes(situation.care, spells=situation.spells, day=day):
        yield Reason(
            code="too-close",
            sentence=clash.interval.text.rstrip("."),
            source=clash.interval.source,
            who=Who.CLINICIAN,
            about=clash.interval.treatment.value,
            due_at=general_deadline(situation),
            blocked_at=None if situation.overridden else ALWAYS,
        )
    for interval in unsettled(situation.care, spells=situation.spells, today=day):
        yield Reason(
            code="distance-undecided",
            sentence=interval.text.rstrip("."),
            source=interval.source,
            who=Who.CLINICIAN,
            about=interval.treatment.value,
            due_at=general_deadline(situation),
        )


_PAYER = {
    Agreement.ASKED: "The payer has not answered yet",
    Agreement.MISSING: "The payer has not agreed. Ask for the agreement",
    Agreement.REFUSED: "The payer has refused",
}


def _of_the_payer(situation: Situation) -> Iterator[Reason]:
    sentence = _PAYER.get(situation.agreement)
    if sentence is not None:
        refused = situation.agreement is Agreement.REFUSED
        yield Reason(
            code="payer-refused" if refused else "payer-not-agreed",
            sentence=sentence,
            source=OPS,
            who=Who.STAFF,
            due_at=general_deadline(situation),
            blocked_at=ALWAYS if refused else None,
        )


def _of_people(situation: Situation) -> Iterator[Reason]:
    if situation.open_calls:
        yield Reason(
            code="call-owed",
            sentence="Somebody must phone: what was told is in doubt, is wrong or did not arrive",
            source=OPS,
            who=Who.STAFF,
            due_at=general_deadline(situation),
            pressing=True,
        )
    if situation.answer is Answer.NONE:
        yield Reason(
            code="no-answer",
            sentence="The patient has not said yet whether they are coming",
            source="Haufler and Harrington, AORN J 2011",
            who=Who.PATIENT,
            due_at=answer_deadline(situation),
        )
    elif situation.answer in {Answer.NOT_COMING, Answer.CALL_ME}:
        declined = situation.answer is Answer.NOT_COMING
        yield Reason(
            code="said-no" if declined else "asks-for-a-call",
            sentence="The patient cannot come then. Move or cancel the visit"
            if declined
            else "The patient asks for a call",
            source=OPS,
            who=Who.STAFF,
            due_at=answer_deadline(situation),
            blocked_at=ALWAYS if declined else None,
            pressing=True,
        )

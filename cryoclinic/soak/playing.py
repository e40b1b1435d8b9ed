"""
Play a history: plan at every event, send what is due, remember what was told.

Pure: no framework, no database, no clock. Planned by the planner that plans real appointments.
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from cryoclinic.soak.histories import Event, History
from notifications.planning import (
    Booking,
    PlannedMessage,
    State,
    TimelinePlan,
    Told,
    derive,
    facts_from_json,
    plan_timeline,
)
from procedures.lint.trials import fasting_facts
from procedures.preparation import Case, PreparationPlan, Previous, ToldStop, prepare
from procedures.rules import unmet
from procedures.steps import FactValue, Notice, Step
from procedures.wording import Medium, fill

# What the renderer supplies to every text.
ALWAYS_SAID: Mapping[str, FactValue] = {
    "place": "Northside Clinic, 2nd floor",
    "address": "14 Harbour Street",
    "procedure": "a treatment",
    "first_name": "Ana",
    "clinic": "Northside Clinic",
    "phone": "+442079460000",
    "phone_hours": "Monday to Friday",
    "emergency_number": "999",
    "link": "https://go.northside.example/p/x",
}
END_OF_TIME = dt.datetime.max.replace(tzinfo=dt.UTC)


@dataclass(frozen=True, kw_only=True, slots=True)
class Sent:
    """A message as it left: the notices it said, and its words on all channels."""

    message: PlannedMessage
    at: dt.datetime
    notices: tuple[Notice, ...]
    words: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Ground:
    """What the plan of a moment is made from."""

    case: Case
    plan: PreparationPlan
    booking: Booking
    steps: tuple[Step, ...]
    facts: Mapping[str, FactValue]
    signed: bool
    told: tuple[Told, ...]
    changed_at: dt.datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Scene:
    """One event, what the plan was then, and what left before the next event; `is_new` says that the case changed."""

    is_new: bool
    ground: Ground
    timeline: TimelinePlan
    sent: tuple[Sent, ...]


@dataclass(kw_only=True, slots=True)
class Course:
    """How far a history has come; `plan` is that of `case`."""

    case: Case
    plan: PreparationPlan
    known_at: dt.datetime
    signed: bool = False
    state: State = "live"
    ended_at: dt.datetime | None = None
    told: list[Told] = field(default_factory=list)
    tried: set[tuple[str, str, str]] = field(default_factory=set)


def play(history: History) -> Iterator[Scene]:
    """Yield one scene for each event."""
    course = Course(case=history.case, plan=prepare(history.case), known_at=history.events[0].at)
    until = [*(event.at for event in history.events[1:]), END_OF_TIME]
    for event, next_at in zip(history.events, until, strict=True):
        before = course.case
        _happen(event, course=course)
        is_new = event.what == "booked" or course.case is not before
        if is_new:
            course.plan = prepare(course.case)
        ground = _ground(history, course=course, at=event.at)
        timeline = timeline_of(ground, history=history)
        sent = tuple(_sent(timeline, ground=ground, history=history, course=course, until=next_at))
        yield Scene(is_new=is_new, ground=ground, timeline=timeline, sent=sent)


def timeline_of(ground: Ground, *, history: History, backwards: bool = False) -> TimelinePlan:
    """Return what is owed; `backwards` hands everything over in the other order, which must not matter."""
    order = -1 if backwards else 1
    return plan_timeline(
        booking=ground.booking,
        steps=ground.steps[::order],
        facts=dict(list(ground.facts.items())[::order]),
        recipients=history.recipients[::order],
        active_conditions=lambda step: unmet(step.conditions, plan=ground.plan, case=ground.case),
        never_send=frozenset(ground.plan.never_send),
        signed=ground.signed,
        told=ground.told[::order],
        changed_at=ground.changed_at,
    )


def _happen(event: Event, *, course: Course) -> None:
    """Another start and another medicine make the signature void."""
    if event.what == "moved" and event.start is not None:
        course.case = _moved(course, event=event, start=event.start)
        course.known_at, course.signed = event.at, False
    elif event.what == "medicine" and event.medication is not None:
        patient = course.case.patient
        taken = (*patient.medications, event.medication)
        course.case = replace(course.case, patient=replace(patient, medications=taken))
        course.signed = False
    elif event.what in {"signed", "unsigned"}:
        course.signed = event.what == "signed"
    elif event.what == "cancelled":
        course.state = "cancelled"
    elif event.what == "ended":
        course.state, course.ended_at = "over", event.at


def _moved(course: Course, *, event: Event, start: dt.datetime) -> Case:
    case = course.case
    stops = [
        ToldStop(drug=hold.drug, last_dose_on=hold.settled.last_dose_on)
        for hold in (course.plan.holds if course.signed else ())
        if hold.settled is not None and hold.settled.last_dose_on is not None
    ]
    changed_on = event.at.astimezone(case.zone).date()
    previous = Previous(start=case.start, changed_on=changed_on, told=tuple(stops), fasting_told=True)
    return replace(case, start=start, previous=previous)


def _ground(history: History, *, course: Course, at: dt.datetime) -> Ground:
    case, plan = course.case, course.plan
    start = case.start.astimezone(dt.UTC)
    booking = Booking(
        known_at=course.known_at,
        start=start,
        arrive_at=start - history.arrive_before,
        planned_end=start + history.length,
        ended_at=course.ended_at,
        zone=case.zone,
        state=course.state,
    )
    return Ground(
        case=case,
        plan=plan,
        booking=booking,
        steps=history.content.steps,
        facts=_facts(plan, booking=booking, history=history),
        signed=course.signed or not plan.holds,
        told=tuple(course.told),
        changed_at=at,
    )


def _facts(plan: PreparationPlan, *, booking: Booking, history: History) -> dict[str, FactValue]:
    """Those about medicines are there whether signed or not: that they stay unsaid is the planner's business."""
    facts: dict[str, FactValue] = {
        "start": booking.start,
        "arrive_at": booking.arrive_at,
        "place": ALWAYS_SAID["place"],
        "address": ALWAYS_SAID["address"],
        "procedure": ALWAYS_SAID["procedure"],
        "escort_needed": "yes" if plan.escort_needed else "no",
        **derive(history.content.derived_facts, booking),
        **fasting_facts(plan),
    }
    stops = [option.last_dose_on for hold in plan.holds for option in hold.candidates if option.last_dose_on]
    if plan.holds:
        facts["medicine_plan"] = " ".join(hold.drug for hold in plan.holds)
    if stops:
        facts["medicine_first_step_on"] = min(stops)
    return facts


def _sent(
    timeline: TimelinePlan, *, ground: Ground, history: History, course: Course, until: dt.datetime
) -> Iterator[Sent]:
    """Yield what leaves before `until`, and note it as told, perhaps told, or lost."""
    notices = {notice.code: notice for step in ground.steps for notice in step.notices}
    for message in timeline.messages:
        at = max(message.due_at, ground.changed_at)
        identity = (message.recipient, message.notice, message.facts_hash)
        if message.held or at >= min(message.expires_at, until) or identity in course.tried:
            continue
        arrived = history.answers[len(course.tried) % len(history.answers)]
        course.tried.add(identity)
        if arrived != "-":
            course.told.append(_told(message, at=at, number=len(course.tried), certain=arrived == "t"))
        said = tuple(notices[code] for code in dict.fromkeys((message.notice, *message.parts)))
        yield Sent(
            message=message, at=at, notices=said, words=tuple(_words(message, said, ground=ground, at=at))
        )


def _told(message: PlannedMessage, *, at: dt.datetime, number: int, certain: bool) -> Told:
    return Told(
        request=str(number),
        recipient=message.recipient,
        notice=message.notice,
        facts=dict(message.facts),
        certainty="told" if certain else "perhaps",
        told_at=at,
        parts=message.parts,
    )


def _words(
    message: PlannedMessage, notices: tuple[Notice, ...], *, ground: Ground, at: dt.datetime
) -> Iterator[str]:
    facts = {**ALWAYS_SAID, **facts_from_json(dict(message.facts))}
    today = at.astimezone(ground.booking.zone).date()
    for notice in notices:
        text = next(text for text in notice.texts if text.language == message.language)
        templates = {"sms": (text.sms,), "email": (text.subject, text.email)}
        for channel in message.channels:
            for template in templates[channel]:
                yield fill(
                    template,
                    facts=facts,
                    medium=Medium.SMS if channel == "sms" else Medium.FULL,
                    zone=ground.booking.zone,
                    language=message.language,
                    today=today,
                )

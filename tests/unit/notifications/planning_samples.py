"""Small protocols, people and bookings for the planner's tests."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from notifications.planning import Booking, PlannedMessage, Recipient, TimelinePlan, Told, plan_timeline
from procedures.steps import (
    Anchor,
    Answer,
    Audience,
    FactValue,
    Gate,
    Moment,
    Notice,
    NoticeText,
    Purpose,
    SafetyClass,
    Step,
    Trigger,
)

LONDON = ZoneInfo("Europe/London")


def at(text: str, zone: ZoneInfo = LONDON) -> dt.datetime:
    """Return an instant from "2027-03-16 09:00" on the wall clock of `zone`."""
    return dt.datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(dt.UTC)


# Tuesday 16 March 2027, 9:00 in London, booked on Monday 1 March at 10:00.
START = at("2027-03-16 09:00")


def booking(**changes: Any) -> Booking:
    start = changes.get("start", START)
    values: dict[str, Any] = {
        "known_at": at("2027-03-01 10:00"),
        "start": start,
        "arrive_at": start - dt.timedelta(hours=1),
        "planned_end": start + dt.timedelta(hours=2),
        "ended_at": None,
        "zone": LONDON,
        "state": "live",
    }
    return Booking(**(values | changes))


def patient(**changes: Any) -> Recipient:
    values: dict[str, Any] = {
        "key": "patient:1",
        "audience": Audience.PATIENT,
        "zone": LONDON,
        "language": "en",
        "channels": ("sms", "email"),
        "quiet_from": dt.time(20),
        "quiet_until": dt.time(8),
    }
    return Recipient(**(values | changes))


def carer(**changes: Any) -> Recipient:
    return patient(**({"key": "related:7", "audience": Audience.CARER} | changes))


def before(days: int, local_time: dt.time = dt.time(17)) -> Moment:
    return Moment(anchor=Anchor.START, days=-days, local_time=local_time)


def hours_from(anchor: Anchor, hours: float) -> Moment:
    return Moment(anchor=anchor, elapsed=dt.timedelta(hours=hours))


BOOKED = hours_from(Anchor.BOOKING, 0)


def notice(code: str, when: Moment | None = BOOKED, **changes: Any) -> Notice:
    values: dict[str, Any] = {
        "code": code,
        "trigger": Trigger.SCHEDULED,
        "when": when,
        "latest": None,
        "purpose": Purpose.PREPARATION,
        "safety": SafetyClass.ROUTINE,
        "audiences": frozenset({Audience.PATIENT}),
        "answer": Answer.NONE,
        "gate": Gate.APPROVED,
        "facts": (),
        "channels": (),
        "texts": (NoticeText(language="en", sms="Words.", subject="Words", email="Words."),),
    }
    return Notice(**(values | changes))


def step(code: str, *notices: Notice, **changes: Any) -> Step:
    values: dict[str, Any] = {
        "code": code,
        "section": "preparation",
        "conditions": (),
        "subject": "",
        "source": "[ops]",
        "texts": (),
        "notices": notices,
    }
    return Step(**(values | changes))


EVERYBODY = frozenset({Audience.PATIENT, Audience.CARER})
CHANGES = step(
    "changes",
    notice(
        "moved",
        None,
        trigger=Trigger.CORRECTION,
        facts=("start",),
        audiences=EVERYBODY,
        answer=Answer.CONFIRM,
        safety=SafetyClass.SAFETY,
    ),
    notice("changed", None, trigger=Trigger.AMENDMENT, facts=(), audiences=EVERYBODY),
    notice("off", None, trigger=Trigger.CANCELLATION, facts=("start",), audiences=EVERYBODY),
    notice("together", None, trigger=Trigger.COLLAPSED, facts=("start",), audiences=EVERYBODY),
    section="changes",
)

BOOKED_STEP = step("booked", notice("booked", facts=("start", "place"), audiences=EVERYBODY))
FASTING_STEP = step(
    "fasting",
    notice("fasting-3", before(3), facts=("start", "solids_stop"), safety=SafetyClass.SAFETY),
    notice("fasting-1", before(1), facts=("start", "solids_stop"), safety=SafetyClass.SAFETY),
    subject="fasting",
    conditions=("fasting_times",),
)
MEDICINE_STEP = step(
    "medicine",
    notice("medicine", before(5), facts=("medicine_plan",), safety=SafetyClass.SAFETY, gate=Gate.SIGNATURE),
)
BRING_STEP = step("bring", notice("bring", before(2)))
AFTER_STEP = step(
    "after",
    notice(
        "after",
        hours_from(Anchor.END, 3),
        facts=("driving_from",),
        purpose=Purpose.AFTERCARE,
        safety=SafetyClass.SAFETY,
    ),
)
PROTOCOL = (CHANGES, BOOKED_STEP, FASTING_STEP, MEDICINE_STEP, BRING_STEP, AFTER_STEP)


def facts_of(visit: Booking, **changes: FactValue | None) -> dict[str, FactValue]:
    """Return what the preparation engine would say; None takes a fact away."""
    values: dict[str, FactValue | None] = {
        "start": visit.start,
        "arrive_at": visit.arrive_at,
        "place": "North Wing",
        "solids_stop": visit.start - dt.timedelta(hours=6),
        "medicine_plan": f"decision for {visit.start.isoformat()}",
        "driving_from": (visit.ended_at or visit.planned_end) + dt.timedelta(hours=24),
    }
    return {name: value for name, value in (values | changes).items() if value is not None}


def plan(visit: Booking | None = None, **changes: Any) -> TimelinePlan:
    visit = visit or booking()
    values: dict[str, Any] = {
        "booking": visit,
        "steps": PROTOCOL,
        "facts": facts_of(visit),
        "recipients": (patient(),),
        "active_conditions": lambda step: None,
        "never_send": frozenset(),
        "signed": True,
    }
    return plan_timeline(**(values | changes))


def tell(
    message: PlannedMessage, *, told_at: dt.datetime | None = None, certainty: str = "told", request: str = ""
) -> Told:
    """Return the record of a message as it would be after it was sent."""
    return Told(
        request=request or f"{message.notice}/{message.recipient}/{message.facts_hash[:8]}",
        recipient=message.recipient,
        notice=message.notice,
        facts=dict(message.facts),
        certainty="told" if certainty == "told" else "perhaps",
        told_at=told_at or message.due_at,
        parts=message.parts,
    )


def tell_all(found: TimelinePlan, *, until: dt.datetime | None = None) -> tuple[Told, ...]:
    """Return the records of all messages that may go, up to and including `until`."""
    return tuple(
        tell(message)
        for message in found.messages
        if not message.held and (until is None or message.due_at <= until)
    )


def saying(notice_code: str, facts: Mapping[str, str], **changes: Any) -> Told:
    values: dict[str, Any] = {
        "request": "r1",
        "recipient": "patient:1",
        "notice": notice_code,
        "facts": facts,
        "certainty": "told",
        "told_at": at("2027-03-02 10:00"),
        "parts": (notice_code,),
    }
    return Told(**(values | changes))


def only(found: Iterable[PlannedMessage], code: str) -> PlannedMessage:
    """Return the one message of this notice."""
    (message,) = [message for message in found if message.notice == code]
    return message


def with_notice(original: Step, **changes: Any) -> Step:
    """Return a step whose notices all have these changes."""
    return replace(original, notices=tuple(replace(one, **changes) for one in original.notices))


def reasons(found: TimelinePlan) -> set[tuple[str, str, str]]:
    """Return recipient, notice and reason of all that is not owed."""
    return {(entry.recipient, entry.notice, entry.reason) for entry in found.not_owed}


def times(found: TimelinePlan) -> list[tuple[str, dt.datetime]]:
    """Return notice and time of each message."""
    return [(message.notice, message.due_at) for message in found.messages]


# From Tuesday 16 to Thursday 18 March, 11:00; moved on Sunday 14 at 10:00.
MOVED_AT = at("2027-03-14 10:00")
MOVED = booking(start=at("2027-03-18 11:00"), known_at=MOVED_AT)
MOVE_STEPS = (CHANGES, BOOKED_STEP, FASTING_STEP)


def told_by(moment: dt.datetime, **changes: Any) -> tuple[Told, ...]:
    """What the plan of the ordinary booking has told by then."""
    return tell_all(plan(**({"steps": MOVE_STEPS} | changes)), until=moment)


def corrections(found: TimelinePlan) -> list[PlannedMessage]:
    """Return the messages that take something back."""
    return [message for message in found.messages if message.corrects]


def cancelled(moment: dt.datetime = MOVED_AT) -> Booking:
    """Return the ordinary booking, off since `moment`."""
    return replace(booking(state="cancelled"), known_at=moment)

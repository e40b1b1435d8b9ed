"""What holds of every plan, whatever the protocol, the people and what was told before."""

import datetime as dt
import random
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from planning_samples import CHANGES, booking, carer, facts_of, notice, patient, step, tell, tell_all

from notifications.planning import (
    Booking,
    PlannedMessage,
    Recipient,
    TimelinePlan,
    Told,
    facts_as_json,
    plan_timeline,
)
from notifications.rules import quiet
from procedures.steps import Anchor, Audience, Gate, Moment, Purpose, SafetyClass, Step, Trigger

pytestmark = pytest.mark.slow

ZONES = [
    ZoneInfo(name)
    for name in (
        "Europe/London",
        "America/New_York",
        "Australia/Lord_Howe",
        "America/St_Johns",
        "Asia/Kolkata",
    )
]
FACTS = ("start", "place", "solids_stop", "medicine_plan", "driving_from")
# Around the clock changes of spring and autumn on both hemispheres.
FIRST_DAYS = [dt.date(2027, *day) for day in ((3, 11), (3, 25), (4, 1), (9, 30), (10, 28), (11, 4), (6, 10))]
quickly = settings(
    derandomize=True,
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@st.composite
def moments(draw: st.DrawFn, purpose: Purpose) -> Moment:
    if purpose is Purpose.AFTERCARE:
        return Moment(anchor=Anchor.END, elapsed=dt.timedelta(hours=draw(st.integers(0, 72))))
    if draw(st.booleans()):
        anchor = draw(st.sampled_from([Anchor.BOOKING, Anchor.BOOKING, Anchor.START]))
        hours = draw(st.integers(0, 3) if anchor is Anchor.BOOKING else st.integers(-90, -1))
        return Moment(anchor=anchor, elapsed=dt.timedelta(hours=hours))
    local_time = dt.time(draw(st.integers(0, 23)), draw(st.sampled_from([0, 15, 30])))
    return Moment(anchor=Anchor.START, days=-draw(st.integers(0, 4)), local_time=local_time)


@st.composite
def steps(draw: st.DrawFn) -> tuple[Step, ...]:
    found = [CHANGES]
    for number in range(draw(st.integers(1, 5))):
        purpose = draw(st.sampled_from(Purpose))
        one = notice(
            f"notice-{number}",
            draw(moments(purpose)),
            purpose=purpose,
            safety=draw(st.sampled_from(SafetyClass)),
            audiences=draw(st.sampled_from([frozenset({Audience.PATIENT}), frozenset(Audience)])),
            gate=draw(st.sampled_from([Gate.APPROVED, Gate.APPROVED, Gate.SIGNATURE])),
            facts=tuple(draw(st.lists(st.sampled_from(FACTS), unique=True, max_size=3))),
        )
        conditions = draw(st.sampled_from([(), ("sedated",)]))
        subject = draw(st.sampled_from(["", "fasting"]))
        found.append(step(f"step-{number}", one, conditions=conditions, subject=subject))
    return tuple(found)


@st.composite
def people(draw: st.DrawFn) -> tuple[Recipient, ...]:
    hours = st.sampled_from([(20, 8), (21, 7), (0, 0), (22, 6)])
    found = []
    for template in draw(st.sampled_from([[patient()], [patient(), carer()]])):
        quiet_from, quiet_until = draw(hours)
        found.append(
            replace(
                template,
                zone=draw(st.sampled_from(ZONES)),
                language=draw(st.sampled_from(["en", "en", "en", "pl"])),
                channels=draw(st.sampled_from([("sms",), ("sms", "email"), ()])),
                quiet_from=dt.time(quiet_from),
                quiet_until=dt.time(quiet_until),
            )
        )
    return tuple(found)


@st.composite
def visits(draw: st.DrawFn) -> Booking:
    zone = draw(st.sampled_from(ZONES))
    day = draw(st.sampled_from(FIRST_DAYS)) + dt.timedelta(days=draw(st.integers(0, 5)))
    start = dt.datetime.combine(day, dt.time(draw(st.integers(7, 16)), 30), tzinfo=zone).astimezone(dt.UTC)
    known_at = start - dt.timedelta(minutes=draw(st.integers(30, 8 * 24 * 60)))
    return booking(
        start=start, known_at=known_at, zone=zone, state=draw(st.sampled_from(["live", "live", "over"]))
    )


@st.composite
def cases(draw: st.DrawFn) -> dict[str, Any]:
    visit = draw(visits())
    missing = draw(st.sampled_from(["", "", "place", "solids_stop", "medicine_plan"]))
    return {
        "booking": visit,
        "steps": draw(steps()),
        "facts": {name: value for name, value in facts_of(visit).items() if name != missing},
        "recipients": draw(people()),
        "active_conditions": draw(st.sampled_from([lambda step: None, frozenset()])),
        "never_send": draw(st.sampled_from([frozenset(), frozenset({"fasting"})])),
        "signed": draw(st.booleans()),
    }


@st.composite
def cases_with_a_past(draw: st.DrawFn) -> dict[str, Any]:
    """A case after other starts were told, wholly or in part, certainly or perhaps."""
    case = draw(cases())
    told: list[Told] = []
    visit = case["booking"]
    known_at = visit.known_at - dt.timedelta(days=6)
    for number in range(draw(st.integers(1, 3))):
        before = moved(visit, days=draw(st.integers(-2, 4)), known_at=known_at)
        messages = plan_timeline(
            **(case | {"booking": before, "facts": facts_of(before), "told": tuple(told)})
        ).messages
        known_at += dt.timedelta(hours=draw(st.integers(2, 40)))
        told.extend(
            tell(
                message,
                certainty=draw(st.sampled_from(["told", "told", "perhaps"])),
                request=f"{number}-{index}",
            )
            for index, message in enumerate(messages)
            if not message.held and message.due_at < known_at
        )
    return case | {"told": tuple(told)}


def moved(visit: Booking, *, days: int, known_at: dt.datetime) -> Booking:
    shift = dt.timedelta(days=days, hours=1)
    return replace(
        visit,
        start=visit.start + shift,
        arrive_at=visit.arrive_at + shift,
        planned_end=visit.planned_end + shift,
        known_at=known_at,
        state="live",
    )


def own(message: PlannedMessage, case: dict[str, Any]) -> Recipient:
    (recipient,) = [one for one in case["recipients"] if one.key == message.recipient]
    return recipient


@quickly
@given(cases_with_a_past())
def test_every_message_lies_in_its_window_and_outside_quiet_hours(case: dict[str, Any]) -> None:
    for message in plan_timeline(**case).messages:
        recipient = own(message, case)
        is_quiet = quiet(
            message.due_at,
            zone=recipient.zone,
            quiet_from=recipient.quiet_from,
            quiet_until=recipient.quiet_until,
        )
        assert message.due_at < message.expires_at
        assert message.due_at >= case["booking"].known_at
        assert is_quiet == message.time_critical


@quickly
@given(cases_with_a_past(), st.randoms(use_true_random=False))
def test_the_order_of_the_inputs_does_not_matter(case: dict[str, Any], shuffler: random.Random) -> None:
    shuffled = dict(case)
    for name in ("steps", "recipients", "told"):
        shuffled[name] = shuffler.sample(case[name], len(case[name]))
    shuffled["facts"] = dict(shuffler.sample(list(case["facts"].items()), len(case["facts"])))

    assert plan_timeline(**shuffled) == plan_timeline(**case)


@quickly
@given(cases_with_a_past())
def test_no_message_asserts_what_the_plan_does_not_have(case: dict[str, Any]) -> None:
    known = facts_as_json(case["facts"])

    for message in plan_timeline(**case).messages:
        asserted = {name: value for name, value in message.facts if value != "withdrawn"}
        assert asserted.items() <= known.items()


@quickly
@given(cases_with_a_past())
def test_nothing_unsigned_may_leave(case: dict[str, Any]) -> None:
    gates = {one.code: one.gate for each in case["steps"] for one in each.notices}

    for message in plan_timeline(**(case | {"signed": False})).messages:
        needs_signature = any(gates[part] is Gate.SIGNATURE for part in message.parts)
        assert bool(message.held) or not needs_signature or _was_doubtful(message, case)
        assert dict(message.facts).get("medicine_plan", "withdrawn") == "withdrawn"


def _was_doubtful(message: PlannedMessage, case: dict[str, Any]) -> bool:
    """A correction perhaps told while it was signed is the same message until that is known."""
    return any(
        told.certainty == "perhaps" and told.notice == message.notice and told.parts == message.parts
        for told in case["told"]
    )


@quickly
@given(cases_with_a_past())
def test_every_notice_ends_up_in_one_place_for_every_recipient(case: dict[str, Any]) -> None:
    found = plan_timeline(**case)

    for recipient in case["recipients"]:
        for one in (
            one for each in case["steps"] for one in each.notices if one.trigger is Trigger.SCHEDULED
        ):
            places = [
                entry
                for entry in found.not_owed
                if (entry.recipient, entry.notice) == (recipient.key, one.code)
            ]
            calls = [
                call for call in found.calls if (call.recipient, call.notice) == (recipient.key, one.code)
            ]
            by_themselves = [call for call in calls if call.reason == "quiet-hours-do-not-fit"]
            messages = [
                message
                for message in found.messages
                if message.recipient == recipient.key and one.code in message.parts
            ]
            said = [message for message in messages if message.corrects]
            assert len(places) + len(messages) - len(said) + len(by_themselves) == 1
            assert len(calls) <= 1


@quickly
@given(cases_with_a_past())
def test_told_all_of_it_the_plan_owes_nothing_more(case: dict[str, Any]) -> None:
    found = plan_timeline(**case)
    told = (*case["told"], *tell_all(found))

    again = plan_timeline(**(case | {"told": told}))

    assert [message for message in again.messages if not message.held] == []


@quickly
@given(cases(), st.lists(st.tuples(st.integers(-2, 9), st.integers(1, 60)), max_size=5), st.booleans())
def test_what_was_told_last_is_true_after_any_moves(
    case: dict[str, Any], moves: list[tuple[int, int]], everything: bool
) -> None:
    reachable = tuple(replace(one, channels=("sms",), language="en") for one in case["recipients"])
    case = case | {"recipients": reachable, "signed": True}
    original, told = replace(case["booking"], state="live"), tuple[Told, ...]()
    history = [original]
    for days, hours in moves:
        history.append(moved(original, days=days, known_at=history[-1].known_at + dt.timedelta(hours=hours)))
    ends = [later.known_at for later in history[1:]] + [None]

    for number, (visit, until) in enumerate(zip(history, ends, strict=True)):
        found = plan_timeline(**(case | {"booking": visit, "facts": facts_of(visit), "told": told}))
        told = (*told, *_sent(found, until=None if everything else until, number=number))

        if everything or until is None:
            assert _told_last(told).items() <= _true_now(visit, reachable).items()


def _sent(found: TimelinePlan, *, until: dt.datetime | None, number: int) -> list[Told]:
    return [replace(entry, request=f"{number}/{entry.request}") for entry in tell_all(found, until=until)]


def _told_last(told: tuple[Told, ...]) -> dict[tuple[str, str], str]:
    ordered = sorted(told, key=lambda entry: (entry.told_at, entry.request))
    return {(entry.recipient, name): value for entry in ordered for name, value in entry.facts.items()}


def _true_now(visit: Booking, recipients: tuple[Recipient, ...]) -> dict[tuple[str, str], str]:
    facts = facts_as_json(facts_of(visit))
    return {(recipient.key, name): value for recipient in recipients for name, value in facts.items()}

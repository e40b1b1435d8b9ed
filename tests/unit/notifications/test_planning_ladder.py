"""The ladder on paper: who is asked again, over what, and by when somebody phones."""

import datetime as dt
from typing import Any

import pytest
from planning_samples import (
    BOOKED_STEP,
    CHANGES,
    MOVED,
    MOVED_AT,
    at,
    booking,
    carer,
    facts_of,
    notice,
    patient,
    plan,
    reasons,
    step,
    tell,
    tell_all,
)

from notifications.planning import (
    Answering,
    Booking,
    PlannedMessage,
    TimelinePlan,
    Told,
    facts_as_json,
    with_ladder,
)
from procedures.steps import Answer, Audience, Trigger

ASKING = step("visit", notice("visit", facts=("start",), answer=Answer.CONFIRM))
FAST = step("fast", notice("fast", facts=("start", "solids_stop"), answer=Answer.CONFIRM))
LISTENING = step(
    "listen",
    notice(
        "listen", None, trigger=Trigger.UNANSWERED, facts=("start",), audiences=frozenset({Audience.CARER})
    ),
)
STEPS = (ASKING, LISTENING, CHANGES)
DAY = dt.timedelta(days=1)


def weekdays(begin: dt.datetime, end: dt.datetime) -> list[tuple[dt.datetime, dt.datetime]]:
    """Monday to Friday, 8:00 to 18:00 in London."""
    first = begin.date() - DAY
    days = [first + number * DAY for number in range((end.date() - first).days + 1)]
    hours = [(at(f"{day} 08:00"), at(f"{day} 18:00")) for day in days if day.weekday() < 5]
    return [
        (max(opens, begin), min(closes, end)) for opens, closes in hours if opens < end and closes > begin
    ]


def laddered(visit: Booking | None = None, **changes: Any) -> TimelinePlan:
    visit = visit or booking()
    answered = changes.pop("answered", False)
    told: tuple[Told, ...] = changes.pop("told", ())
    values = {"steps": STEPS, "recipients": (patient(),), **changes}
    found = plan(visit, told=told, **values)
    return with_ladder(
        found,
        booking=visit,
        steps=values["steps"],
        facts_now=facts_as_json(facts_of(visit)),
        recipients=values["recipients"],
        told=told,
        answering=Answering(answered=answered, notice=DAY, open_between=weekdays),
    )


def rungs(found: TimelinePlan) -> list[tuple[str, str, dt.datetime, tuple[str, ...], int]]:
    return [(m.recipient, m.notice, m.due_at, m.channels, m.rung) for m in found.messages if m.rung]


def calls(found: TimelinePlan) -> list[tuple[str, dt.datetime | None, dt.datetime]]:
    return [(call.reason, call.opens_at, call.by) for call in found.calls]


def test_question_goes_over_the_second_channel_then_to_a_carer_then_to_a_person() -> None:
    found = laddered(recipients=(patient(), carer()))

    assert rungs(found) == [
        ("patient:1", "visit", at("2027-03-03 10:00"), ("email",), 1),
        ("related:7", "listen", at("2027-03-05 10:00"), ("sms", "email"), 2),
    ]
    # The answer is needed a day before Tuesday at 9:00; the next opening after Sunday's turn is Monday.
    assert calls(found) == [("unanswered", at("2027-03-08 08:00"), at("2027-03-15 09:00"))]


def test_answer_takes_every_rung_back_and_says_so() -> None:
    found = laddered(answered=True, recipients=(patient(), carer()))

    assert (rungs(found), calls(found)) == ([], [])
    assert ("related:7", "listen", "answered") in reasons(found)


@pytest.mark.parametrize("state", ["over", "cancelled", "silent"])
def test_nobody_is_asked_about_a_visit_that_is_no_longer_ahead(state: str) -> None:
    asked = tell_all(plan(steps=STEPS))

    found = laddered(booking(state=state), told=asked)

    assert (rungs(found), [call for call in found.calls if call.reason == "unanswered"]) == ([], [])


@pytest.mark.parametrize(
    ("people", "expected"),
    [
        ((patient(channels=("sms",)),), []),
        ((patient(channels=("sms",)), carer()), ["related:7"]),
        ((patient(), carer(channels=())), ["patient:1"]),
        ((patient(), carer(language="pl")), ["patient:1"]),
    ],
)
def test_rung_that_reaches_nobody_is_left_out(people: tuple[Any, ...], expected: list[str]) -> None:
    found = laddered(recipients=people)

    assert [recipient for recipient, *_ in rungs(found)] == expected
    assert [reason for reason, *_ in calls(found)] == ["unanswered"]


def test_deadline_falls_on_open_hours_before_what_it_protects() -> None:
    # Monday 15 March, 9:00: a day before is a Sunday, so the last moment is Friday at 18:00.
    found = laddered(booking(start=at("2027-03-15 09:00")))

    assert calls(found)[0][2] == at("2027-03-12 18:00")


def test_question_about_food_is_settled_before_eating_stops() -> None:
    visit = booking(known_at=at("2027-03-15 10:00"))

    # Booked the day before: the day's notice has passed, eating stops at 3:00, the clinic closes at 18:00.
    found = laddered(visit, steps=(FAST,))

    assert (rungs(found), calls(found)) == (
        [],
        [("unanswered", at("2027-03-15 14:00"), at("2027-03-15 18:00"))],
    )


def test_booking_in_the_last_hours_asks_nobody_again_and_says_so() -> None:
    found = laddered(booking(known_at=at("2027-03-16 07:00")))

    assert (rungs(found), calls(found)) == ([], [])
    assert ("patient:1", "visit", "no-time-to-ask-again") in reasons(found)


def test_rungs_count_from_when_it_was_asked_and_avoid_the_channel_it_went_over() -> None:
    (asked,) = [message for message in plan(steps=STEPS).messages if message.notice == "visit"]
    told = Told(
        request="r1",
        recipient="patient:1",
        notice="visit",
        facts=dict(asked.facts),
        certainty="told",
        told_at=at("2027-03-02 12:00"),
        parts=("visit",),
        channel="email",
    )

    found = laddered(told=(told,))

    assert rungs(found) == [("patient:1", "visit", at("2027-03-04 12:00"), ("sms",), 1)]


def test_planned_again_after_a_rung_was_sent_the_ladder_is_the_same() -> None:
    first = laddered()
    sent = tuple(tell(message) for message in first.messages if message.notice == "visit")

    again = laddered(told=sent)

    assert [hashes(m) for m in again.messages if m.rung] == [hashes(m) for m in first.messages if m.rung]
    assert calls(again) == calls(first)


def hashes(message: PlannedMessage) -> tuple[str, str]:
    return message.notice, message.facts_hash


def test_rung_is_another_request_than_the_question() -> None:
    found = laddered()

    asked, again = (message for message in found.messages if message.notice == "visit")

    assert (asked.rung, again.rung, asked.facts == again.facts) == (0, 1, True)
    assert asked.facts_hash != again.facts_hash


def test_move_asks_anew_about_the_new_start_only() -> None:
    told = tell_all(plan(steps=STEPS), until=MOVED_AT)

    found = laddered(MOVED, told=told)

    assert {notice_code for _, notice_code, *_ in rungs(found)} <= {"moved"}
    assert [reason for reason, *_ in calls(found)] == ["unanswered"]
    assert calls(found)[0][2] <= MOVED.start - DAY


def test_two_guardians_have_a_ladder_each_and_one_call() -> None:
    found = laddered(recipients=(patient(key="related:1"), patient(key="related:2")))

    assert [recipient for recipient, *_ in rungs(found)] == ["related:1", "related:2"]
    assert len(calls(found)) == 1


def test_protocol_that_asks_nothing_has_no_ladder() -> None:
    found = laddered(steps=(BOOKED_STEP, CHANGES))

    assert (rungs(found), calls(found)) == ([], [])

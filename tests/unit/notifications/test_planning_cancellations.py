"""Whoever was told of a visit that is off is told so."""

from dataclasses import replace

from planning_samples import (
    BRING_STEP,
    CHANGES,
    MOVE_STEPS,
    MOVED,
    MOVED_AT,
    PROTOCOL,
    at,
    cancelled,
    carer,
    only,
    patient,
    plan,
    saying,
    tell,
    told_by,
)

from procedures.steps import Trigger


def test_cancelled_visit_is_told_to_whoever_was_told_anything() -> None:
    people = [patient(), carer(), carer(key="related:8")]
    told = [entry for entry in told_by(MOVED_AT, recipients=people) if entry.recipient != "related:8"]

    found = plan(cancelled(), steps=MOVE_STEPS, recipients=people, told=told)

    assert [(one.recipient, one.notice, one.trigger) for one in found.messages] == [
        ("patient:1", "off", Trigger.CANCELLATION),
        ("related:7", "off", Trigger.CANCELLATION),
    ]
    assert dict(found.messages[0].facts) == {"start": "2027-03-16T09:00:00Z"}
    assert {entry.reason for entry in found.not_owed} == {"cancelled"}


def test_cancellation_takes_back_every_request_that_still_stands() -> None:
    told = list(told_by(MOVED_AT))
    moved = only(plan(MOVED, steps=MOVE_STEPS, told=told).messages, "moved")
    told.append(tell(moved))

    (message,) = plan(replace(MOVED, state="cancelled"), steps=MOVE_STEPS, told=told).messages

    # The fasting times have all been replaced; the place told at booking still stands.
    assert {request.partition("/")[0] for request in message.corrects} == {"moved", "booked"}


def test_cancellation_takes_back_words_without_facts_too() -> None:
    (message,) = plan(cancelled(), steps=(CHANGES, BRING_STEP), told=[saying("bring", {})]).messages

    assert (message.notice, message.corrects) == ("off", ("r1",))


def test_cancellation_is_told_once_and_again_if_something_was_told_since() -> None:
    told = list(told_by(MOVED_AT))
    (first,) = plan(cancelled(), steps=MOVE_STEPS, told=told).messages
    told.append(tell(first))
    since = saying("bring", {}, request="r9", told_at=at("2027-03-14 11:00"))

    nothing = plan(cancelled(), steps=MOVE_STEPS, told=told)
    (second,) = plan(cancelled(), steps=MOVE_STEPS, told=[*told, since]).messages

    assert (nothing.messages, nothing.calls) == ((), ())
    assert second.corrects == ("r9",)
    assert second.facts_hash != first.facts_hash


def test_cancellation_perhaps_told_stays_owed_as_the_same_message() -> None:
    told = told_by(MOVED_AT)
    expected = plan(cancelled(), steps=MOVE_STEPS, told=told)

    found = plan(cancelled(), steps=MOVE_STEPS, told=[*told, tell(expected.messages[0], certainty="perhaps")])

    assert found == expected


def test_silence_corrects_nothing_and_phones_nobody() -> None:
    found = plan(replace(MOVED, state="silent"), steps=PROTOCOL, told=told_by(MOVED_AT, steps=PROTOCOL))

    assert (found.messages, found.calls) == ((), ())

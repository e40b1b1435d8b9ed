"""What waits, in whose language and over which channel a notice goes."""

import pytest
from planning_samples import (
    BRING_STEP,
    CHANGES,
    FASTING_STEP,
    at,
    before,
    booking,
    carer,
    notice,
    only,
    patient,
    plan,
    reasons,
    step,
    tell_all,
    times,
)

from notifications.planning import CallOwed
from procedures.steps import Audience, Gate, NoticeText


def test_unsigned_medicine_is_held_and_says_nothing_of_it() -> None:
    found = only(plan(signed=False).messages, "medicine")

    assert (found.held, found.facts, found.due_at) == ("unsigned", (), at("2027-03-11 17:00"))


def test_unsigned_medicine_is_said_by_no_other_notice_either() -> None:
    careless = step("careless", notice("careless", before(2), facts=("start", "medicine_plan")))

    found = plan(steps=[CHANGES, careless], signed=False)

    assert reasons(found) == {("patient:1", "careless", "missing-fact:medicine_plan")}


def test_unsigned_notice_keeps_the_facts_that_need_no_signature() -> None:
    both = step("both", notice("both", before(2), facts=("start", "medicine_plan"), gate=Gate.SIGNATURE))

    found = plan(steps=[both], signed=False)

    assert [dict(message.facts) for message in found.messages] == [{"start": "2027-03-16T09:00:00Z"}]


def test_signature_that_comes_late_is_told_at_once_by_itself() -> None:
    visit = booking(known_at=at("2027-03-14 10:00"))
    told = tell_all(plan(visit, signed=False))

    found = plan(visit, signed=True, told=told)

    assert times(found) == [("medicine", at("2027-03-14 10:00"))]


def test_language_without_a_text_is_held_and_phoned() -> None:
    found = plan(steps=[BRING_STEP], recipients=[patient(language="pl")])

    assert [(message.held, message.language) for message in found.messages] == [("no-text", "pl")]
    assert found.calls == (
        CallOwed(recipient="patient:1", notice="bring", reason="no-language", by=at("2027-03-16 09:00")),
    )


def test_each_recipient_reads_their_own_language() -> None:
    texts = tuple(NoticeText(language=code, sms="x", subject="x", email="x") for code in ("en", "pl"))
    bring = step("bring", notice("bring", before(2), texts=texts, audiences=frozenset(Audience)))

    found = plan(steps=[bring], recipients=[patient(language="pl"), carer()])

    assert {(message.recipient, message.language, message.held) for message in found.messages} == {
        ("patient:1", "pl", ""),
        ("related:7", "en", ""),
    }


@pytest.mark.parametrize(
    ("allowed", "reachable", "expected"),
    [
        ((), ("email", "sms"), ("email", "sms")),
        (("sms", "email"), ("email", "sms"), ("sms", "email")),
        (("sms",), ("email", "sms"), ("sms",)),
    ],
)
def test_channels_are_the_notices_choice_as_far_as_they_reach_the_recipient(
    allowed: tuple[str, ...], reachable: tuple[str, ...], expected: tuple[str, ...]
) -> None:
    bring = step("bring", notice("bring", before(2), channels=allowed))

    found = plan(steps=[bring], recipients=[patient(channels=reachable)])

    assert [message.channels for message in found.messages] == [expected]


def test_nobody_to_reach_is_phoned_for_safety_and_listed_for_the_rest() -> None:
    found = plan(steps=[BRING_STEP, FASTING_STEP], recipients=[patient(channels=())])

    assert found.messages == ()
    assert reasons(found) == {
        ("patient:1", code, "no-channel") for code in ("bring", "fasting-1", "fasting-3")
    }
    assert [(call.notice, call.reason, call.by) for call in found.calls] == [
        ("fasting-1", "no-channel", at("2027-03-16 03:00")),
        ("fasting-3", "no-channel", at("2027-03-16 03:00")),
    ]


def test_channel_that_the_notice_does_not_allow_reaches_nobody() -> None:
    bring = step("bring", notice("bring", before(2), channels=("email",)))

    found = plan(steps=[bring], recipients=[patient(channels=("sms",))])

    assert reasons(found) == {("patient:1", "bring", "no-channel")}

"""What has been told is not owed again, and what has not been told is."""

from typing import Any

import pytest
from planning_samples import (
    BRING_STEP,
    CHANGES,
    at,
    before,
    booking,
    notice,
    patient,
    plan,
    reasons,
    saying,
    step,
    tell,
    tell_all,
    times,
)


def test_what_was_told_is_not_owed_again() -> None:
    told = tell_all(plan())

    found = plan(told=told)

    assert (found.messages, found.calls) == ((), ())
    assert {(entry.notice, entry.reason.partition(":")[0]) for entry in found.not_owed} == {
        (code, "said-by") for code in ("booked", "medicine", "fasting-3", "bring", "fasting-1", "after")
    }


def test_what_was_told_in_one_message_is_not_owed_again() -> None:
    visit = booking(known_at=at("2027-03-15 18:00"))

    found = plan(visit, told=tell_all(plan(visit)))

    assert (found.messages, found.calls) == ((), ())


def test_what_was_perhaps_told_keeps_its_identity() -> None:
    visit = booking(known_at=at("2027-03-15 18:00"))
    expected = plan(visit)

    found = plan(visit, told=[tell(one, certainty="perhaps") for one in expected.messages])

    assert found == expected


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        # Two notices may assert the same and say different things: only the own request counts, ...
        (saying("booked", {"start": "2027-03-16T09:00:00Z"}, told_at=at("2027-03-15 18:00")), ""),
        # ... or one that stood in for it, ...
        (
            saying(
                "together",
                {"start": "2027-03-16T09:00:00Z"},
                told_at=at("2027-03-15 18:00"),
                parts=("booked", "remind"),
            ),
            "said-by:r1",
        ),
        # ... and for a record without parts the facts decide.
        (
            saying("moved", {"start": "2027-03-16T09:00:00Z"}, told_at=at("2027-03-15 18:00"), parts=()),
            "said-by:r1",
        ),
        # Told before it was due: a reminder is still a reminder.
        (saying("remind", {"start": "2027-03-16T09:00:00Z"}, told_at=at("2027-03-14 18:00")), ""),
        (saying("remind", {"start": "2027-03-16T09:00:00Z"}, told_at=at("2027-03-15 17:00")), "said-by:r1"),
        # Perhaps is not yet said.
        (
            saying(
                "remind",
                {"start": "2027-03-16T09:00:00Z"},
                told_at=at("2027-03-15 18:00"),
                certainty="perhaps",
            ),
            "",
        ),
    ],
)
def test_only_what_spoke_for_a_notice_has_said_it(told: Any, reason: str) -> None:
    remind = step("remind", notice("remind", before(1), facts=("start",)))

    found = plan(steps=[CHANGES, remind], told=[told])

    assert [entry.reason for entry in found.not_owed] == ([reason] if reason else [])
    assert [message.notice for message in found.messages] == ([] if reason else ["remind"])


def test_notice_without_facts_is_said_once_whenever_it_was() -> None:
    found = plan(steps=[BRING_STEP], told=[saying("bring", {})])

    assert reasons(found) == {("patient:1", "bring", "said-by:r1")}


def test_what_another_person_was_told_does_not_count() -> None:
    found = plan(
        steps=[BRING_STEP], told=[saying("bring", {}, recipient="related:7")], recipients=[patient()]
    )

    assert [message.notice for message in found.messages] == ["bring"]


def test_notice_after_a_cancellation_that_arrived_is_owed_anew() -> None:
    told = [
        saying("bring", {}),
        saying("off", {"start": "2027-03-16T09:00:00Z"}, request="r2", told_at=at("2027-03-03 10:00")),
    ]

    found = plan(steps=[CHANGES, BRING_STEP], told=told)

    assert times(found) == [("bring", at("2027-03-14 17:00"))]

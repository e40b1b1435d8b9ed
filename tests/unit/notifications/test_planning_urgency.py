"""How soon a correction goes, and where words are not enough a person phones."""

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from planning_samples import (
    BOOKED_STEP,
    CHANGES,
    MEDICINE_STEP,
    MOVE_STEPS,
    MOVED,
    MOVED_AT,
    at,
    before,
    booking,
    cancelled,
    corrections,
    facts_of,
    notice,
    only,
    patient,
    plan,
    saying,
    step,
    tell,
    told_by,
)

from notifications.planning import Booking, CallOwed


@pytest.mark.parametrize(
    ("visit", "changes", "code"),
    [
        (cancelled(), {}, "off"),
        (MOVED, {}, "moved"),
        (MOVED, {"signed": False}, "moved"),
        (booking(), {"signed": False}, "changed"),
        (booking(), {"facts": facts_of(booking(), medicine_plan="another decision")}, "changed"),
    ],
)
def test_whoever_may_have_stopped_a_medicine_is_phoned(
    visit: Booking, changes: dict[str, Any], code: str
) -> None:
    steps = (CHANGES, BOOKED_STEP, MEDICINE_STEP)
    told = told_by(at("2027-03-12 10:00"), steps=steps)

    found = plan(visit, steps=steps, told=told, changed_at=MOVED_AT, **changes)

    assert found.calls == (
        CallOwed(
            recipient="patient:1",
            notice=code,
            reason="may-have-stopped-a-medicine",
            by=MOVED_AT + dt.timedelta(hours=4),
        ),
    )
    assert [message.notice for message in corrections(found)] == [code]


def test_medicine_that_lost_its_signature_is_withdrawn_in_the_correction() -> None:
    steps = (CHANGES, BOOKED_STEP, MEDICINE_STEP)
    told = told_by(at("2027-03-12 10:00"), steps=steps)

    found = plan(MOVED, steps=steps, told=told, signed=False)

    assert dict(only(found.messages, "moved").facts)["medicine_plan"] == "withdrawn"
    assert only(found.messages, "medicine").held == "unsigned"


def test_medicine_is_no_matter_for_who_was_told_none() -> None:
    found = plan(cancelled(), told=told_by(MOVED_AT))

    assert found.calls == ()


def test_medicine_plan_signed_again_is_news_and_takes_nothing_back() -> None:
    steps = (CHANGES, BOOKED_STEP, MEDICINE_STEP)
    told = list(told_by(at("2027-03-12 10:00"), steps=steps))
    moved = only(plan(MOVED, steps=steps, told=told, signed=False).messages, "moved")
    told.append(tell(moved))

    found = plan(MOVED, steps=steps, told=told, signed=True, changed_at=at("2027-03-14 12:00"))

    assert [message.notice for message in found.messages] == ["medicine"]
    assert found.calls == ()


@pytest.mark.parametrize(
    ("start", "changed", "due", "time_critical"),
    [
        # By day at once.
        ("2027-03-18 11:00", "2027-03-14 10:00", "2027-03-14 10:00", False),
        # At night in the morning, ...
        ("2027-03-18 11:00", "2027-03-13 22:00", "2027-03-14 08:00", False),
        # ... unless the old words would be acted on before that, ...
        ("2027-03-18 11:00", "2027-03-15 22:00", "2027-03-15 22:00", True),
        # ... or the new ones should be.
        ("2027-03-14 09:00", "2027-03-13 22:00", "2027-03-13 22:00", True),
    ],
)
def test_correction_keeps_quiet_hours_unless_the_night_matters(
    start: str, changed: str, due: str, time_critical: bool
) -> None:
    told = told_by(at("2027-03-13 17:00"))
    visit = booking(start=at(start), known_at=at(changed))

    found = plan(visit, steps=MOVE_STEPS, told=told)

    message = only(found.messages, "moved")
    assert (message.due_at, message.time_critical) == (at(due), time_critical)


def test_new_place_learned_at_night_goes_at_once_if_the_visit_is_early() -> None:
    visit = booking(start=at("2027-03-16 08:30"))
    told = [saying("booked", {"place": "text:West Wing"})]

    found = plan(visit, steps=(CHANGES,), told=told, changed_at=at("2027-03-16 02:00"))

    assert [(one.due_at, one.time_critical) for one in corrections(found)] == [(at("2027-03-16 02:00"), True)]


@pytest.mark.parametrize(
    ("told_date", "changed", "time_critical"),
    [("2027-03-15", "2027-03-14 22:00", True), ("2027-03-16", "2027-03-14 22:00", False)],
)
def test_date_told_wrong_is_pressing_when_its_day_begins_that_night(
    told_date: str, changed: str, time_critical: bool
) -> None:
    told = [saying("medicine", {"medicine_first_step_on": told_date})]

    found = plan(steps=(CHANGES, MEDICINE_STEP), told=told, changed_at=at(changed))

    assert [message.time_critical for message in corrections(found)] == [time_critical]


@pytest.mark.parametrize(
    ("start", "changed", "by"),
    [
        # The patient has been fasting since 3:00.
        ("2027-03-18 11:00", "2027-03-16 05:00", "2027-03-16 09:00"),
        # The new time to stop eating has passed; the new visit is at 11:00.
        ("2027-03-14 11:00", "2027-03-14 08:30", "2027-03-14 11:00"),
    ],
)
def test_what_words_cannot_mend_is_phoned(start: str, changed: str, by: str) -> None:
    told = told_by(at("2027-03-13 17:00"))

    found = plan(booking(start=at(start), known_at=at(changed)), steps=MOVE_STEPS, told=told)

    assert [call for call in found.calls if call.notice == "moved"] == [
        CallOwed(recipient="patient:1", notice="moved", reason="fact-has-passed", by=at(by))
    ]


@pytest.mark.parametrize(
    ("changes", "reason", "held"),
    [
        ({"recipients": [patient(channels=())]}, "no-channel", None),
        ({"recipients": []}, "no-channel", None),
        ({"recipients": [patient(language="pl")]}, "no-language", "no-text"),
        ({"steps": (BOOKED_STEP,)}, "no-text", None),
        (
            {"steps": (step("c", replace(CHANGES.notices[0], audiences=frozenset())), BOOKED_STEP)},
            "no-text",
            None,
        ),
        (
            {"steps": (step("c", replace(CHANGES.notices[0], facts=("start", "parking"))), BOOKED_STEP)},
            "no-text",
            "unrenderable",
        ),
    ],
)
def test_correction_that_cannot_be_sent_is_phoned(
    changes: dict[str, Any], reason: str, held: str | None
) -> None:
    told = [saying("booked", {"start": "2027-03-16T09:00:00Z"})]

    found = plan(MOVED, **({"steps": (CHANGES, BOOKED_STEP), "told": told} | changes))

    assert reason in {call.reason for call in found.calls if call.notice in {"moved", "correction"}}
    assert [message.held for message in corrections(found)] == ([] if held is None else [held])


def test_correction_leaves_out_what_waits_for_a_signature_and_what_is_too_late() -> None:
    late = step("late", notice("late", before(6), latest=before(5, dt.time(12)), facts=("start",)))
    told = [saying("booked", {"start": "2027-03-16T09:00:00Z"})]

    found = plan(MOVED, steps=(CHANGES, MEDICINE_STEP, late), told=told, signed=False)

    assert [(one.notice, one.parts, one.held) for one in found.messages] == [
        ("medicine", ("medicine",), "unsigned"),
        ("moved", ("moved",), ""),
    ]
    assert [(entry.notice, entry.reason) for entry in found.not_owed] == [("late", "too-late")]

"""What is already due at booking is said in one message."""

import datetime as dt
from dataclasses import replace

import pytest
from planning_samples import (
    BOOKED_STEP,
    BRING_STEP,
    CHANGES,
    at,
    before,
    booking,
    facts_of,
    notice,
    only,
    plan,
    reasons,
    step,
    tell,
    times,
)

from notifications.planning import facts_as_json
from procedures.steps import Answer, Audience, Notice, SafetyClass, Trigger


def test_what_is_already_due_is_said_together_safety_first() -> None:
    visit = booking(known_at=at("2027-03-15 18:00"))

    found = plan(visit, facts=facts_of(visit))

    message = only(found.messages, "together")
    assert times(found) == [("together", at("2027-03-15 18:00")), ("after", at("2027-03-16 14:00"))]
    assert message.parts == ("medicine", "fasting-3", "fasting-1", "bring", "booked")
    assert dict(message.facts) == facts_as_json(facts_of(visit, arrive_at=None, driving_from=None))
    assert (message.trigger, message.safety, message.expires_at) == (
        Trigger.COLLAPSED,
        SafetyClass.SAFETY,
        at("2027-03-16 03:00"),
    )
    assert (found.not_owed, found.calls) == ((), ())


def test_single_notice_already_due_goes_as_itself() -> None:
    found = plan(booking(known_at=at("2027-03-15 18:00")), steps=[CHANGES, BRING_STEP])

    assert [(one.notice, one.parts, one.due_at) for one in found.messages] == [
        ("bring", ("bring",), at("2027-03-15 18:00"))
    ]


def test_what_is_already_due_at_night_waits_for_the_morning_and_for_whom_it_is_too_late_a_person_phones() -> (
    None
):
    visit = booking(known_at=at("2027-03-15 21:00"))

    found = plan(visit)

    assert times(found) == [("together", at("2027-03-16 08:00")), ("after", at("2027-03-16 14:00"))]
    assert only(found.messages, "together").parts == ("medicine", "bring", "booked")
    assert reasons(found) == {("patient:1", code, "too-late") for code in ("fasting-1", "fasting-3")}
    assert [(call.notice, call.reason, call.by) for call in found.calls] == [
        ("fasting-1", "too-late-to-send", at("2027-03-16 03:00")),
        ("fasting-3", "too-late-to-send", at("2027-03-16 03:00")),
    ]


def test_routine_notice_that_is_too_late_is_listed_and_nobody_phones() -> None:
    late = step("late", notice("late", before(3), latest=before(2)))

    found = plan(booking(known_at=at("2027-03-15 10:00")), steps=[late])

    assert (reasons(found), found.calls) == ({("patient:1", "late", "too-late")}, ())


def test_window_that_ends_before_it_begins_is_too_late() -> None:
    upside_down = step("s", notice("n", before(1), latest=before(2)))

    found = plan(steps=[upside_down])

    assert reasons(found) == {("patient:1", "n", "too-late")}


def test_held_notice_already_due_stays_out_of_the_message_that_stands_for_many() -> None:
    found = plan(booking(known_at=at("2027-03-14 10:00")), signed=False)

    assert [
        (one.notice, one.held, one.parts) for one in found.messages if one.due_at == at("2027-03-14 10:00")
    ] == [
        ("medicine", "unsigned", ("medicine",)),
        ("together", "", ("fasting-3", "booked")),
    ]


@pytest.mark.parametrize(
    ("collapsed", "why"),
    [
        (None, "the protocol has none"),
        (notice("together", None, trigger=Trigger.COLLAPSED, texts=()), "no text in the language"),
        (notice("together", None, trigger=Trigger.COLLAPSED, facts=("parking",)), "a fact it lacks"),
        (notice("together", None, trigger=Trigger.COLLAPSED, channels=("fax",)), "no channel"),
        (
            notice("together", None, trigger=Trigger.COLLAPSED, audiences=frozenset({Audience.CARER})),
            "not for them",
        ),
    ],
)
def test_without_a_collapsed_notice_to_read_each_goes_as_itself(collapsed: Notice | None, why: str) -> None:
    steps = [BRING_STEP, BOOKED_STEP, *([step("c", collapsed)] if collapsed else [])]

    found = plan(booking(known_at=at("2027-03-15 18:00")), steps=steps)

    assert {one.notice for one in found.messages} == {"bring", "booked"}, why


def test_collapsed_message_asks_what_one_of_its_parts_asks() -> None:
    confirm = step("confirm", notice("confirm", before(2), answer=Answer.CONFIRM))

    found = plan(booking(known_at=at("2027-03-15 18:00")), steps=[CHANGES, confirm, BRING_STEP])

    assert [(one.notice, one.answer) for one in found.messages] == [("together", Answer.CONFIRM)]


def test_collapsed_messages_of_other_parts_are_other_messages() -> None:
    factless = replace(CHANGES.notices[3], facts=())
    visit = booking(known_at=at("2027-03-15 18:00"))
    first, second, third, fourth = (step(code, notice(code, before(2))) for code in "abcd")
    (earlier,) = plan(visit, steps=[step("c", factless), first, second]).messages

    (later,) = plan(
        visit, steps=[step("c", factless), first, second, third, fourth], told=[tell(earlier)]
    ).messages

    assert (later.parts, later.facts, earlier.facts) == (("c", "d"), (), ())
    assert later.facts_hash != earlier.facts_hash


def test_first_of_two_reminders_that_is_too_late_needs_no_call() -> None:
    early, late = (
        notice(
            code,
            before(days),
            latest=before(days - 1, dt.time(3)),
            facts=("solids_stop",),
            safety=SafetyClass.SAFETY,
        )
        for code, days in (("early", 3), ("late", 1))
    )
    visit = booking(known_at=at("2027-03-15 18:00"))

    found = plan(visit, steps=[CHANGES, BRING_STEP, step("fasting", early, late)])

    assert (reasons(found), found.calls) == ({("patient:1", "early", "said-by:together")}, ())


def test_notice_that_is_too_late_is_phoned_though_another_step_tells_the_same_facts() -> None:
    early = notice("early", before(3), latest=before(2), facts=("start",), safety=SafetyClass.SAFETY)
    visit = booking(known_at=at("2027-03-15 18:00"))

    found = plan(visit, steps=[CHANGES, BRING_STEP, BOOKED_STEP, step("early", early)])

    assert [(call.notice, call.reason) for call in found.calls] == [("early", "too-late-to-send")]

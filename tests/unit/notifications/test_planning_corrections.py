"""What was told and no longer holds is taken back, once."""

from typing import Any

from planning_samples import (
    BOOKED_STEP,
    CHANGES,
    MOVE_STEPS,
    MOVED,
    MOVED_AT,
    at,
    booking,
    carer,
    corrections,
    facts_of,
    only,
    patient,
    plan,
    saying,
    tell,
    told_by,
)

from procedures.steps import Answer, SafetyClass, Trigger


def test_moved_visit_is_corrected_and_the_words_it_makes_wrong_are_named() -> None:
    told = told_by(MOVED_AT)

    found = plan(MOVED, steps=MOVE_STEPS, told=told)

    message = only(found.messages, "moved")
    assert (message.trigger, message.due_at, message.expires_at) == (
        Trigger.CORRECTION,
        MOVED_AT,
        at("2027-03-18 11:00"),
    )
    assert set(message.corrects) == {entry.request for entry in told}
    assert dict(message.facts) == {
        "start": "2027-03-18T11:00:00Z",
        "solids_stop": "2027-03-18T05:00:00Z",
        "place": "text:North Wing",
    }
    assert (message.safety, message.answer, message.held) == (SafetyClass.SAFETY, Answer.CONFIRM, "")
    assert found.calls == ()


def test_correction_says_what_is_due_by_then_and_the_rest_comes_at_its_time() -> None:
    found = plan(MOVED, steps=MOVE_STEPS, told=told_by(MOVED_AT))

    assert [(one.notice, one.parts, one.due_at) for one in found.messages] == [
        ("moved", ("moved", "booked"), MOVED_AT),
        ("fasting-3", ("fasting-3",), at("2027-03-15 17:00")),
        ("fasting-1", ("fasting-1",), at("2027-03-17 17:00")),
    ]
    assert [(entry.notice, entry.reason) for entry in found.not_owed] == [("booked", "said-by:correction")]


def test_correction_that_was_told_leaves_nothing_to_correct() -> None:
    told = told_by(MOVED_AT)
    moved = only(plan(MOVED, steps=MOVE_STEPS, told=told).messages, "moved")

    found = plan(MOVED, steps=MOVE_STEPS, told=[*told, tell(moved)])

    assert corrections(found) == []
    assert [(entry.notice, entry.reason) for entry in found.not_owed] == [
        ("booked", f"said-by:{tell(moved).request}")
    ]


def test_correction_perhaps_told_stays_owed_as_the_same_message() -> None:
    told = told_by(MOVED_AT)
    expected = plan(MOVED, steps=MOVE_STEPS, told=told)
    moved = only(expected.messages, "moved")
    in_doubt = tell(moved, certainty="perhaps")

    # Planned later for another reason: what has become due meanwhile is not added.
    found = plan(MOVED, steps=MOVE_STEPS, told=[*told, in_doubt], changed_at=at("2027-03-15 18:00"))

    again = only(found.messages, "moved")
    assert (again.facts_hash, again.parts) == (moved.facts_hash, moved.parts)
    assert ("booked", "said-by:correction") in {(one.notice, one.reason) for one in found.not_owed}


def test_perhaps_told_is_corrected_like_told() -> None:
    doubtful = saying("booked", {"start": "2027-03-16T09:00:00Z"}, certainty="perhaps")

    found = plan(MOVED, steps=MOVE_STEPS, told=[doubtful])

    assert [message.corrects for message in corrections(found)] == [("r1",)]


def test_move_there_and_back_is_told_three_times_over() -> None:
    told = list(told_by(MOVED_AT))
    there = only(plan(MOVED, steps=MOVE_STEPS, told=told).messages, "moved")
    told.append(tell(there))
    back_at = at("2027-03-14 12:00")

    back = only(plan(booking(known_at=back_at), steps=MOVE_STEPS, told=told).messages, "moved")
    told.append(tell(back))
    again = plan(booking(start=MOVED.start, known_at=at("2027-03-14 14:00")), steps=MOVE_STEPS, told=told)

    assert (back.corrects, back.due_at) == ((told[-2].request,), back_at)
    assert dict(back.facts)["start"] == "2027-03-16T09:00:00Z"
    third = only(again.messages, "moved")
    assert third.corrects == (told[-1].request,)
    assert len({there.facts_hash, back.facts_hash, third.facts_hash}) == 3


def test_move_there_and_back_before_anything_is_told_needs_no_correction() -> None:
    told = told_by(MOVED_AT)

    found = plan(booking(known_at=at("2027-03-14 12:00")), steps=MOVE_STEPS, told=told)

    assert corrections(found) == []


def test_doubt_about_the_first_move_corrects_both_words() -> None:
    told = [*told_by(MOVED_AT, steps=(CHANGES, BOOKED_STEP))]
    there = only(plan(MOVED, steps=(CHANGES, BOOKED_STEP), told=told).messages, "moved")
    doubtful = tell(there, certainty="perhaps")
    elsewhere = booking(start=at("2027-03-19 11:00"), known_at=at("2027-03-14 12:00"))

    found = plan(elsewhere, steps=(CHANGES, BOOKED_STEP), told=[*told, doubtful])

    assert set(only(found.messages, "moved").corrects) == {told[0].request, doubtful.request}


def test_nobody_is_corrected_who_was_told_nothing() -> None:
    found = plan(MOVED, steps=MOVE_STEPS, recipients=[patient(), carer()], told=told_by(MOVED_AT))

    assert [(one.recipient, one.notice) for one in found.messages if one.due_at == MOVED_AT] == [
        ("patient:1", "moved"),
        ("related:7", "booked"),
    ]


def test_carer_who_was_told_is_corrected_too() -> None:
    people = [patient(), carer()]
    told = told_by(MOVED_AT, recipients=people)

    found = plan(MOVED, steps=MOVE_STEPS, recipients=people, told=told)

    assert [(one.recipient, one.notice, dict(one.facts)) for one in corrections(found)] == [
        (
            "patient:1",
            "moved",
            {
                "start": "2027-03-18T11:00:00Z",
                "solids_stop": "2027-03-18T05:00:00Z",
                "place": "text:North Wing",
            },
        ),
        ("related:7", "moved", {"start": "2027-03-18T11:00:00Z", "place": "text:North Wing"}),
    ]


def test_new_place_is_an_amendment_and_says_no_more_than_it_must() -> None:
    told = told_by(MOVED_AT)
    changed_at = at("2027-03-14 10:00")

    found = plan(
        steps=MOVE_STEPS, facts=facts_of(booking(), place="South Wing"), told=told, changed_at=changed_at
    )

    (message,) = corrections(found)
    assert (message.notice, message.trigger, message.due_at) == ("changed", Trigger.AMENDMENT, changed_at)
    assert message.corrects == tuple(entry.request for entry in told if entry.notice == "booked")
    assert dict(message.facts)["place"] == "text:South Wing"
    assert message.parts == ("changed", "booked")


def test_fact_that_is_gone_is_withdrawn_once() -> None:
    told = told_by(MOVED_AT)
    local = facts_of(booking(), solids_stop=None)
    arguments: dict[str, Any] = {"steps": MOVE_STEPS, "facts": local, "changed_at": MOVED_AT}

    (message,) = corrections(plan(told=told, **arguments))
    afterwards = plan(told=[*told, tell(message)], **arguments)

    assert dict(message.facts) == {"solids_stop": "withdrawn"}
    assert corrections(afterwards) == []


def test_fact_that_returns_is_told_anew() -> None:
    told = list(told_by(MOVED_AT))
    gone = facts_of(booking(), solids_stop=None)
    (withdrawal,) = corrections(plan(steps=MOVE_STEPS, facts=gone, told=told, changed_at=MOVED_AT))
    told.append(tell(withdrawal))

    (message,) = corrections(plan(steps=MOVE_STEPS, told=told, changed_at=at("2027-03-14 12:00")))

    assert message.corrects == (told[-1].request,)
    assert dict(message.facts)["solids_stop"] == "2027-03-16T03:00:00Z"


def test_amendment_comes_after_the_words_that_it_corrects() -> None:
    told = [saying("booked", {"place": "text:West Wing"}, told_at=at("2027-03-05 12:00"))]

    found = plan(steps=(CHANGES,), told=told, changed_at=at("2027-03-05 11:00"))

    assert [message.due_at for message in corrections(found)] == [at("2027-03-05 12:00")]


def test_after_the_visit_only_aftercare_is_corrected() -> None:
    visit = booking(state="over", ended_at=at("2027-03-16 12:00"))
    told = [
        saying("fasting-1", {"start": "2027-03-16T08:00:00Z", "solids_stop": "2027-03-16T02:00:00Z"}),
        saying("after", {"driving_from": "2027-03-17T11:00:00Z"}, request="r2"),
    ]

    found = plan(visit, told=told, changed_at=at("2027-03-16 12:05"))

    (message,) = corrections(found)
    assert (message.notice, message.corrects) == ("changed", ("r2",))
    assert dict(message.facts) == {"driving_from": "2027-03-17T12:00:00Z"}
    assert message.expires_at == at("2027-03-17 12:05")
    assert found.calls == ()

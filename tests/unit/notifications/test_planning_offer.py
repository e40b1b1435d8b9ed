"""A free time offered from the waiting list: told once, in time, by day, to those who may answer; else somebody phones."""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from planning_samples import at, patient

from notifications.planning import BUILT_IN, Offer, TimelinePlan, plan_offer
from notifications.rendering import Letterhead, Rendering, render
from procedures.steps import Audience, Notice
from procedures.wording import languages

TIMES = {
    "free_start": at("2027-03-16 09:00"),
    "answer_by": at("2027-03-08 12:45"),
    "given_up": at("2027-03-30 09:00"),
}


def plan(*recipients: Any, **changes: Any) -> TimelinePlan:
    values: dict[str, Any] = {
        "start": at("2027-03-16 09:00"),
        "offered_at": at("2027-03-08 10:00"),
        "answer_by": at("2027-03-08 12:00"),
        "decided": True,
    }
    return plan_offer(Offer(**(values | changes)), recipients=recipients or [patient()])


def windows(found: TimelinePlan) -> list[tuple[dt.datetime, dt.datetime]]:
    return [(message.due_at, message.expires_at) for message in found.messages]


@pytest.mark.parametrize(
    ("offered", "answer_by", "window"),
    [
        ("2027-03-08 10:00", "2027-03-08 12:00", ("2027-03-08 10:00", "2027-03-08 11:55")),
        # At night it waits for the morning, if the offer lasts that long.
        ("2027-03-08 21:00", "2027-03-09 10:00", ("2027-03-09 08:00", "2027-03-09 09:55")),
        ("2027-03-08 19:59", "2027-03-08 22:00", ("2027-03-08 19:59", "2027-03-08 21:55")),
    ],
)
def test_offer_goes_at_once_by_day_until_there_is_no_time_to_answer(
    offered: str, answer_by: str, window: tuple[str, str]
) -> None:
    found = plan(offered_at=at(offered), answer_by=at(answer_by))

    assert windows(found) == [(at(window[0]), at(window[1]))]


@pytest.mark.parametrize(
    ("recipient", "changes", "reason"),
    [
        ({"audience": Audience.CARER}, {}, "not-for:carer"),
        ({}, {"decided": False}, "undecided"),
        ({"language": "de"}, {}, "no-text"),
        ({"channels": ()}, {}, "no-channel"),
        ({}, {"answer_by": at("2027-03-08 10:05")}, "too-late"),
        ({}, {"offered_at": at("2027-03-08 21:00"), "answer_by": at("2027-03-08 23:00")}, "quiet-hours-do-not-fit"),
        ({}, {"offered_at": at("2027-03-08 21:00"), "answer_by": at("2027-03-09 08:05")}, "quiet-hours-do-not-fit"),
        ({"zone": ZoneInfo("America/New_York")}, {}, "quiet-hours-do-not-fit"),
    ],
)  # fmt: skip
def test_offer_that_cannot_be_told_in_writing_says_why_and_asks_for_no_second_call(
    recipient: dict[str, Any], changes: dict[str, Any], reason: str
) -> None:
    found = plan(patient(**recipient), **changes)

    assert found == TimelinePlan(not_owed=found.not_owed)
    assert [(entry.notice, entry.reason) for entry in found.not_owed] == [("waitlist-offer", reason)]


def test_offer_planned_again_is_the_same() -> None:
    assert plan() == plan()


def test_offer_to_who_has_a_visit_says_which_one_moves() -> None:
    [message] = plan(given_up=at("2027-03-30 09:00")).messages

    assert (message.notice, dict(message.facts)["given_up"]) == ("earlier-offer", "2027-03-30T08:00:00Z")


@pytest.mark.parametrize("notice", BUILT_IN.values(), ids=BUILT_IN)
def test_offer_has_words_in_every_language_we_speak(notice: Notice) -> None:
    assert {text.language for text in notice.texts} == languages()


@pytest.mark.parametrize("notice", BUILT_IN.values(), ids=BUILT_IN)
@pytest.mark.parametrize("language", sorted(languages()))
def test_offer_fits_its_text_message_and_says_its_times(notice: Notice, language: str) -> None:
    words = next(text for text in notice.texts if text.language == language)

    sms, email = [
        render(
            Rendering(
                channel=channel,
                language=language,
                zone=ZoneInfo("Europe/London"),
                today=dt.date(2027, 3, 8),
                facts={name: value for name, value in TIMES.items() if name in notice.facts},
                parts=(text,),
                sender=Letterhead(
                    clinic_name="Northside Clinic", phone="+442079460000", phone_hours="", address="1 High Street"
                ),
                first_name="",
                link="https://go.northside.example/p/k7m2k7m2k7m2k7m2k7m2k7",
                subject=words.subject,
            )
        )
        for channel, text in (("sms", words.sms), ("email", words.email))
    ]  # fmt: skip

    assert sms.segments == 2
    assert [text.count("16") > 0 and "12" in text for text in (sms.text, email.text)] == [True, True]
    assert ["30" in text for text in (sms.text, email.text)] == [True, True] or "given_up" not in notice.facts
    assert "{" not in sms.text + email.subject + email.text

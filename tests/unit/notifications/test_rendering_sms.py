"""How an SMS is put together."""

import datetime as dt
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from notifications.rendering import CannotRender, Letterhead, NothingToSay, Rendered, Rendering, render
from procedures.wording import NoWording, UnknownPlaceholder, segments

LONDON = ZoneInfo("Europe/London")
NORTHSIDE = Letterhead(
    clinic_name="Northside Clinic",
    phone="+442079460000",
    phone_hours="Monday to Friday, 8:00 in the morning to 6:00 in the evening",
    address="1 North Road\nLondon N1 1AA",
)
FASTING = "No food after {solids_stop:until}. Water is fine until {clear_liquids_stop:time}."
MARIA = Rendering(
    channel="sms",
    language="en",
    zone=LONDON,
    today=dt.date(2027, 3, 8),
    facts={
        "solids_stop": dt.datetime(2027, 3, 16, 3, tzinfo=LONDON),
        "clear_liquids_stop": dt.datetime(2027, 3, 16, 7, tzinfo=LONDON),
        "arrive_at": dt.datetime(2027, 3, 16, 8, tzinfo=LONDON),
    },
    parts=(FASTING,),
    sender=NORTHSIDE,
    first_name="Maria",
    link="https://go.northside.example/k7m2",
)


def as_sms(text: str, *, parts_said: int) -> Rendered:
    return Rendered(subject="", text=text, html="", parts_said=parts_said, segments=segments(text).segments)


def test_sms_says_who_what_where_more_is_and_whom_to_call() -> None:
    assert render(MARIA) == as_sms(
        "Maria, Northside Clinic. No food after Tue 16 March, 3am (the night from Mon to Tue). "
        "Water is fine until 7am. Your plan: https://go.northside.example/k7m2 Questions: 020 7946 0000",
        parts_said=1,
    )


def test_sms_without_name_or_link_begins_with_the_clinic() -> None:
    message = replace(MARIA, first_name="", link="")

    assert render(message) == as_sms(
        "Northside Clinic. No food after Tue 16 March, 3am (the night from Mon to Tue). "
        "Water is fine until 7am. Questions: 020 7946 0000",
        parts_said=1,
    )


def test_sms_joins_the_parts_of_a_collapsed_message_that_fit() -> None:
    message = replace(MARIA, parts=(FASTING, "Come at {arrive_at:time}."))

    assert render(message) == as_sms(
        "Maria, Northside Clinic. No food after Tue 16 March, 3am (the night from Mon to Tue). "
        "Water is fine until 7am. Come at 8am. "
        "Your plan: https://go.northside.example/k7m2 Questions: 020 7946 0000",
        parts_said=2,
    )


def test_sms_leaves_to_the_page_what_does_not_fit_two_segments() -> None:
    escort = "An adult must take you home on {arrive_at:day}. " + "Tell us who it is. " * 5
    message = replace(MARIA, parts=(FASTING, escort, "Come at {arrive_at:time}."))

    assert render(message) == as_sms(
        "Maria, Northside Clinic. No food after Tue 16 March, 3am (the night from Mon to Tue). "
        "Water is fine until 7am. More in your plan: https://go.northside.example/k7m2 Questions: 020 7946 0000",
        parts_said=1,
    )


def test_sms_without_a_link_says_every_part() -> None:
    message = replace(MARIA, link="", parts=(FASTING,) * 4)

    rendered = render(message)

    assert (rendered.parts_said, rendered.text.count("No food"), segments(rendered.text).segments) == (
        4,
        4,
        3,
    )


def test_sms_keeps_the_first_part_however_long() -> None:
    message = replace(MARIA, parts=("Please read this. " * 20, FASTING))

    rendered = render(message)

    assert (rendered.parts_said, rendered.text.count("Please read this."), "No food" in rendered.text) == (
        1,
        20,
        False,
    )


def test_sms_counts_two_segments_in_the_large_alphabet() -> None:
    message = replace(
        MARIA, first_name="Łucja", parts=("Come at {arrive_at:time}.", "Do not drive yourself home.")
    )

    assert render(message) == as_sms(
        "Łucja, Northside Clinic. Come at 8am. "
        "More in your plan: https://go.northside.example/k7m2 Questions: 020 7946 0000",
        parts_said=1,
    )


def test_sms_takes_names_as_they_are() -> None:
    sender = replace(NORTHSIDE, clinic_name="{phone} & Sons")
    message = replace(
        MARIA, first_name="{link}", sender=sender, parts=("Come.",), link="https://x.example/{phone}"
    )

    assert render(message) == as_sms(
        "{link}, {phone} & Sons. Come. Your plan: https://x.example/{phone} Questions: 020 7946 0000",
        parts_said=1,
    )


def test_sms_stands_on_one_line() -> None:
    message = replace(MARIA, link="", parts=("Come\n  at {arrive_at:time}.\n",))

    assert render(message) == as_sms(
        "Maria, Northside Clinic. Come at 8am. Questions: 020 7946 0000", parts_said=1
    )


def test_missing_fact_is_an_error() -> None:
    with pytest.raises(UnknownPlaceholder, match="escort"):
        render(replace(MARIA, parts=("{escort} takes you home.",)))


def test_language_without_words_is_an_error() -> None:
    with pytest.raises(NoWording):
        render(replace(MARIA, language="tlh"))


@pytest.mark.parametrize("parts", [(), ("",), (" \n",)])
def test_message_without_a_core_is_an_error(parts: tuple[str, ...]) -> None:
    with pytest.raises(NothingToSay):
        render(replace(MARIA, parts=parts))


def test_unknown_channel_is_an_error() -> None:
    with pytest.raises(CannotRender, match="pigeon"):
        render(replace(MARIA, channel="pigeon"))


@pytest.mark.parametrize(
    ("language", "offer"),
    [
        ("en", "Reply 1 if you are coming, 2 if you cannot come, 3 to ask us to call you."),
        ("es", "Responda 1 si viene, 2 si no puede venir, 3 si quiere que le llamemos."),
        ("fr", "Répondez 1 si vous venez, 2 si vous ne pouvez pas venir, 3 pour que nous vous appelions."),
        ("pl", "Odpisz 1, jeśli przyjdziesz, 2, jeśli nie możesz, 3, jeśli mamy zadzwonić."),
    ],
)
def test_sms_offers_the_three_answers_where_they_fit(language: str, offer: str) -> None:
    asking = replace(MARIA, asks_for_reply=True, language=language, parts=("OK.",), link="", first_name="")

    rendered = render(asking)

    assert (offer in rendered.text, segments(rendered.text).segments <= 2) == (True, True)
    assert offer not in render(replace(asking, asks_for_reply=False)).text


def test_sms_leaves_the_three_answers_to_the_page_where_they_do_not_fit() -> None:
    long = " ".join(["Please read your plan today and tell us that you are coming."] * 3)

    rendered = render(replace(MARIA, asks_for_reply=True, parts=(long,)))

    assert ("Reply 1" in rendered.text, rendered.segments) == (False, 2)

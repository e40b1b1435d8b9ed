"""A visit as a calendar entry."""

import datetime as dt
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from notifications.rendering import Visit, invitation

LONDON = ZoneInfo("Europe/London")
VISIT = Visit(
    uid="visit-1@cryoclinic",
    sequence=3,
    stamped_at=dt.datetime(2027, 3, 1, 9, tzinfo=dt.UTC),
    start=dt.datetime(2027, 3, 30, 8, tzinfo=LONDON),
    end=dt.datetime(2027, 3, 30, 12, 30, tzinfo=LONDON),
    clinic="Northside Clinic",
    address="1 High Street, London; back door",
    phone="+442079460000",
    organizer="clinic@northside.example",
    attendee="pia@patients.example",
    language="en",
    cancelled=False,
)


def lines(visit: Visit) -> list[str]:
    """Its lines, unfolded."""
    return invitation(visit).text.replace("\r\n ", "").split("\r\n")


def test_invitation_is_one_event_in_utc() -> None:
    assert sorted(lines(VISIT)) == sorted(
        [
            "BEGIN:VCALENDAR",
            "VERSION:2.0",
            "PRODID:-//Cryoclinic//Visits//EN",
            "CALSCALE:GREGORIAN",
            "METHOD:REQUEST",
            "BEGIN:VEVENT",
            "UID:visit-1@cryoclinic",
            "SEQUENCE:3",
            "DTSTAMP:20270301T090000Z",
            "DTSTART:20270330T070000Z",
            "DTEND:20270330T113000Z",
            "SUMMARY:Visit: Northside Clinic",
            r"LOCATION:1 High Street\, London\; back door",
            "DESCRIPTION:Questions: 020 7946 0000",
            "ORGANIZER:mailto:clinic@northside.example",
            "ATTENDEE;RSVP=FALSE:mailto:pia@patients.example",
            "STATUS:CONFIRMED",
            "CLASS:PRIVATE",
            "END:VEVENT",
            "END:VCALENDAR",
            "",
        ]
    )


@pytest.mark.parametrize(
    ("changes", "method", "status"),
    [
        ({}, "REQUEST", "CONFIRMED"),
        ({"attendee": ""}, "PUBLISH", "CONFIRMED"),
        ({"cancelled": True}, "CANCEL", "CANCELLED"),
        ({"cancelled": True, "attendee": ""}, "CANCEL", "CANCELLED"),
    ],
)
def test_method_and_status_say_what_it_is(changes: dict[str, object], method: str, status: str) -> None:
    visit = replace(VISIT, **changes)  # type: ignore[arg-type]

    made = lines(visit)

    assert (invitation(visit).method, f"METHOD:{method}" in made, f"STATUS:{status}" in made) == (
        method,
        True,
        True,
    )


@pytest.mark.parametrize(
    ("language", "title"),
    [
        ("en", "Visit: Northside Clinic"),
        ("es", "Visita: Northside Clinic"),
        ("fr", "Visite : Northside Clinic"),
        ("pl", "Wizyta: Northside Clinic"),
        ("xx", "Visit: Northside Clinic"),
    ],
)
def test_title_is_neutral_in_every_language(language: str, title: str) -> None:
    assert f"SUMMARY:{title}" in lines(replace(VISIT, language=language))


def test_long_lines_are_folded_between_characters() -> None:
    name = "Poradnia świętego Łukasza przy ulicy Żwirki i Wigury w Łodzi, piętro trzecie, wejście od podwórza"

    text = invitation(replace(VISIT, clinic=name)).text

    assert max(len(line.encode()) for line in text.split("\r\n")) <= 75
    assert name.replace(",", "\\,") in text.replace("\r\n ", "")


def test_words_cannot_add_a_property() -> None:
    made = lines(replace(VISIT, clinic="Clinic\r\nATTENDEE:mailto:eve@example.org"))

    assert "ATTENDEE:mailto:eve@example.org" not in made


def test_naive_time_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        invitation(replace(VISIT, start=dt.datetime(2027, 3, 30, 8)))  # noqa: DTZ001

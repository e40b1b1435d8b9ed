"""
A visit as a calendar entry: iCalendar (RFC 5545) to be sent by email (RFC 6047).

One UID for life, so that a later entry takes the place of the earlier one; a rising SEQUENCE, or calendars ignore it.
Times are instants in UTC, which every calendar shows in its owner's zone. A title may stand on a lock screen, so it names
the clinic and nothing about health.
"""

import datetime as dt
from dataclasses import dataclass

from icalendar import Calendar, Event

from procedures.wording import phone

_TITLES = {
    "en": "Visit: {clinic}",
    "es": "Visita: {clinic}",
    "fr": "Visite : {clinic}",
    "pl": "Wizyta: {clinic}",
}
_QUESTIONS = {
    "en": "Questions: {phone}",
    "es": "Dudas: {phone}",
    "fr": "Questions : {phone}",
    "pl": "Pytania: {phone}",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Visit:
    """
    What a calendar entry says. Instants are aware; `start` is when to arrive.

    With an `attendee` (an address) it is an invitation to them, without one a notice for whoever has it.
    """

    uid: str
    sequence: int
    stamped_at: dt.datetime
    start: dt.datetime
    end: dt.datetime
    clinic: str
    address: str
    phone: str
    organizer: str
    attendee: str
    language: str
    cancelled: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Invitation:
    """An iCalendar object and the method it names, which its mail must name too."""

    text: str
    method: str


def invitation(visit: Visit) -> Invitation:
    """
    Return the entry as iCalendar: a request to the attendee, a publication for others, or its cancellation.

    :raises ValueError: if a time is naive
    """
    method = "CANCEL" if visit.cancelled else "REQUEST" if visit.attendee else "PUBLISH"
    calendar = Calendar()
    for name, value in {
        "version": "2.0",
        "prodid": "-//Cryoclinic//Visits//EN",
        "calscale": "GREGORIAN",
        "method": method,
    }.items():
        calendar.add(name, value)
    calendar.add_component(_event(visit))
    return Invitation(text=calendar.to_ical(sorted=False).decode(), method=method)


def _event(visit: Visit) -> Event:
    title = _TITLES.get(visit.language, _TITLES["en"])
    questions = _QUESTIONS.get(visit.language, _QUESTIONS["en"])
    event = Event()
    for name, value in {
        "uid": visit.uid,
        "sequence": visit.sequence,
        "dtstamp": _utc(visit.stamped_at),
        "dtstart": _utc(visit.start),
        "dtend": _utc(visit.end),
        "summary": _one_line(title.replace("{clinic}", visit.clinic)),
        "location": _one_line(visit.address),
        "description": questions.replace("{phone}", phone(visit.phone)),
        "organizer": f"mailto:{visit.organizer}",
        "status": "CANCELLED" if visit.cancelled else "CONFIRMED",
        # What is in a shared calendar is shown as busy, and nothing more.
        "class": "PRIVATE",
    }.items():
        event.add(name, value)
    if visit.attendee:
        # No answer is asked for here: it would go to a mailbox, and the visit is confirmed elsewhere.
        event.add("attendee", f"mailto:{visit.attendee}", parameters={"RSVP": "FALSE"})
    return event


def _utc(at: dt.datetime) -> dt.datetime:
    if at.utcoffset() is None:
        raise ValueError("a calendar entry needs aware times")
    return at.astimezone(dt.UTC)


def _one_line(text: str) -> str:
    return " ".join(text.split())

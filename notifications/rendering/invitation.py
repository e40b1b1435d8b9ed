"""
A visit as a calendar entry: iCalendar (RFC 5545) to be sent by email (RFC 6047).

One UID for life, so that a later entry takes the place of the earlier one; a rising SEQUENCE, or calendars ignore it.
Times are instants in UTC, which every calendar shows in its owner's zone. A title may stand on a lock screen, so it names
the clinic and nothing about health.
"""

import datetime as dt
from dataclasses import dataclass

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
# RFC 5545, 3.1: octets in a line, its end not counted.
_OCTETS = 75


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
    """Return the entry as iCalendar: a request to the attendee, a publication for others, or its cancellation."""
    method = "CANCEL" if visit.cancelled else "REQUEST" if visit.attendee else "PUBLISH"
    title = _TITLES.get(visit.language, _TITLES["en"])
    questions = _QUESTIONS.get(visit.language, _QUESTIONS["en"])
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Cryoclinic//Visits//EN",
        "CALSCALE:GREGORIAN",
        f"METHOD:{method}",
        "BEGIN:VEVENT",
        f"UID:{visit.uid}",
        f"SEQUENCE:{visit.sequence}",
        f"DTSTAMP:{_utc(visit.stamped_at)}",
        f"DTSTART:{_utc(visit.start)}",
        f"DTEND:{_utc(visit.end)}",
        f"SUMMARY:{_text(title.replace('{clinic}', visit.clinic))}",
        f"LOCATION:{_text(visit.address)}",
        f"DESCRIPTION:{_text(questions.replace('{phone}', phone(visit.phone)))}",
        f"ORGANIZER:mailto:{visit.organizer}",
        *_attendee(visit),
        f"STATUS:{'CANCELLED' if visit.cancelled else 'CONFIRMED'}",
        # What is in a shared calendar is shown as busy, and nothing more.
        "CLASS:PRIVATE",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return Invitation(text="".join(_folded(line) for line in lines), method=method)


def _attendee(visit: Visit) -> list[str]:
    # No answer is asked for here: it would go to a mailbox, and the visit is confirmed elsewhere.
    return [f"ATTENDEE;RSVP=FALSE:mailto:{visit.attendee}"] if visit.attendee else []


def _utc(at: dt.datetime) -> str:
    """
    Return an instant in UTC.

    :raises ValueError: if it is naive
    """
    if at.utcoffset() is None:
        raise ValueError("a calendar entry needs aware times")
    return at.astimezone(dt.UTC).strftime("%Y%m%dT%H%M%SZ")


def _text(value: str) -> str:
    """Return a text value: what divides values is escaped, a control character is dropped."""
    kept = "".join(character for character in value if character.isprintable() or character == "\n")
    for mark in ("\\", ";", ","):
        kept = kept.replace(mark, f"\\{mark}")
    return kept.replace("\n", "\\n")


def _folded(line: str) -> str:
    """Return a line with its end, folded so that no character is split."""
    pieces: list[str] = []
    piece = ""
    for character in line:
        # A continued line begins with a space, which counts.
        room = _OCTETS if not pieces else _OCTETS - 1
        if len((piece + character).encode()) > room:
            pieces.append(piece)
            piece = ""
        piece += character
    return "\r\n ".join([*pieces, piece]) + "\r\n"

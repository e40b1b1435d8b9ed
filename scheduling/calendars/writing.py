"""A feed: when something is booked, and nothing else."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from icalendar import Calendar, Event

PRODUCT = "-//Cryoclinic//Feed//EN"
TITLE = "Booked"


class BookedState(StrEnum):
    """How firm a booked time is, in the words of RFC 5545."""

    CONFIRMED = "CONFIRMED"
    TENTATIVE = "TENTATIVE"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True, kw_only=True, slots=True)
class Booked:
    """One booked time: half-open, aware. `uid` stays when it moves, `sequence` counts its changes."""

    uid: str
    begin: dt.datetime
    end: dt.datetime
    sequence: int
    changed_at: dt.datetime
    state: BookedState = BookedState.CONFIRMED


def feed_document(booked: Iterable[Booked]) -> bytes:
    """Return an iCalendar document; the same times give the same bytes, whatever the moment. No title tells anything."""
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", TITLE)
    for each in sorted(booked, key=lambda one: (one.begin, one.uid)):
        event = Event()
        event.add("uid", each.uid)
        event.add("dtstamp", each.changed_at.astimezone(dt.UTC))
        event.add("sequence", each.sequence)
        event.add("dtstart", each.begin.astimezone(dt.UTC))
        event.add("dtend", each.end.astimezone(dt.UTC))
        event.add("summary", TITLE)
        event.add("class", "PRIVATE")
        event.add("status", each.state.value)
        event.add("transp", "TRANSPARENT" if each.state is BookedState.CANCELLED else "OPAQUE")
        calendar.add_component(event)
    return bytes(calendar.to_ical())

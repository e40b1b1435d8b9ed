"""Names and values of a protocol's parts as staff read them."""

import datetime as dt
from collections.abc import Callable
from enum import Enum
from typing import Any

from procedures.steps import Anchor, Days, Moment
from procedures.wording import staff

ANCHORS = {
    Anchor.BOOKING: "the booking or the last move",
    Anchor.ARRIVE: "the time to arrive",
    Anchor.START: "the start",
    Anchor.END: "the end of the procedure",
}
PARTS = {
    "Step": "Step",
    "Notice": "Message",
    "PageText": "Text on the page",
    "NoticeText": "Text of the message",
    "DerivedFact": "Worked-out fact",
    "Care": "For the clinic",
    "Qualification": "What comes first",
    "Interval": "Other treatment",
    "ChecklistItem": "Checklist item",
    "FollowUp": "Follow-up",
}
FIELDS = {
    "when": "Goes",
    "latest": "Not after",
    "conditions": "Only when",
    "subject": "Silent while the plan holds back",
    "days": "Holds on",
    "facts": "Asserts",
    "audiences": "For",
    "sms": "Text message",
    "as_date": "Date without a time",
    "gate": "Needs",
}
ONE_DAY = dt.timedelta(days=1)


def part_name(kind: type) -> str:
    """Return what a part of this kind is called."""
    return PARTS.get(kind.__name__, kind.__name__)


def field_name(name: str) -> str:
    """Return what a field is called."""
    said = name.replace("_", " ")
    return FIELDS.get(name, said[:1].upper() + said[1:])


def value(given: object) -> str:
    """Return a value in words; empty for none."""
    if isinstance(given, frozenset):
        return ", ".join(sorted(value(each) for each in given))
    if isinstance(given, tuple):
        return ", ".join(value(each) for each in given)
    said = next((say for kind, say in _SAYINGS if isinstance(given, kind)), str)
    return said(given)


def moment(given: Moment) -> str:
    """Return "2 days before the start, at 17:00" or "6 h 30 min before the start"."""
    anchor = ANCHORS[given.anchor]
    if given.elapsed is not None:
        return _away(given.elapsed, anchor)
    count = given.days or 0
    clock = f"at {given.local_time:%H:%M}" if given.local_time is not None else ""
    if count == 0:
        return f"on the day of {anchor}, {clock}"
    side = "before" if count < 0 else "after"
    return f"{_counted(abs(count), 'day')} {side} {anchor}, {clock}"


def days(given: Days) -> str:
    """Return "day 0 to day 3 after the procedure"; both included."""
    if given.last is None:
        return f"day {given.first} after the procedure and from then on"
    if given.last == given.first:
        return f"day {given.first} after the procedure"
    return f"day {given.first} to day {given.last} after the procedure"


def _away(elapsed: dt.timedelta, anchor: str) -> str:
    if not elapsed:
        return f"at {anchor}"
    length = abs(elapsed)
    said = staff.length(length)
    if length > ONE_DAY and not length % ONE_DAY:
        said = f"{_counted(length // ONE_DAY, 'day')} of 24 hours"
    return f"{said} {'before' if elapsed < dt.timedelta(0) else 'after'} {anchor}"


_SAYINGS: tuple[tuple[type, Callable[[Any], str]], ...] = (
    (type(None), lambda _: ""),
    (Moment, moment),
    (Days, days),
    (bool, lambda given: "yes" if given else "no"),
    (Enum, lambda given: str(given.value)),
)


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"

"""When an outside calendar is busy. Titles, places and guests are not even looked at."""

import datetime as dt
import hashlib
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import recurring_ical_events
from icalendar import Calendar

MAX_BYTES = 1_000_000  # [ops]
MAX_EVENTS = 5_000  # [ops]
# A rule that repeats more often than daily, or many times a day, is a mistake or an attack [ops].
FREQUENCIES = frozenset({"DAILY", "WEEKLY", "MONTHLY", "YEARLY"})
MAX_PER_DAY = 24
# Repetitions from before this year would be counted through one by one [ops].
FIRST_YEAR = 1990


class CalendarUnreadable(ValueError):
    """This is not a calendar that we can read. Export it as iCalendar (.ics), up to 1 MB and 5,000 events."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Busy:
    """One busy time: half-open, UTC. `key` is a hash of the event and its occurrence, the same in every reading."""

    key: str
    begin: dt.datetime
    end: dt.datetime


def busy_times(document: bytes, *, begin: dt.datetime, end: dt.datetime, zone: ZoneInfo) -> tuple[Busy, ...]:
    """
    Return the busy times that touch the half-open period (aware), by their beginning.

    Repeating events come with each occurrence, moved and left-out ones as the calendar says. Whole days and times
    without a zone are of `zone`. Events that are cancelled, or marked as free, are not busy.

    :raises CalendarUnreadable: if it is no calendar, too large, or repeats absurdly often
    """
    if len(document) > MAX_BYTES:
        raise CalendarUnreadable
    try:
        calendar = Calendar.from_ical(document)
        events = calendar.walk("VEVENT")
        _check(events)
        found = recurring_ical_events.of(calendar, skip_bad_series=True).between(
            begin - dt.timedelta(days=1), end + dt.timedelta(days=1)
        )
        repeating = {str(event.get("UID")) for event in events if {"RRULE", "RDATE"} & event.keys()}
        busy = (_busy(event, zone=zone, repeating=repeating) for event in found if _is_busy(event))
        times = {each.key: each for each in busy}
    except (ValueError, KeyError, AttributeError, TypeError, IndexError, OverflowError) as error:
        raise CalendarUnreadable from error
    if len(times) > MAX_EVENTS:
        raise CalendarUnreadable
    touching = (each for each in times.values() if begin < each.end and each.begin < end)
    return tuple(sorted(touching, key=lambda each: (each.begin, each.key)))


def _check(events: list[Any]) -> None:
    if len(events) > MAX_EVENTS:
        raise CalendarUnreadable
    for event in events:
        rules = event.get("RRULE", [])
        for rule in rules if isinstance(rules, list) else [rules]:
            _check_rule(rule, first=event["DTSTART"].dt)


def _check_rule(rule: Any, *, first: dt.date) -> None:
    often = set(rule.get("FREQ", [])) - FREQUENCIES or "BYSECOND" in rule
    a_day = max(1, len(rule.get("BYHOUR", []))) * max(1, len(rule.get("BYMINUTE", [])))
    if often or a_day > MAX_PER_DAY or first.year < FIRST_YEAR:
        raise CalendarUnreadable


def _is_busy(event: Any) -> bool:
    cancelled = str(event.get("STATUS", "")).upper() == "CANCELLED"
    transparent = str(event.get("TRANSP", "")).upper() == "TRANSPARENT"
    said_free = str(event.get("X-MICROSOFT-CDO-BUSYSTATUS", "")).upper() == "FREE"
    return not (cancelled or transparent or said_free) and event.end > event.start


def _busy(event: Any, *, zone: ZoneInfo, repeating: set[str]) -> Busy:
    begin, end = _instant(event.start, zone=zone), _instant(event.end, zone=zone)
    uid = str(event.get("UID", begin.isoformat()))
    # An occurrence is known by when it was meant to be; a single event stays itself wherever it moves.
    occurrence = event.get("RECURRENCE-ID") if uid in repeating else None
    meant_for = _instant(occurrence.dt, zone=zone).isoformat() if occurrence is not None else ""
    return Busy(key=hashlib.sha256(f"{uid}|{meant_for}".encode()).hexdigest(), begin=begin, end=end)


def _instant(value: dt.date, *, zone: ZoneInfo) -> dt.datetime:
    if not isinstance(value, dt.datetime):
        value = dt.datetime.combine(value, dt.time(), tzinfo=zone)
    return (value if value.utcoffset() is not None else value.replace(tzinfo=zone)).astimezone(dt.UTC)

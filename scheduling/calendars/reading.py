"""When an outside calendar is busy. Titles, places and guests are not even looked at."""

import datetime as dt
import hashlib
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import recurring_ical_events
from icalendar import Calendar

MAX_BYTES = 1_000_000  # [ops]
MAX_EVENTS = 5_000  # [ops]
ONE_DAY = dt.timedelta(days=1)
# A rule that repeats more often than daily, or many times a day, is a mistake or an attack [ops].
FREQUENCIES = frozenset({"DAILY", "WEEKLY", "MONTHLY", "YEARLY"})
MAX_PER_DAY = 24
IN_A_ZONE = frozenset({"DTSTART", "DTEND", "RECURRENCE-ID"})
# What the standard forbids beside a frequency (RFC 5545, 3.3.10), and takes longest to find out that it never comes.
ONLY_YEARLY = frozenset({"BYYEARDAY", "BYWEEKNO"})
# Repetitions from before this year would be counted through one by one [ops].
FIRST_YEAR = 1990
# Some rules never meet a day and are counted through to the year 9999; together they may not take longer [ops].
CPU_SECONDS = 10.0


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
    without a zone are of the zone that the calendar names for itself, else of `zone`. Events that are cancelled, or
    marked as free, are not busy; what a calendar lists as free and busy times counts too.

    :raises CalendarUnreadable: if it is no calendar, too large, repeats absurdly often, or takes too long to count
    """
    if len(document) > MAX_BYTES:
        raise CalendarUnreadable
    try:
        calendar = Calendar.from_ical(document)
        events = calendar.walk("VEVENT")
        _check(events)
        zone = _own_zone(calendar) or zone
        found = _occurrences(events, begin=begin - ONE_DAY, end=end + ONE_DAY)
        repeating = {str(event.get("UID")) for event in events if _repeats(event)}
        busy = [_busy(event, zone=zone, repeating=repeating) for event in found if _is_busy(event)]
        times = {each.key: each for each in (*busy, *_listed(calendar.walk("VFREEBUSY"), zone=zone))}
    except (ValueError, KeyError, AttributeError, TypeError, IndexError, OverflowError) as error:
        raise CalendarUnreadable from error
    if len(times) > MAX_EVENTS:
        raise CalendarUnreadable
    touching = (each for each in times.values() if begin < each.end and each.begin < end)
    return tuple(sorted(touching, key=lambda each: (each.begin, each.key)))


def _own_zone(calendar: Any) -> ZoneInfo | None:
    name = str(calendar.get("X-WR-TIMEZONE", ""))
    return ZoneInfo(name) if name in available_timezones() else None


def _repeats(event: Any) -> bool:
    return bool({"RRULE", "RDATE"} & event.keys())


def _occurrences(events: list[Any], *, begin: dt.datetime, end: dt.datetime) -> Iterator[Any]:
    """Yield what lies in a period, one series after another. :raises CalendarUnreadable: if they take too long"""
    latest = time.thread_time() + CPU_SECONDS
    series: dict[str, list[Any]] = defaultdict(list)
    for event in events:
        series[str(event.get("UID", ""))].append(event)
    once = [each for those in series.values() if not any(map(_repeats, those)) for each in those]
    again = [those for those in series.values() if any(map(_repeats, those))]
    for those in (once, *again):
        if time.thread_time() > latest:
            raise CalendarUnreadable
        part = Calendar()
        part.subcomponents.extend(those)
        yield from recurring_ical_events.of(part, skip_bad_series=True).between(begin, end)


def _listed(lists: Iterable[Any], *, zone: ZoneInfo) -> Iterator[Busy]:
    """Yield the times of free and busy lists, which have no events: each is known by its own two ends."""
    for each in lists:
        periods = each.get("FREEBUSY", [])
        for period in periods if isinstance(periods, list) else [periods]:
            begin, end = _instant(period.start, zone=zone), _instant(period.end, zone=zone)
            if str(period.params.get("FBTYPE", "BUSY")).upper() != "FREE" and begin < end:
                key = hashlib.sha256(f"{begin.isoformat()}|{end.isoformat()}".encode()).hexdigest()
                yield Busy(key=key, begin=begin, end=end)


def _check(events: list[Any]) -> None:
    if len(events) > MAX_EVENTS:
        raise CalendarUnreadable
    for event in events:
        # A time in a zone that nobody knows is no time at all; taken as the clinic's it would be a wrong one.
        if any(_is_of_unknown_zone(event[name]) for name in IN_A_ZONE & event.keys()):
            raise CalendarUnreadable
        rules = event.get("RRULE", [])
        for rule in rules if isinstance(rules, list) else [rules]:
            _check_rule(rule, first=event["DTSTART"].dt)


def _is_of_unknown_zone(moment: Any) -> bool:
    return "TZID" in moment.params and moment.dt.tzinfo is None


def _check_rule(rule: Any, *, first: dt.date) -> None:
    frequency = set(rule.get("FREQ", []))
    often = frequency - FREQUENCIES or "BYSECOND" in rule
    misused = ONLY_YEARLY & rule.keys() and frequency != {"YEARLY"}
    a_day = max(1, len(rule.get("BYHOUR", []))) * max(1, len(rule.get("BYMINUTE", [])))
    stands_still = any(step < 1 for step in rule.get("INTERVAL", []))
    if often or misused or stands_still or a_day > MAX_PER_DAY or first.year < FIRST_YEAR:
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

"""
Hours in which somebody answers the phone: read from what a clinic wrote, said in any language.

Read is what the guide asks for and no more: "Monday to Friday, 8:00 to 18:00; Saturday, 9:00 in the morning to
12 noon". Anything else stays as it was written.
"""

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from procedures.wording.en import WEEKDAYS
from procedures.wording.languages import in_language

# Two weeks hold every weekday twice, so that one closed week does not hide the next opening.
DAYS_AHEAD = 14
_DAYS_OF_WEEK = 7
_DAY = "|".join(WEEKDAYS)
_TIME = (
    r"\d{1,2}:\d{2}(?: (?:in the morning|in the afternoon|in the evening|at night))?|12 noon|\d{1,2}(?:am|pm)"
)
_SPAN = re.compile(
    rf"(?P<first>{_DAY})(?: to (?P<last>{_DAY}))?,? (?P<opens>{_TIME}) to (?P<closes>{_TIME})", re.IGNORECASE
)
_CLOCK = re.compile(r"(?P<hour>\d{1,2})(?::(?P<minute>\d{2}))? ?(?P<part>[a-z ]*)")
_EVERY_DAY = re.compile(r"every day", re.IGNORECASE)
_LATER = frozenset({"pm", "in the afternoon", "in the evening", "at night", "noon"})
_HOURS_OF_HALF_DAY = 12

Period = tuple[dt.datetime, dt.datetime]


@dataclass(frozen=True, kw_only=True, slots=True)
class PhoneSpan:
    """Weekdays from `first` to `last` (0 is Monday, both included), wall-clock times of the clinic, half-open."""

    first: int
    last: int
    opens: dt.time
    closes: dt.time


@dataclass(frozen=True, kw_only=True, slots=True)
class PhoneNow:
    """Until when somebody answers now, if anybody does; else when somebody does again, if that is known."""

    until: dt.datetime | None = None
    again: dt.datetime | None = None


def read_hours(written: str) -> tuple[PhoneSpan, ...]:
    """Return the hours in a text, nothing if any part of it is something else."""
    spans = []
    for part in written.rstrip(". ").split(";"):
        match = _SPAN.fullmatch(_EVERY_DAY.sub("Monday to Sunday", part.strip()))
        if match is None:
            return ()
        opens, closes = _time(match["opens"]), _time(match["closes"])
        if opens is None or closes is None or closes <= opens:
            return ()
        first = _weekday(match["first"])
        last = _weekday(match["last"]) if match["last"] else first
        spans.append(PhoneSpan(first=first, last=last, opens=opens, closes=closes))
    return tuple(spans)


def say_hours(written: str, *, language: str) -> str:
    """
    Return a clinic's hours in a language: as written in English, and wherever they cannot be read.

    :raises NoWording: if we do not speak `language`
    """
    words, spans = in_language(language), read_hours(written)
    if language.partition("-")[0] == "en" or not spans:
        return written
    said = (
        words.hours(
            first=span.first,
            last=span.last,
            opens=words.clock(span.opens, short=False),
            closes=words.clock(span.closes, short=False),
        )
        for span in spans
    )
    return words.typeset(words.FRAME.between.join(said))


def phone_at(
    now: dt.datetime, *, spans: Iterable[PhoneSpan], zone: ZoneInfo, closed: Iterable[Period]
) -> PhoneNow:
    """
    Return whether somebody answers at `now` (aware), by the hours in `zone`.

    `closed` are half-open periods in which the clinic is shut; hours that touch one do not count, because which
    part of them is left nobody wrote down.
    """
    shut = list(closed)
    windows = [
        window
        for window in _windows(now.astimezone(zone).date(), spans=spans, zone=zone)
        if not any(begin < window[1] and window[0] < end for begin, end in shut)
    ]
    until = next((end for begin, end in windows if begin <= now < end), None)
    if until is not None:
        return PhoneNow(until=until)
    return PhoneNow(again=next((begin for begin, _ in windows if begin > now), None))


def _windows(today: dt.date, *, spans: Iterable[PhoneSpan], zone: ZoneInfo) -> list[Period]:
    days = [today + dt.timedelta(days=count) for count in range(DAYS_AHEAD)]
    return sorted(
        (
            dt.datetime.combine(day, span.opens, tzinfo=zone).astimezone(dt.UTC),
            dt.datetime.combine(day, span.closes, tzinfo=zone).astimezone(dt.UTC),
        )
        for span in spans
        for day in days
        if (day.weekday() - span.first) % _DAYS_OF_WEEK <= (span.last - span.first) % _DAYS_OF_WEEK
    )


def _weekday(name: str) -> int:
    return [each.lower() for each in WEEKDAYS].index(name.lower())


def _time(written: str) -> dt.time | None:
    match = _CLOCK.fullmatch(written.lower())
    if match is None:
        return None
    hour, minute = int(match["hour"]), int(match["minute"] or 0)
    if match["part"]:
        hour = hour % _HOURS_OF_HALF_DAY + (_HOURS_OF_HALF_DAY if match["part"] in _LATER else 0)
    try:
        return dt.time(hour, minute)
    except ValueError:
        return None

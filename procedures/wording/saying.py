"""Say one value: an instant, a date, a length, a number or a text."""

import datetime as dt
from collections.abc import Callable
from zoneinfo import ZoneInfo

from procedures.wording import staff
from procedures.wording.calendar import last_minute_before, needs_year, occurrence
from procedures.wording.languages import Language, in_language
from procedures.wording.media import Medium
from procedures.wording.phone import phone

Sayable = dt.datetime | dt.date | dt.timedelta | int | str

# Up to this hour a time belongs to the night between two days, and people go by the day before.
NIGHT_ENDS_AT_HOUR = 6


class UnknownSpec(ValueError):
    """A value of this kind cannot be said in that way. The ways are in the guide to texts."""


class NaiveInstant(ValueError):
    """A moment has no time zone, so we cannot say when it is."""


class NegativeLength(ValueError):
    """A length of time is below zero."""


def say(
    value: Sayable, *, medium: Medium, zone: ZoneInfo, today: dt.date, spec: str = "", language: str = "en"
) -> str:
    """
    Return `value` in words.

    Instants are aware and said in `zone`. `today` is the date there: a year is said only where day and month
    alone could mean another date (more than 11 months ahead, or a month or more ago). What `spec` may be:

    - instant: "" (weekday, date, time), `date`, `time`, `day` (weekday, date), `until` (as "", but an end at
      0:00 is said one minute earlier, and a time up to 5:59 with the night it belongs to)
    - date: "" or `day` (weekday, date), `date`
    - text: "" or `phone` (an E.164 number in groups)
    - length and number: ""

    :raises UnknownSpec: if a value of this kind cannot be said that way
    :raises NaiveInstant: if an instant has no zone
    :raises NegativeLength: if a length is below zero
    :raises NoWording: if we do not speak `language`
    """
    words = in_language(language)
    if isinstance(value, dt.datetime):
        return _say_instant(value, spec=spec, medium=medium, zone=zone, today=today, words=words)
    if isinstance(value, dt.date):
        return _say_day(value, spec=spec, medium=medium, today=today, words=words)
    if isinstance(value, str):
        return _choose({"": lambda: value, "phone": lambda: phone(value)}, spec)
    if isinstance(value, dt.timedelta):
        return _choose({"": lambda: _say_length(value, medium=medium, words=words)}, spec)
    return _choose({"": lambda: words.number(value)}, spec)


def _choose(ways: dict[str, Callable[[], str]], spec: str) -> str:
    if spec not in ways:
        raise UnknownSpec(spec)
    return ways[spec]()


def _say_length(value: dt.timedelta, *, medium: Medium, words: Language) -> str:
    if value < dt.timedelta():
        raise NegativeLength
    return staff.length(value) if medium is Medium.STAFF else words.length(value)


def _say_day(value: dt.date, *, spec: str, medium: Medium, today: dt.date, words: Language) -> str:
    if medium is Medium.STAFF:
        ways = {"": staff.day, "day": staff.day, "date": staff.date}
        return _choose({name: lambda way=way: way(value) for name, way in ways.items()}, spec)  # type: ignore[misc]
    date = words.date(value, with_year=needs_year(value, today=today))
    with_weekday = f"{words.weekday(value, short=medium is Medium.SMS)} {date}"
    return _choose({"": lambda: with_weekday, "day": lambda: with_weekday, "date": lambda: date}, spec)


def _say_instant(
    value: dt.datetime, *, spec: str, medium: Medium, zone: ZoneInfo, today: dt.date, words: Language
) -> str:
    if value.utcoffset() is None:
        raise NaiveInstant
    if spec in {"date", "day"}:
        return _say_day(value.astimezone(zone).date(), spec=spec, medium=medium, today=today, words=words)
    local = last_minute_before(value, zone=zone) if spec == "until" else value.astimezone(zone)
    time = _say_time(local, medium=medium, words=words)
    if spec == "time":
        return time
    if spec not in {"", "until"}:
        raise UnknownSpec(spec)
    day = _say_day(local.date(), spec="day", medium=medium, today=today, words=words)
    if medium is Medium.STAFF:
        return f"{day}, {time}"
    said = words.moment(day=day, time=time)
    night = _say_night(local, short=medium is Medium.SMS, words=words)
    # A 12-hour clock cannot tell which night 12:30 is in; from 1:00 on only an end needs the night spelled out.
    return f"{said} ({night})" if local.hour < (NIGHT_ENDS_AT_HOUR if spec else 1) else said


def _say_time(local: dt.datetime, *, medium: Medium, words: Language) -> str:
    if medium is Medium.STAFF:
        return staff.clock(local)
    said = words.clock(local.time(), short=medium is Medium.SMS)
    which = occurrence(local)
    return words.repeated(said, first=which == "first") if which else said


def _say_night(local: dt.datetime, *, short: bool, words: Language) -> str:
    after = local.date()
    before = after - dt.timedelta(days=1)
    return words.night(before=words.weekday(before, short=short), after=words.weekday(after, short=short))

"""Say one value: an instant, a date, a length, a number or a text."""

import datetime as dt
from collections.abc import Callable
from functools import partial
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

    - instant: "" (weekday, date, time), `date`, `time`, `day` (weekday, date), `name` (the same, for a heading),
      `until` (as "", but an end at 0:00 is said one minute earlier, and a time up to 5:59 with the night it
      belongs to), `end` (as `until`, without the night)
    - date: "" or `day` (weekday, date), `until` (the same as an end), `name`, `date`
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


def night(value: dt.datetime, *, zone: ZoneInfo, language: str = "en") -> str:
    """
    Return the night that an end up to 5:59 belongs to, by its two weekdays; nothing for a later one.

    `value` is aware and read in `zone`.

    :raises NoWording: if we do not speak `language`
    """
    local = last_minute_before(value, zone=zone)
    if local.hour >= NIGHT_ENDS_AT_HOUR:
        return ""
    return _say_night(local, short=False, words=in_language(language))


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
        ways: dict[str, Callable[[dt.date], str]] = dict.fromkeys(("", "day", "until", "name"), staff.day)
        ways["date"] = staff.date
        return _choose({name: partial(way, value) for name, way in ways.items()}, spec)
    short, with_year = medium is Medium.SMS, needs_year(value, today=today)
    date = partial(words.date, value, with_year=with_year)
    day = partial(words.day, value, short=short, with_year=with_year)
    return _choose(
        {
            "": day,
            "day": day,
            "until": partial(words.end_day, value, short=short, with_year=with_year),
            "name": lambda: f"{words.weekday(value, short=short)} {date()}",
            "date": date,
        },
        spec,
    )


def _say_instant(
    value: dt.datetime, *, spec: str, medium: Medium, zone: ZoneInfo, today: dt.date, words: Language
) -> str:
    if value.utcoffset() is None:
        raise NaiveInstant
    if spec in {"date", "day", "name"}:
        return _say_day(value.astimezone(zone).date(), spec=spec, medium=medium, today=today, words=words)
    is_end = spec in {"until", "end"}
    local = last_minute_before(value, zone=zone) if is_end else value.astimezone(zone)
    time = _say_time(local, medium=medium, words=words)
    if spec == "time":
        return time
    if spec and not is_end:
        raise UnknownSpec(spec)
    day = _say_day(local.date(), spec="until" if is_end else "day", medium=medium, today=today, words=words)
    if medium is Medium.STAFF:
        return f"{day}, {time}"
    said = (words.end if is_end else words.moment)(day=day, time=time)
    # A clock cannot tell which night 0:30 is in; from 1:00 on only an end needs the night spelled out.
    needs_night = spec != "end" and local.hour < (NIGHT_ENDS_AT_HOUR if spec else 1)
    return f"{said} ({_say_night(local, short=medium is Medium.SMS, words=words)})" if needs_night else said


def _say_time(local: dt.datetime, *, medium: Medium, words: Language) -> str:
    if medium is Medium.STAFF:
        return staff.clock(local)
    said = words.clock(local.time(), short=medium is Medium.SMS)
    which = occurrence(local)
    return words.repeated(said, first=which == "first") if which else said


def _say_night(local: dt.datetime, *, short: bool, words: Language) -> str:
    after = local.date()
    return words.night(before=after - dt.timedelta(days=1), after=after, short=short)

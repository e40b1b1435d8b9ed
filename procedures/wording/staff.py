"""Dates and times as staff read them: the 24-hour clock, short months, always the year, in every language."""

import datetime as dt

from procedures.wording.calendar import occurrence
from procedures.wording.en import MONTHS, WEEKDAYS


def date(day: dt.date) -> str:
    """Return "16 Mar 2027"."""
    return f"{day.day} {MONTHS[day.month - 1][:3]} {day.year}"


def day(value: dt.date) -> str:
    """Return "Tue 16 Mar 2027"."""
    return f"{WEEKDAYS[value.weekday()][:3]} {date(value)}"


def clock(moment: dt.datetime) -> str:
    """Return "03:00"; in an hour that a clock change repeats, with the zone's abbreviation: "01:30 (EDT)"."""
    said = f"{moment:%H:%M}"
    return f"{said} ({moment.tzname()})" if occurrence(moment) else said


def length(duration: dt.timedelta) -> str:
    """Return "6 h 30 min"."""
    hours, minutes = divmod(duration // dt.timedelta(minutes=1), 60)
    said = [f"{count} {unit}" for count, unit in ((hours, "h"), (minutes, "min")) if count]
    return " ".join(said) or "0 min"

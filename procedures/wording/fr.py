"""French: the 24-hour clock with an h, spaces that do not break, and a first of the month of its own."""

import datetime as dt
import re

from procedures.wording import lengths
from procedures.wording.frame import Frame
from procedures.wording.plurals import Forms, none_is_single

WEEKDAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
MONTHS = (
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
)
# The first hour that is said without its part of the day [ops]; "du matin" is also said later, where it adds nothing.
DAY_BEGINS_AT_HOUR = 6
NOON = dt.time(12)
WIDE, NARROW = "\N{NO-BREAK SPACE}", "\N{NARROW NO-BREAK SPACE}"
FRAME = Frame(
    name="Français",
    plan="Votre plan : {link}",
    more="La suite dans votre plan : {link}",
    questions="Questions : {phone}",
    reply="Répondez 1 si vous venez, 2 si vous ne pouvez pas venir, 3 pour que nous vous appelions.",
    greeting="Bonjour {first_name},",
    open_plan="Ouvrir votre plan",
    call="Des questions ? Appelez le",
    between=" ; ",
)
_BEFORE_MARK = re.compile(r" (?=[:;?!»])|(?<=«) ")


def weekday(day: dt.date, *, short: bool) -> str:
    """Return "mardi", or "mar." where room is scarce."""
    name = WEEKDAYS[day.weekday()]
    return f"{name[:3]}." if short else name


def date(day: dt.date, *, with_year: bool) -> str:
    """Return "16 mars", "1er mars" or "16 mars 2027"."""
    number = "1er" if day.day == 1 else str(day.day)
    said = f"{number} {MONTHS[day.month - 1]}"
    return f"{said} {day.year}" if with_year else said


def clock(time: dt.time, *, short: bool) -> str:
    """Return "14 h 15" with spaces that do not break, "14h15", "3 h du matin" or "midi"."""
    if time.replace(second=0, microsecond=0, fold=0) == NOON:
        return "midi"
    space = "" if short else WIDE
    minutes = f"{space}{time.minute:02}" if time.minute else ""
    said = f"{time.hour}{space}h{minutes}"
    return f"{said} du matin" if time.hour < DAY_BEGINS_AT_HOUR else said


def day(value: dt.date, *, short: bool, with_year: bool) -> str:
    """Return "mardi 16 mars", without an article."""
    return f"{weekday(value, short=short)} {date(value, with_year=with_year)}"


def moment(*, day: str, time: str) -> str:
    """Join a day and a time."""
    return f"{day} à {time}"


end_day = day
end = moment


def night(*, before: dt.date, after: dt.date, short: bool) -> str:
    """Name a night by its two weekdays."""
    return f"la nuit de {weekday(before, short=short)} à {weekday(after, short=short)}"


def repeated(time: str, *, first: bool) -> str:
    """Tell apart the two times a clock shows in the hour that a change repeats."""
    return f"{time}, {'avant' if first else 'après'} le changement d'heure"


def hours(*, first: int, last: int, opens: str, closes: str) -> str:
    """Return "du lundi au vendredi, de 8 h à 18 h"."""
    days = f"le {WEEKDAYS[first]}" if first == last else f"du {WEEKDAYS[first]} au {WEEKDAYS[last]}"
    return f"{days}, de {opens} à {closes}"


def length(duration: dt.timedelta) -> str:
    """Return "6 heures 30 minutes"; from 48 hours on in days; whole minutes, rest dropped."""
    return lengths.said(
        duration,
        plural=plural,
        day=Forms(one="jour", many="jours"),
        hour=Forms(one="heure", many="heures"),
        minute=Forms(one="minute", many="minutes"),
    )


def number(count: int) -> str:
    """Return numerals in groups, with narrow spaces that do not break."""
    return f"{count:,}".replace(",", NARROW)


plural = none_is_single


def typeset(text: str) -> str:
    """Keep marks on the line of the word before them: a space that does not break instead of a plain one."""
    return _BEFORE_MARK.sub(WIDE, text)

"""
Polish: the 24-hour clock, and three cases of a day.

A day that says when brings its preposition ("we wtorek"); one that begins or ends something is the genitive
("wtorku"), for the writer's "do" or "od"; a night goes from the genitive to the accusative.
"""

import datetime as dt

from procedures.wording import lengths, plurals
from procedures.wording.frame import Frame
from procedures.wording.plurals import Forms

WEEKDAYS = ("poniedziałek", "wtorek", "środa", "czwartek", "piątek", "sobota", "niedziela")
GENITIVE = ("poniedziałku", "wtorku", "środy", "czwartku", "piątku", "soboty", "niedzieli")
ACCUSATIVE = ("poniedziałek", "wtorek", "środę", "czwartek", "piątek", "sobotę", "niedzielę")
# Abbreviations stand for every case.
SHORT = ("pon.", "wt.", "śr.", "czw.", "pt.", "sob.", "niedz.")
TUESDAY, WEDNESDAY = 1, 2
MONTHS = (
    "stycznia",
    "lutego",
    "marca",
    "kwietnia",
    "maja",
    "czerwca",
    "lipca",
    "sierpnia",
    "września",
    "października",
    "listopada",
    "grudnia",
)
# The first hour that is said without its part of the day (Unicode CLDR 44, day periods: until then night).
DAY_BEGINS_AT_HOUR = 6
NOON = dt.time(12)
# Groups of three from here on (Unicode CLDR 44: at least two digits before the first mark).
GROUPED_FROM = 10_000
FRAME = Frame(
    name="Polski",
    plan="Plan: {link}",
    more="Reszta w planie: {link}",
    questions="Pytania: {phone}",
    reply="Odpisz 1, jeśli przyjdziesz, 2, jeśli nie możesz, 3, jeśli mamy zadzwonić.",
    greeting="Dzień dobry, {first_name},",
    open_plan="Otwórz swój plan",
    call="Masz pytania? Zadzwoń:",
)


def weekday(day: dt.date, *, short: bool) -> str:
    """Return "wtorek", or "wt." where room is scarce."""
    return (SHORT if short else WEEKDAYS)[day.weekday()]


def date(day: dt.date, *, with_year: bool) -> str:
    """Return "16 marca" or "16 marca 2027"."""
    said = f"{day.day} {MONTHS[day.month - 1]}"
    return f"{said} {day.year}" if with_year else said


def clock(time: dt.time, *, short: bool) -> str:
    """Return "14:15", "3:00 w nocy" or "12:00 w południe"; the same in both lengths."""
    said = f"{time.hour}:{time.minute:02}"
    if time.hour < DAY_BEGINS_AT_HOUR:
        return f"{said} w nocy"
    return f"{said} w południe" if time.replace(second=0, microsecond=0, fold=0) == NOON else said


def day(value: dt.date, *, short: bool, with_year: bool) -> str:
    """Return "we wtorek 16 marca", with its preposition."""
    preposition = "we" if value.weekday() == TUESDAY else "w"
    name = (SHORT if short else ACCUSATIVE)[value.weekday()]
    return f"{preposition} {name} {date(value, with_year=with_year)}"


def end_day(value: dt.date, *, short: bool, with_year: bool) -> str:
    """Return "wtorku 16 marca", after "do" or "od"."""
    name = (SHORT if short else GENITIVE)[value.weekday()]
    return f"{name} {date(value, with_year=with_year)}"


def moment(*, day: str, time: str) -> str:
    """Join a day that says when and a time."""
    return f"{day} o {time}"


def end(*, day: str, time: str) -> str:
    """Join a day in the genitive and a time, which stays as it is."""
    return f"{day}, godz. {time}"


def night(*, before: dt.date, after: dt.date, short: bool) -> str:
    """Name a night by its two weekdays."""
    first = (SHORT if short else GENITIVE)[before.weekday()]
    preposition = "ze" if before.weekday() == WEDNESDAY else "z"
    return f"noc {preposition} {first} na {(SHORT if short else ACCUSATIVE)[after.weekday()]}"


def repeated(time: str, *, first: bool) -> str:
    """Tell apart the two times a clock shows in the hour that a change repeats."""
    return f"{time}, {'przed zmianą' if first else 'po zmianie'} czasu"


def hours(*, first: int, last: int, opens: str, closes: str) -> str:
    """Return "od poniedziałku do piątku, od 8:00 do 18:00"."""
    preposition = "we" if first == TUESDAY else "w"
    days = (
        f"od {GENITIVE[first]} do {GENITIVE[last]}" if first != last else f"{preposition} {ACCUSATIVE[first]}"
    )
    return f"{days}, od {opens} do {closes}"


def length(duration: dt.timedelta) -> str:
    """
    Return "6 godzin 30 minut"; from 48 hours on in days; whole minutes, rest dropped.

    In the accusative, as after "za" and "przez" ("za 1 godzinę").
    """
    return lengths.said(
        duration,
        plural=plural,
        day=Forms(one="dzień", many="dni"),
        hour=Forms(one="godzinę", few="godziny", many="godzin"),
        minute=Forms(one="minutę", few="minuty", many="minut"),
    )


def number(count: int) -> str:
    """Return numerals: "1000", "10 000" with spaces that do not break."""
    return f"{count:,}".replace(",", "\N{NO-BREAK SPACE}") if count >= GROUPED_FROM else str(count)


plural = plurals.polish


def typeset(text: str) -> str:
    """Return the text as it is: Polish puts no space before its marks."""
    return text

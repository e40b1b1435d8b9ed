"""Spanish: the 24-hour clock; the day stands bare, the time brings its article ("a las 9:00", "hasta la 1:30")."""

import datetime as dt

from procedures.wording import lengths
from procedures.wording.frame import Frame
from procedures.wording.plurals import Forms, one_is_single

WEEKDAYS = ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo")
MONTHS = (
    "enero",
    "febrero",
    "marzo",
    "abril",
    "mayo",
    "junio",
    "julio",
    "agosto",
    "septiembre",
    "octubre",
    "noviembre",
    "diciembre",
)
# The first hour that is said without its part of the day (Unicode CLDR 44, day periods: until then "madrugada").
DAY_BEGINS_AT_HOUR = 6
NOON = dt.time(12)
# Groups of three from here on (Unicode CLDR 44: at least two digits before the first mark).
GROUPED_FROM = 10_000
FRAME = Frame(
    name="Español",
    plan="Su plan: {link}",
    more="El resto, en su plan: {link}",
    questions="Dudas: {phone}",
    reply="Responda 1 si viene, 2 si no puede venir, 3 si quiere que le llamemos.",
    greeting="Hola, {first_name}:",
    open_plan="Abrir su plan",
    call="¿Tiene dudas? Llame al",
)


def weekday(day: dt.date, *, short: bool) -> str:
    """Return "martes", or "mar" where room is scarce."""
    name = WEEKDAYS[day.weekday()]
    return name[:3] if short else name


def date(day: dt.date, *, with_year: bool) -> str:
    """Return "16 de marzo" or "16 de marzo de 2027"."""
    said = f"{day.day} de {MONTHS[day.month - 1]}"
    return f"{said} de {day.year}" if with_year else said


def clock(time: dt.time, *, short: bool) -> str:
    """Return "las 14:15", "las 3:00 de la madrugada" or "las 12:00 del mediodía"; the same in both lengths."""
    article = "la" if time.hour == 1 else "las"
    said = f"{article} {time.hour}:{time.minute:02}"
    if time.hour < DAY_BEGINS_AT_HOUR:
        return f"{said} de la madrugada"
    return f"{said} del mediodía" if time.replace(second=0, microsecond=0, fold=0) == NOON else said


def day(value: dt.date, *, short: bool, with_year: bool) -> str:
    """Return "martes 16 de marzo", without an article."""
    return f"{weekday(value, short=short)} {date(value, with_year=with_year)}"


def moment(*, day: str, time: str) -> str:
    """Join a day and a time."""
    return f"{day} a {time}"


end_day = day
end = moment


def night(*, before: dt.date, after: dt.date, short: bool) -> str:
    """Name a night by its two weekdays."""
    return f"la noche del {weekday(before, short=short)} al {weekday(after, short=short)}"


def repeated(time: str, *, first: bool) -> str:
    """Tell apart the two times a clock shows in the hour that a change repeats."""
    return f"{time}, {'antes' if first else 'después'} del cambio de hora"


def hours(*, first: int, last: int, opens: str, closes: str) -> str:
    """Return "de lunes a viernes, de las 8:00 a las 18:00"."""
    days = f"el {WEEKDAYS[first]}" if first == last else f"de {WEEKDAYS[first]} a {WEEKDAYS[last]}"
    return f"{days}, de {opens} a {closes}"


def length(duration: dt.timedelta) -> str:
    """Return "6 horas 30 minutos"; from 48 hours on in days; whole minutes, rest dropped."""
    return lengths.said(
        duration,
        plural=plural,
        day=Forms(one="día", many="días"),
        hour=Forms(one="hora", many="horas"),
        minute=Forms(one="minuto", many="minutos"),
    )


def number(count: int) -> str:
    """Return numerals: "1000", "10.000"."""
    return f"{count:,}".replace(",", ".") if count >= GROUPED_FROM else str(count)


plural = one_is_single


def typeset(text: str) -> str:
    """Return the text as it is: Spanish puts no space before its marks."""
    return text

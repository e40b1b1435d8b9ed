"""Phone hours: what is read of them, how they are said, and whether somebody answers."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from procedures.wording import PhoneNow, phone_at, read_hours, say_hours

LONDON = ZoneInfo("Europe/London")
WORKDAYS = "Monday to Friday, 8:00 to 18:00"
ALSO_SATURDAY = "Monday to Friday, 8:00 in the morning to 6:00 in the evening; Saturday, 9am to 12 noon"


@pytest.mark.parametrize(
    ("written", "language", "expected"),
    [
        (ALSO_SATURDAY, "en", ALSO_SATURDAY),
        (
            ALSO_SATURDAY, "es",
            "de lunes a viernes, de las 8:00 a las 18:00; el sábado, de las 9:00 a las 12:00 del mediodía",
        ),
        (ALSO_SATURDAY, "pl", "od poniedziałku do piątku, od 8:00 do 18:00; w sobotę, od 9:00 do 12:00 w południe"),
        (ALSO_SATURDAY, "fr", "du lundi au vendredi, de 8 h à 18 h ; le samedi, de 9 h à midi"),
        ("Tuesday, 1:30 in the afternoon to 17:00", "pl", "we wtorek, od 13:30 do 17:00"),
        ("Sunday to Thursday 8:00 to 16:00.", "fr", "du dimanche au jeudi, de 8 h à 16 h"),
    ],
)  # fmt: skip
def test_hours_are_said_in_the_readers_language(written: str, language: str, expected: str) -> None:
    assert say_hours(written, language=language).replace("\N{NO-BREAK SPACE}", " ") == expected


@pytest.mark.parametrize(
    "written",
    [
        "",
        "Every day",
        "Monday to Friday",
        "Monday to Friday, 8:00 to 18:00, not on holidays",
        "Monday to Friday, 18:00 to 8:00",
        "Monday to Friday, 8:00 to 24:00",
        "Someday, 8:00 to 18:00",
        "Monday to Friday, 8:75 to 18:00",
    ],
)
def test_hours_of_any_other_kind_stay_as_written(written: str) -> None:
    assert (read_hours(written), say_hours(written, language="es")) == ((), written)


def london(day: int, hour: int, minute: int = 0) -> dt.datetime:
    return dt.datetime(2027, 3, day, hour, minute, tzinfo=LONDON)


CLOSED_MONDAY = (london(8, 0), london(9, 0))


@pytest.mark.parametrize(
    ("now", "closed", "expected"),
    [
        (london(5, 7, 59), [], PhoneNow(again=london(5, 8))),
        (london(5, 8), [], PhoneNow(until=london(5, 18))),
        (london(5, 17, 59), [], PhoneNow(until=london(5, 18))),
        (london(5, 18), [], PhoneNow(again=london(8, 8))),
        (london(6, 12), [CLOSED_MONDAY], PhoneNow(again=london(9, 8))),
        (london(8, 10), [CLOSED_MONDAY], PhoneNow(again=london(9, 8))),
        (london(8, 10), [(london(8, 17), london(8, 18))], PhoneNow(again=london(9, 8))),
        (london(8, 10), [(london(1, 0), london(31, 0))], PhoneNow()),
        # The clocks go forward on Sunday 28 March.
        (london(27, 12), [], PhoneNow(again=london(29, 8))),
    ],
)
def test_phone_is_answered_by_the_clinics_clock(
    now: dt.datetime, closed: list[tuple[dt.datetime, dt.datetime]], expected: PhoneNow
) -> None:
    assert phone_at(now, spans=read_hours(WORKDAYS), zone=LONDON, closed=closed) == expected

"""How Spanish, Polish and French say instants, ends, nights, lengths and numbers."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from procedures.wording import Alphabet, Medium, fill, in_language, languages, night, say, segments

MADRID = ZoneInfo("Europe/Madrid")
WARSAW = ZoneInfo("Europe/Warsaw")
PARIS = ZoneInfo("Europe/Paris")
ZONES = {"es": MADRID, "pl": WARSAW, "fr": PARIS}
TODAY = dt.date(2027, 3, 8)
WEEK = [dt.date(2027, 3, 15) + dt.timedelta(days=count) for count in range(7)]


def said(value: dt.datetime | dt.date | dt.timedelta | int, language: str, **how: object) -> str:
    """Say a value at full length; a space that does not break is shown as a plain one."""
    request = {"medium": Medium.FULL, "zone": ZONES[language], "today": TODAY, "language": language, **how}
    words = say(value, **request)  # type: ignore[arg-type]
    return words.replace("\N{NO-BREAK SPACE}", " ").replace("\N{NARROW NO-BREAK SPACE}", " ")


def at(language: str, text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=ZONES[language])


CLOCKS = [
    ("0:00", "las 0:00 de la madrugada", "0:00 w nocy", "0 h du matin"),
    ("0:30", "las 0:30 de la madrugada", "0:30 w nocy", "0 h 30 du matin"),
    ("1:00", "la 1:00 de la madrugada", "1:00 w nocy", "1 h du matin"),
    ("3:00", "las 3:00 de la madrugada", "3:00 w nocy", "3 h du matin"),
    ("3:05", "las 3:05 de la madrugada", "3:05 w nocy", "3 h 05 du matin"),
    ("5:59", "las 5:59 de la madrugada", "5:59 w nocy", "5 h 59 du matin"),
    ("6:00", "las 6:00", "6:00", "6 h"),
    ("9:00", "las 9:00", "9:00", "9 h"),
    ("11:59", "las 11:59", "11:59", "11 h 59"),
    ("12:00", "las 12:00 del mediodía", "12:00 w południe", "midi"),
    ("12:01", "las 12:01", "12:01", "12 h 01"),
    ("13:00", "las 13:00", "13:00", "13 h"),
    ("14:15", "las 14:15", "14:15", "14 h 15"),
    ("18:00", "las 18:00", "18:00", "18 h"),
    ("23:59", "las 23:59", "23:59", "23 h 59"),
]


@pytest.mark.parametrize(("clock", "spanish", "polish", "french"), CLOCKS)
def test_time_is_said_on_the_24_hour_clock(clock: str, spanish: str, polish: str, french: str) -> None:
    moment = f"2027-03-16T{clock:0>5}"

    times = [said(at(language, moment), language, spec="time") for language in ("es", "pl", "fr")]

    assert times == [spanish, polish, french]


@pytest.mark.parametrize(
    ("language", "spec", "full", "sms"),
    [
        ("es", "", "martes 16 de marzo a las 3:00 de la madrugada", "mar 16 de marzo a las 3:00 de la madrugada"),
        ("es", "date", "16 de marzo", "16 de marzo"),
        ("es", "day", "martes 16 de marzo", "mar 16 de marzo"),
        ("es", "name", "martes 16 de marzo", "mar 16 de marzo"),
        ("es", "time", "las 3:00 de la madrugada", "las 3:00 de la madrugada"),
        (
            "es", "until",
            "martes 16 de marzo a las 3:00 de la madrugada (la noche del lunes al martes)",
            "mar 16 de marzo a las 3:00 de la madrugada (la noche del lun al mar)",
        ),
        ("pl", "", "we wtorek 16 marca o 3:00 w nocy", "we wt. 16 marca o 3:00 w nocy"),
        ("pl", "date", "16 marca", "16 marca"),
        ("pl", "day", "we wtorek 16 marca", "we wt. 16 marca"),
        ("pl", "name", "wtorek 16 marca", "wt. 16 marca"),
        ("pl", "time", "3:00 w nocy", "3:00 w nocy"),
        (
            "pl", "until",
            "wtorku 16 marca, godz. 3:00 w nocy (noc z poniedziałku na wtorek)",
            "wt. 16 marca, godz. 3:00 w nocy (noc z pon. na wt.)",
        ),
        ("fr", "", "mardi 16 mars à 3 h du matin", "mar. 16 mars à 3h du matin"),
        ("fr", "date", "16 mars", "16 mars"),
        ("fr", "day", "mardi 16 mars", "mar. 16 mars"),
        ("fr", "name", "mardi 16 mars", "mar. 16 mars"),
        ("fr", "time", "3 h du matin", "3h du matin"),
        (
            "fr", "until",
            "mardi 16 mars à 3 h du matin (la nuit de lundi à mardi)",
            "mar. 16 mars à 3h du matin (la nuit de lun. à mar.)",
        ),
    ],
)  # fmt: skip
def test_instant_is_said_as_the_spec_asks(language: str, spec: str, full: str, sms: str) -> None:
    moment = at(language, "2027-03-16T03:00")

    words = [said(moment, language, spec=spec, medium=medium) for medium in (Medium.FULL, Medium.SMS)]

    assert words == [full, sms]


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("es", ["lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"]),
        ("fr", ["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"]),
        (
            "pl",
            ["w poniedziałek", "we wtorek", "w środę", "w czwartek", "w piątek", "w sobotę", "w niedzielę"],
        ),
    ],
)
def test_day_of_every_weekday_says_when(language: str, expected: list[str]) -> None:
    days = [said(day, language, spec="day").partition(f" {day.day}")[0] for day in WEEK]

    assert days == expected


def test_polish_end_is_the_genitive_of_every_weekday() -> None:
    days = [said(day, "pl", spec="until").partition(" ")[0] for day in WEEK]

    assert days == ["poniedziałku", "wtorku", "środy", "czwartku", "piątku", "soboty", "niedzieli"]


def test_polish_night_goes_from_the_genitive_to_the_accusative() -> None:
    nights = [
        night(dt.datetime.combine(day, dt.time(3), tzinfo=WARSAW), zone=WARSAW, language="pl") for day in WEEK
    ]

    assert nights == [
        "noc z niedzieli na poniedziałek",
        "noc z poniedziałku na wtorek",
        "noc z wtorku na środę",
        "noc ze środy na czwartek",
        "noc z czwartku na piątek",
        "noc z piątku na sobotę",
        "noc z soboty na niedzielę",
    ]


@pytest.mark.parametrize(
    ("moment", "spanish", "polish", "french"),
    [
        (
            "2027-03-15T23:59",
            "lunes 15 de marzo a las 23:59",
            "poniedziałku 15 marca, godz. 23:59",
            "lundi 15 mars à 23 h 59",
        ),
        (
            "2027-03-16T00:00",
            "lunes 15 de marzo a las 23:59",
            "poniedziałku 15 marca, godz. 23:59",
            "lundi 15 mars à 23 h 59",
        ),
        (
            "2027-03-16T00:01",
            "martes 16 de marzo a las 0:01 de la madrugada (la noche del lunes al martes)",
            "wtorku 16 marca, godz. 0:01 w nocy (noc z poniedziałku na wtorek)",
            "mardi 16 mars à 0 h 01 du matin (la nuit de lundi à mardi)",
        ),
        (
            "2027-03-16T06:00",
            "martes 16 de marzo a las 6:00",
            "wtorku 16 marca, godz. 6:00",
            "mardi 16 mars à 6 h",
        ),
        (
            "2027-03-16T12:00",
            "martes 16 de marzo a las 12:00 del mediodía",
            "wtorku 16 marca, godz. 12:00 w południe",
            "mardi 16 mars à midi",
        ),
        (
            "2027-01-01T00:00",
            "jueves 31 de diciembre de 2026 a las 23:59",
            "czwartku 31 grudnia 2026, godz. 23:59",
            "jeudi 31 décembre 2026 à 23 h 59",
        ),
        (
            "2028-05-01T09:00",
            "lunes 1 de mayo de 2028 a las 9:00",
            "poniedziałku 1 maja 2028, godz. 9:00",
            "lundi 1er mai 2028 à 9 h",
        ),
    ],
)
def test_end_names_its_night_and_never_falls_on_0_00(
    moment: str, spanish: str, polish: str, french: str
) -> None:
    words = [said(at(language, moment), language, spec="until") for language in ("es", "pl", "fr")]

    assert words == [spanish, polish, french]


@pytest.mark.parametrize(
    ("language", "first", "second"),
    [
        (
            "es",
            "domingo 31 de octubre a las 2:30 de la madrugada, antes del cambio de hora",
            "domingo 31 de octubre a las 2:30 de la madrugada, después del cambio de hora",
        ),
        (
            "pl",
            "w niedzielę 31 października o 2:30 w nocy, przed zmianą czasu",
            "w niedzielę 31 października o 2:30 w nocy, po zmianie czasu",
        ),
        (
            "fr",
            "dimanche 31 octobre à 2 h 30 du matin, avant le changement d'heure",
            "dimanche 31 octobre à 2 h 30 du matin, après le changement d'heure",
        ),
    ],
)
def test_hour_that_a_clock_change_repeats_says_which(language: str, first: str, second: str) -> None:
    before = dt.datetime(2027, 10, 31, 0, 30, tzinfo=dt.UTC)

    words = [said(moment, language) for moment in (before, before + dt.timedelta(hours=1))]

    assert words == [first, second]


@pytest.mark.parametrize("language", ["es", "fr", "pl"])
def test_end_after_a_skipped_hour_is_said_in_summer_time(language: str) -> None:
    end = dt.datetime(2027, 3, 28, 1, 0, tzinfo=dt.UTC)

    assert ":00" in said(end, language, spec="time") or "3 h" in said(end, language, spec="time")
    assert "3" in said(end, language, spec="time")


@pytest.mark.parametrize(
    ("minutes", "spanish", "polish", "french"),
    [
        (0, "0 minutos", "0 minut", "0 minute"),
        (1, "1 minuto", "1 minutę", "1 minute"),
        (2, "2 minutos", "2 minuty", "2 minutes"),
        (12, "12 minutos", "12 minut", "12 minutes"),
        (22, "22 minutos", "22 minuty", "22 minutes"),
        (60, "1 hora", "1 godzinę", "1 heure"),
        (390, "6 horas 30 minutos", "6 godzin 30 minut", "6 heures 30 minutes"),
        (47 * 60, "47 horas", "47 godzin", "47 heures"),
        (48 * 60, "2 días", "2 dni", "2 jours"),
        (5 * 1440 + 60, "5 días 1 hora", "5 dni 1 godzinę", "5 jours 1 heure"),
    ],
)
def test_length_takes_the_form_beside_its_number(
    minutes: int, spanish: str, polish: str, french: str
) -> None:
    length = dt.timedelta(minutes=minutes)

    assert [said(length, language) for language in ("es", "pl", "fr")] == [spanish, polish, french]


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (7, ["7", "7", "7"]),
        (1000, ["1000", "1000", "1 000"]),
        (12500, ["12.500", "12 500", "12 500"]),
    ],
)
def test_number_is_grouped_as_the_language_does(count: int, expected: list[str]) -> None:
    assert [said(count, language) for language in ("es", "pl", "fr")] == expected


@pytest.mark.parametrize(
    ("count", "categories"),
    [
        (0, {"en": "many", "es": "many", "fr": "one", "pl": "many"}),
        (1, {"en": "one", "es": "one", "fr": "one", "pl": "one"}),
        (3, {"en": "many", "es": "many", "fr": "many", "pl": "few"}),
        (5, {"en": "many", "es": "many", "fr": "many", "pl": "many"}),
        (13, {"en": "many", "es": "many", "fr": "many", "pl": "many"}),
        (21, {"en": "many", "es": "many", "fr": "many", "pl": "many"}),
        (104, {"en": "many", "es": "many", "fr": "many", "pl": "few"}),
    ],
)
def test_plural_follows_the_language(count: int, categories: dict[str, str]) -> None:
    assert {language: in_language(language).plural(count) for language in languages()} == categories


def test_french_first_of_the_month_has_a_name_of_its_own() -> None:
    first = dt.date(2027, 3, 1)

    assert [said(first, "fr"), said(first, "fr", spec="date")] == ["lundi 1er mars", "1er mars"]


def test_french_marks_stay_on_the_line_of_their_word() -> None:
    def filled(medium: Medium) -> str:
        return fill(
            "Venez {start} : c'est tout ?",
            facts={"start": at("fr", "2027-03-16T14:15")},
            medium=medium,
            zone=PARIS,
            language="fr",
            today=TODAY,
        )

    full, sms = filled(Medium.FULL), filled(Medium.SMS)

    assert full == "Venez mardi 16 mars à 14\xa0h\xa015\xa0: c'est tout\xa0?"
    assert sms == "Venez mar. 16 mars à 14h15 : c'est tout ?"


@pytest.mark.parametrize("language", sorted(languages()))
def test_frame_of_a_text_message_fits_the_small_alphabet(language: str) -> None:
    frame = in_language(language).FRAME

    alphabets = {segments(line).alphabet for line in (frame.plan, frame.more, frame.questions)}

    assert alphabets == {Alphabet.GSM_7}


@pytest.mark.parametrize("language", ["es", "fr", "pl"])
def test_staff_read_the_same_whatever_the_language(language: str) -> None:
    words = said(at(language, "2027-03-16T03:00"), language, spec="until", medium=Medium.STAFF)

    assert words == "Tue 16 Mar 2027, 03:00"

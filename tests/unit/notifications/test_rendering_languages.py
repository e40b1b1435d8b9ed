"""A message in Spanish, Polish and French: frame, times and length."""

import datetime as dt
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from notifications.rendering import Letterhead, Rendering, render
from procedures.wording import Alphabet, segments

LONDON = ZoneInfo("Europe/London")
CORES = {
    "es": ("No coma desde el {solids_stop:until}. Puede beber agua hasta el {water_stop:until}.", "Su cita es el {start:day}"),
    "fr": (
        "Ne mangez plus dès le {solids_stop:until}. L'eau est permise jusqu'au {water_stop:until}.",
        "Votre rendez-vous est {start:day}",
    ),
    "pl": ("Jedz tylko do {solids_stop:until}. Pij wodę do {water_stop:until}.", "Twoja wizyta jest {start:day}"),
}  # fmt: skip


def message(language: str, channel: str) -> Rendering:
    core, subject = CORES[language]
    start = dt.datetime(2027, 3, 16, 9, tzinfo=LONDON)
    return Rendering(
        channel=channel,
        language=language,
        zone=LONDON,
        today=dt.date(2027, 3, 8),
        facts={
            "start": start,
            "solids_stop": start - dt.timedelta(hours=6),
            "water_stop": start - dt.timedelta(hours=2),
        },
        parts=(core,),
        subject=subject,
        sender=Letterhead(
            clinic_name="Northside Clinic",
            phone="+442079460000",
            phone_hours="Monday to Friday, 8:00 to 18:00",
            address="1 North Road",
        ),
        first_name="Maria",
        link="https://go.northside.example/k7m2",
    )


@pytest.mark.parametrize(
    ("language", "text", "alphabet", "parts"),
    [
        (
            "es",
            ("Maria, Northside Clinic. No coma desde el mar 16 de marzo a las 3:00 de la madrugada (la noche del lun "
            "al mar). Puede beber agua hasta el mar 16 de marzo a las 7:00. Su plan: "
            "https://go.northside.example/k7m2 Dudas: 020 7946 0000"),
            Alphabet.GSM_7, 2,
        ),
        (
            "fr",
            ("Maria, Northside Clinic. Ne mangez plus dès le mar. 16 mars à 3h du matin (la nuit de lun. à mar.). L'eau "
            "est permise jusqu'au mar. 16 mars à 7h. Votre plan : https://go.northside.example/k7m2 "
            "Questions : 020 7946 0000"),
            Alphabet.GSM_7, 2,
        ),
        (
            "pl",
            ("Maria, Northside Clinic. Jedz tylko do wt. 16 marca, godz. 3:00 w nocy (noc z pon. na wt.). Pij wodę do "
            "wt. 16 marca, godz. 7:00. Plan: https://go.northside.example/k7m2 Pytania: 020 7946 0000"),
            Alphabet.UCS_2, 3,
        ),
    ],
)  # fmt: skip
def test_text_message_is_whole_in_its_language(
    language: str, text: str, alphabet: Alphabet, parts: int
) -> None:
    said = render(message(language, "sms")).text

    size = segments(said)
    assert (said, size.alphabet, size.segments) == (text, alphabet, parts)


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        (
            "es",
            ("Northside Clinic\n\nHola, Maria:\n\nSu cita es el martes 16 de marzo\n\nNo coma desde el martes 16 de marzo a las "
            "3:00 de la madrugada (la noche del lunes al martes). Puede beber agua hasta el martes 16 de marzo a las "
            "7:00.\n\nAbrir su plan\nhttps://go.northside.example/k7m2\n\n¿Tiene dudas? Llame al 020 7946 0000 (de lunes a "
            "viernes, de las 8:00 a las 18:00)\n\nNorthside Clinic\n1 North Road\n"),
        ),
        (
            "fr",
            ("Northside Clinic\n\nBonjour Maria,\n\nVotre rendez-vous est mardi 16 mars\n\nNe mangez plus dès le mardi 16 mars "
            "à 3 h du matin (la nuit de lundi à mardi). L'eau est permise jusqu'au mardi 16 mars à 7 h.\n\nOuvrir votre "
            "plan\nhttps://go.northside.example/k7m2\n\nDes questions ? Appelez le 020 7946 0000 (du lundi au vendredi, de "
            "8 h à 18 h)\n\nNorthside Clinic\n1 North Road\n"),
        ),
        (
            "pl",
            ("Northside Clinic\n\nDzień dobry, Maria,\n\nTwoja wizyta jest we wtorek 16 marca\n\nJedz tylko do wtorku 16 marca, "
            "godz. 3:00 w nocy (noc z poniedziałku na wtorek). Pij wodę do wtorku 16 marca, godz. 7:00.\n\nOtwórz swój "
            "plan\nhttps://go.northside.example/k7m2\n\nMasz pytania? Zadzwoń: 020 7946 0000 (od poniedziałku do piątku, od "
            "8:00 do 18:00)\n\nNorthside Clinic\n1 North Road\n"),
        ),
    ],
)  # fmt: skip
def test_letter_is_whole_in_its_language(language: str, expected: str) -> None:
    assert render(message(language, "email")).text.replace("\N{NO-BREAK SPACE}", " ") == expected


@pytest.mark.parametrize("language", sorted(CORES))
def test_letter_says_its_language_to_whoever_reads_it_aloud(language: str) -> None:
    html = render(message(language, "email")).html

    assert f'<html lang="{language}" dir="ltr">' in html


def test_collapsed_polish_message_leaves_to_the_page_what_does_not_fit() -> None:
    collapsed = replace(
        message("pl", "sms"), parts=("Wizyta jest {start}.", CORES["pl"][0], "Weź dokument ze zdjęciem.")
    )

    rendered = render(collapsed)

    assert (rendered.parts_said, segments(rendered.text).segments) == (1, 1)
    assert "Reszta w planie: https://go.northside.example/k7m2" in rendered.text

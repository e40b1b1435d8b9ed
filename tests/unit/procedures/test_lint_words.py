"""Words that must not stand in a text, language by language."""

import pytest

from procedures.catalogue import words
from procedures.catalogue.words import Fault


def found(faults: object) -> set[str]:
    assert hasattr(faults, "__iter__")
    return {fault.code for fault in faults if isinstance(fault, Fault)}


@pytest.mark.parametrize(
    ("language", "text", "code"),
    [
        ("es", "No coma desde medianoche.", "misread-time"),
        ("es", "Venga a las 8.", "fixed-time"),
        ("es", "Siga con su apixabán.", "medicine-name"),
        ("es", "Deje la metformina.", "medicine-name"),
        ("es", "¡Venga pronto", "exclamation"),
        ("pl", "Nie jeść od północy.", "misread-time"),
        ("pl", "Prosimy przyjść o godz. 8.", "fixed-time"),
        ("pl", "Proszę nie brać warfaryny.", "medicine-name"),
        ("pl", "Proszę nie brać apiksabanu.", "medicine-name"),
        ("fr", "Continuez le rivaroxaban.", "medicine-name"),
        ("fr", "Ne mangez plus après minuit.", "misread-time"),
        ("fr", "Venez à 8 heures.", "fixed-time"),
        ("fr", "Venez à 14 h 30.", "fixed-time"),
        ("fr", "Cela dure de 1 à 2 heures, l'après-midi.", None),
        ("fr", "Continuez la metformine.", "medicine-name"),
        ("es", "Come from midnight.", "misread-time"),
        ("en", "You have had your lunch.", None),
    ],
)
def test_text_of_any_medium(language: str, text: str, code: str | None) -> None:
    assert found(words.in_any_text(text, language=language)) == ({code} if code else set())


@pytest.mark.parametrize(
    ("language", "text", "code"),
    [
        ("es", "Responda SI o CANCELAR.", "carrier-word"),
        ("es", "Conteste baja para terminar.", "carrier-word"),
        ("es", "Si no puede venir, llame. Baja la escalera.", None),
        ("pl", "Odpisz TAK.", "carrier-word"),
        ("pl", "Tak, to jest ten dzień.", None),
        ("fr", "Répondez OUI.", "carrier-word"),
        ("fr", "Oui, c'est ce jour. Au début et à la fin.", None),
        ("fr", "Send STOP.", "carrier-word"),
        ("es", "Es por su riñón.", "told-by-sms"),
        ("pl", "To wizyta z powodu nerki.", "told-by-sms"),
        ("pl", "Ból w klatce piersiowej? Guzik z kieszeni.", None),
        ("fr", "C'est pour votre peau.", "told-by-sms"),
    ],
)
def test_sms(language: str, text: str, code: str | None) -> None:
    assert found(words.in_sms(text, language=language)) == ({code} if code else set())


@pytest.mark.parametrize(
    ("language", "text", "private"),
    [
        ("es", "Su visita del {start:day}", False),
        ("es", "Su tratamiento", True),
        ("es", "No coma ni beba: comida", True),
        ("pl", "Pana wizyta {start:day}", False),
        ("pl", "Leczenie w piątek", True),
        ("pl", "Wizyta u lekarza", False),
        ("fr", "Votre visite du {start:day}", False),
        ("fr", "Votre traitement", True),
    ],
)
def test_subject(language: str, text: str, private: bool) -> None:
    assert found(words.in_subject(text, language=language)) == ({"told-by-subject"} if private else set())


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("es", "Tome su pastilla."),
        ("pl", "Proszę wziąć tabletkę."),
        ("fr", "Prenez votre comprimé."),
        ("fr", "Des doses."),
    ],
)
def test_medicine_is_recognized(language: str, text: str) -> None:
    assert found(words.in_page(text, language=language)) == {"medicine-in-page"}
    assert words.speaks_of_medicine(text, language=language)


def test_language_without_a_list_is_read_for_english_words() -> None:
    assert found(words.in_any_text("Kommen Sie vor midnight.", language="de")) == {"misread-time"}

"""The words a clinician starts from, in the languages of those who will read them."""

import datetime as dt
from typing import Any

import pytest
from builders import LONDON, Clinic, book, make_medication

from procedures.wording import NoWording, languages
from procedures.wording.medicines import medicine_sentences
from scheduling.codes import DecisionKind, RestartKind
from scheduling.models import Appointment
from scheduling.operations import proposed_restart, proposed_sentence

TODAY = dt.date(2027, 3, 3)
SATURDAY = dt.date(2027, 3, 13)


@pytest.fixture
def appointment(clinic: Clinic) -> Appointment:
    """Pia takes Eliquis at 8:00 and 20:00 and is booked for Tuesday 16 March at 9:00."""
    make_medication(clinic.pia, "apixaban", brand="Eliquis", form="5 mg tablet")
    return Appointment.objects.with_facts().get(pk=book(clinic).pk)


def words(appointment: Appointment, language: str, **changes: Any) -> str:
    request = {"kind": DecisionKind.HOLD, "last_dose_on": SATURDAY, **changes}
    return proposed_sentence(
        appointment=appointment, drug="apixaban", today=TODAY, language=language, **request
    ).replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize(
    ("language", "changes", "expected"),
    [
        (
            "es", {},
            ("Eliquis (apixaban). Tome la última pastilla el sábado 13 de marzo, por la noche. "
            "No lo tome el domingo, el lunes ni el martes. Después del tratamiento le diremos cuándo volver a tomarlo."),
        ),
        (
            "pl", {},
            ("Eliquis (apixaban). Ostatnią tabletkę przyjmij w sobotę 13 marca, wieczorem. "
            "Nie przyjmuj go w niedzielę, w poniedziałek ani we wtorek. "
            "Po zabiegu powiemy Ci, kiedy zacząć go znowu przyjmować."),
        ),
        (
            "fr", {},
            ("Eliquis (apixaban). Prenez votre dernier comprimé samedi 13 mars, le soir. "
            "N'en prenez pas dimanche, lundi ni mardi. Après le traitement, nous vous dirons quand le reprendre."),
        ),
        (
            "pl", {"last_dose_on": dt.date(2027, 3, 7)},
            ("Eliquis (apixaban). Ostatnią tabletkę przyjmij w niedzielę 7 marca, wieczorem. "
            "Nie przyjmuj go od poniedziałku 8 marca do wtorku 16 marca. "
            "Po zabiegu powiemy Ci, kiedy zacząć go znowu przyjmować."),
        ),
        (
            "es", {"last_dose_at": dt.datetime(2027, 3, 13, 12, tzinfo=LONDON)},
            ("Eliquis (apixaban). Tome la última pastilla el sábado 13 de marzo, a las 12:00 del mediodía. "
            "Ese día no tome más. No lo tome el domingo, el lunes ni el martes. "
            "Después del tratamiento le diremos cuándo volver a tomarlo."),
        ),
        ("fr", {"kind": DecisionKind.CONTINUE}, "Eliquis (apixaban). Continuez comme maintenant."),
        (
            "pl",
            {"kind": DecisionKind.REDUCE, "dose_percent": 80, "dose_at": dt.datetime(2027, 3, 15, 20, tzinfo=LONDON)},
            ("Eliquis (apixaban). Przyjmij 80% swojej zwykłej dawki w poniedziałek 15 marca, wieczorem. "
            "Na przykład zamiast 20 jednostek: 16. Po zabiegu powiemy Ci, kiedy wrócić do zwykłej dawki."),
        ),
    ],
)  # fmt: skip
def test_words_to_start_from_are_in_the_readers_language(
    appointment: Appointment, language: str, changes: dict[str, Any], expected: str
) -> None:
    assert words(appointment, language, **changes) == expected


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        (
            "es",
            "Eliquis (apixaban). Vuelva a tomarlo, como antes, desde el miércoles 17 de marzo a las 8:00.",
        ),
        ("pl", "Eliquis (apixaban). Zacznij go znowu przyjmować, jak wcześniej, w środę 17 marca o 8:00."),
        ("fr", "Eliquis (apixaban). Reprenez-le, comme avant, à partir du mercredi 17 mars à 8 h."),
    ],
)
def test_restart_is_said_in_the_readers_language(
    appointment: Appointment, language: str, expected: str
) -> None:
    said = proposed_restart(
        appointment=appointment,
        drug="apixaban",
        kind=RestartKind("restart"),
        today=TODAY,
        restart_at=dt.datetime(2027, 3, 17, 8, tzinfo=LONDON),
        language=language,
    )

    assert said.replace("\N{NO-BREAK SPACE}", " ") == expected


def test_language_without_words_has_no_proposal(appointment: Appointment) -> None:
    with pytest.raises(NoWording):
        words(appointment, "de")


def test_every_language_has_its_sentences() -> None:
    assert {medicine_sentences(code).go_on for code in languages()} == {
        "Go on as now.",
        "Siga como hasta ahora.",
        "Przyjmuj go tak jak dotąd.",
        "Continuez comme maintenant.",
    }

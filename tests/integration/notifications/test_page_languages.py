"""The page in every language: no English sentence left, the language said to whoever reads it aloud."""

import dataclasses
import datetime as dt
import re
import string
from collections.abc import Iterator
from typing import Any

import pytest
from builders import DAY, NOW, book, make_medication
from django.test import Client
from django.utils import timezone
from page_people import BORN, WRONG, browser, clinic_with_texts, make_link, make_related, words_of

from notifications.models import AccessLink
from notifications.operations.today import words_in
from scheduling.models import Appointment, Patient, RelatedPerson

pytestmark = [pytest.mark.slow, pytest.mark.django_db]
# Shorter pieces of a sentence may be words of another language too.
TELLING = 12
EVERY = [
    "pl",
    pytest.param("es", marks=pytest.mark.full),
    pytest.param("fr", marks=pytest.mark.full),
]


def texts_of(words: Any) -> Iterator[str]:
    for field in dataclasses.fields(words):
        value = getattr(words, field.name)
        yield from texts_of(value) if dataclasses.is_dataclass(value) else (value,)


ENGLISH = {
    piece.strip()
    for text in texts_of(words_in("en"))
    for piece, *_ in string.Formatter().parse(text)
    if len(piece.strip()) >= TELLING
}


def left_in_english(response: Any) -> set[str]:
    text = words_of(response)
    return {piece for piece in ENGLISH if piece in text}


def language_of(response: Any) -> str:
    [found] = re.findall(r'<html lang="([^"]*)"', response.content.decode())
    return str(found)


@pytest.fixture
def visit(db: None) -> Appointment:
    """Pia's visit, with apixaban to be signed for and Peter, a carer."""
    clinic = clinic_with_texts()
    appointment = book(clinic)
    make_medication(appointment.patient, "apixaban", brand="Eliquis", form="5 mg tablet")
    make_related(appointment, relationship="carer", consented_at=NOW - 365 * DAY)
    return appointment


def speak(appointment: Appointment, language: str) -> None:
    Patient.objects.filter(pk=appointment.patient_id).update(language=language)
    RelatedPerson.objects.filter(patient=appointment.patient_id).update(language=language)


def pages_of(appointment: Appointment, language: str) -> dict[str, Any]:
    """Walk through everything a patient and a carer can see, a browser asking for the language."""
    stranger = Client(headers={"accept-language": f"{language}-XX,{language};q=0.9,en;q=0.5"})
    token, link = make_link(appointment)
    shared, _ = make_link(appointment, person=RelatedPerson.objects.get())
    pages = {
        "door": stranger.get(f"/p/{token}"),
        "closed": stranger.get("/p/plan/"),
        "gone": stranger.post("/p/open/", {"token": "none", **BORN}),
        "wrong": stranger.post("/p/open/", {"token": token, **WRONG}),
        "unread": stranger.post("/p/open/", {"token": token, "day": "x"}),
    }
    patient, carer = browser(token), browser(shared)
    pages |= {
        "plan": patient.get("/p/plan/"),
        "problem": patient.get("/p/plan/problem/"),
        "empty problem": patient.post("/p/plan/problem/", {"uid": "", "text": ""}),
        "sent": patient.get("/p/plan/problem/sent/"),
        "unsaved": patient.post("/p/plan/answer/", {"answer": "maybe"}),
        "carer": carer.get("/p/plan/"),
    }
    answer = {"answer": "declined", "about_start": appointment.start.isoformat().replace("+00:00", "Z")}
    pages["changed"] = patient.post("/p/plan/answer/", {**answer, "about_start": "2027-03-17T09:00:00+00:00"})
    patient.post("/p/plan/answer/", {**answer, "about_start": appointment.start.isoformat()})
    pages["answered"] = patient.get("/p/plan/")
    AccessLink.objects.filter(pk=link.pk).update(locked_until=timezone.now() + dt.timedelta(hours=1))
    pages["locked"] = stranger.post("/p/open/", {"token": token, **BORN})
    RelatedPerson.objects.update(revoked_at=timezone.now())
    pages["not shared"] = carer.get("/p/plan/")
    return pages


@pytest.mark.parametrize("language", EVERY)
def test_no_page_keeps_an_english_sentence(visit: Appointment, language: str) -> None:
    speak(visit, language)

    pages = pages_of(visit, language)

    assert {name: language_of(page) for name, page in pages.items()} == dict.fromkeys(pages, language)
    assert "treatment of" not in words_of(pages["plan"])
    assert {name: left for name, page in pages.items() if (left := left_in_english(page))} == {}
    assert [
        name
        for name, page in pages.items()
        if 'lang="en"' in page.content.decode().replace('lang="en" hreflang="en"', "")
    ] == []


def test_each_reads_in_their_own_language(visit: Appointment) -> None:
    Patient.objects.update(language="es")
    RelatedPerson.objects.update(language="fr")

    pages = [
        browser(make_link(visit, person=person)[0]).get("/p/plan/")
        for person in (None, RelatedPerson.objects.get())
    ]

    assert [language_of(page) for page in pages] == ["es", "fr"]

"""The page for a call: whom, on which number, and nothing that must not be said yet."""

import datetime as dt

import pytest
from builders import Clinic, book, make_medication, make_patient
from clinic_clock import london
from django.test import Client
from django.urls import reverse

from cryoclinic.dashboard.calling import CallScript
from notifications.operations.calls import open_call
from scheduling.models import Appointment, RelatedPerson, Task

pytestmark = pytest.mark.slow

FOOD = (
    "You may eat until Tuesday 16 March, 3:00 in the morning (the night from Monday to Tuesday). Keep the last meal "
    "light: a big, fried or fatty meal, or meat, is fine only until Tuesday 16 March, 1:00 in the morning (the "
    "night from Monday to Tuesday)."
)
WATER = "Drink water until Tuesday 16 March, 7:00 in the morning. Please do drink. It helps you feel well."


@pytest.fixture
def nurse(northside: Clinic) -> Client:
    client = Client()
    client.force_login(northside.nora)
    return client


def task_about(appointment: Appointment, matter: str, *, reason: str = "expired") -> Task:
    at = london(1, 10)
    open_call(appointment=appointment, matter=matter, reason=reason, due_at=at, now=at)
    return Task.objects.get(appointment=appointment, reason__gt="")


def script(nurse: Client, task: Task) -> CallScript:
    answer = nurse.get(reverse("work:call", args=[task.uid]))
    assert answer.status_code == 200
    found: CallScript = answer.context["script"]
    return found


def related(appointment: Appointment, relationship: str) -> RelatedPerson:
    return RelatedPerson.objects.create(
        patient=appointment.patient,
        relationship=relationship,
        given_name="Tom",
        family_name="Novak",
        phone="+442079460777",
        language="en",
        consented_at=london(1, 9),
    )


def test_message_that_could_not_go_is_said_in_its_own_words(northside: Clinic, nurse: Client) -> None:
    appointment = book(northside)
    task = task_about(appointment, f"patient:{appointment.patient_id}:food-day-before")

    found = script(nurse, task)

    ((said,),) = [[each.words for each in found.says]]
    assert found.person == appointment.patient
    assert said == (FOOD, WATER)


def test_carer_is_called_on_their_own_number(northside: Clinic, nurse: Client) -> None:
    appointment = book(northside)
    carer = related(appointment, "carer")
    task = task_about(appointment, f"related:{carer.pk}:food-carer")

    found = script(nurse, task)

    page = nurse.get(reverse("work:call", args=[task.uid])).content.decode()
    assert (found.person, found.role) == (carer, "carer")
    assert ("tel:+442079460777" in page, f"tel:{appointment.patient.phone}" in page) == (True, False)


def test_child_is_not_called_but_the_guardian(northside: Clinic, nurse: Client) -> None:
    child = make_patient(northside.organization, birth_date=dt.date(2020, 1, 1))
    appointment = book(northside, patient=child)
    guardian = related(appointment, "guardian")
    task = task_about(appointment, "answer-stopped")

    assert script(nurse, task).person == guardian


def test_nobody_is_called_about_a_child_without_a_guardian(northside: Clinic, nurse: Client) -> None:
    child = make_patient(northside.organization, birth_date=dt.date(2020, 1, 1))
    task = task_about(book(northside, patient=child), "answer-stopped")

    assert script(nurse, task).person is None


@pytest.mark.parametrize("language", ["en", "de"])
def test_unsigned_medicine_is_not_said_in_any_language(
    northside: Clinic, nurse: Client, language: str
) -> None:
    patient = make_patient(northside.organization, language=language)
    make_medication(patient, "apixaban")
    appointment = book(northside, patient=patient)
    task = task_about(appointment, f"patient:{patient.pk}:no-channel", reason="no-channel")

    found = script(nurse, task)

    notices = {each.notice for each in found.says}
    assert {notice for notice in notices if "medicine" in notice} == set()
    assert found.waiting > 0


def test_interpreter_gets_english_where_there_is_no_text(northside: Clinic, nurse: Client) -> None:
    patient = make_patient(northside.organization, language="de")
    task = task_about(book(northside, patient=patient), f"patient:{patient.pk}:food-day-before")

    (said,) = script(nurse, task).says

    assert (said.words, said.in_english) == ((), (FOOD, WATER))


def test_call_is_shown_to_nobody_of_another_clinic(northside: Clinic) -> None:
    appointment = book(northside)
    task = task_about(appointment, f"patient:{appointment.patient_id}:food-day-before")
    stranger = Client()
    stranger.force_login(northside.omar)

    answer = stranger.get(reverse("work:call", args=[task.uid]))

    assert answer.status_code in {403, 404}

"""What staff do about an unanswered question, and the simulation of a version."""

import pytest
from builders import Clinic, book
from django.test import Client

from procedures.lint.trials import trials
from procedures.models.linting import kind_of
from scheduling.models import PatientAnswer

pytestmark = pytest.mark.slow


@pytest.fixture
def nora(clinic: Clinic, client: Client) -> Client:
    """Nora's browser."""
    client.force_login(clinic.nora)
    return client


def test_nurse_records_that_the_patient_is_coming(clinic: Clinic, nora: Client) -> None:
    visit = book(clinic)
    page = f"/staff/appointments/{visit.uid}/"

    assert "Is coming" in nora.get(page).content.decode()
    nora.post(f"{page}coming/")

    answer = PatientAnswer.objects.get(appointment=visit)
    assert (answer.question, answer.answer, answer.about_start) == ("confirm", "accepted", visit.start)
    assert "Is coming" not in nora.get(page).content.decode()


def test_simulation_page_plays_an_example_through(clinic: Clinic, nora: Client) -> None:
    examples = trials(kind_of(clinic.protocol.procedure_type), zone=clinic.london.tz)

    response = nora.get(f"/staff/protocols/{clinic.protocol.uid}/simulation/?example=1&days=3&carer=on")

    assert response.status_code == 200
    assert examples[1].who in response.content.decode()


def test_simulation_of_another_clinic_is_not_found(clinic: Clinic, client: Client) -> None:
    client.force_login(clinic.omar)

    assert client.get(f"/staff/protocols/{clinic.protocol.uid}/simulation/").status_code in {403, 404}

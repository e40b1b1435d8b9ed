"""Patients over REST: registered, found by identifier, corrected."""

from typing import Any

import pytest
from api_callers import client_of, field_errors, problem
from builders import Clinic, book, make_patient
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from scheduling.models import Patient

PATIENTS = "/api/v1/patients/"
SEARCH = f"{PATIENTS}search/"
PIA = {
    "identifier": "N-1",
    "given_name": "Pia",
    "family_name": "Lind",
    "birth_date": "1961-03-14",
    "sex": "f",
}


def address(patient: Patient) -> str:
    return f"{PATIENTS}{patient.uid}/"


def test_patient_is_registered(clinic: Clinic, portal: APIClient) -> None:
    sent = PIA | {
        "language": "pl",
        "zone": "Europe/Warsaw",
        "phone": "+44 (20) 7946-0000",
        "email": "pia@example.org",
        "first_name_in_messages": False,
    }

    response = portal.post(PATIENTS, sent)

    patient = Patient.objects.get(identifier="N-1")
    body = response.json()
    del body["created_at"]
    assert response.status_code == 201
    assert body == sent | {
        "uid": str(patient.uid),
        "phone": "+442079460000",
        "breast_fed": False,
        "formula_fed": False,
        "deceased_on": None,
        "merged_into": None,
    }
    assert patient.organization == clinic.organization


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"identifier": ""}, {("#/identifier", "blank")}),
        ({"given_name": None}, {("#/given_name", "null")}),
        ({"sex": "x"}, {("#/sex", "invalid-choice")}),
        ({"birth_date": "14.03.1961"}, {("#/birth_date", "invalid")}),
        ({"phone": "020 7946 0000"}, {("#/phone", "phone")}),
        ({"phone": "+44 1"}, {("#/phone", "phone")}),
        ({"phone": "+999 123456789"}, {("#/phone", "phone")}),
        ({"email": "pia at home"}, {("#/email", "invalid")}),
        ({"zone": "London"}, {("#/zone", "unknown-zone")}),
        ({"family_name": "a\x00b"}, {("#/family_name", "null-characters-not-allowed")}),
        ({"family_name": "x" * 81}, {("#/family_name", "max-length")}),
    ],
)
def test_wrong_field_is_pointed_to_and_nothing_is_saved(
    portal: APIClient, changes: dict[str, Any], expected: set[tuple[str, str]]
) -> None:
    response = portal.post(PATIENTS, PIA | changes)

    assert problem(response) == (400, "check-the-fields")
    assert field_errors(response) == expected
    assert not Patient.objects.filter(given_name="Pia", family_name="Lind").exists()


def test_missing_fields_are_all_named(portal: APIClient) -> None:
    response = portal.post(PATIENTS, {})

    assert field_errors(response) == {(f"#/{name}", "required") for name in PIA}


def test_identifier_is_unique_in_the_organization_alone(
    clinic: Clinic, portal: APIClient, omar: APIClient
) -> None:
    answers = [http.post(PATIENTS, PIA) for http in (portal, omar, portal)]

    assert [answer.status_code for answer in answers] == [201, 201, 409]
    assert problem(answers[2]) == (409, "identifier-taken")


def test_patient_is_found_by_identifier_in_the_own_organization_alone(
    clinic: Clinic, portal: APIClient, omar: APIClient
) -> None:
    make_patient(clinic.organization)

    answers = [http.post(SEARCH, {"identifier": clinic.pia.identifier}) for http in (portal, omar)]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert [[each["uid"] for each in answer.json()] for answer in answers] == [[str(clinic.pia.uid)], []]


@pytest.mark.parametrize("question", [{}, {"identifier": ""}, {"identifier": "a" * 41}])
def test_question_that_does_not_fit_is_a_problem(portal: APIClient, question: dict[str, str]) -> None:
    assert problem(portal.post(SEARCH, question)) == (400, "check-the-fields")


def test_patient_is_corrected_where_said(clinic: Clinic, portal: APIClient) -> None:
    before = portal.get(address(clinic.pia)).json()

    response = portal.patch(address(clinic.pia), {"phone": "+442079460001"})

    assert response.status_code == 200
    assert response.json() == before | {"phone": "+442079460001"}
    assert portal.get(address(clinic.pia)).json() == response.json()


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"phone": "12"}, (400, "check-the-fields")),
        ({"identifier": "N-1"}, (409, "identifier-taken")),
        ({"birth_date": "2999-01-01"}, (422, "born-in-future")),
    ],
)
def test_correction_that_cannot_be_changes_nothing(
    clinic: Clinic, portal: APIClient, changes: dict[str, str], expected: tuple[int, str]
) -> None:
    portal.post(PATIENTS, PIA)
    before = portal.get(address(clinic.pia)).json()

    assert problem(portal.patch(address(clinic.pia), {"given_name": "Ana"} | changes)) == expected
    assert portal.get(address(clinic.pia)).json() == before


def test_correction_makes_plans_again(clinic: Clinic, portal: APIClient) -> None:
    appointment = book(clinic)

    portal.patch(address(clinic.pia), {"language": "pl"})

    before = appointment.plan_revision
    appointment.refresh_from_db()
    assert appointment.plan_revision == before + 1


def test_patient_is_not_born_in_the_future(portal: APIClient) -> None:
    assert problem(portal.post(PATIENTS, PIA | {"birth_date": "2999-01-01"})) == (422, "born-in-future")


def test_reader_cannot_correct(clinic: Clinic) -> None:
    reader = client_of(clinic.organization, scopes=["scheduling.read"])

    assert problem(reader.patch(address(clinic.pia), {})) == (403, "scope-missing")


def test_list_costs_the_same_for_one_and_for_three(clinic: Clinic, portal: APIClient) -> None:
    counts = []
    for more in (0, 2):
        for _ in range(more):
            make_patient(clinic.organization)
        with CaptureQueriesContext(connection) as queries:
            shown = portal.get(PATIENTS).json()["results"]
        counts.append((len(shown), len(queries)))

    assert counts == [(1, 2), (3, 2)]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"text": "nový pía"}, 0),
        ({"text": "novák pía 1961-03-14"}, 1),
        ({"text": "NOV"}, 1),
        ({"text": ","}, 0),
    ],
)
def test_patient_is_found_by_what_is_said(
    clinic: Clinic, portal: APIClient, omar: APIClient, asked: dict[str, str], found: int
) -> None:
    answers = [caller.post(SEARCH, asked, format="json").json() for caller in (portal, omar)]

    assert [len(each) for each in answers] == [found, 0]


@pytest.mark.parametrize("asked", [{}, {"identifier": "P", "text": "Novak"}])
def test_search_takes_one_of_two_questions(portal: APIClient, asked: dict[str, str]) -> None:
    answered = portal.post(SEARCH, asked, format="json")

    assert (answered.status_code, "Send an identifier or a text." in answered.content.decode()) == (400, True)

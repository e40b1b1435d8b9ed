"""Readiness, likely duplicates and related persons over HTTP."""

import pytest
from api_callers import problem
from builders import NOW, Clinic
from rest_framework.test import APIClient

from scheduling.models import Appointment, Patient
from scheduling.operations.readiness import refresh_readiness

pytestmark = pytest.mark.usefixtures("clock")


def test_readiness_is_part_of_an_appointment_and_a_filter(
    clinic: Clinic, booked: Appointment, portal: APIClient
) -> None:
    before = portal.get(f"/api/v1/appointments/{booked.uid}/").json()["readiness"]
    refresh_readiness(now=NOW)
    after = portal.get(f"/api/v1/appointments/{booked.uid}/").json()["readiness"]
    found = {
        state: len(portal.get(f"/api/v1/appointments/?readiness={state}").json()["results"])
        for state in ("ready", "on-track", "at-risk", "blocked")
    }
    Patient.objects.filter(pk=clinic.pia.pk).update(language="es")
    behind = portal.get(f"/api/v1/appointments/{booked.uid}/").json()["readiness"]

    assert before is None
    assert (after["state"], after["is_current"], behind["is_current"]) == ("on-track", True, False)
    assert {reason["code"] for reason in after["reasons"]} == {"missing"}
    assert (after["next_by"], after["next_due_at"]) == (
        after["reasons"][0]["who"],
        after["reasons"][0]["due_at"],
    )
    assert found == {"ready": 0, "on-track": 1, "at-risk": 0, "blocked": 0}


def test_likely_duplicate_is_a_conflict_until_it_is_confirmed(clinic: Clinic, portal: APIClient) -> None:
    facts = {
        "identifier": "NEW-1",
        "given_name": clinic.pia.given_name.upper(),
        "family_name": clinic.pia.family_name,
        "birth_date": "1961-03-14",
        "sex": "f",
    }

    refused = portal.post("/api/v1/patients/", facts)
    registered = portal.post("/api/v1/patients/", {**facts, "confirm_not_duplicate": True})

    assert problem(refused) == (409, "likely-duplicate")
    assert refused.json()["candidates"] == [{"uid": str(clinic.pia.uid), "alike_in": ["name-and-birth-date"]}]
    assert (registered.status_code, registered.json()["merged_into"]) == (201, None)


def test_related_person_is_told_only_with_consent(clinic: Clinic, portal: APIClient) -> None:
    address = f"/api/v1/patients/{clinic.pia.uid}/related-persons/"
    facts = {"relationship": "carer", "given_name": "Jan", "family_name": "Novak", "consented": True}

    added = portal.post(address, facts)
    consent = f"/api/v1/related-persons/{added.json()['uid']}/consent/"
    withdrawn = portal.post(consent, {"given": False})
    again = portal.post(consent, {"given": False})

    assert (added.status_code, added.json()["may_be_told"]) == (201, True)
    assert withdrawn.json()["may_be_told"] is False
    assert problem(again) == (409, "no-consent")
    assert len(portal.get(address).json()) == 1

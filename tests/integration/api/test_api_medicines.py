"""Medicines over REST: what a line may mean, what is written down, who says which medicine it is."""

from collections.abc import Callable
from typing import Any

import pytest
from api_callers import field_errors, problem
from builders import NOW, Clinic, make_medication
from rest_framework.test import APIClient

from cryoclinic.accounts.codes import Role
from procedures.preparation import prepare
from scheduling.models import Appointment, MedicationStatement
from scheduling.models.case import case_of
from scheduling.operations import register_medicine

pytestmark = pytest.mark.usefixtures("clock")

MATCH = "/api/v1/medicines/match/"


def listed(clinic: Clinic) -> str:
    return f"/api/v1/patients/{clinic.pia.uid}/medicines/"


def confirm(medicine: MedicationStatement) -> str:
    return f"/api/v1/medicines/{medicine.uid}/confirm/"


def actions(appointment: Appointment) -> tuple[str, ...]:
    return prepare(case_of(Appointment.objects.with_facts().get(pk=appointment.pk))).clinician_actions


def test_line_is_matched_and_nothing_is_stored(portal: APIClient) -> None:
    response = portal.post(MATCH, {"text": "Elikuis 5 mg twice a day"})

    assert response.json() == {
        "written": {"name": "Elikuis", "strength": "5 mg", "form": "", "frequency": "twice a day"},
        "matches": [
            {
                "drug": "apixaban",
                "kind": "spelling",
                "confidence": 0.77,
                "name": "Eliquis",
                "regions": ["int"],
            }
        ],
    }
    assert not MedicationStatement.objects.exists()


def test_line_that_means_nothing_is_said_so(portal: APIClient) -> None:
    [found] = portal.post(MATCH, {"text": "the blue one"}).json()["matches"]

    assert (found["drug"], found["kind"], found["confidence"]) == ("", "none", 0.0)


@pytest.mark.parametrize("sent", [{}, {"text": ""}, {"text": "x" * 101}])
def test_line_must_be_there_and_short(portal: APIClient, sent: dict[str, str]) -> None:
    response = portal.post(MATCH, sent)

    assert problem(response) == (400, "check-the-fields")
    assert {pointer for pointer, _ in field_errors(response)} == {"#/text"}


def test_written_medicine_is_not_confirmed_and_escalates(
    clinic: Clinic, booked: Appointment, portal: APIClient
) -> None:
    response = portal.post(listed(clinic), {"text": "apixaban 5 mg tablet", "dose_times": ["08:00", "20:00"]})

    entry = response.json()
    assert response.status_code == 201
    assert {key: entry[key] for key in ("drug", "identity", "proposed_drug", "match_confidence", "form")} == {
        "drug": '"apixaban 5 mg tablet"',
        "identity": "unconfirmed",
        "proposed_drug": "apixaban",
        "match_confidence": "1.00",
        "form": "5 mg tablet",
    }
    assert actions(booked) == ('clarify_medicine:"apixaban 5 mg tablet"',)
    assert portal.get(listed(clinic)).json() == [entry]


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ({"text": "5 mg"}, (422, "nothing-written")),
        ({"text": "Eliquis", "weekdays": ["noday"]}, (400, "check-the-fields")),
        ({"text": "Eliquis", "dose_times": ["25:00"]}, (400, "check-the-fields")),
        ({"text": "Eliquis", "route": "by mouth"}, (400, "check-the-fields")),
    ],
)
def test_medicine_is_refused(
    clinic: Clinic, portal: APIClient, sent: dict[str, Any], expected: tuple[int, str]
) -> None:
    assert problem(portal.post(listed(clinic), sent)) == expected
    assert not MedicationStatement.objects.exists()


def test_nurse_confirms_which_medicine_it_is(clinic: Clinic, booked: Appointment, nora: APIClient) -> None:
    medicine = register_medicine(patient=clinic.pia, text="Eliquis 5 mg", dose_times=["08:00", "20:00"])

    response = nora.post(confirm(medicine), {"drug": "apixaban"})

    entry = response.json()
    assert (entry["drug"], entry["identity"], entry["brand"]) == ("apixaban", "confirmed", "Eliquis")
    medicine.refresh_from_db()
    assert (medicine.confirmed_by, medicine.confirmed_at, medicine.as_written) == (
        clinic.nora,
        NOW,
        "Eliquis 5 mg",
    )
    assert actions(booked) == ("obtain_creatinine_clearance",)


def test_none_of_the_list_stays_in_its_own_words(
    clinic: Clinic, booked: Appointment, nora: APIClient
) -> None:
    medicine = register_medicine(patient=clinic.pia, text="herbal drops")

    response = nora.post(confirm(medicine), {"drug": ""})

    assert response.json()["identity"] == "unlisted"
    assert actions(booked) == ('clarify_medicine:"herbal drops"',)


def test_confirming_is_refused(
    clinic: Clinic, portal: APIClient, nora: APIClient, staff: Callable[[Role], APIClient]
) -> None:
    waiting = register_medicine(patient=clinic.pia, text="Eliquis")
    recorded = make_medication(clinic.pia, "aspirin")

    assert problem(portal.post(confirm(waiting), {"drug": "apixaban"})) == (403, "may-not-confirm")
    scheduler = staff(Role.SCHEDULER)
    assert problem(scheduler.post(confirm(waiting), {"drug": "apixaban"})) == (403, "may-not-confirm")
    assert problem(nora.post(confirm(waiting), {"drug": "eliquis"})) == (422, "unknown-medicine")
    assert problem(nora.post(confirm(recorded), {"drug": "aspirin"})) == (409, "already-confirmed")
    waiting.refresh_from_db()
    assert waiting.identity == "unconfirmed"

"""The preparation plan over REST: what is settled for everybody, medicines for those who decide about them."""

import datetime as dt
import json
from collections.abc import Callable

import pytest
from api_callers import problem, session_of
from builders import NOW, Clinic, book, make_medication
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from cryoclinic.accounts.codes import Role
from procedures.preparation import plan_as_json, prepare
from scheduling.codes import DecisionKind
from scheduling.models import Appointment
from scheduling.models.case import basis_of, case_of
from scheduling.operations import sign_decision

pytestmark = pytest.mark.usefixtures("clock")

SENTENCE = "Eliquis (apixaban). Take your last tablet on Sunday 14 March, in the evening."


@pytest.fixture
def booked(clinic: Clinic) -> Appointment:
    make_medication(clinic.pia, "apixaban", brand="Eliquis")
    return Appointment.objects.with_facts().get(pk=book(clinic).pk)


def plan_of(http: APIClient, appointment: Appointment) -> dict[str, object]:
    response = http.get(f"/api/v1/appointments/{appointment.uid}/preparation-plan/")
    assert response.status_code == 200
    body: dict[str, object] = response.json()
    return body


def sign(clinic: Clinic, appointment: Appointment) -> None:
    hold = prepare(case_of(appointment)).holds[0]
    option = hold.candidates[0]
    sign_decision(
        appointment=appointment,
        drug=hold.drug,
        kind=DecisionKind.HOLD,
        sentences={"en": SENTENCE},
        basis_sha256=basis_of(appointment),
        by=clinic.cleo,
        now=NOW,
        last_dose_on=option.last_dose_on,
        last_dose_at=option.last_dose_at,
    )


def test_plan_shows_what_is_settled(clinic: Clinic, portal: APIClient, booked: Appointment) -> None:
    body = plan_of(portal, booked)

    assert {name: body[name] for name in ("appointment", "zone", "escort_needed", "waits_for_signature")} == {
        "appointment": str(booked.uid),
        "zone": "Europe/London",
        "escort_needed": True,
        "waits_for_signature": True,
    }
    assert body["fasting"] == {
        "solids_stop": "2027-03-16T03:00:00+00:00",
        "fatty_meal_stop": "2027-03-16T01:00:00+00:00",
        "clear_liquids_stop": "2027-03-16T07:00:00+00:00",
    }


@pytest.mark.parametrize("signed", [False, True])
def test_portal_sees_no_medicine_but_in_signed_sentences(
    clinic: Clinic, portal: APIClient, booked: Appointment, *, signed: bool
) -> None:
    if signed:
        sign(clinic, booked)

    body = plan_of(portal, booked)

    decisions = body.pop("decisions")
    assert isinstance(decisions, list)
    assert [decision["sentences"] for decision in decisions] == [{"en": SENTENCE}] * signed
    assert all(set(decision) == {"uid", "sentences", "signed_at"} for decision in decisions)
    assert "apixaban" not in json.dumps(body)
    assert "proposal" not in body
    assert body["waits_for_signature"] is not signed


@pytest.mark.parametrize(
    ("role", "sees"),
    [
        (Role.CLINICIAN, True),
        (Role.NURSE, True),
        (Role.SCHEDULER, False),
        (Role.ADMINISTRATOR, False),
        (Role.AUDITOR, False),
    ],
)
def test_proposals_are_shown_to_those_who_decide(
    staff: Callable[[Role], APIClient], booked: Appointment, role: Role, *, sees: bool
) -> None:
    body = plan_of(staff(role), booked)

    expected = plan_as_json(prepare(case_of(booked))) if sees else None
    assert body["proposal"] == expected
    assert ("apixaban" in json.dumps(body)) is sees


def test_signed_decision_shows_staff_who_signed_what(clinic: Clinic, booked: Appointment) -> None:
    sign(clinic, booked)

    decisions = plan_of(session_of(clinic.nora), booked)["decisions"]

    assert isinstance(decisions, list)
    assert [(d["drug"], d["kind"], d["last_dose_on"], d["signed_by"]) for d in decisions] == [
        ("apixaban", "hold", "2027-03-14", str(clinic.cleo.uid))
    ]


def test_decision_that_lost_its_basis_is_not_shown(
    clinic: Clinic, portal: APIClient, booked: Appointment
) -> None:
    sign(clinic, booked)
    make_medication(clinic.pia, "clopidogrel", dose_times=["08:00"])

    body = plan_of(portal, booked)

    assert (body["decisions"], body["waits_for_signature"]) == ([], True)


def test_plan_that_cannot_be_made_is_a_problem(portal: APIClient, booked: Appointment) -> None:
    Appointment.objects.filter(pk=booked.pk).update(target="nowhere")

    response = portal.get(f"/api/v1/appointments/{booked.uid}/preparation-plan/")

    assert problem(response) == (422, "case-does-not-make-sense")


def test_plan_costs_the_same_for_one_medicine_and_for_three(
    clinic: Clinic, portal: APIClient, booked: Appointment
) -> None:
    counts = []
    for drugs in ([], ["paracetamol", "metformin"]):
        for drug in drugs:
            make_medication(clinic.pia, drug)
        with CaptureQueriesContext(connection) as queries:
            plan_of(portal, booked)
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_fasting_times_are_moments(clinic: Clinic, portal: APIClient, booked: Appointment) -> None:
    fasting = plan_of(portal, booked)["fasting"]

    assert isinstance(fasting, dict)
    assert all(dt.datetime.fromisoformat(each).utcoffset() is not None for each in fasting.values())

"""Booking over REST: what it answers, and every sentence with which it refuses."""

import datetime as dt
from typing import Any

import pytest
from api_callers import client_of, field_errors, problem
from builders import DAY, HOUR, LONDON, NOW, START, Clinic, make_medication, make_patient
from rest_framework.test import APIClient

from scheduling.models import Appointment, AppointmentChange

pytestmark = pytest.mark.usefixtures("clock")

APPOINTMENTS = "/api/v1/appointments/"
NOBODY = "00000000-0000-4000-8000-000000000000"


def wish(clinic: Clinic, **changes: Any) -> dict[str, Any]:
    body = {"offering": clinic.offering.uid, "patient": clinic.pia.uid, "start": START.isoformat()}
    return body | changes


def as_booked(clinic: Clinic, appointment: Appointment) -> dict[str, Any]:
    return {
        "uid": str(appointment.uid),
        "status": "booked",
        "revision": 1,
        "offering": str(clinic.offering.uid),
        "procedure_type": "renal_cryo",
        "location": str(clinic.london.uid),
        "zone": "Europe/London",
        "patient": str(clinic.pia.uid),
        "start": "2027-03-16T09:00:00Z",
        "arrive_at": "2027-03-16T08:00:00Z",
        "planned_end": "2027-03-16T10:30:00Z",
        "leaves_at": "2027-03-16T12:30:00Z",
        "began_at": None,
        "ended_at": None,
        "target": "",
        "anaesthesia": "moderate_sedation",
        "guidance": "ct",
        "contrast": "none",
        "protocol": str(clinic.protocol.uid),
        "protocol_version": 1,
        "booked_at": "2027-03-01T09:00:00Z",
        "known_at": "2027-03-01T09:00:00Z",
        "cancellation_reason": "",
        "override_reason": "",
        "deposit_required": False,
        "deposit_recorded_at": None,
        "readiness": None,
    }


def test_booking_answers_with_the_appointment(clinic: Clinic, portal: APIClient) -> None:
    response = portal.post(APPOINTMENTS, wish(clinic))

    appointment = Appointment.objects.get()
    body = response.json()
    allocations = body.pop("allocations")
    assert body.pop("warnings") == []
    assert response.status_code == 201
    assert response["ETag"] == '"1"'
    assert response["Location"] == f"http://testserver{APPOINTMENTS}{appointment.uid}/"
    assert body == as_booked(clinic, appointment)
    assert [(each["leg"], each["kind"], each["begin"]) for each in allocations] == [
        ("operator", "practitioner", "2027-03-16T09:00:00Z"),
        ("room", "room", "2027-03-16T08:45:00Z"),
        ("console", "device", "2027-03-16T09:00:00Z"),
        ("bay", "bay", "2027-03-16T10:30:00Z"),
    ]


def test_booking_names_who_booked(clinic: Clinic, portal: APIClient, nora: APIClient) -> None:
    portal.post(APPOINTMENTS, wish(clinic))
    nora.post(APPOINTMENTS, wish(clinic, start=(START + DAY).isoformat()))

    changes = AppointmentChange.objects.order_by("id")
    assert [(each.user, each.client is not None) for each in changes] == [(None, True), (clinic.nora, False)]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"offering": NOBODY}, {("#/offering", "unknown-offering")}),
        ({"offering": "x"}, {("#/offering", "invalid")}),
        ({"offering": None}, {("#/offering", "null")}),
        ({"patient": NOBODY}, {("#/patient", "unknown-patient")}),
        ({"start": "2027-03-16T09:00:00"}, {("#/start", "naive-datetime")}),
        ({"start": "tomorrow"}, {("#/start", "invalid")}),
        ({"start": 1}, {("#/start", "invalid")}),
        ({"start": "9999-12-31T23:59:59-14:00"}, {("#/start", "out-of-reach")}),
        ({"start": "0001-01-01T00:00:00+14:00"}, {("#/start", "out-of-reach")}),
        ({"anaesthesia": "whisky"}, {("#/anaesthesia", "invalid-choice")}),
        ({"guidance": "stars"}, {("#/guidance", "invalid-choice")}),
        ({"contrast": "ink"}, {("#/contrast", "invalid-choice")}),
        ({"target": "x" * 21}, {("#/target", "max-length")}),
        (
            {"start": "", "patient": ""},
            {("#/start", "invalid"), ("#/patient", "null")},
        ),
    ],
)
def test_booking_with_a_wrong_field_points_to_it(
    clinic: Clinic, portal: APIClient, changes: dict[str, Any], expected: set[tuple[str, str]]
) -> None:
    response = portal.post(APPOINTMENTS, wish(clinic, **changes))

    assert problem(response) == (400, "check-the-fields")
    assert field_errors(response) == expected
    assert Appointment.objects.count() == 0


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"start": (NOW - HOUR).isoformat()}, (422, "start-in-past")),
        ({"start": (NOW + HOUR).isoformat()}, (422, "too-short-notice")),
        ({"start": (NOW + 400 * DAY).isoformat()}, (422, "beyond-horizon")),
        ({"start": START.replace(hour=3).isoformat()}, (422, "outside-hours")),
        ({"start": (START + 4 * DAY).isoformat()}, (422, "outside-hours")),
        ({"start": (NOW + DAY).isoformat()}, (422, "cannot-be-prepared")),
        ({"start": (NOW + DAY).isoformat(), "override_reason": "Urgent"}, (403, "override-refused")),
        ({"anaesthesia": "spinal"}, (422, "anaesthesia-not-offered")),
        ({"guidance": "mri"}, (422, "guidance-not-offered")),
        ({"target": "left"}, (422, "target-needed")),
    ],
)
def test_booking_that_cannot_be_is_refused_with_what_to_do(
    clinic: Clinic, portal: APIClient, changes: dict[str, Any], expected: tuple[int, str]
) -> None:
    response = portal.post(APPOINTMENTS, wish(clinic, **changes))

    assert problem(response) == expected
    assert Appointment.objects.count() == 0


def test_booking_of_a_taken_slot_names_what_is_taken_and_until_when(
    clinic: Clinic, portal: APIClient, booked: Appointment
) -> None:
    other = make_patient(clinic.organization)

    response = portal.post(APPOINTMENTS, wish(clinic, patient=other.uid))

    assert problem(response) == (409, "slot-taken")
    document = response.json()
    assert document["leg"] == "operator"
    assert document["resources"] == [str(clinic.resource("practitioner").uid)]
    assert document["until"] == "2027-03-16T10:30:00Z"


def test_booking_of_a_busy_patient_is_refused(clinic: Clinic, portal: APIClient, booked: Appointment) -> None:
    response = portal.post(
        APPOINTMENTS,
        wish(
            clinic, offering=clinic.offering_new_york.uid, start=START.replace(hour=12, minute=15).isoformat()
        ),
    )

    assert problem(response) == (409, "patient-busy")


def test_portal_cannot_book_what_is_not_decided(clinic: Clinic, portal: APIClient, nora: APIClient) -> None:
    make_medication(clinic.pia, "a medicine nobody knows")

    assert problem(portal.post(APPOINTMENTS, wish(clinic))) == (422, "plan-undecided")
    assert nora.post(APPOINTMENTS, wish(clinic)).status_code == 201


def test_reader_cannot_book(clinic: Clinic) -> None:
    reader = client_of(clinic.organization, scopes=["scheduling.read"])

    assert problem(reader.post(APPOINTMENTS, wish(clinic))) == (403, "scope-missing")


def test_patient_of_another_organization_cannot_be_booked(clinic: Clinic, portal: APIClient) -> None:
    stranger = make_patient(clinic.elsewhere)

    response = portal.post(APPOINTMENTS, wish(clinic, patient=stranger.uid))

    assert field_errors(response) == {("#/patient", "unknown-patient")}


def test_local_time_with_an_offset_is_that_moment(clinic: Clinic, portal: APIClient) -> None:
    summer = dt.datetime(2027, 4, 6, 9, tzinfo=LONDON)

    response = portal.post(APPOINTMENTS, wish(clinic, start=summer.isoformat()))

    assert response.json()["start"] == "2027-04-06T08:00:00Z"

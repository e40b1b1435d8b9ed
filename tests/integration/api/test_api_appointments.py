"""Appointments over REST: read, found, moved, cancelled, and taken through the day."""

import datetime as dt
import json
from typing import Any

import pytest
from api_callers import field_errors, problem, session_of
from builders import DAY, HOUR, NOW, START, Clinic, book, make_patient
from django.db import connection
from django.http import HttpResponse
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from scheduling.models import Appointment
from scheduling.operations import mark_arrived

pytestmark = pytest.mark.usefixtures("clock")

APPOINTMENTS = "/api/v1/appointments/"
NOBODY = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def on_the_day(clinic: Clinic, booked: Appointment, monkeypatch: pytest.MonkeyPatch) -> APIClient:
    """Return Nora's client, two hours after the start."""
    monkeypatch.setattr(timezone, "now", lambda: START + 2 * HOUR)
    return session_of(clinic.nora)


def address(appointment: Appointment, act: str = "") -> str:
    return f"{APPOINTMENTS}{appointment.uid}/{act}"


def change(
    http: APIClient, appointment: Appointment, act: str, body: dict[str, Any], **headers: str
) -> HttpResponse:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return http.post(address(appointment, act), body, headers=named)


def test_appointment_is_read_with_its_revision_as_etag(portal: APIClient, booked: Appointment) -> None:
    response = portal.get(address(booked))
    again = portal.get(address(booked), headers={"If-None-Match": response["ETag"]})
    other = portal.get(address(booked), headers={"If-None-Match": '"7"'})

    assert (response.status_code, response["ETag"]) == (200, '"1"')
    assert (again.status_code, again["ETag"], again.content) == (304, '"1"', b"")
    assert (other.status_code, other.json()) == (200, response.json())


def test_move_takes_the_new_time_and_raises_the_revision(portal: APIClient, booked: Appointment) -> None:
    later = START + DAY

    response = change(
        portal, booked, "move/", {"start": later.isoformat(), "reason": "Asked"}, If_Match='"1"'
    )

    booked.refresh_from_db()
    assert (response.status_code, response["ETag"]) == (200, '"2"')
    assert response.json()["start"] == "2027-03-17T09:00:00Z"
    assert (booked.start, booked.revision) == (later, 2)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, (428, "revision-needed")),
        ({"If_Match": "1"}, (412, "revision-unreadable")),
        ({"If_Match": "*"}, (412, "revision-unreadable")),
        ({"If_Match": '"1", "2"'}, (412, "revision-unreadable")),
        ({"If_Match": '"7"'}, (412, "stale-revision")),
    ],
)
@pytest.mark.parametrize(
    "wanted", [("move/", {"start": (START + DAY).isoformat()}), ("cancel/", {"reason": "pat"})]
)
def test_change_needs_the_revision_that_was_seen(
    portal: APIClient,
    booked: Appointment,
    wanted: tuple[str, dict[str, Any]],
    headers: dict[str, str],
    expected: tuple[int, str],
) -> None:
    response = change(portal, booked, *wanted, **headers)

    booked.refresh_from_db()
    assert problem(response) == expected
    assert (booked.status, booked.revision) == ("booked", 1)
    if expected[1] == "stale-revision":
        assert (response["ETag"], response.json()["current"]) == ('"1"', 1)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, (400, "check-the-fields")),
        ({"start": "2027-03-17T09:00:00"}, (400, "check-the-fields")),
        ({"start": START.isoformat()}, (409, "already-there")),
        ({"start": (NOW - HOUR).isoformat()}, (422, "start-in-past")),
        ({"start": START.replace(hour=3).isoformat()}, (422, "outside-hours")),
    ],
)
def test_move_that_cannot_be_keeps_the_old_time(
    portal: APIClient, booked: Appointment, body: dict[str, str], expected: tuple[int, str]
) -> None:
    assert problem(change(portal, booked, "move/", body, If_Match='"1"')) == expected

    booked.refresh_from_db()
    assert (booked.start, booked.revision) == (START, 1)
    assert booked.allocations.filter(active=True).count() == 4


def test_cancel_frees_everything(portal: APIClient, booked: Appointment) -> None:
    response = change(portal, booked, "cancel/", {"reason": "pat"}, If_Match='"1"')

    body = response.json()
    assert (response.status_code, response["ETag"]) == (200, '"2"')
    assert (body["status"], body["cancellation_reason"], body["allocations"]) == ("cancelled", "pat", [])


@pytest.mark.parametrize("body", [{}, {"reason": "weather"}, {"reason": ""}])
def test_cancel_needs_a_known_reason(portal: APIClient, booked: Appointment, body: dict[str, str]) -> None:
    response = change(portal, booked, "cancel/", body, If_Match='"1"')

    assert problem(response) == (400, "check-the-fields")


def test_day_of_the_visit_goes_from_arrived_to_left(on_the_day: APIClient, booked: Appointment) -> None:
    times = {"began_at": START.isoformat(), "ended_at": (START + HOUR).isoformat()}

    too_early = change(on_the_day, booked, "complete/", times)
    arrived = change(on_the_day, booked, "arrive/", {})
    twice = change(on_the_day, booked, "arrive/", {})
    left = change(on_the_day, booked, "complete/", times)

    assert problem(too_early) == problem(twice) == (409, "transition-refused")
    assert twice.json()["from_status"] == "arrived"
    assert (arrived.status_code, arrived.json()["status"]) == (200, "arrived")
    assert (left.status_code, left.json()["status"], left.json()["ended_at"]) == (
        200,
        "fulfilled",
        "2027-03-16T10:00:00Z",
    )


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        ({}, (400, "check-the-fields")),
        ({"began_at": START + HOUR, "ended_at": START}, (422, "times-do-not-fit")),
        ({"began_at": START, "ended_at": START + DAY}, (422, "times-do-not-fit")),
    ],
)
def test_times_that_do_not_fit_are_refused(
    clinic: Clinic,
    on_the_day: APIClient,
    booked: Appointment,
    times: dict[str, dt.datetime],
    expected: tuple[int, str],
) -> None:
    mark_arrived(appointment=booked, now=START, by=clinic.staff)

    response = change(
        on_the_day, booked, "complete/", {name: each.isoformat() for name, each in times.items()}
    )

    assert problem(response) == expected


def test_list_is_narrowed_by_each_filter(clinic: Clinic, portal: APIClient, booked: Appointment) -> None:
    later = book(clinic, start=START + DAY, patient=make_patient(clinic.organization))
    abroad = book(clinic, offering=clinic.offering_new_york, start=START + 2 * DAY + 6 * HOUR)
    change(portal, later, "cancel/", {"reason": "pat"}, If_Match='"1"')
    moment = (START + DAY).astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    found = {
        query: [each["uid"] for each in portal.get(f"{APPOINTMENTS}?{query}").json()["results"]]
        for query in (
            "",
            f"location={clinic.new_york.uid}",
            f"patient={later.patient.uid}",
            "status=booked",
            "status=booked&status=cancelled",
            f"start_from={moment}",
            f"start_until={moment}",
        )
    }

    first, second, third = str(booked.uid), str(later.uid), str(abroad.uid)
    assert list(found.values()) == [
        [first, second, third],
        [third],
        [second],
        [first, third],
        [first, second, third],
        [second, third],
        [first],
    ]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("location=x", {("#/location", "invalid")}),
        ("status=lost", {("#/status", "invalid-choice")}),
        ("start_from=2027-03-16T09:00:00", {("#/start_from", "naive-datetime")}),
        ("start_until=soon", {("#/start_until", "invalid")}),
    ],
)
def test_filter_that_means_nothing_is_refused(
    portal: APIClient, query: str, expected: set[tuple[str, str]]
) -> None:
    response = portal.get(f"{APPOINTMENTS}?{query}")

    assert problem(response) == (400, "check-the-fields")
    assert field_errors(response) == expected


def test_list_costs_the_same_for_one_and_for_three(
    clinic: Clinic, portal: APIClient, booked: Appointment
) -> None:
    counts = []
    for more in (0, 2):
        for day in range(more):
            book(clinic, start=START + (day + 1) * DAY, patient=make_patient(clinic.organization))
        with CaptureQueriesContext(
            connection,
        ) as queries:
            shown = json.loads(portal.get(APPOINTMENTS).content)["results"]
        counts.append((len(shown), len(queries)))

    assert [shown for shown, _ in counts] == [1, 3]
    assert counts[0][1] == counts[1][1]

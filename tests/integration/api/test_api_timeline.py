"""The timeline over REST: what is owed, what was told, what is not and why; never how to reach anybody."""

import datetime as dt
import json
from typing import Any

import pytest
from builders import NOW, START, Clinic
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from notifications.models import Communication, CommunicationRequest, ContactPoint, Recipient, Timeline
from scheduling.models import Appointment, RelatedPerson

pytestmark = pytest.mark.usefixtures("clock")

HOUR = dt.timedelta(hours=1)


def owe(
    appointment: Appointment, notice: str, *, to: RelatedPerson | None = None, **fields: Any
) -> CommunicationRequest:
    recipient, _ = Recipient.objects.get_or_create(patient=appointment.patient, related_person=to)
    defaults = {
        "trigger": "scheduled",
        "facts_sha256": "0" * 64,
        "language": "en",
        "channels": ["sms"],
        "purpose": "preparation",
        "safety": "safety",
        "answer": "none",
        "rank": 1,
        "due_at": NOW + HOUR,
        "next_at": NOW + HOUR,
        "expires_at": START,
        "status": "active",
        "created_at": NOW,
    }
    return CommunicationRequest.objects.create(
        organization=appointment.organization,
        appointment=appointment,
        recipient=recipient,
        notice=notice,
        **{**defaults, **fields},
    )


def attempt(request: CommunicationRequest, **fields: Any) -> Communication:
    point, _ = ContactPoint.objects.get_or_create(
        organization=request.organization, system="sms", value=request.appointment.patient.phone
    )
    defaults = {
        "channel": "sms",
        "text": "the words of the message",
        "attempted_at": NOW,
        "lease_until": NOW + HOUR,
        "status": "completed",
        "settled_at": NOW,
    }
    return Communication.objects.create(
        request=request, recipient=request.recipient, contact_point=point, **{**defaults, **fields}
    )


def timeline_of(http: APIClient, appointment: Appointment) -> dict[str, Any]:
    response = http.get(f"/api/v1/appointments/{appointment.uid}/timeline/")
    assert response.status_code == 200
    body: dict[str, Any] = response.json()
    return body


def test_timeline_before_the_first_plan_is_empty_and_not_current(
    portal: APIClient, booked: Appointment
) -> None:
    assert timeline_of(portal, booked) == {
        "appointment": str(booked.uid),
        "is_current": False,
        "planned_at": None,
        "failure": "",
        "messages": [],
        "not_owed": [],
    }


def test_timeline_shows_what_is_owed_and_each_attempt(portal: APIClient, booked: Appointment) -> None:
    carer = RelatedPerson.objects.create(
        patient=booked.patient, given_name="Peter", family_name="Novak", relationship="carer"
    )
    told = owe(booked, "fasting", status="completed", closed_at=NOW)
    attempt(told, status="not-done", status_reason="refused", attempted_at=NOW - HOUR)
    attempt(told)
    owe(booked, "escort", to=carer, due_at=NOW, status="on-hold", status_reason="unsigned")

    messages = timeline_of(portal, booked)["messages"]

    assert [(m["notice"], m["recipient"], m["status"], m["status_reason"]) for m in messages] == [
        ("escort", "carer", "on-hold", "unsigned"),
        ("fasting", "patient", "completed", ""),
    ]
    assert [(a["channel"], a["status"], a["status_reason"]) for a in messages[1]["attempts"]] == [
        ("sms", "not-done", "refused"),
        ("sms", "completed", ""),
    ]
    assert messages[1]["due_at"] == "2027-03-01T10:00:00Z"


def test_timeline_says_what_is_not_owed_and_why(
    clinic: Clinic, portal: APIClient, booked: Appointment
) -> None:
    carer = RelatedPerson.objects.create(
        patient=booked.patient, given_name="Peter", family_name="Novak", relationship="carer"
    )
    booked.refresh_from_db()
    Timeline.objects.filter(appointment=booked).update(
        planned_revision=booked.plan_revision,
        planned_at=NOW,
        not_owed=[
            {"recipient": f"patient:{booked.patient_id}", "notice": "liquid-diet", "reason": "too-late"},
            {"recipient": f"related:{carer.pk}", "notice": "escort", "reason": "no-consent"},
        ],
    )

    body = timeline_of(portal, booked)

    assert (body["is_current"], body["planned_at"]) == (True, "2027-03-01T09:00:00Z")
    assert body["not_owed"] == [
        {"recipient": "patient", "notice": "liquid-diet", "reason": "too-late"},
        {"recipient": "carer", "notice": "escort", "reason": "no-consent"},
    ]


def test_timeline_never_says_how_to_reach_anybody(
    clinic: Clinic, nora: APIClient, booked: Appointment
) -> None:
    attempt(owe(booked, "fasting"))

    text = json.dumps(timeline_of(nora, booked))

    patient = clinic.pia
    shown = [
        word for word in (patient.phone, patient.email, patient.family_name, "the words") if word in text
    ]
    assert shown == []


def test_timeline_costs_the_same_for_one_message_and_for_three(
    portal: APIClient, booked: Appointment
) -> None:
    counts = []
    for notices in (["one"], ["two", "three"]):
        for notice in notices:
            attempt(owe(booked, notice))
        with CaptureQueriesContext(connection) as queries:
            shown = timeline_of(portal, booked)["messages"]
        counts.append((len(shown), len(queries)))

    assert [shown for shown, _ in counts] == [1, 3]
    assert counts[0][1] == counts[1][1]

"""Why a message went, waits or never will: told in sentences, with ids and nothing that names a person."""

import json
import uuid
from io import StringIO

import pytest
from builders import NOW, START, Clinic, book
from clinic_clock import live, london
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from owed import ROUTINE, owe, planned

from notifications.codes import RequestReason
from notifications.models import CommunicationRequest, OutboxMessage
from notifications.operations.explain import NothingToExplain, explain
from notifications.operations.explain.words import never, not_owed, waiting
from scheduling.models import Appointment
from scheduling.operations import move_appointment

pytestmark = pytest.mark.slow


def request_of(appointment: Appointment, notice: str, **fields: object) -> CommunicationRequest:
    return CommunicationRequest.objects.get(appointment=appointment, notice=notice, **fields)


def codes(request: CommunicationRequest) -> list[str]:
    return [line.code for line in explain(uid=request.uid).lines]


def test_sent_message_tells_why_when_and_over_what(booked: Appointment) -> None:
    live(NOW, london(1, 12))

    story = explain(uid=request_of(booked, "visit-booked", rung=0).uid)

    assert [line.code for line in story.lines] == [
        "planned", "rules", "moment", "due", "expires", "facts", "attempt-completed", "sent",
    ]  # fmt: skip
    assert story.title == "Visit booked, to the patient"
    assert story.sentences[0].startswith(
        "The protocol plans it for this time. Protocol version 2, step visit"
    )
    assert story.sentences[-2:] == (
        "Attempt over email, through outbox. The provider took it.",
        "It was sent.",
    )
    assert story.verdict == "It was sent."


def test_rung_says_that_nobody_had_answered(booked: Appointment) -> None:
    live(NOW, london(1, 12))

    story = explain(uid=request_of(booked, "visit-booked", rung=1).uid)

    assert story.sentences[0].startswith("Nobody had answered, so the same was asked over another channel.")
    assert story.verdict == "It has not been tried yet; it is planned."


def test_message_taken_back_names_what_corrected_it(northside: Clinic, booked: Appointment) -> None:
    live(NOW, london(1, 12))
    move_appointment(appointment=booked, start=london(23, 9), now=london(2, 10), by=northside.staff)
    live(london(2, 10), london(2, 11))

    correction = request_of(booked, "visit-moved-patient", rung=0)

    assert explain(uid=request_of(booked, "visit-booked", rung=0, status="completed").uid).sentences[-1] == (
        f"It was taken back by visit moved patient ({correction.uid})."
    )


@pytest.mark.parametrize(
    "reason", [each for each in RequestReason if each not in {RequestReason.NONE, RequestReason.SUPERSEDED}]
)
def test_every_reason_is_a_sentence(reason: RequestReason) -> None:
    assert all(
        words.endswith(".") and reason.value not in words for words in (waiting(reason), never(reason))
    )


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"status": "on-hold", "status_reason": "unsigned"}, "waits-unsigned"),
        ({"status": "on-hold", "status_reason": "kill-switch"}, "waits-kill-switch"),
        ({"status": "revoked", "status_reason": "expired", "closed_at": NOW}, "never-expired"),
        ({"status": "revoked", "status_reason": "capped", "closed_at": NOW}, "never-capped"),
        ({"status": "completed", "status_reason": "in-doubt", "closed_at": NOW}, "in-doubt"),
    ],
)
def test_every_zero_has_a_reason(northside: Clinic, fields: dict[str, object], code: str) -> None:
    visit = planned(book(northside))

    assert codes(owe(visit, ROUTINE, **fields))[-1] == code


def test_appointment_lists_what_is_not_said_and_why(booked: Appointment) -> None:
    live(NOW, london(1, 12))

    story = explain(uid=booked.uid)

    assert story.verdict == "The plan is the one for the visit as it is now."
    assert story.lines
    assert all(": Not owed, because " in line.sentence for line in story.lines)
    assert len(story.requests) == CommunicationRequest.objects.filter(appointment=booked).count()


def test_condition_that_is_not_met_is_named() -> None:
    assert not_owed("condition-not-met:sedated") == "Not owed, because its condition is not met (sedated)."


def test_nothing_is_explained_of_nothing(booked: Appointment) -> None:
    with pytest.raises(NothingToExplain):
        explain(uid=uuid.uuid4())
    with pytest.raises(CommandError, match="Nothing has the uid"):
        call_command("explain", str(uuid.uuid4()))


def test_command_tells_ids_and_no_person(northside: Clinic, booked: Appointment) -> None:
    live(NOW, london(1, 12))
    as_text, as_json = StringIO(), StringIO()

    call_command("explain", str(booked.uid), stdout=as_text)
    call_command("explain", str(booked.uid), "--json", stdout=as_json)

    pia = northside.pia
    personal = [pia.given_name, pia.family_name, pia.phone, pia.email, pia.identifier]
    personal += OutboxMessage.objects.values_list("text", flat=True)
    assert [each for each in personal if each in as_text.getvalue() + as_json.getvalue()] == []
    assert json.loads(as_json.getvalue())["about"] == str(booked.uid)
    assert "Mon 01 Mar 2027 09:00 Attempt over email," in as_text.getvalue()


def test_many_messages_cost_no_more_queries_than_one(northside: Clinic) -> None:
    visit = planned(book(northside))
    owe(visit, ROUTINE)
    with CaptureQueriesContext(connection) as one:
        explain(uid=visit.uid)
    for _ in range(3):
        owe(visit, ROUTINE, expires_at=START)

    with CaptureQueriesContext(connection) as many:
        explain(uid=visit.uid)

    assert len(many) <= len(one)

"""A version played through for an example: the complete list, from the function and from the command line."""

import datetime as dt
import io
import json
from dataclasses import replace
from io import StringIO
from typing import Any

import pytest
from builders import DAY, LONDON, NOW, START, Clinic
from django.core.management import CommandError, call_command

from notifications.models import CommunicationRequest
from notifications.operations.simulating import Example, simulate_protocol
from procedures.models import Protocol
from procedures.preparation import Case, PatientFacts

pytestmark = pytest.mark.slow
CASE = Case(
    id="example",
    procedure="renal_cryo",
    target=None,
    anaesthesia="moderate_sedation",
    start=START,
    zone=LONDON,
    booked_on=NOW.date(),
    patient=PatientFacts(age_years=66.0, sex="f", language="en"),
)


@pytest.fixture
def protocol(northside: Clinic) -> Protocol:
    """The version the clinic books under."""
    northside.offering.refresh_from_db()
    assert northside.offering.protocol is not None
    return northside.offering.protocol


def rows(clinic: Clinic, protocol: Protocol, **changes: Any) -> list[tuple[str, str, str, str]]:
    values: dict[str, Any] = {"case": CASE, "booked_at": NOW, "minutes": 90, "notice": DAY, **changes}
    found = simulate_protocol(protocol=protocol, location=clinic.london, example=Example(**values))
    return [(row.recipient, row.notice, row.outcome, row.reason) for row in found]


def test_simulation_is_complete_and_stores_nothing(northside: Clinic, protocol: Protocol) -> None:
    found = rows(northside, protocol, with_carer=True)

    listed = {(recipient, notice) for recipient, notice, *_ in found}
    scheduled = set(
        protocol.steps.filter(notices__trigger="scheduled").values_list("notices__code", flat=True)
    )
    assert {notice for _, notice in listed} >= scheduled
    assert ("patient", "visit-booked", "message", "unanswered:1") in found
    assert ("carer", "visit-unanswered-carer", "message", "unanswered:2") in found
    assert ("patient", "visit-booked", "call", "unanswered") in found
    assert all(reason for _, _, outcome, reason in found if outcome in {"held", "not-owed", "call", "part"})
    assert CommunicationRequest.objects.count() == 0


def test_answer_leaves_the_ladder_out(northside: Clinic, protocol: Protocol) -> None:
    found = rows(northside, protocol, with_carer=True, answered=True)

    assert [row for row in found if row[3].startswith("unanswered")] == []
    assert ("carer", "visit-unanswered-carer", "not-owed", "answered") in found


def test_condition_that_is_not_met_is_named(northside: Clinic, protocol: Protocol) -> None:
    awake = replace(CASE, anaesthesia="local")

    reasons = {reason for *_, reason in rows(northside, protocol, case=awake)}

    assert any(reason.startswith("condition-not-met:") for reason in reasons)


def test_caps_put_off_what_is_too_much(northside: Clinic, protocol: Protocol) -> None:
    northside.organization.routine_per_day = northside.organization.routine_per_week = 1
    northside.organization.save()
    northside.london.refresh_from_db()

    found = rows(northside, protocol)

    assert {reason for _, _, outcome, reason in found if outcome == "message"} >= {"capped"}


def test_late_booking_is_said_in_one(northside: Clinic, protocol: Protocol) -> None:
    found = rows(northside, protocol, booked_at=START - dt.timedelta(hours=20))

    assert ("patient", "visit-soon-patient", "message", "already-due") in found


def test_child_is_told_through_a_guardian(northside: Clinic, protocol: Protocol) -> None:
    child = replace(CASE, patient=PatientFacts(age_years=8.0, sex="f", language="en"))

    assert {recipient for recipient, *_ in rows(northside, protocol, case=child)} == {"guardian"}


CASE_JSON = {
    "id": "example",
    "procedure": "renal_cryo",
    "anaesthesia": "moderate_sedation",
    "start": "2027-03-16T09:00:00+00:00",
    "timezone": "Europe/London",
    "booked_on": "2027-03-01",
    "patient": {
        "age_years": 66,
        "sex": "f",
        "language": "en",
        "creatinine_clearance": 80,
        "egfr": 80,
        "conditions": [],
        "medications": [],
    },
    "evidence": [],
}


def simulated(monkeypatch: pytest.MonkeyPatch, *arguments: str, text: str) -> str:
    out = StringIO()
    monkeypatch.setattr("sys.stdin", io.StringIO(text))
    call_command("simulate_protocol", *arguments, stdout=out)
    return out.getvalue()


def test_command_refuses_what_it_cannot_read(
    northside: Clinic, protocol: Protocol, monkeypatch: pytest.MonkeyPatch
) -> None:
    booked = "--booked=2027-03-01T09:00:00+00:00"
    with pytest.raises(CommandError, match="cannot be read"):
        simulated(monkeypatch, str(protocol.uid), booked, text="no case")
    with pytest.raises(CommandError, match="There is no protocol version"):
        simulated(monkeypatch, str(northside.organization.uid), booked, text="{}")


def test_command_lists_as_text_and_as_json(
    northside: Clinic, protocol: Protocol, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = (str(protocol.uid), "--booked=2027-03-01T09:00:00+00:00")

    listed = simulated(monkeypatch, *arguments, "--json", text=json.dumps(CASE_JSON))
    written = simulated(monkeypatch, *arguments, text=json.dumps(CASE_JSON))

    assert len(json.loads(listed)) == len(written.splitlines())
    assert written.startswith("Mon 01 Mar 2027 09:00 patient   message   visit-booked")

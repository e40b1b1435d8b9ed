"""A second version of a protocol: what it changes, where it is taken up, and which bookings go on under it."""

import datetime as dt
from dataclasses import replace

import pytest
from builders import DAY, LONDON, NOW, Clinic
from django.test import Client
from django.utils import timezone

from cryoclinic.accounts.models import User
from notifications.operations import reconcile_timeline
from procedures.models import Protocol
from procedures.models.reading import content_of
from procedures.operations.content import replace_content
from procedures.operations.protocols import approve_protocol, submit_protocol
from scheduling.models import Appointment, ProcedureOffering, ProtocolAdoption

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def now(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the pages see the day of the booking."""
    monkeypatch.setattr(timezone, "now", lambda: NOW)


@pytest.fixture
def second(northside: Clinic, booked: Appointment) -> Protocol:
    """Version 2: the day before, food is told at 16:00, and the visit's page says one word more."""
    first = booked.protocol
    content = content_of(first)
    steps = tuple(
        replace(
            step,
            texts=tuple(replace(text, title=f"Please: {text.title}") for text in step.texts)
            if step.code == "visit"
            else step.texts,
            notices=tuple(
                replace(notice, when=replace(notice.when, local_time=dt.time(16)))
                if notice.code == "food-day-before" and notice.when is not None
                else notice
                for notice in step.notices
            ),
        )
        for step in content.steps
    )
    draft = Protocol.objects.create(
        organization=first.organization, procedure_type=first.procedure_type, version=first.version + 1,
        title=first.title, languages=first.languages, written_by=northside.cleo,
    )  # fmt: skip
    replace_content(draft, replace(content, steps=steps))
    submit_protocol(protocol=draft, by=northside.cleo, now=NOW - DAY)
    draft.refresh_from_db()
    approve_protocol(protocol=draft, by=northside.dov, active_from=NOW.date(), now=NOW)
    return Protocol.objects.get(pk=draft.pk)


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def test_page_of_a_version_shows_what_is_different_word_by_word(northside: Clinic, second: Protocol) -> None:
    shown = page(client_of(northside.cleo), f"/staff/protocols/{second.uid}/")

    assert f"What is different from version {second.version - 1}" in shown
    assert '<ins><span class="unseen">New: </span>Please:' in shown
    assert "food-day-before" in shown
    assert "food-first" not in shown


def test_version_is_taken_up_on_record(northside: Clinic, second: Protocol) -> None:
    client = client_of(northside.cleo)

    client.post(f"/staff/protocols/{second.uid}/adopt/", {"offering": str(northside.offering.uid)})

    assert ProcedureOffering.objects.get(pk=northside.offering.pk).protocol == second
    adoption = ProtocolAdoption.objects.get()
    assert (adoption.protocol, adoption.adopted_by) == (second, northside.cleo)


def test_nurse_reads_and_takes_nothing_up(northside: Clinic, second: Protocol) -> None:
    client = client_of(northside.nora)

    assert "Take version" not in page(client, f"/staff/protocols/{second.uid}/")
    client.post(f"/staff/protocols/{second.uid}/adopt/", {"offering": str(northside.offering.uid)})
    assert not ProtocolAdoption.objects.exists()
    assert client.get(f"/staff/protocols/{second.uid}/bookings/").status_code == 403


def test_clinician_sees_what_a_patient_would_be_told_and_changes_the_booking(
    northside: Clinic, booked: Appointment, second: Protocol
) -> None:
    client = client_of(northside.cleo)
    address = f"/staff/protocols/{second.uid}/bookings/"
    reconcile_timeline(appointment_id=booked.pk, now=NOW)

    shown = page(client, address)
    revision = Appointment.objects.get(pk=booked.pk).revision
    answer = client.post(address, {"booking": f"{booked.uid}@{revision}", "reason": "Told earlier"})

    assert "food-day-before: goes Mon 15 Mar 2027, 16:00, not Mon 15 Mar 2027, 17:00" in shown
    assert "The page, visit: other words." in shown
    assert answer.status_code == 302
    moved = Appointment.objects.get(pk=booked.pk)
    assert moved.protocol == second
    assert moved.changes.last().reason == "Told earlier"
    reconcile_timeline(appointment_id=booked.pk, now=NOW)
    [request] = moved.communication_requests.filter(notice="food-day-before", status="active")
    assert request.due_at.astimezone(LONDON).hour == 16


def test_booking_that_changed_meanwhile_stays_as_it_is(
    northside: Clinic, booked: Appointment, second: Protocol
) -> None:
    client = client_of(northside.cleo)
    address = f"/staff/protocols/{second.uid}/bookings/"

    client.post(address, {"booking": f"{booked.uid}@99", "reason": "Told earlier"})
    without_reason = client.post(address, {"booking": f"{booked.uid}@1", "reason": " "})

    assert "Nothing was changed" in without_reason.content.decode()
    assert Appointment.objects.get(pk=booked.pk).protocol == booked.protocol


def test_others_find_no_version(northside: Clinic, second: Protocol) -> None:
    client = client_of(northside.omar)

    assert client.get(f"/staff/protocols/{second.uid}/").status_code in {403, 404}
    assert client.get(f"/staff/protocols/{second.uid}/bookings/").status_code in {403, 404}

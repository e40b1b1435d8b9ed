"""What goes with a message besides its words, and who wants no routine email."""

import datetime as dt
from collections.abc import Iterator

import pytest
from builders import DAY, NOW, START, Clinic
from owed import ROUTINE, SAFETY, minutes, owe, planned, state, tasks
from pytest_django import Settings
from scripted_channel import Script, ScriptedChannel

from notifications import dispatch
from notifications.channels import OutgoingMessage
from notifications.codes import Rank
from notifications.models import Communication, CommunicationRequest, ContactPoint
from notifications.operations import reconcile_timeline
from notifications.operations.people import contact_points
from scheduling.codes import CancellationReason
from scheduling.models import Appointment, Patient
from scheduling.operations import cancel_appointment, move_appointment


class TwoWayChannel(ScriptedChannel):
    """One whose replies reach us."""

    def takes_replies(self, to: str) -> bool:
        return to.startswith("+44")


@pytest.fixture(autouse=True)
def script(settings: Settings) -> Iterator[Script]:
    path = "test_beside_messages.TwoWayChannel"
    settings.CHANNELS = {"email": path, "sms": path}  # type: ignore[attr-defined]
    settings.PUBLIC_BASE_URL = "https://plan.northside.example"
    ScriptedChannel.script = Script()
    yield ScriptedChannel.script
    ScriptedChannel.script = Script()


@pytest.fixture
def visit(booked: Appointment) -> Appointment:
    """Pia's visit, with nothing planned but what a test owes."""
    return planned(booked)


def delivered(script: Script) -> OutgoingMessage:
    """Return the message that has just left."""
    dispatch.deliver_due(now=NOW)
    return script.handed_over[-1][1]


def entry(message: OutgoingMessage) -> dict[str, str]:
    """The properties of a message's calendar entry."""
    lines = message.calendar.replace("\r\n ", "").splitlines()
    return dict(line.split(":", 1) for line in lines)


def refuse_routine(visit: Appointment) -> None:
    points = contact_points(visit.organization_id, [visit.patient])
    ContactPoint.objects.filter(pk=points["email", visit.patient.email].pk).update(routine_refused_at=NOW)
    planned(visit)


def change_visit(clinic: Clinic, visit: Appointment, change: str, *, at: dt.datetime) -> None:
    """Move the visit by a day, cancel it, or leave it as it is booked."""
    visit.refresh_from_db()
    if change == "move":
        move_appointment(appointment=visit, start=START + DAY, now=at, by=clinic.staff)
    if change == "cancel":
        cancel_appointment(appointment=visit, reason=CancellationReason.PROVIDER, now=at, by=clinic.staff)


def test_calendar_entry_keeps_its_name_and_rises_until_it_is_cancelled(
    northside: Clinic, booked: Appointment, script: Script
) -> None:
    """Moved and cancelled, as one calendar sees it."""
    Patient.objects.update(phone="")
    for step, change in enumerate(("book", "move", "cancel")):
        at = NOW + step * DAY / 24
        change_visit(northside, booked, change, at=at)
        reconcile_timeline(appointment_id=booked.pk, now=at)
        dispatch.deliver_due(now=at + minutes(1))

    entries = [entry(message) for channel, message in script.handed_over if message.calendar]
    assert [each["METHOD"] for each in entries] == ["REQUEST", "REQUEST", "CANCEL"]
    assert [each["STATUS"] for each in entries] == ["CONFIRMED", "CONFIRMED", "CANCELLED"]
    assert len({each["UID"] for each in entries}) == 1
    sequences = [int(each["SEQUENCE"]) for each in entries]
    assert sequences == sorted(set(sequences))
    assert {each["SUMMARY"] for each in entries} == {"Visit: Northside Clinic"}


def test_calendar_follows_a_change_that_was_told_by_text(
    northside: Clinic, booked: Appointment, script: Script
) -> None:
    for step, change in enumerate(("book", "move", "cancel")):
        at = NOW + step * DAY / 24
        change_visit(northside, booked, change, at=at)
        reconcile_timeline(appointment_id=booked.pk, now=at)
        dispatch.deliver_due(now=at + minutes(1))
        for minute in (2, 3):
            dispatch.follow_with_calendars(now=at + minutes(minute))

    ways = [
        (channel, entry(message)["METHOD"] if message.calendar else "")
        for channel, message in script.handed_over
    ]
    assert ways == [("email", "REQUEST"), ("sms", ""), ("email", "REQUEST"), ("sms", ""), ("email", "CANCEL")]
    resent = Communication.objects.order_by("id").values_list("resend", flat=True)
    assert list(resent) == [False, False, True, False, True]


@pytest.mark.full
def test_who_never_had_a_calendar_entry_gets_none(
    northside: Clinic, booked: Appointment, script: Script
) -> None:
    Patient.objects.update(email="")
    for step, change in enumerate(("book", "move")):
        at = NOW + step * DAY / 24
        change_visit(northside, booked, change, at=at)
        reconcile_timeline(appointment_id=booked.pk, now=at)
        dispatch.deliver_due(now=at + minutes(1))
    Patient.objects.update(email="pia@patients.example")
    reconcile_timeline(appointment_id=booked.pk, now=NOW + DAY / 12)

    assert dispatch.follow_with_calendars(now=NOW + DAY / 12) == 0


@pytest.mark.full
def test_text_message_has_neither_calendar_nor_way_out(visit: Appointment, script: Script) -> None:
    owe(visit, ROUTINE, channels=["sms"])

    message = delivered(script)

    assert (message.calendar, message.unsubscribe_url, message.text.isascii()) == ("", "", True)


@pytest.mark.full
@pytest.mark.parametrize(
    ("kind", "changes", "offered"),
    [
        (ROUTINE, {}, True),
        (SAFETY, {}, False),
        (ROUTINE, {"rank": Rank.CHANGE}, False),
        (ROUTINE, {"safety": "safety"}, False),
    ],
)
def test_way_out_is_offered_on_routine_email_alone(
    visit: Appointment, script: Script, kind: dict[str, object], changes: dict[str, object], offered: bool
) -> None:
    owe(visit, {**kind, **changes}, channels=["email"])

    assert delivered(script).unsubscribe_url.startswith("https://") is offered


def test_who_refused_routine_email_gets_routine_by_text_and_safety_by_email(
    visit: Appointment, script: Script
) -> None:
    refuse_routine(visit)
    owe(visit, ROUTINE, channels=["email", "sms"])
    owe(visit, SAFETY, channels=["email"])

    dispatch.deliver_due(now=NOW)

    sent = Communication.objects.order_by("request").values_list("request__notice", "channel")
    assert sorted(sent) == [("food-first", "email"), ("visit-booked", "sms")]


@pytest.mark.full
def test_routine_message_that_only_email_could_carry_is_closed_with_its_reason(visit: Appointment) -> None:
    refuse_routine(visit)
    request = owe(visit, ROUTINE, channels=["email"])

    dispatch.deliver_due(now=NOW)

    assert (state(request), tasks(request)) == (("revoked", "refused"), [])


@pytest.mark.full
@pytest.mark.parametrize(
    ("phone", "answer", "asked"),
    [
        ("+447700900123", "confirm", True),
        ("+447700900123", "none", False),
        ("+12025550123", "confirm", False),
    ],
)
def test_text_message_asks_for_a_reply_only_if_it_reaches_us(
    visit: Appointment, script: Script, phone: str, answer: str, asked: bool
) -> None:
    visit.patient.phone = phone
    visit.patient.save()
    owe(planned(visit), ROUTINE, channels=["sms"], answer=answer)

    message = delivered(script)

    assert ("Reply 1 if you are coming" in message.text) is asked


@pytest.mark.full
def test_attempt_keeps_its_parts_and_its_provider(visit: Appointment, script: Script) -> None:
    owe(visit, SAFETY, channels=["sms"])

    delivered(script)

    [attempt] = Communication.objects.all()
    assert attempt.segments in {1, 2}
    assert CommunicationRequest.objects.get().status == "completed"

"""Several senders, bookings and plans at the same time: every message once, and none after the visit is off."""

import datetime as dt
import threading
from collections import Counter
from collections.abc import Iterator
from functools import partial

import pytest
from builders import DAY, NOW, START, Clinic, book
from django.db import connections, transaction
from owed import attempts, owe, owe_many, planned, state
from racing_threads import at_once
from scripted_channel import PATH, Script, ScriptedChannel

from notifications import dispatch
from notifications.channels import Undeliverable
from notifications.codes import AttemptStatus
from notifications.models import Communication, CommunicationRequest, ContactPoint
from notifications.operations import reconcile_timeline
from scheduling.codes import CancellationReason
from scheduling.models import Appointment
from scheduling.operations import cancel_appointment, move_appointment

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
ROUNDS = 30


@pytest.fixture
def script(settings: object) -> Iterator[Script]:
    """Every channel follows this script; nothing else leaves."""
    settings.CHANNELS = {"email": PATH, "sms": PATH}  # type: ignore[attr-defined]
    ScriptedChannel.script = Script()
    yield ScriptedChannel.script
    ScriptedChannel.script = Script()


def test_eight_senders_send_every_message_exactly_once(
    northside: Clinic, script: Script, settings: object
) -> None:
    settings.DELIVERY_BATCH = 3  # type: ignore[attr-defined]
    owed = owe_many(northside, 40)
    for request in owed[:20]:
        owe(request.appointment)

    at_once(*[partial(dispatch.deliver_due, now=NOW)] * 8)
    dispatch.deliver_due(now=NOW)

    assert list(CommunicationRequest.objects.exclude(status="completed")) == []
    assert len(script.handed_over) == 60
    assert set(Counter(Communication.objects.values_list("request_id", flat=True)).values()) == {1}


def test_booking_that_is_being_changed_keeps_only_its_own_messages(
    northside: Clinic, script: Script, settings: object
) -> None:
    settings.DELIVERY_BATCH = 1  # type: ignore[attr-defined]
    held = [request.appointment for request in owe_many(northside, 3, next_at=NOW - DAY, due_at=NOW - DAY)]
    other = owe(planned(book(northside, start=START + 70 * DAY)))

    with transaction.atomic():
        list(Appointment.objects.select_for_update(no_key=True).filter(pk__in=[a.pk for a in held]))
        at_once(partial(dispatch.deliver_due, now=NOW))

    assert state(other) == ("completed", "")
    assert len(script.handed_over) == 1


def cancel(clinic: Clinic, appointment: Appointment) -> int:
    """Cancel and return how many attempts there were right afterwards."""
    cancel_appointment(appointment=appointment, reason=CancellationReason.PATIENT, now=NOW, by=clinic.staff)
    return Communication.objects.filter(request__appointment=appointment).count()


def move(clinic: Clinic, appointment: Appointment) -> int:
    """Move by an hour and return how many attempts there were right afterwards."""
    start = appointment.start + dt.timedelta(hours=1)
    move_appointment(appointment=appointment, start=start, now=NOW, by=clinic.staff)
    return Communication.objects.filter(request__appointment=appointment).count()


def claimed() -> int:
    return len(dispatch.claim(now=NOW, batch=5))


@pytest.mark.parametrize("change", [cancel, pytest.param(move, marks=pytest.mark.full)])
def test_no_attempt_is_made_after_a_change_of_the_booking(
    northside: Clinic, script: Script, change: object
) -> None:
    owed = owe_many(northside, ROUNDS)
    CommunicationRequest.objects.update(next_at=NOW + DAY)
    before_and_after = []

    for request in owed:
        CommunicationRequest.objects.filter(pk=request.pk).update(next_at=NOW)
        seen, _ = at_once(partial(change, northside, request.appointment), claimed)  # type: ignore[arg-type]
        before_and_after.append((seen, Communication.objects.filter(request=request).count()))

    assert [pair for pair in before_and_after if pair[0] != pair[1]] == []
    assert dispatch.claim(now=NOW, batch=100) == []


def test_plans_and_senders_and_outcomes_do_not_block_each_other(northside: Clinic, script: Script) -> None:
    """A refused address marks bookings while plans are made for them: nobody waits for the other in a circle."""
    appointments = [request.appointment for request in owe_many(northside, 8)]
    script.errors = [None, Undeliverable("no-such-address", address_is_bad=True)] * 4

    def replan() -> None:
        for appointment in appointments:
            ContactPoint.objects.filter(value=appointment.patient.email).update(state="bounced")
            reconcile_timeline(appointment_id=appointment.pk, now=NOW)

    at_once(replan, partial(dispatch.deliver_due, now=NOW), replan, partial(dispatch.deliver_due, now=NOW))

    assert Communication.objects.filter(status=AttemptStatus.PREPARATION).count() == 0


def test_sender_whose_lease_lapsed_during_the_call_is_heard_late(northside: Clinic, script: Script) -> None:
    [request] = owe_many(northside, 1)
    settled = threading.Event()

    def lapse() -> None:
        dispatch.settle_lapsed(now=NOW + dt.timedelta(seconds=61))
        connections.close_all()
        settled.set()

    def wait_for_it(_message: object) -> None:
        threading.Thread(target=lapse).start()
        settled.wait(10)

    script.during = wait_for_it
    dispatch.deliver_batch(now=NOW, batch=1)

    assert attempts(request) == [("sms", "completed", "", False)]
    assert state(request) == ("completed", "")

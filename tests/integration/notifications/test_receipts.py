"""What providers report: stored once, applied when its attempt is known, only ever moving up."""

import itertools
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from builders import NOW
from owed import ROUTINE, SAFETY, attempts, minutes, owe, planned, state, tasks
from pytest_django import Settings
from scripted_channel import PATH, Script, ScriptedChannel

from notifications import dispatch
from notifications.channels import Doubtful
from notifications.codes import DeliveryStatus
from notifications.models import Communication, CommunicationRequest, ContactPoint, ProviderEvent
from notifications.operations import reconcile_timeline
from notifications.operations.inputs import told_of
from notifications.operations.receipts import Report, apply_reports, store_reports
from scheduling.models import Appointment

S = DeliveryStatus


@pytest.fixture(autouse=True)
def script(settings: Settings) -> Iterator[Script]:
    settings.CHANNELS = {"email": PATH, "sms": PATH}  # type: ignore[attr-defined]
    ScriptedChannel.script = Script()
    yield ScriptedChannel.script
    ScriptedChannel.script = Script()


@pytest.fixture
def visit(booked: Appointment) -> Appointment:
    """Pia's visit, with nothing planned but what a test owes."""
    return planned(booked)


def sent(visit: Appointment, kind: dict[str, Any] = SAFETY, **changes: Any) -> Communication:
    """Return the attempt of a message that has just been sent."""
    owe(visit, kind, **changes)
    dispatch.deliver_due(now=NOW)
    return Communication.objects.order_by("-id")[0]


def heard(attempt_uid: UUID | None, delivery: DeliveryStatus, **changes: Any) -> ProviderEvent:
    """Store a report about an attempt, apply what can be applied, and return it."""
    fields = {"provider": "twilio", "event_id": str(uuid4()), "attempt_uid": attempt_uid, "raw": {"a": "b"}}
    report = Report(**{**fields, "delivery": delivery, **changes})
    store_reports([report], now=NOW + minutes(1))
    apply_reports(now=NOW + minutes(2))
    return ProviderEvent.objects.get(event_id=report.event_id)


def delivery_of(attempt: Communication) -> str:
    attempt.refresh_from_db()
    return attempt.delivery


RUNGS = [S.QUEUED, S.SENT, S.DELIVERED]


@pytest.mark.full
@pytest.mark.parametrize("order", list(itertools.permutations(RUNGS)), ids="-".join)
def test_reports_in_any_order_and_twice_end_the_same(
    visit: Appointment, order: tuple[DeliveryStatus, ...]
) -> None:
    attempt = sent(visit)

    for delivery in (*order, *order):
        heard(attempt.uid, delivery)

    assert delivery_of(attempt) == "delivered"


def test_same_report_again_is_the_same_row(visit: Appointment) -> None:
    attempt = sent(visit)

    for _ in range(3):
        heard(attempt.uid, S.DELIVERED, event_id="SM1:delivered")

    events = ProviderEvent.objects.values_list("event_id", "delivery", "attempt_id", "raw")
    assert list(events) == [("SM1:delivered", "delivered", attempt.pk, {"a": "b"})]


def test_report_of_an_unknown_message_waits_until_it_is_known(visit: Appointment) -> None:
    uid = uuid4()
    early = heard(uid, S.DELIVERED)
    attempt = sent(visit)
    Communication.objects.filter(pk=attempt.pk).update(uid=uid)

    applied = apply_reports(now=NOW + minutes(3))

    assert (early.applied_at, applied, delivery_of(attempt)) == (None, 1, "delivered")


@pytest.mark.full
@pytest.mark.parametrize(
    ("reference", "kept"),
    [("esp-77", "esp-77"), ("<{uid}@northside.example>", "something else")],
    ids=["by the provider's name", "by the uid in our Message-ID"],
)
def test_report_about_email_finds_its_attempt(visit: Appointment, reference: str, kept: str) -> None:
    attempt = sent(visit, channels=["email"])
    Communication.objects.filter(pk=attempt.pk).update(provider_reference=kept)

    heard(None, S.DELIVERED, provider_reference=reference.format(uid=attempt.uid))

    assert delivery_of(attempt) == "delivered"


@pytest.mark.full
def test_reports_of_unknown_messages_hold_up_no_others(visit: Appointment) -> None:
    attempt = sent(visit)
    strangers = [
        Report(provider="twilio", event_id=str(number), attempt_uid=uuid4(), delivery=S.SENT)
        for number in range(210)
    ]
    store_reports(strangers, now=NOW)

    heard(attempt.uid, S.DELIVERED)

    assert delivery_of(attempt) == "delivered"


@pytest.mark.full
def test_report_waits_until_its_sender_has_written_down_what_it_did(visit: Appointment) -> None:
    owe(visit)
    [under_way] = dispatch.claim(now=NOW, batch=1)

    event = heard(under_way.message.uid, S.FAILED)

    assert (event.applied_at, delivery_of(Communication.objects.get())) == (None, "")


# --- what did not arrive -------------------------------------------------------------------------------


@pytest.mark.parametrize("first", [S.SENT, S.DELIVERED])
def test_late_failure_turns_told_into_perhaps(visit: Appointment, first: DeliveryStatus) -> None:
    attempt = sent(visit)
    heard(attempt.uid, first)
    before = [told.certainty for told in told_of(visit)]

    heard(attempt.uid, S.BOUNCED)

    assert (before, [told.certainty for told in told_of(visit)]) == (["told"], ["perhaps"])


@pytest.mark.full
def test_delivered_after_a_failure_does_not_make_it_told(visit: Appointment) -> None:
    attempt = sent(visit)

    heard(attempt.uid, S.UNDELIVERED)
    heard(attempt.uid, S.DELIVERED)

    assert (delivery_of(attempt), [told.certainty for told in told_of(visit)]) == ("undelivered", ["perhaps"])


@pytest.mark.full
@pytest.mark.parametrize(
    ("report", "state_after"),
    [
        ({"delivery": S.BOUNCED, "address_is_bad": True}, "bounced"),
        ({"delivery": S.UNDELIVERED, "address_is_bad": True}, "invalid"),
        ({"delivery": S.FAILED, "opted_out": True}, "opted-out"),
        ({"delivery": S.COMPLAINED}, "opted-out"),
        ({"delivery": S.UNDELIVERED}, "usable"),
        ({"delivery": S.DELIVERED}, "usable"),
    ],
)
def test_report_says_what_the_address_is_worth(
    visit: Appointment, report: dict[str, Any], state_after: str
) -> None:
    attempt = sent(visit)

    heard(attempt.uid, **report)

    assert ContactPoint.objects.get(pk=attempt.contact_point_id).state == state_after


def test_safety_message_that_did_not_arrive_anywhere_is_phoned(visit: Appointment) -> None:
    attempt = sent(visit, channels=["sms"])

    heard(attempt.uid, S.UNDELIVERED)

    request = CommunicationRequest.objects.get()
    assert (state(request), tasks(request)) == (("completed", "undelivered"), ["phone-patient"])


@pytest.mark.full
def test_routine_message_that_did_not_arrive_is_listed_and_not_phoned(visit: Appointment) -> None:
    attempt = sent(visit, ROUTINE, channels=["sms"])

    heard(attempt.uid, S.UNDELIVERED)

    request = CommunicationRequest.objects.get()
    assert (state(request), tasks(request)) == (("completed", "undelivered"), [])


@pytest.mark.full
def test_what_arrived_by_a_later_attempt_is_left_alone(visit: Appointment, script: Script) -> None:
    script.errors = [Doubtful("no-answer")]
    doubtful = sent(visit)
    dispatch.settle_lapsed(now=NOW + minutes(1))
    planned(visit)
    dispatch.deliver_due(now=NOW + minutes(1))

    heard(doubtful.uid, S.FAILED)

    request = CommunicationRequest.objects.get()
    assert attempts(request)[1][1:] == ("completed", "", True)
    assert (state(request), tasks(request)) == (("completed", ""), [])


def test_message_that_did_not_arrive_goes_by_the_other_channel_once(booked: Appointment) -> None:
    reconcile_timeline(appointment_id=booked.pk, now=NOW)
    dispatch.deliver_due(now=NOW)
    first = Communication.objects.order_by("id")[0]

    heard(first.uid, S.BOUNCED)
    for minute in (3, 4):
        reconcile_timeline(appointment_id=booked.pk, now=NOW + minutes(minute))
        dispatch.deliver_due(now=NOW + minutes(minute))

    same = Communication.objects.filter(
        request__notice=first.request.notice, request__facts_sha256=first.request.facts_sha256
    ).order_by("id")
    assert [(a.channel, a.request.status, a.request.status_reason, a.resend) for a in same] == [
        ("email", "completed", "rerouted", False),
        ("sms", "completed", "", True),
    ]


@pytest.mark.full
def test_address_that_does_not_exist_leaves_the_rest_to_text_messages(booked: Appointment) -> None:
    reconcile_timeline(appointment_id=booked.pk, now=NOW)
    dispatch.deliver_due(now=NOW)
    first = Communication.objects.order_by("id")[0]

    heard(first.uid, S.BOUNCED, address_is_bad=True)
    reconcile_timeline(appointment_id=booked.pk, now=NOW + minutes(3))

    owed = CommunicationRequest.objects.open().filter(recipient=first.recipient)
    assert {tuple(request.channels) for request in owed} == {("sms",)}


# --- doubt ---------------------------------------------------------------------------------------------


def test_report_settles_a_doubt(visit: Appointment, script: Script) -> None:
    script.errors = [Doubtful("no-answer")]
    attempt = sent(visit)
    request = CommunicationRequest.objects.get()
    before = state(request)

    heard(attempt.uid, S.SENT)

    assert (before, state(request)) == (("on-hold", "in-doubt"), ("completed", ""))
    assert attempts(request) == [("sms", "completed", "found-by-receipt", False)]


@pytest.mark.full
def test_failure_of_a_doubtful_attempt_waits_for_the_doubt_to_be_decided(
    visit: Appointment, script: Script
) -> None:
    script.errors = [Doubtful("no-answer")]
    attempt = sent(visit, ROUTINE)
    request = CommunicationRequest.objects.get()

    waiting = heard(attempt.uid, S.FAILED)
    dispatch.settle_lapsed(now=NOW + minutes(3))
    apply_reports(now=NOW + minutes(4))

    waiting.refresh_from_db()
    assert waiting.applied_at == NOW + minutes(4)
    assert (delivery_of(attempt), state(request)) == ("failed", ("completed", "rerouted"))

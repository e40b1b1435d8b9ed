"""The outbox that stands in for providers."""

import datetime as dt
from dataclasses import replace
from uuid import UUID

import pytest

from notifications.channels import LookUp, OutgoingMessage, Presence, Receipt, Undeliverable
from notifications.channels.outbox import OutboxChannel
from notifications.models import OutboxMessage

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2027, 3, 8, 10, 42, tzinfo=dt.UTC)
UID = UUID("0f2b7c1e-3b1a-4b52-9a3e-6f6f2f0c9d11")
MESSAGE = OutgoingMessage(
    uid=UID,
    to="maria@patients.example",
    sender_name="Northside Clinic",
    subject="Your visit on Tuesday 16 March",
    text="Please come.",
    html="<p>Please come.</p>",
    expires_at=NOW + dt.timedelta(hours=3),
)


def test_outbox_keeps_the_message_as_it_would_leave() -> None:
    receipt = OutboxChannel(name="email").send(MESSAGE, now=NOW)

    assert (receipt, list(OutboxMessage.objects.values())) == (
        Receipt(provider_ref=str(UID), provider="outbox"),
        [
            {
                "id": OutboxMessage.objects.get().pk,
                "uid": UID,
                "channel": "email",
                "to": "maria@patients.example",
                "sender_name": "Northside Clinic",
                "subject": "Your visit on Tuesday 16 March",
                "text": "Please come.",
                "html": "<p>Please come.</p>",
                "expires_at": MESSAGE.expires_at,
                "sent_at": NOW,
            }
        ],
    )


def test_outbox_keeps_the_same_attempt_once() -> None:
    channel = OutboxChannel(name="sms")

    channel.send(MESSAGE, now=NOW)
    receipt = channel.send(replace(MESSAGE, text="Again."), now=NOW + dt.timedelta(seconds=5))

    assert (receipt, list(OutboxMessage.objects.values_list("text", "sent_at"))) == (
        Receipt(provider_ref=str(UID), provider="outbox"),
        [("Please come.", NOW)],
    )


def test_outbox_refuses_what_has_expired() -> None:
    with pytest.raises(Undeliverable, match="expired"):
        OutboxChannel(name="sms").send(MESSAGE, now=MESSAGE.expires_at)

    assert OutboxMessage.objects.count() == 0


def test_outbox_knows_what_it_has() -> None:
    channel = OutboxChannel(name="sms")
    channel.send(MESSAGE, now=NOW)

    answers = [channel.look_up(uid, to=MESSAGE.to, since=NOW) for uid in (UID, UUID(int=1))]

    assert answers == [
        LookUp(presence=Presence.FOUND, provider_ref=str(UID)),
        LookUp(presence=Presence.ABSENT),
    ]

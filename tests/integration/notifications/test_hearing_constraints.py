"""Every constraint and trigger of what providers report and people write back, violated once."""

from collections.abc import Callable
from typing import Any

import pytest
from builders import NOW, book, make_clinic
from django.db import Error, transaction
from owed import minutes, owe, planned

from notifications.models import Communication, InboundMessage, ProviderEvent
from notifications.operations.people import contact_points

BEFORE = NOW - minutes(1)


def make_event(**fields: Any) -> ProviderEvent:
    defaults = {
        "provider": "twilio",
        "event_id": "SM1:sent",
        "delivery": "sent",
        "raw": {},
        "received_at": NOW,
    }
    return ProviderEvent.objects.create(**{**defaults, **fields})


def make_reply(**fields: Any) -> InboundMessage:
    defaults = {
        "provider": "twilio",
        "provider_id": "SM1",
        "system": "sms",
        "address": "+447700900123",
        "received_at": NOW,
    }
    return InboundMessage.objects.create(**{**defaults, **fields})


def make_applied_reply(**fields: Any) -> InboundMessage:
    return make_reply(**{"status": "applied", "applied_at": NOW, "understood_as": "stop", **fields})


def make_attempt() -> Communication:
    clinic = make_clinic()
    request = owe(planned(book(clinic)))
    point = contact_points(clinic.organization.pk, [clinic.pia])["sms", clinic.pia.phone]
    return Communication.objects.create(
        request=request,
        recipient=request.recipient,
        contact_point=point,
        channel="sms",
        text="Words.",
        status="completed",
        attempted_at=NOW,
        lease_until=NOW + minutes(1),
        settled_at=NOW,
        delivery="delivered",
        delivery_at=NOW,
    )


def twice(make: Callable[[], Any]) -> None:
    make()
    make()


def change(row: Any, **fields: Any) -> None:
    type(row).objects.filter(pk=row.pk).update(**fields)


VIOLATIONS: dict[str, Callable[[], Any]] = {
    "notifications_event_arrives_once": lambda: twice(make_event),
    "notifications_event_applied_to_an_attempt": lambda: make_event(applied_at=NOW),
    "notifications_reply_arrives_once": lambda: twice(make_reply),
    "notifications_reply_applied_at_a_time": lambda: make_applied_reply(applied_at=BEFORE),
    "notifications_applied_reply_was_understood_as_something": lambda: make_applied_reply(understood_as=""),
    "notifications_delivery_reported_at_a_time": lambda: change(
        make_attempt(), delivery="failed", delivery_at=None
    ),
    "event_is_kept": lambda: make_event().delete(),
    "reply_is_kept": lambda: make_reply().delete(),
    "reply_moves_forward": lambda: change(
        make_applied_reply(), status="received", applied_at=None, understood_as=""
    ),
    "delivery_moves_up": lambda: change(make_attempt(), delivery="sent"),
}
# The words with which a trigger refuses; a constraint's error names it.
REFUSALS = {
    "event_is_kept": "Cannot delete rows from notifications_providerevent",
    "reply_is_kept": "Cannot delete rows from notifications_inboundmessage",
    "reply_moves_forward": "Invalid transition",
    "delivery_moves_up": "Invalid transition",
}


@pytest.mark.slow
@pytest.mark.parametrize("name", VIOLATIONS)
def test_database_refuses(db: None, name: str) -> None:
    with pytest.raises(Error, match=REFUSALS.get(name, name)), transaction.atomic():
        VIOLATIONS[name]()


def test_every_constraint_and_trigger_is_violated_once() -> None:
    named = {
        each.name
        for model in (ProviderEvent, InboundMessage)
        for each in (*model._meta.constraints, *getattr(model._meta, "triggers", ()))
    }

    assert named - set(VIOLATIONS) == set()

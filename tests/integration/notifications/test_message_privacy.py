"""Names, numbers, addresses and texts stay in the database and the message: no log and no queue has them."""

import base64
import json
import logging
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
import redis
from builders import NOW, Clinic, book
from clinic_clock import live, london
from django.conf import settings

from cryoclinic.embedded.places import place
from notifications import tasks
from notifications.models import OutboxMessage
from scheduling.codes import CancellationReason
from scheduling.operations import cancel_appointment

pytestmark = pytest.mark.slow


def test_whole_run_logs_nothing_personal(northside: Clinic, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    patient = northside.pia
    appointment = book(northside)
    live(NOW, london(14, 20))
    cancel_appointment(
        appointment=appointment, reason=CancellationReason.PATIENT, now=london(15, 9), by=northside.staff
    )
    live(london(15, 9), london(16, 9))
    tasks.reconcile_one(appointment_id=appointment.pk)

    logged = caplog.text + "".join(repr(record.__dict__) for record in caplog.records)

    bodies = [message.text for message in OutboxMessage.objects.all()]
    assert len(bodies) == 6
    personal = [
        patient.given_name,
        patient.family_name,
        patient.phone,
        patient.email,
        patient.identifier,
        *bodies,
    ]
    assert [words for words in personal if words in logged] == []


def test_queue_carries_ids_only(
    northside: Clinic,
    django_capture_on_commit_callbacks: Callable[..., AbstractContextManager[list[Any]]],
) -> None:
    queue = redis.Redis(unix_socket_path=str(place(settings.DATA_DIR).redis_socket))
    queue.delete("celery")

    with django_capture_on_commit_callbacks(execute=True):
        appointment = book(northside)

    messages = [json.loads(message) for message in queue.lrange("celery", 0, -1)]
    bodies = [json.loads(base64.b64decode(message["body"])) for message in messages]
    queue.delete("celery")
    assert [message["headers"]["task"] for message in messages] == ["notifications.reconcile_one"]
    assert [(body[0], body[1]) for body in bodies] == [([], {"appointment_id": appointment.pk})]
    assert messages[0]["headers"]["kwargsrepr"] == repr({"appointment_id": appointment.pk})

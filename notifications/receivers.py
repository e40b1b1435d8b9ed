"""
A nudge after commit, so that a patient need not wait for the next sweep.

Nothing depends on it: with the queue down the nudge is dropped, quickly, and the sweep does the work later.
"""

import logging
import time
from typing import Any

from celery import current_app
from django.conf import settings
from django.db import transaction
from django.db.models import Model
from django.db.models.signals import post_save
from kombu import Connection
from kombu.exceptions import LimitExceeded, OperationalError
from kombu.pools import producers

from scheduling.models import AppointmentChange, Evidence, MedicationDecision, PatientAnswer

log = logging.getLogger(__name__)
# After a failure no further nudge is tried for a while: a request must not wait for a queue that is down.
REST_SECONDS = 5.0


class _Bell:
    """Whether the queue answered lately, on the monotonic clock of this process."""

    silent_until = 0.0


def connect() -> None:
    """Listen to the rows that an operation writes last."""
    for model in (AppointmentChange, Evidence, MedicationDecision, PatientAnswer):
        post_save.connect(_nudge_after_commit, sender=model, dispatch_uid=f"nudge-{model.__name__}")


def _nudge_after_commit(instance: Model, **_signal: Any) -> None:
    appointment_id = getattr(instance, "appointment_id", None)
    if appointment_id is not None:
        transaction.on_commit(lambda: nudge(appointment_id), robust=True)


def _connection() -> Connection:
    """Return the broker's connection with no second try: by default connecting goes on for seconds."""
    once = {**settings.CELERY_BROKER_TRANSPORT_OPTIONS, "max_retries": 0, "socket_timeout": 0.5}
    return current_app.connection_for_write(transport_options=once)


def nudge(appointment_id: int) -> None:
    """Ask a worker to plan an appointment now; says nothing if the queue is down."""
    if time.monotonic() < _Bell.silent_until:
        return
    try:
        with producers[_connection()].acquire(block=True, timeout=1) as producer:
            current_app.send_task(
                "notifications.reconcile_one",
                kwargs={"appointment_id": appointment_id},
                producer=producer,
                retry=False,
                expires=60,
            )
    except (LimitExceeded, OperationalError, OSError):
        _Bell.silent_until = time.monotonic() + REST_SECONDS
        log.warning("notifications.nudge.dropped appointment=%s", appointment_id)

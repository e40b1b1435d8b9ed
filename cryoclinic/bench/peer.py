"""What most do: one Celery task with an ETA for each message. It writes the records we write, one message at a time."""

import datetime as dt
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from celery import shared_task
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from cryoclinic.bench.drain import PROCESSES
from notifications.channels import channel
from notifications.codes import AttemptStatus
from notifications.dispatch.compose import compose_somehow
from notifications.dispatch.record import Outcome, record
from notifications.models import Communication, CommunicationRequest, ContactPoint

READY_SECONDS, PATIENCE_SECONDS = 12.0, 240.0
_WORKER = (sys.executable, "-m", "celery", "--quiet", "-A", "cryoclinic", "worker", "--loglevel", "ERROR", "--include", __name__)  # fmt: skip
_READ = ("recipient__patient", "recipient__related_person", "appointment__location", "appointment__organization", "appointment__patient", "appointment__protocol")  # fmt: skip


@shared_task(name="cryoclinic.bench.send_one", ignore_result=True)
def send_one(*, pk: int, **_ignored: Any) -> None:
    """Send one message: attempt, call, outcome."""
    now = timezone.now()
    with transaction.atomic():
        request = (
            CommunicationRequest.objects.select_related(*_READ).select_for_update(of=("self",)).get(pk=pk)
        )
        phone = request.recipient.person.phone
        point = ContactPoint.objects.get(organization_id=request.organization_id, system="sms", value=phone)
        letter = compose_somehow(request=request, ways=[("sms", point)], now=now)
        letter.link.save()
        attempt = Communication.objects.create(
            request=request,
            recipient_id=request.recipient_id,
            contact_point=point,
            channel="sms",
            text=letter.text_without_link,
            status=AttemptStatus.PREPARATION,
            attempted_at=now,
            lease_until=now + dt.timedelta(seconds=settings.DELIVERY_LEASE_SECONDS),
        )
    receipt = channel("sms").send(letter.outgoing(attempt.uid), now=now)
    outcome = Outcome(
        attempt_id=attempt.pk,
        request_id=pk,
        status=AttemptStatus.COMPLETED,
        provider_reference=receipt.provider_ref,
    )
    record([outcome], now=timezone.now())


def peer_rate(numbers: tuple[int, int], *, env: dict[str, str]) -> float:
    """
    Return the messages a second of one task each, all due at one moment, in as many processes as ours.

    :raises TimeoutError: if they are not all sent in time
    """
    first, last = numbers
    start_at = timezone.now() + dt.timedelta(seconds=READY_SECONDS + (last - first) / 700)
    log = Path(settings.DATA_DIR) / "peer.log"
    with log.open("ab") as said:
        worker = subprocess.Popen(  # noqa: S603 - our own command
            [*_WORKER, "--concurrency", str(PROCESSES)],
            env={**os.environ, **env},
            cwd=settings.BASE_DIR,
            stdout=said,
            stderr=said,
        )
    try:
        for pk in range(first, last + 1):
            send_one.apply_async(kwargs={"pk": pk}, eta=start_at)
        time.sleep(max(0.0, (start_at - timezone.now()).total_seconds()))
        return _sent(numbers) / (time.time() - start_at.timestamp())
    finally:
        worker.terminate()
        worker.wait()


def _sent(numbers: tuple[int, int]) -> int:
    """Wait until every message has left and return how many there are."""
    wanted = numbers[1] - numbers[0] + 1
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if Communication.objects.filter(request__pk__range=numbers, status="completed").count() >= wanted:
            return wanted
        time.sleep(0.05)
    raise TimeoutError("the peer did not send everything")

"""What Celery runs: ids in, one call, nothing else. Arguments a newer version adds are ignored."""

import datetime as dt
import logging
from typing import Any

from celery import shared_task
from django.utils import timezone

from notifications import dispatch
from notifications.models import Timeline
from notifications.operations import inbound, receipts, reconcile_timeline, record_planning_failure
from notifications.operations.heartbeat import beat
from notifications.operations.watch import watch

log = logging.getLogger(__name__)
PLANS_PER_TICK = 500


@shared_task(name="notifications.reconcile_due", ignore_result=True)
def reconcile_due(**_ignored: Any) -> None:
    """Plan every appointment whose plan is behind, then those with a call whose time has come."""
    now = timezone.now()
    for found in (Timeline.objects.to_plan(now), Timeline.objects.calls_to_open(now)):
        for appointment_id in found.values_list("appointment_id", flat=True)[:PLANS_PER_TICK]:
            _reconcile(appointment_id)
    beat(name="notifications.reconcile_due", now=now)


@shared_task(name="notifications.reconcile_one", ignore_result=True)
def reconcile_one(*, appointment_id: int, **_ignored: Any) -> None:
    """Plan one appointment now and send what is due: the nudge after a change."""
    _reconcile(appointment_id)
    dispatch.deliver_due(now=timezone.now())


@shared_task(name="notifications.deliver_due", ignore_result=True)
def deliver_due(**_ignored: Any) -> None:
    """Send what is due."""
    dispatch.deliver_due(now=timezone.now())
    beat(name="notifications.deliver_due", now=timezone.now())


@shared_task(name="notifications.watch", ignore_result=True)
def watch_delivery(**_ignored: Any) -> None:
    """Look whether anything is stuck, and tell the clinics' staff."""
    watch(now=timezone.now())


@shared_task(name="notifications.settle_lapsed", ignore_result=True)
def settle_lapsed(**_ignored: Any) -> None:
    """Look after attempts whose sender died."""
    dispatch.settle_lapsed(now=timezone.now())


@shared_task(name="notifications.expire_overdue", ignore_result=True)
def expire_overdue(**_ignored: Any) -> None:
    """Close what is too late."""
    dispatch.expire_overdue(now=timezone.now())


@shared_task(name="notifications.follow_with_calendars", ignore_result=True)
def follow_with_calendars(**_ignored: Any) -> None:
    """Keep calendars in step with changes that were told by text message."""
    dispatch.follow_with_calendars(now=timezone.now())


@shared_task(name="notifications.apply_reports", ignore_result=True)
def apply_reports(**_ignored: Any) -> None:
    """Apply what providers reported."""
    receipts.apply_reports(now=timezone.now())


@shared_task(name="notifications.apply_replies", ignore_result=True)
def apply_replies(**_ignored: Any) -> None:
    """Apply what people wrote back while nobody could."""
    inbound.apply_waiting_replies(now=timezone.now())


def _reconcile(appointment_id: int) -> None:
    now: dt.datetime = timezone.now()
    try:
        reconcile_timeline(appointment_id=appointment_id, now=now, wait=False)
    except Exception as error:  # noqa: BLE001 - one appointment that cannot be planned must not stop the others
        log.warning(
            "notifications.timeline.failed appointment=%s error=%s", appointment_id, type(error).__name__
        )
        _put_aside(appointment_id, error, now)


def _put_aside(appointment_id: int, error: Exception, now: dt.datetime) -> None:
    """Record that a plan could not be made; if even that fails, say so and leave it to the next tick."""
    try:
        record_planning_failure(appointment_id=appointment_id, failure=type(error).__name__, now=now)
    except Exception as unrecorded:  # noqa: BLE001 - nor must one whose failure cannot be recorded
        log.error(  # noqa: TRY400 - the trace would show the data
            "notifications.timeline.failure-not-recorded appointment=%s error=%s",
            appointment_id,
            type(unrecorded).__name__,
        )

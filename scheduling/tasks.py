"""What the clock asks of the diary. Each only delegates."""

import logging
from typing import Any

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from scheduling import operations
from scheduling.operations import backfill, rule_review
from scheduling.operations.busy import read_due_calendars
from scheduling.operations.closures import ask_about_closures
from scheduling.operations.follow_up_tasks import ask_for_follow_ups
from scheduling.operations.readiness import due_to_judge, record_readiness

log = logging.getLogger(__name__)
BACKFILLS_PER_TICK = 100


@shared_task(name="scheduling.release_expired_holds", ignore_result=True)
def release_expired_holds(**_ignored: Any) -> None:
    """Free what was kept longer than promised."""
    operations.release_expired_holds(now=timezone.now())


@shared_task(name="scheduling.review_rule_set", ignore_result=True)
def review_rule_set(**_ignored: Any) -> None:
    """Ask clinicians about what stands on other rules than the program's."""
    rule_review.review_rule_set(now=timezone.now())


@shared_task(name="scheduling.open_overdue_tasks", ignore_result=True)
def open_overdue_tasks(**_ignored: Any) -> None:
    """Ask for the end of what should be over, what becomes of visits in a closed time, and what follows a procedure."""
    now = timezone.now()
    operations.open_overdue_tasks(now=now)
    ask_about_closures(now=now)
    ask_for_follow_ups(now=now)


@shared_task(name="scheduling.chase_restarts", ignore_result=True)
def chase_restarts(**_ignored: Any) -> None:
    """Ask again about held medicines that nobody has let start again."""
    operations.chase_restarts(now=timezone.now())


@shared_task(name="scheduling.refresh_readiness", ignore_result=True)
def refresh_readiness(**_ignored: Any) -> None:
    """Judge again which visits can go ahead."""
    now = timezone.now()
    for appointment_id in due_to_judge(now=now):
        try:
            record_readiness(appointment_id=appointment_id, now=now)
        except Exception as error:  # noqa: BLE001 - one visit that cannot be judged must not stop the others
            log.warning(
                "scheduling.readiness.failed appointment=%s error=%s", appointment_id, type(error).__name__
            )


@shared_task(name="scheduling.fill_freed_starts", ignore_result=True)
def fill_freed_starts(**_ignored: Any) -> None:
    """Offer freed starts to those who wait, and end what nobody answered."""
    now = timezone.now()
    for backfill_id in backfill.due_backfills(now=now, limit=BACKFILLS_PER_TICK):
        try:
            backfill.advance_backfill(backfill_id=backfill_id, now=now)
        except Exception as error:  # noqa: BLE001 - one that fails must not stop the others
            log.warning("scheduling.backfill.failed backfill=%s error=%s", backfill_id, type(error).__name__)
            backfill.put_aside(backfill_id=backfill_id, now=now)


@shared_task(name="scheduling.read_calendars", ignore_result=True)
def read_calendars(**_ignored: Any) -> None:
    """Read the outside calendars that are due."""
    read_due_calendars(
        now=timezone.now(),
        timeout_seconds=settings.CALENDAR_TIMEOUT_SECONDS,
        allowed=settings.CALENDAR_ALLOWED_ORIGINS,
    )

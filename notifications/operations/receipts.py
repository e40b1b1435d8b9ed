"""
What providers report about attempts: stored at once, applied afterwards, only ever moving up.

Reports come late, twice and out of order, and of messages we do not know (yet). None of that does harm: a report is
stored once, waits until its attempt is known, and changes nothing that a better report has settled.
"""

import datetime as dt
import logging
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from notifications.codes import (
    DELIVERY_RANK,
    NOT_ARRIVED,
    AttemptStatus,
    ContactState,
    ContactSystem,
    DeliveryStatus,
    RequestReason,
    RequestStatus,
)
from notifications.models import Communication, CommunicationRequest, ProviderEvent
from notifications.operations.behind import plan_again
from notifications.operations.people import mark_contact_point
from notifications.operations.undelivered import go_another_way
from scheduling.codes import TaskKind
from scheduling.models import Appointment
from scheduling.operations import cancel_tasks_about

log = logging.getLogger(__name__)
BATCH = 200
# [ops] For how long a report may wait for its attempt to be known; it is kept longer.
KNOWN_WITHIN = dt.timedelta(days=30)
_UID = re.compile(r"<?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})@", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """
    A report as a provider's channel reads it.

    `event_id` is the provider's own, or made of what makes the report unique. `delivery` is NONE for what says
    nothing about delivery. `reason` is a short code, nothing personal. `raw` is kept for whoever must look into it.
    """

    provider: str
    event_id: str
    delivery: DeliveryStatus
    attempt_uid: UUID | None = None
    provider_reference: str = ""
    reason: str = ""
    address_is_bad: bool = False
    opted_out: bool = False
    raw: dict[str, Any] = field(default_factory=dict)


def store_reports(reports: Iterable[Report], *, now: dt.datetime) -> None:
    """Keep reports as they came; one that is here already changes nothing. `now` is aware."""
    events = [
        ProviderEvent(
            provider=report.provider,
            event_id=report.event_id[:200],
            attempt_uid=report.attempt_uid or _uid_in(report.provider_reference),
            provider_reference=report.provider_reference[:120],
            delivery=report.delivery,
            reason=report.reason[:60],
            address_is_bad=report.address_is_bad,
            opted_out=report.opted_out,
            raw=report.raw,
            received_at=now,
        )
        for report in reports
    ]
    ProviderEvent.objects.bulk_create(events, ignore_conflicts=True)


def apply_reports(*, now: dt.datetime) -> int:
    """Apply the reports whose attempt is known by now; return how many. `now` is aware."""
    return sum(_apply(event, now) for event in _matched(now)[:BATCH])


def _matched(now: dt.datetime) -> QuerySet[ProviderEvent]:
    """Return the waiting events whose attempt is known, as `attempt_found`; those of unknown messages go on waiting."""
    by_uid = Communication.objects.filter(uid=OuterRef("attempt_uid"))
    by_reference = Communication.objects.filter(
        channel=ContactSystem.EMAIL, provider_reference=OuterRef("provider_reference")
    ).exclude(provider_reference="")
    return (
        ProviderEvent.objects.waiting()
        .filter(received_at__gt=now - KNOWN_WITHIN)
        .annotate(
            attempt_found=Coalesce(Subquery(by_uid.values("pk")[:1]), Subquery(by_reference.values("pk")[:1]))
        )
        .exclude(attempt_found=None)
    )


def _apply(event: ProviderEvent, now: dt.datetime) -> bool:
    """Apply one report in one transaction; False if it must wait: for its attempt, or for somebody who is at it."""
    attempts = Communication.objects.select_related("contact_point", "request", "recipient")
    attempt_id: int = getattr(event, "attempt_found")  # noqa: B009 - an annotation, not a field
    appointment_id = attempts.values_list("request__appointment_id", flat=True).get(pk=attempt_id)
    with transaction.atomic():
        # The same order as everybody's: the appointment first. Who holds it is passed over, not waited for.
        appointments = Appointment.objects.select_for_update(no_key=True, skip_locked=True)
        mine = ProviderEvent.objects.waiting().select_for_update(skip_locked=True).filter(pk=event.pk)
        if not appointments.filter(pk=appointment_id).exists() or not mine.exists():
            return False
        attempt = attempts.select_for_update(no_key=True, of=("self",)).get(pk=attempt_id)
        if _is_undecided(attempt, event):
            return False
        if DELIVERY_RANK[DeliveryStatus(event.delivery)] > DELIVERY_RANK[DeliveryStatus(attempt.delivery)]:
            _move_up(attempt, event, now)
        ProviderEvent.objects.filter(pk=event.pk).update(
            applied_at=max(now, event.received_at), attempt=attempt
        )
    return True


def _is_undecided(attempt: Communication, event: ProviderEvent) -> bool:
    """Return whether what became of the attempt must be written down first: by its sender, or by who settles a doubt."""
    if attempt.status == AttemptStatus.PREPARATION:
        return True
    return (
        attempt.status == AttemptStatus.UNKNOWN and event.delivery in NOT_ARRIVED and attempt.request.in_doubt
    )


def _move_up(attempt: Communication, event: ProviderEvent, now: dt.datetime) -> None:
    Communication.objects.filter(pk=attempt.pk).update(
        delivery=event.delivery, delivery_reason=event.reason, delivery_at=now
    )
    attempt.delivery = event.delivery
    _mark_address(attempt, event, now)
    if event.delivery in NOT_ARRIVED:
        log.info("notifications.attempt.not-arrived attempt=%s reason=%s", attempt.uid, event.reason)
        go_another_way(attempt=attempt, now=now)
    elif attempt.status == AttemptStatus.UNKNOWN:
        _settle_doubt(attempt, now)


def _mark_address(attempt: Communication, event: ProviderEvent, now: dt.datetime) -> None:
    state = _state_after(event)
    if state is not None:
        mark_contact_point(point=attempt.contact_point, state=state, now=now)


def _state_after(event: ProviderEvent) -> ContactState | None:
    """Return what a report says about the address as such, if anything."""
    if event.opted_out or event.delivery == DeliveryStatus.COMPLAINED:
        return ContactState.OPTED_OUT
    if not event.address_is_bad:
        return None
    return ContactState.BOUNCED if event.delivery == DeliveryStatus.BOUNCED else ContactState.INVALID


def _settle_doubt(attempt: Communication, now: dt.datetime) -> None:
    """The provider has it after all: what was in doubt is sent."""
    Communication.objects.filter(pk=attempt.pk, status=AttemptStatus.UNKNOWN).update(
        status=AttemptStatus.COMPLETED, status_reason="found-by-receipt", settled_at=now
    )
    doubtful = CommunicationRequest.objects.filter(
        pk=attempt.request_id, status_reason=RequestReason.IN_DOUBT
    )
    doubtful.filter(status=RequestStatus.ON_HOLD).update(
        status=RequestStatus.COMPLETED, status_reason=RequestReason.NONE, closed_at=now
    )
    doubtful.filter(status=RequestStatus.COMPLETED).update(status_reason=RequestReason.NONE)
    appointment = Appointment.objects.select_related("organization").get(pk=attempt.request.appointment_id)
    cancel_tasks_about(
        organization=appointment.organization,
        kind=TaskKind.IN_DOUBT,
        about=f"{appointment.uid}:{attempt.recipient.key}:{attempt.request.notice}"[:120],
        outcome="The provider reports that the message arrived.",
        now=now,
    )
    # What was perhaps told is told.
    plan_again(appointment_id=appointment.pk)


def _uid_in(reference: str) -> UUID | None:
    """Return the attempt's uid from a Message-ID that we gave ourselves."""
    found = _UID.match(reference)
    return UUID(found[1]) if found else None

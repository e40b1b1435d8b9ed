"""
A change told by text message, for whom has the visit in a calendar: the entry follows by email.

A calendar goes on showing what it was given last. So whoever was sent an entry gets the next one too, with the change in
words, once for a change: an attempt of the same request, listed as its resend.
"""

import datetime as dt
import time

from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet

from notifications.codes import AttemptStatus, ContactState, ContactSystem, Rank, RequestReason, RequestStatus
from notifications.dispatch.calling import call_all
from notifications.dispatch.compose import CANNOT_BE_SAID, Composed, compose
from notifications.dispatch.record import record
from notifications.dispatch.storing import Attempt, store
from notifications.models import Communication, CommunicationRequest, ContactPoint, Recipient
from notifications.operations.pauses import paused_channels
from notifications.operations.people import addresses
from scheduling.models import Appointment

BATCH = 50
# [ops] How long after a change its calendar entry may follow.
FOLLOWS_WITHIN = dt.timedelta(days=1)


def follow_with_calendars(*, now: dt.datetime) -> int:
    """Send the calendar entries that changes told otherwise still owe; returns how many. `now` is aware."""
    attempts = [found for pk in list(_owing(now)[:BATCH]) if (found := _commit(pk, now))]
    if attempts:
        record(call_all(attempts, now=now), now=now)
    return len(attempts)


def _owing(now: dt.datetime) -> QuerySet[CommunicationRequest, int]:
    """Return the ids of changes that arrived by other ways than email, and that are the last word on their visit."""
    same = {"request__appointment": OuterRef("appointment"), "recipient": OuterRef("recipient")}
    has_entry = Communication.objects.filter(
        **same,
        calendar_sequence__lt=OuterRef("appointment__revision"),
        status__in=[AttemptStatus.COMPLETED, AttemptStatus.UNKNOWN],
    )
    is_current = Communication.objects.filter(
        **same, calendar_sequence__gte=OuterRef("appointment__revision")
    ).exclude(status=AttemptStatus.NOT_DONE)
    own = Communication.objects.filter(request=OuterRef("pk"))
    later = CommunicationRequest.objects.filter(
        appointment=OuterRef("appointment"),
        recipient=OuterRef("recipient"),
        rank=Rank.CHANGE,
        pk__gt=OuterRef("pk"),
    )
    return (
        CommunicationRequest.objects.filter(
            Exists(has_entry),
            ~Exists(is_current),
            ~Exists(own.filter(channel=ContactSystem.EMAIL)),
            ~Exists(own.filter(resend=True)),
            ~Exists(later),
            rank=Rank.CHANGE,
            status=RequestStatus.COMPLETED,
            status_reason=RequestReason.NONE,
            closed_at__gt=now - FOLLOWS_WITHIN,
            expires_at__gt=now,
            organization__messages_paused_at=None,
            appointment__timeline__planned_revision=F("appointment__timeline__wanted_revision"),
        )
        .order_by("closed_at")
        .values_list("pk", flat=True)
    )


def _commit(pk: int, now: dt.datetime) -> Attempt | None:
    """Commit the attempt of one entry, if nobody else is at it and it is still owed once the locks are held."""
    started = time.monotonic()
    with transaction.atomic():
        request = _locked(pk, now)
        letter = _composed(request, now) if request else None
        if letter is None:
            return None
        [attempt] = store([letter], resent={pk}, now=now, started=started)
    return attempt


def _locked(pk: int, now: dt.datetime) -> CommunicationRequest | None:
    found = CommunicationRequest.objects.only("recipient_id", "appointment_id").get(pk=pk)
    recipients = Recipient.objects.select_for_update(no_key=True, skip_locked=True)
    appointments = Appointment.objects.select_for_update(no_key=True, skip_locked=True)
    if not recipients.filter(pk=found.recipient_id).exists():
        return None
    if not appointments.filter(pk=found.appointment_id).exists():
        return None
    if Communication.objects.in_flight().filter(recipient=found.recipient_id).exists():
        return None
    if pk not in set(_owing(now).filter(pk=pk)):
        return None
    return CommunicationRequest.objects.select_related(
        "recipient__patient",
        "recipient__related_person",
        "appointment__location",
        "appointment__organization",
        "appointment__patient",
        "appointment__protocol",
    ).get(pk=pk)


def _composed(request: CommunicationRequest, now: dt.datetime) -> Composed | None:
    """Return the change as an email with its entry; None if no email reaches the person, or it cannot be said there."""
    point = ContactPoint.objects.filter(
        organization=request.organization_id,
        system=ContactSystem.EMAIL,
        value=addresses(request.recipient.person).get(ContactSystem.EMAIL, ""),
        state=ContactState.USABLE,
    ).first()
    if point is None or (request.organization_id, point.system) in paused_channels([request]):
        return None
    try:
        letter = compose(request=request, channel=ContactSystem.EMAIL, point=point, now=now)
    except CANNOT_BE_SAID:
        return None
    return letter if letter.calendar else None

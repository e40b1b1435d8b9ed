"""Calendar feeds: made, replaced, revoked by staff; read by whoever has the address."""

import datetime as dt
import hashlib
import secrets
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q

from cryoclinic.accounts.models import User
from scheduling.calendars import Booked, BookedState, feed_document
from scheduling.codes import AppointmentStatus
from scheduling.models import Allocation, Appointment, CalendarFeed, Resource

TOKEN_BYTES = 16
# What a feed shows [ops]: calendars of others are read every few hours and looked at for the weeks around today.
DAYS_BACK, DAYS_AHEAD = 30, 180


class NoPractitioner(Exception):
    """Nobody signs in for this resource. Name the person on the resource first, or make a feed of the resource alone."""


@dataclass(frozen=True, kw_only=True, slots=True)
class NewFeed:
    """A feed with its token, which is shown once and not stored."""

    feed: CalendarFeed
    token: str


def create_feed(*, resource: Resource, by: User, now: dt.datetime, everywhere: bool = False) -> NewFeed:
    """
    Make the feed of a resource, or `everywhere` that of its practitioner at every location; the old address dies.

    :raises NoPractitioner: if nobody signs in for the resource
    """
    if everywhere and resource.user is None:
        raise NoPractitioner
    organization = resource.location.organization
    token = secrets.token_urlsafe(TOKEN_BYTES)
    owner = {"practitioner": resource.user} if everywhere else {"resource": resource}
    with transaction.atomic():
        # Two at once queue here, so that the second replaces the first.
        Resource.objects.locked([resource.pk]).first()
        standing = CalendarFeed.objects.standing().filter(organization=organization, **owner)
        standing.update(revoked_at=now, revoked_by=by)
        feed = CalendarFeed.objects.create(
            organization=organization, token_sha256=_sha256(token), created_by=by, created_at=now, **owner
        )
    return NewFeed(feed=feed, token=token)


def revoke_feed(*, feed: CalendarFeed, by: User, now: dt.datetime) -> None:
    """End a feed's address. Idempotent."""
    CalendarFeed.objects.standing().filter(pk=feed.pk).update(revoked_at=now, revoked_by=by)


def feed_of(token: str) -> CalendarFeed | None:
    """Return the feed behind a token; None for an unknown or a revoked one."""
    return CalendarFeed.objects.standing().filter(token_sha256=_sha256(token)).first()


def feed_at(feed: CalendarFeed, *, now: dt.datetime) -> bytes:
    """
    Return a feed's document as of `now` (aware), in one query: no patient, no procedure, no title.

    A time that was given back stands there as cancelled, so that no calendar goes on showing it.
    """
    begin, end = now - dt.timedelta(days=DAYS_BACK), now + dt.timedelta(days=DAYS_AHEAD)
    rows = (
        Allocation.objects.filter(_whose(feed), appointment__isnull=False, period__overlap=(begin, end))
        # What is left over when a patient leaves early was not cancelled, it was not needed.
        .exclude(active=False, appointment__status=AppointmentStatus.FULFILLED)
        .select_related("appointment", "resource")
        .order_by("active", "id")
    )
    # One place in the diary is one event, wherever it moves: the standing row comes last, else the newest.
    events = [_booked(row, row.appointment) for row in rows if row.appointment is not None]
    return feed_document({event.uid: event for event in events}.values())


def _whose(feed: CalendarFeed) -> Q:
    if feed.resource_id is not None:
        return Q(resource=feed.resource_id)
    return Q(resource__user=feed.practitioner_id, resource__location__organization=feed.organization_id)


def _uid_of(row: Allocation, appointment: Appointment) -> str:
    place = f"{appointment.uid}|{row.leg}|{row.resource.uid}"
    return hashlib.sha256(place.encode()).hexdigest()[:32]


def _booked(row: Allocation, appointment: Appointment) -> Booked:
    return Booked(
        uid=_uid_of(row, appointment),
        begin=row.period.lower,
        end=row.period.upper,
        sequence=appointment.revision,
        changed_at=appointment.known_at,
        state=BookedState.CONFIRMED if row.active else BookedState.CANCELLED,
    )


def _sha256(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()

"""Calendar feeds: made, replaced, revoked by staff; read by whoever has the address."""

import datetime as dt
import hashlib
import secrets
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q

from cryoclinic.accounts.models import User
from scheduling.calendars import Booked, feed_document
from scheduling.models import Allocation, CalendarFeed, Resource

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
    """Return a feed's document as of `now` (aware), in one query: no patient, no procedure, no title."""
    begin, end = now - dt.timedelta(days=DAYS_BACK), now + dt.timedelta(days=DAYS_AHEAD)
    whose = (
        Q(resource=feed.resource_id)
        if feed.resource_id is not None
        else Q(
            resource__user=feed.practitioner_id,
            resource__location__organization=feed.organization_id,
        )
    )
    rows = Allocation.objects.filter(
        whose, active=True, appointment__isnull=False, period__overlap=(begin, end)
    ).values_list(
        "appointment__uid",
        "leg",
        "resource__uid",
        "period",
        "appointment__revision",
        "appointment__known_at",
    )
    return feed_document(
        Booked(
            uid=hashlib.sha256(f"{appointment}|{leg}|{resource}".encode()).hexdigest()[:32],
            begin=period.lower,
            end=period.upper,
            sequence=revision,
            changed_at=known_at,
        )
        for appointment, leg, resource, period, revision, known_at in rows
    )


def _sha256(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()

"""Close, and open again. A closure counts from the moment it is stored: nothing more is booked into it."""

import datetime as dt

from django.db import transaction
from django.db.models import Q

from cryoclinic.accounts.models import Location
from scheduling.models import OpeningException, Resource
from scheduling.models.resource import OpeningExceptionQuerySet
from scheduling.operations.actor import Actor, person_of
from scheduling.operations.closures.kept import settle_offers_of
from scheduling.operations.terms import StartIsNaive


class EndsBeforeItBegins(ValueError):
    """A closure ends after it begins. Check the two times."""


class ClosureIsOver(ValueError):
    """This closure would be over already. Nothing that is past can be closed."""


class ClosureNeedsAReason(ValueError):
    """Say why. Colleagues read it beside every visit that is hit."""


class ElsewhereResource(ValueError):
    """This person, room or device belongs to another location."""


class AlreadyReopened(Exception):
    """This is open again already. Nothing was changed."""


def close(
    *,
    location: Location,
    begin: dt.datetime,
    end: dt.datetime,
    reason: str,
    now: dt.datetime,
    by: Actor,
    resource: Resource | None = None,
) -> OpeningException:
    """
    Close a resource, or a whole location, for the half-open period (aware). What is booked stays as it is.

    A booking that was being written in that very moment may still land in it; it is listed with the others. What those
    who wait are offered in that time is kept with something else that fits, or withdrawn at once.

    :raises PersonNeeded: if a program asks
    :raises StartIsNaive: if a time has no zone
    :raises EndsBeforeItBegins, ClosureIsOver: if the period cannot be closed
    :raises ClosureNeedsAReason: if no reason is given
    :raises ElsewhereResource: if the resource is another location's
    """
    person = person_of(by)
    check_period(begin=begin, end=end, now=now)
    if not reason.strip():
        raise ClosureNeedsAReason
    if resource is not None and resource.location_id != location.pk:
        raise ElsewhereResource
    with transaction.atomic():
        stored = OpeningException.objects.create(
            location=location,
            resource=resource,
            period=(begin, end),
            reason=reason,
            closed_by=person,
            closed_at=now,
        )
        settle_offers_of(OpeningException.objects.filter(pk=stored.pk), now=now)
    return OpeningException.objects.closures().get(pk=stored.pk)


def closed_besides(
    *,
    location: Location,
    resource: Resource | None,
    period: tuple[dt.datetime, dt.datetime],
    but: OpeningException | None = None,
) -> OpeningExceptionQuerySet:
    """
    Return the other closures in force that keep all or some of this closed in all or some of the period (aware).

    For a resource: its own and its location's. For a location: its own; its resources' are theirs.
    """
    whose = Q(resource=None) if resource is None else Q(resource=None) | Q(resource=resource)
    found = OpeningException.objects.closures().in_force().filter(whose, location=location, busy_time=None)
    overlapping = found.filter(period__overlap=period).order_by("period", "id")
    return overlapping if but is None else overlapping.exclude(pk=but.pk)


def reopen(*, closure: OpeningException, now: dt.datetime, by: Actor) -> OpeningException:
    """
    Let a closure count no longer; it stays on record. What was swapped or moved because of it stays so.

    :raises PersonNeeded: if a program asks
    :raises AlreadyReopened: if somebody has done so
    """
    closed = OpeningException.objects.in_force().filter(pk=closure.pk, is_open=False)
    if not closed.update(reopened_at=now, reopened_by=person_of(by)):
        raise AlreadyReopened
    return OpeningException.objects.closures().get(pk=closure.pk)


def check_period(*, begin: dt.datetime, end: dt.datetime, now: dt.datetime) -> None:
    """
    Refuse a period that cannot be closed.

    :raises StartIsNaive: if a time has no zone
    :raises EndsBeforeItBegins: if it is empty
    :raises ClosureIsOver: if it has passed
    """
    if begin.utcoffset() is None or end.utcoffset() is None:
        raise StartIsNaive
    if end <= begin:
        raise EndsBeforeItBegins
    if end <= now:
        raise ClosureIsOver

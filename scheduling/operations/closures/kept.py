"""Times that are kept, not booked, in what is closed: offers to those who wait, and starts that somebody is deciding about."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from cryoclinic.accounts.models import Location
from scheduling.codes import BackfillStatus
from scheduling.models import Allocation, Backfill, Hold, OpeningException, Resource
from scheduling.models.resource import OpeningExceptionQuerySet
from scheduling.operations.actor import SYSTEM
from scheduling.operations.choosing import Need, NoSuchResource, OutsideHours, SlotTaken, choose
from scheduling.operations.closing import end_backfill
from scheduling.operations.limits import DayIsFull
from scheduling.operations.offers import withdraw_offers
from scheduling.operations.opening import RegionUnknown
from scheduling.operations.seating import seat
from scheduling.operations.spans import legs_at
from scheduling.rules import LegIsEmpty

NOT_TO_BE_HAD = (NoSuchResource, OutsideHours, DayIsFull, SlotTaken, LegIsEmpty, RegionUnknown)


@dataclass(frozen=True, kw_only=True, slots=True)
class KeptTime:
    """A start (UTC) that is kept until a moment; `backfill` says for whom it is offered, None: somebody is deciding."""

    hold: Hold
    backfill: Backfill | None


def kept_times(
    *,
    location: Location,
    resource: Resource | None,
    period: tuple[dt.datetime, dt.datetime],
    now: dt.datetime,
) -> tuple[KeptTime, ...]:
    """Return what is kept in a half-open period (aware) with what is closed, by the starts; two queries."""
    of_what = {"resource": resource} if resource is not None else {"resource__location": location}
    rows = Allocation.objects.standing(now).filter(**of_what, hold__isnull=False, period__overlap=period)
    holds = Hold.objects.filter(pk__in=rows.values("hold")).select_related("offering__procedure_type")
    looking = {each.hold_id: each for each in Backfill.objects.looking().filter(hold__in=holds)}
    return tuple(KeptTime(hold=hold, backfill=looking.get(hold.pk)) for hold in holds.order_by("start", "id"))


def settle_offers_of(closures: OpeningExceptionQuerySet, *, now: dt.datetime) -> int:
    """
    Keep what is offered to those who wait with something that is open, or withdraw it; return how many starts changed.

    `now` is aware. Idempotent. Whoever was called about a start that is withdrawn is called again.
    """
    closed = closures.in_force().filter(
        Q(resource=OuterRef("resource")) | Q(resource=None, location=OuterRef("resource__location")),
        is_open=False,
        period__overlap=OuterRef("period"),
    )
    hit = Allocation.objects.filter(Exists(closed), active=True, hold=OuterRef("hold"))
    looking = Backfill.objects.looking().filter(Exists(hit)).order_by("id")
    return sum(_settled(pk, now=now) for pk in looking.values_list("pk", flat=True))


def _settled(backfill_id: int, *, now: dt.datetime) -> bool:
    with transaction.atomic():
        locked = Backfill.objects.select_for_update(no_key=True).get(pk=backfill_id)
        if locked.status != BackfillStatus.LOOKING or locked.hold_id is None:
            return False
        backfill = Backfill.objects.with_places().get(pk=backfill_id)
        try:
            return _kept_with_others(backfill, now=now)
        except NOT_TO_BE_HAD:
            withdraw_offers(backfill, now=now, by=SYSTEM)
            end_backfill(backfill, status=BackfillStatus.GONE, reason="What it needs is closed then", now=now)
            return True


def _kept_with_others(backfill: Backfill, *, now: dt.datetime) -> bool:
    """Keep the start with what is open, as long as before; False if nothing had to change."""
    offering, before = backfill.offering, backfill.hold
    if before is None or before.released_at is not None:
        return False
    need = Need(location=offering.location, legs=legs_at(offering, backfill.start), hold=before, now=now)
    if _ids(choose(need).values()) == _held(before):
        return False
    write = partial(
        Hold.objects.create,
        organization=backfill.organization,
        offering=offering,
        start=backfill.start,
        expires_at=before.expires_at,
    )
    kept = seat(need=need, patient=None, write=write)
    Backfill.objects.filter(pk=backfill.pk).update(hold=kept)
    return True


def _held(hold: Hold) -> frozenset[int]:
    rows = Allocation.objects.filter(hold=hold, active=True)
    return frozenset(rows.values_list("resource_id", flat=True))


def _ids(chosen: Iterable[Iterable[int]]) -> frozenset[int]:
    return frozenset(resource_id for ids in chosen for resource_id in ids)


def all_closures_ahead(*, now: dt.datetime) -> OpeningExceptionQuerySet:
    """Return every closure that is not over at `now` (aware), imported busy times included."""
    return OpeningException.objects.closures().in_force().filter(period__endswith__gt=now)

"""Whose rows a caller reaches: a membership for one location reaches what is there; patients are the organization's."""

from collections.abc import Collection
from typing import Any

from django.db.models import Exists, Model, OuterRef, Q, QuerySet

from cryoclinic.accounts.caller import Caller
from cryoclinic.accounts.codes import WRITING_ROLES
from cryoclinic.accounts.models import Location
from scheduling.models import (
    Appointment,
    Backfill,
    CalendarFeed,
    Hold,
    OpeningException,
    ProcedureOffering,
    Resource,
    Series,
    WaitlistEntry,
    WaitlistOffer,
)

# Where the location of a row is found.
PLACES: dict[type[Model], str] = {
    Appointment: "location",
    Backfill: "offering__location",
    # A practitioner's feed is of every location, and so nobody's who is at one.
    CalendarFeed: "resource__location",
    Hold: "offering__location",
    Location: "pk",
    OpeningException: "location",
    ProcedureOffering: "location",
    Resource: "location",
    Series: "offering__location",
    WaitlistOffer: "backfill__offering__location",
}


def within_reach(
    rows: QuerySet[Any], *, caller: Caller, changing: bool, path: str | None = None
) -> QuerySet[Any]:
    """
    Return the rows at locations where the caller may look, or may also change something.

    `path` leads from a row to its location; without one, rows that have no place stay as they are.
    """
    ids = caller.location_ids(holding=WRITING_ROLES if changing else None)
    if ids is None:
        return rows
    if rows.model is WaitlistEntry:
        return rows.filter(_waits_at(ids))
    path = path or PLACES.get(rows.model)
    return rows if path is None else rows.filter(**{f"{path}__in": ids})


def _waits_at(ids: Collection[int]) -> Q:
    """Those who wait for one of these locations, or for any."""
    named = WaitlistEntry.locations.through.objects.filter(waitlistentry=OuterRef("pk"))
    return Q(~Exists(named)) | Q(Exists(named.filter(location__in=ids)))

"""A time kept at a desk while somebody talks to the patient: one for each patient and person, until the clock time shown."""

import datetime as dt

from django.db import transaction

from cryoclinic.accounts.models import User
from cryoclinic.dashboard.free_times import Inquiry
from scheduling.models import Hold, Patient
from scheduling.models.allocation import HoldQuerySet
from scheduling.operations import Actor, hold_slot, release_hold
from scheduling.operations.drafting import Manner


def holds_of(user: User, *, patient: Patient) -> HoldQuerySet:
    """Return every time that somebody keeps, or kept, for a patient."""
    return Hold.objects.filter(held_by=user, patient=patient)


def kept_by(user: User, *, patient: Patient, now: dt.datetime) -> Hold | None:
    """Return the time that somebody keeps for a patient at `now` (aware)."""
    standing = holds_of(user, patient=patient).filter(released_at=None, expires_at__gt=now)
    return standing.select_related("offering__procedure_type", "offering__location").order_by("-id").first()


def keep(inquiry: Inquiry, *, start: dt.datetime, by: Actor) -> Hold:
    """
    Keep a start (aware) for the patient, in the wished way, in place of what the same person kept for them before.

    :raises SlotTaken: and every other error of `hold_slot`; what was kept before stays kept then
    """
    wish = inquiry.wish
    manner = Manner(
        target=wish["target"],
        anaesthesia=wish["anaesthesia"],
        guidance=wish["guidance"],
        contrast=wish["contrast"],
    )
    with transaction.atomic():
        if by.user is not None:
            earlier = holds_of(by.user, patient=inquiry.patient).filter(
                released_at=None, expires_at__gt=inquiry.now
            )
            for hold in earlier.order_by("id"):
                release_hold(hold=hold, now=inquiry.now)
        return hold_slot(
            offering=inquiry.offering,
            patient=inquiry.patient,
            start=start,
            now=inquiry.now,
            by=by,
            manner=manner,
            practitioner=wish["practitioner"],
        )

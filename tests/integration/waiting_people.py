"""People who wait, and starts that become free for them."""

from typing import Any

from builders import DAY, NOW, START, Clinic, book, make_patient

from scheduling import operations
from scheduling.codes import CancellationReason
from scheduling.models import Backfill, BackfillPolicy, BackfillStep, Series, WaitlistEntry, WaitlistOffer
from scheduling.operations.backfill import advance_backfill


def make_waiting(clinic: Clinic, **fields: Any) -> WaitlistEntry:
    """Have somebody wait for the kidney, who agreed to be called."""
    patient = fields.pop("patient", None) or make_patient(clinic.organization)
    defaults = {
        "organization": clinic.organization,
        "patient": patient,
        "procedure_type": clinic.offering.procedure_type,
        "agreed_at": NOW - 9 * DAY,
        "waiting_since": NOW - 9 * DAY,
    }
    return WaitlistEntry.objects.create(**{**defaults, **fields})


def make_policy(clinic: Clinic, **fields: Any) -> BackfillPolicy:
    """Have freed starts in London be offered by themselves."""
    return BackfillPolicy.objects.create(offering=clinic.offering, **fields)


def free_a_start(clinic: Clinic, **policy: Any) -> Backfill:
    """Cancel a booking at `START` under a policy; return the backfill that this opened."""
    make_policy(clinic, **policy)
    operations.cancel_appointment(
        appointment=book(clinic), reason=CancellationReason.PATIENT, now=NOW, by=clinic.staff
    )
    return Backfill.objects.get()


def advance(backfill: Backfill, now: Any = NOW) -> Backfill:
    """Do what the backfill wants at a moment, and return it as it is then."""
    advance_backfill(backfill_id=backfill.pk, now=now)
    return Backfill.objects.get(pk=backfill.pk)


def steps_of(backfill: Backfill) -> list[str]:
    """Return the kinds of what happened, in order."""
    return [step.kind for step in BackfillStep.objects.filter(backfill=backfill)]


def offer_of(entry: WaitlistEntry) -> WaitlistOffer:
    """Return the one offer made to an entry."""
    return WaitlistOffer.objects.select_related("appointment").get(entry=entry)


def make_backfill(clinic: Clinic, **fields: Any) -> Backfill:
    """Make a backfill of a start in London, by hand."""
    defaults = {
        "organization": clinic.organization,
        "offering": clinic.offering,
        "start": START,
        "next_at": NOW,
        "opened_at": NOW,
    }
    return Backfill.objects.create(**{**defaults, **fields})


def make_open_offer(clinic: Clinic) -> WaitlistOffer:
    """Have a start offered to somebody, a day after `START`."""
    entry = make_waiting(clinic)
    advance(make_backfill(clinic, start=START + DAY))
    return offer_of(entry)


def make_series(clinic: Clinic, **fields: Any) -> Series:
    """Make a series of Pia's without sessions."""
    defaults = {
        "organization": clinic.organization,
        "offering": clinic.offering,
        "patient": clinic.pia,
        "sessions_wanted": 2,
        "gap_least_days": 7,
        "mode": "whole",
        "booked_at": NOW,
    }
    return Series.objects.create(**{**defaults, **fields})

"""A time offered from the waiting list, as the one it was offered to sees it and answers it."""

import datetime as dt

from notifications.operations.access import Reader
from notifications.operations.page_answers import NotYoursToAnswer
from notifications.planning import Offer
from procedures.preparation import PreparationPlan
from procedures.steps import Audience
from scheduling.codes import AppointmentStatus
from scheduling.models import Appointment, WaitlistOffer
from scheduling.operations.actor import Actor
from scheduling.operations.backfill import NOT_FOR_THIS_PATIENT, NOT_TO_BE_HAD
from scheduling.operations.offers import OfferIsGone, accept_offer, decline_offer
from scheduling.operations.policies import TooLateToMove, TooManyMoves

# Why a time that is still offered cannot be taken here: somebody looks at it with the patient, by phone.
NEEDS_A_PERSON = (*NOT_FOR_THIS_PATIENT, *NOT_TO_BE_HAD, TooLateToMove, TooManyMoves)
# What a patient may take by themselves is what a portal may book for them: only what is settled.
PATIENT = Actor(portal=True)


def offer_to_plan(appointment: Appointment, *, plan: PreparationPlan) -> Offer | None:
    """Return the offer that an appointment is, None if it is a booking or has ended."""
    if appointment.status != AppointmentStatus.PROPOSED:
        return None
    offer = WaitlistOffer.objects.select_related("entry__instead_of").filter(appointment=appointment).first()
    if offer is None:
        return None
    given_up = offer.entry.instead_of
    return Offer(
        start=appointment.start,
        offered_at=offer.offered_at,
        answer_by=offer.expires_at,
        decided=plan.lead_time_days is not None,
        given_up=None if given_up is None else given_up.start,
    )


def offer_never_taken(appointment: Appointment) -> WaitlistOffer | None:
    """Return the offer behind an appointment that has not become a booking, open or ended; else None."""
    if appointment.status not in {AppointmentStatus.PROPOSED, AppointmentStatus.CANCELLED}:
        return None
    if appointment.changes.filter(to_status=AppointmentStatus.BOOKED).exists():
        return None
    offers = WaitlistOffer.objects.with_visits().select_related(
        "entry__booked_as__location", "entry__instead_of__location"
    )
    return offers.filter(appointment=appointment).first()


def answer_offer(*, reader: Reader, takes_it: bool, now: dt.datetime) -> None:
    """
    Take the time that was offered to the reader, or let it go. `now` is aware.

    :raises NotYoursToAnswer: if the reader is a carer
    :raises OfferIsGone: if it is not offered any more
    :raises NEEDS_A_PERSON: if it cannot be booked without somebody looking at it
    """
    if reader.audience is not Audience.PATIENT:
        raise NotYoursToAnswer
    offer = offer_never_taken(reader.appointment)
    if offer is None:
        raise OfferIsGone
    if takes_it:
        accept_offer(offer=offer, now=now, by=PATIENT)
    else:
        decline_offer(offer=offer, now=now, by=PATIENT)

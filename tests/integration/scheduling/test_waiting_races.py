"""An offer under contention: taken, let go, lapsed, withdrawn, or overtaken by another booking; one truth is left."""

import datetime as dt
from collections.abc import Callable

import pytest
from builders import DAY, NOW, START, Clinic, book, make_clinic, make_patient
from racers import BOOKED, at_once, deadlocks
from waiting_people import advance, make_backfill, make_policy, make_waiting, offer_of

from scheduling import operations
from scheduling.codes import CancellationReason
from scheduling.models import Allocation, Appointment, Backfill, WaitlistEntry, WaitlistOffer
from scheduling.operations.backfill import advance_backfill, stop_backfill
from scheduling.operations.closing import lapse_offers
from scheduling.operations.offers import accept_offer, decline_offer
from scheduling.operations.waitlist import add_to_waitlist, put_back, remove_from_waitlist

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

LATER = START + 14 * DAY
ELSEWHEN = START + 7 * DAY
SOON = NOW + dt.timedelta(minutes=1)
LAPSED = NOW + dt.timedelta(hours=3)

Rival = Callable[[Clinic, WaitlistOffer], object]
RIVALS: dict[str, Rival] = {
    "another booking": lambda c, offer: book(c, patient=offer.entry.patient, start=ELSEWHEN, now=SOON),
    "lapse": lambda c, offer: lapse_offers(now=LAPSED),
    "decline": lambda c, offer: decline_offer(offer=offer, now=SOON, by=c.staff),
    "stop": lambda c, offer: stop_backfill(backfill=offer.backfill, now=SOON, by=c.staff),
    "off the list": lambda c, offer: remove_from_waitlist(entry=offer.entry, now=SOON),
    "the same again": lambda c, offer: accept_offer(offer=offer, now=SOON, by=c.staff),
    "sweep": lambda c, offer: advance_backfill(backfill_id=offer.backfill_id, now=LAPSED),
    "cancel as staff do": lambda c, offer: operations.cancel_appointment(
        appointment=offer.appointment, reason=CancellationReason.OTHER, now=SOON, by=c.staff
    ),
}
RIVALS_OF_A_MOVE: dict[str, Rival] = {
    **RIVALS,
    "cancelled by the patient": lambda c, offer: operations.cancel_appointment(
        appointment=offer.entry.instead_of, reason=CancellationReason.PATIENT, now=SOON, by=c.staff
    ),
    "cancelled by the clinic": lambda c, offer: operations.cancel_appointment(
        appointment=offer.entry.instead_of, reason=CancellationReason.PROVIDER, now=SOON, by=c.staff
    ),
    "moved": lambda c, offer: operations.move_appointment(
        appointment=offer.entry.instead_of, start=START - DAY, now=SOON, by=c.staff
    ),
}
REFUSALS = {
    BOOKED, "OfferIsGone", "BackfillHasEnded", "NoLongerWaiting", "StaleRevision", "TransitionRefused", "PatientBusy",
}  # fmt: skip


def race_for(offer: WaitlistOffer, clinic: Clinic, rival: Rival) -> list[str]:
    before = deadlocks()

    outcomes = at_once(
        [lambda: accept_offer(offer=offer, now=SOON, by=clinic.staff), lambda: rival(clinic, offer)]
    )

    assert set(outcomes) <= REFUSALS
    assert deadlocks() == before
    return outcomes


def check_one_truth(offer: WaitlistOffer) -> None:
    """Check what must be true whoever was first: every row agrees with every other."""
    proposed = Appointment.objects.get(pk=offer.appointment_id)
    entry = WaitlistEntry.objects.select_related("booked_as", "instead_of").get(pk=offer.entry_id)
    backfill = Backfill.objects.select_related("filled_by").get(pk=offer.backfill_id)
    assert (backfill.status == "filled") == (backfill.filled_by_id is not None)
    filled_by = backfill.filled_by
    assert filled_by is None or filled_by.start in {START, START - DAY}
    if filled_by is not None and filled_by.patient_id == entry.patient_id and entry.status != "removed":
        assert (entry.status, entry.booked_as) == ("booked", filled_by)
    for visit in Appointment.objects.filter(patient=entry.patient, status="booked"):
        assert visit.allocations.filter(active=True).count() == 4
    legs = Allocation.objects.filter(active=True, appointment__isnull=False).count()
    assert legs == 4 * Appointment.objects.filter(status="booked").count()
    if proposed.status == "proposed":
        assert backfill.status == "looking"
    if entry.status == "waiting" and entry.instead_of is not None:
        assert entry.instead_of.status == "booked"


@pytest.mark.full
@pytest.mark.parametrize("rival", RIVALS)
def test_offer_taken_while_something_else_happens_leaves_one_truth(rival: str) -> None:
    clinic = make_clinic()
    entry = make_waiting(clinic)
    advance(make_backfill(clinic))
    offer = offer_of(entry)

    race_for(offer, clinic, RIVALS[rival])

    check_one_truth(offer)


@pytest.mark.full
@pytest.mark.parametrize("rival", RIVALS_OF_A_MOVE)
def test_earlier_time_taken_while_something_else_happens_leaves_one_truth(rival: str) -> None:
    clinic = make_clinic()
    make_policy(clinic)
    entry = make_waiting(clinic, patient=clinic.pia, instead_of=book(clinic, start=LATER))
    advance(make_backfill(clinic))
    offer = offer_of(entry)

    race_for(offer, clinic, RIVALS_OF_A_MOVE[rival])

    check_one_truth(offer)
    if rival != "another booking":
        assert Appointment.objects.filter(patient=clinic.pia, status="booked").count() <= 1


def test_booking_elsewhere_and_acceptance_leave_one_booking() -> None:
    clinic = make_clinic()
    entry = make_waiting(clinic)
    advance(make_backfill(clinic))
    offer = offer_of(entry)

    outcomes = race_for(offer, clinic, RIVALS["another booking"])

    check_one_truth(offer)
    assert WaitlistEntry.objects.get().status == "booked"
    # Whoever books after the acceptance books a second visit on purpose; an offer that is over cannot be taken.
    assert Appointment.objects.filter(status="booked").count() == outcomes.count(BOOKED)


@pytest.mark.full
def test_two_who_want_the_same_earlier_time_move_one_visit() -> None:
    clinic = make_clinic()
    before = deadlocks()
    visits = [
        book(clinic, patient=make_patient(clinic.organization), start=LATER + days * DAY) for days in range(4)
    ]
    entries = [make_waiting(clinic, patient=visit.patient, instead_of=visit) for visit in visits]
    advance(make_backfill(clinic, offers_at_once=4))
    offers = [offer_of(entry) for entry in entries]

    outcomes = at_once(
        [lambda offer=offer: accept_offer(offer=offer, now=SOON, by=clinic.staff) for offer in offers]
    )

    assert sorted(outcomes) == ["OfferIsGone"] * 3 + [BOOKED]
    assert Appointment.objects.filter(status="booked", start=START).count() == 1
    assert (Appointment.objects.filter(status="booked").count(), deadlocks()) == (4, before)
    for offer in offers:
        check_one_truth(offer)


@pytest.mark.full
def test_entry_and_booking_at_the_same_moment_know_each_other() -> None:
    clinic = make_clinic()
    procedure = clinic.offering.procedure_type

    outcomes = at_once(
        [
            lambda: add_to_waitlist(patient=clinic.pia, procedure_type=procedure, now=NOW, by=clinic.staff),
            lambda: book(clinic),
        ]
    )

    entry, booked = WaitlistEntry.objects.get(), Appointment.objects.get()
    assert outcomes == [BOOKED, BOOKED]
    # Put down first, the booking ended it; booked first, it waits for an earlier time than that.
    assert (entry.status, entry.booked_as, entry.instead_of) in [
        ("booked", booked, None),
        ("waiting", None, booked),
    ]


@pytest.mark.full
def test_two_who_put_back_the_same_patient_make_one_entry() -> None:
    clinic = make_clinic()
    entry = make_waiting(clinic, patient=clinic.pia)
    operations.cancel_appointment(
        appointment=book(clinic), reason=CancellationReason.PROVIDER, now=NOW, by=clinic.staff
    )

    outcomes = at_once(
        [lambda: put_back(entry=WaitlistEntry.objects.get(pk=entry.pk), now=NOW, by=clinic.staff)] * 3
    )

    assert outcomes.count(BOOKED) == 1
    assert set(outcomes) <= {BOOKED, "AlreadyWaiting", "NothingToPutBack"}
    assert WaitlistEntry.objects.waiting().count() == 1

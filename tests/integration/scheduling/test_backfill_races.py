"""Freed starts under contention: one winner, a clear refusal for the rest, never a deadlock."""

import datetime as dt
from collections import Counter

import pytest
from builders import DAY, NOW, START, book, make_clinic, make_patient
from django.db import connection
from racers import BOOKED, at_once, deadlocks
from waiting_people import advance, make_backfill, make_waiting, offer_of

from scheduling.models import Allocation, Appointment, Backfill
from scheduling.operations.backfill import advance_backfill, stop_backfill
from scheduling.operations.closing import lapse_offers
from scheduling.operations.offers import accept_offer, decline_offer
from scheduling.operations.series import SeriesWish, book_series
from scheduling.sessions import Gaps

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

MINUTE = dt.timedelta(minutes=1)


def test_one_of_five_who_accept_has_it() -> None:
    clinic = make_clinic()
    before = deadlocks()
    entries = [make_waiting(clinic) for _ in range(5)]
    advance(make_backfill(clinic, offers_at_once=5))
    acts = [
        lambda offer=offer: accept_offer(offer=offer, now=NOW + MINUTE, by=clinic.staff)
        for offer in [offer_of(entry) for entry in entries]
    ]

    outcomes = at_once(acts)

    assert Counter(outcomes) == {BOOKED: 1, "OfferIsGone": 4}
    assert Counter(Appointment.objects.values_list("status", flat=True)) == {"booked": 1, "cancelled": 4}
    assert (Allocation.objects.filter(active=True).count(), deadlocks()) == (4, before)


def test_sweeps_at_the_same_moment_ask_one() -> None:
    clinic = make_clinic()
    for _ in range(4):
        make_waiting(clinic)
    backfill = make_backfill(clinic)

    at_once([lambda: advance_backfill(backfill_id=backfill.pk, now=NOW) for _ in range(6)])

    assert backfill.offers.count() == 1


def test_acceptance_and_stop_leave_one_truth() -> None:
    clinic = make_clinic()
    entry = make_waiting(clinic)
    backfill = make_backfill(clinic)
    advance(backfill)
    offer = offer_of(entry)

    at_once(
        [
            lambda: accept_offer(offer=offer, now=NOW + MINUTE, by=clinic.staff),
            lambda: stop_backfill(backfill=backfill, now=NOW + MINUTE, by=clinic.staff),
            lambda: decline_offer(offer=offer, now=NOW + MINUTE, by=clinic.staff),
        ]
    )

    status = Appointment.objects.get().status
    after = Backfill.objects.get()
    legs = Allocation.objects.filter(active=True, appointment__isnull=False).count()
    assert (status == "booked") == (after.status == "filled") == (legs == 4)


def test_lapsed_offers_bookings_and_sweeps_do_not_wait_in_a_circle() -> None:
    clinic = make_clinic()
    before = deadlocks()
    entries = [make_waiting(clinic) for _ in range(4)]
    backfill = make_backfill(clinic, offers_at_once=4, answer_minutes=30)
    advance(backfill)
    later = NOW + 31 * MINUTE
    acts = [
        *(lambda patient=entry.patient: book(clinic, patient=patient, now=later) for entry in entries),
        lambda: lapse_offers(now=later),
        lambda: advance_backfill(backfill_id=backfill.pk, now=later),
    ]

    outcomes = at_once(acts)

    assert outcomes[:4].count(BOOKED) <= 1
    assert set(outcomes) <= {BOOKED, "SlotTaken", "PatientBusy"}
    assert deadlocks() == before
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM scheduling_appointment WHERE status = 'proposed'")
        assert cursor.fetchone() == (0,)


def test_two_series_for_the_same_starts_are_both_whole() -> None:
    clinic = make_clinic()
    before = deadlocks()
    wish = SeriesWish(sessions=3, gaps=Gaps(least_days=7, most_days=10), first=START)
    patients = [make_patient(clinic.organization) for _ in range(3)]

    outcomes = at_once(
        [
            *(
                lambda patient=patient: book_series(
                    offering=clinic.offering, patient=patient, wish=wish, now=NOW, by=clinic.staff
                )
                for patient in patients
            ),
            lambda: book(clinic, start=START + 7 * DAY),
        ]
    )

    assert outcomes[:3] == [BOOKED] * 3
    assert outcomes[3] in {BOOKED, "SlotTaken"}
    assert deadlocks() == before

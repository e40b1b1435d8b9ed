"""A freed start finds the next patient who fits, and never two."""

import datetime as dt
from typing import Any

import pytest
from builders import DAY, HOUR, NOW, START, Clinic, book, make_medication, make_patient
from django.db import connection
from django.test.utils import CaptureQueriesContext
from waiting_people import (
    advance,
    free_a_start,
    make_backfill,
    make_policy,
    make_waiting,
    offer_of,
    steps_of,
)

from scheduling import operations, tasks
from scheduling.codes import CancellationReason
from scheduling.models import Allocation, Appointment, Backfill, Hold, ProcedureOffering, Task, WaitlistEntry
from scheduling.operations import candidates
from scheduling.operations.backfill import (
    AlreadyLooking,
    BackfillHasEnded,
    NotFree,
    due_backfills,
    start_backfill,
    stop_backfill,
)
from scheduling.operations.closing import lapse_offers
from scheduling.operations.offers import OfferIsGone, accept_offer, decline_offer
from scheduling.operations.slots import find_slots

MINUTE = dt.timedelta(minutes=1)


def active_legs() -> int:
    return Allocation.objects.filter(active=True).count()


# --- freed -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reason", "opened"),
    [("pat", 1), ("pat-cpp", 1), ("prov-prep", 1), ("prov", 0), ("oth-mu", 0), ("other", 0)],
)
def test_cancellation_opens_a_backfill_where_the_time_can_be_had(
    clinic: Clinic, reason: str, opened: int
) -> None:
    make_policy(clinic)

    operations.cancel_appointment(
        appointment=book(clinic), reason=CancellationReason(reason), now=NOW, by=clinic.staff
    )

    assert [b.start for b in Backfill.objects.all()] == [START] * opened


def test_move_opens_a_backfill_of_the_start_that_was_left(clinic: Clinic) -> None:
    make_policy(clinic)

    operations.move_appointment(appointment=book(clinic), start=START + DAY, now=NOW, by=clinic.staff)

    assert Backfill.objects.get().start == START


@pytest.mark.parametrize("policy", [None, {"automatic": False}])
def test_nothing_opens_without_the_offerings_policy(clinic: Clinic, policy: dict[str, Any] | None) -> None:
    if policy is not None:
        make_policy(clinic, **policy)

    operations.cancel_appointment(
        appointment=book(clinic), reason=CancellationReason.PATIENT, now=NOW, by=clinic.staff
    )

    assert not Backfill.objects.exists()


def test_start_freed_again_while_somebody_looks_opens_no_second(clinic: Clinic) -> None:
    free_a_start(clinic)

    operations.cancel_appointment(
        appointment=book(clinic, now=NOW), reason=CancellationReason.PATIENT, now=NOW, by=clinic.staff
    )

    assert Backfill.objects.count() == 1


# --- offered -----------------------------------------------------------------------------------------


def test_first_in_order_is_offered_the_start(clinic: Clinic) -> None:
    backfill = free_a_start(clinic, answer_minutes=60)
    routine, urgent = make_waiting(clinic), make_waiting(clinic, priority="urgent")

    advance(backfill)

    offer = offer_of(urgent)
    assert (offer.appointment.status, offer.appointment.start, offer.expires_at) == (
        "proposed",
        START,
        NOW + HOUR,
    )
    assert not routine.offers.exists()
    assert steps_of(backfill) == ["freed", "offered"]
    assert Task.objects.get(kind="phone-patient").appointment == offer.appointment


def test_offered_start_can_be_had_by_nobody_else(clinic: Clinic) -> None:
    backfill = free_a_start(clinic)
    make_waiting(clinic)
    advance(backfill)

    with pytest.raises(operations.SlotTaken):
        book(clinic)

    assert (active_legs(), Hold.objects.get().expires_at) == (4, NOW + 2 * HOUR)


def test_advancing_twice_asks_nobody_twice(clinic: Clinic) -> None:
    backfill = free_a_start(clinic)
    for _ in range(2):
        make_waiting(clinic)

    advance(backfill)
    again = advance(backfill)

    assert (again.offers.count(), again.next_at) == (1, NOW + 2 * HOUR)


def test_accepted_offer_is_booked_with_what_was_kept(clinic: Clinic) -> None:
    backfill = free_a_start(clinic)
    entry = make_waiting(clinic)
    advance(backfill)

    booked = accept_offer(offer=offer_of(entry), now=NOW + MINUTE, by=clinic.staff)

    entry.refresh_from_db()
    backfill.refresh_from_db()
    assert (booked.status, booked.known_at, booked.allocations.filter(active=True).count()) == (
        "booked",
        NOW + MINUTE,
        4,
    )
    assert (entry.status, backfill.status, backfill.filled_by) == ("booked", "filled", booked)
    assert active_legs() == 4
    assert steps_of(backfill) == ["freed", "offered", "accepted", "ended"]
    assert Task.objects.get().status == "cancelled"


def test_of_several_asked_the_first_to_accept_has_it_and_the_others_are_told(clinic: Clinic) -> None:
    backfill = free_a_start(clinic, offers_at_once=3)
    first, second, third = (make_waiting(clinic, waiting_since=NOW - days * DAY) for days in (9, 8, 7))
    advance(backfill)
    called = Task.objects.get(appointment=offer_of(first).appointment)
    operations.claim_task(task=called, by=clinic.nora, now=NOW)

    accept_offer(offer=offer_of(second), now=NOW + MINUTE, by=clinic.staff)

    statuses = [offer_of(entry).appointment.status for entry in (first, second, third)]
    assert statuses == ["cancelled", "booked", "cancelled"]
    still_open = Task.objects.still_open().values_list("appointment", "reason")
    assert [(pk, "gone to somebody else" in reason) for pk, reason in still_open] == [
        (offer_of(first).appointment_id, True)
    ]
    with pytest.raises(OfferIsGone):
        accept_offer(offer=offer_of(first), now=NOW + MINUTE, by=clinic.staff)


def test_declined_offer_goes_to_the_next_at_once(clinic: Clinic) -> None:
    backfill = free_a_start(clinic)
    first, second = (make_waiting(clinic, waiting_since=NOW - days * DAY) for days in (9, 8))
    advance(backfill)

    decline_offer(offer=offer_of(first), now=NOW + MINUTE, by=clinic.staff)
    advance(backfill, NOW + MINUTE)

    first.refresh_from_db()
    assert (first.status, offer_of(second).expires_at) == ("waiting", NOW + MINUTE + 2 * HOUR)
    assert (active_legs(), Hold.objects.count()) == (4, 1)


def test_lapsed_offer_goes_to_the_next_and_cannot_be_accepted(clinic: Clinic) -> None:
    backfill = free_a_start(clinic)
    first, second = (make_waiting(clinic, waiting_since=NOW - days * DAY) for days in (9, 8))
    advance(backfill)
    later = NOW + 2 * HOUR

    with pytest.raises(OfferIsGone):
        accept_offer(offer=offer_of(first), now=later, by=clinic.staff)
    assert due_backfills(now=later, limit=10) == [backfill.pk]
    advance(backfill, later)

    assert offer_of(second).appointment.status == "proposed"
    assert steps_of(backfill) == ["freed", "offered", "lapsed", "offered"]


def test_nobody_left_gives_the_start_back(clinic: Clinic) -> None:
    backfill = free_a_start(clinic)
    entry = make_waiting(clinic)
    advance(backfill)
    decline_offer(offer=offer_of(entry), now=NOW + MINUTE, by=clinic.staff)

    ended = advance(backfill, NOW + MINUTE)

    assert (ended.status, active_legs()) == ("nobody", 0)
    assert book(clinic).status == "booked"


def test_start_that_somebody_else_took_ends_the_backfill(clinic: Clinic) -> None:
    backfill = free_a_start(clinic)
    make_waiting(clinic)
    book(clinic)

    ended = advance(backfill)

    assert (ended.status, ended.offers.count()) == ("gone", 0)


def test_start_too_near_ends_the_backfill(clinic: Clinic) -> None:
    backfill = free_a_start(clinic)
    make_waiting(clinic, notice_hours=0)

    ended = advance(backfill, START - DAY)

    assert ended.status == "gone"


def test_nobody_is_asked_in_quiet_hours(clinic: Clinic) -> None:
    backfill = free_a_start(clinic)
    entry = make_waiting(clinic)
    at_night = NOW + 13 * HOUR

    waits = advance(backfill, at_night)

    assert (waits.status, waits.next_at, entry.offers.count()) == ("looking", NOW + 23 * HOUR, 0)
    assert active_legs() == 0


def test_lapsed_offer_is_not_in_the_way_of_booking_its_patient(clinic: Clinic) -> None:
    backfill = free_a_start(clinic)
    make_waiting(clinic, patient=clinic.pia)
    advance(backfill)
    later = NOW + 3 * HOUR

    shown = find_slots(
        offering=clinic.offering, patient=clinic.pia, first=START, until=START + MINUTE, now=later
    )
    booked = book(clinic, now=later)

    assert ([slot.start for slot in shown], booked.status) == ([START], "booked")
    assert sorted(Appointment.objects.values_list("status", flat=True)) == [
        "booked",
        "cancelled",
        "cancelled",
    ]


def test_open_offer_keeps_its_patient(clinic: Clinic) -> None:
    backfill = free_a_start(clinic)
    make_waiting(clinic, patient=clinic.pia)
    advance(backfill)

    with pytest.raises(operations.PatientBusy):
        book(clinic, offering=clinic.offering_new_york, start=START + 2.5 * HOUR)


def test_offer_that_can_no_longer_be_prepared_is_not_booked(clinic: Clinic) -> None:
    backfill = free_a_start(clinic, answer_minutes=1440)
    entry = make_waiting(clinic)
    advance(backfill)
    make_medication(entry.patient, "clopidogrel", dose_times=["08:00"])
    ProcedureOffering.objects.filter(pk=clinic.offering.pk).update(notice_hours=24 * 30)

    with pytest.raises(operations.TooShortNotice):
        accept_offer(offer=offer_of(entry), now=NOW + MINUTE, by=clinic.staff)

    assert offer_of(entry).appointment.status == "proposed"


def test_death_ends_the_offer_and_the_next_is_asked(clinic: Clinic) -> None:
    backfill = free_a_start(clinic)
    first, second = (make_waiting(clinic, waiting_since=NOW - days * DAY) for days in (9, 8))
    advance(backfill)

    operations.record_death(patient=first.patient, on=NOW.date(), now=NOW, by=clinic.staff)
    advance(backfill, NOW + MINUTE)

    assert offer_of(second).appointment.status == "proposed"
    assert steps_of(backfill) == ["freed", "offered", "withdrawn", "offered"]


def test_staff_start_and_stop_by_hand(clinic: Clinic) -> None:
    entry = make_waiting(clinic)
    backfill = start_backfill(offering=clinic.offering, start=START, now=NOW, by=clinic.staff)
    advance(backfill)

    stop_backfill(backfill=backfill, now=NOW, by=clinic.staff, reason="The room is needed")

    backfill.refresh_from_db()
    assert (backfill.status, offer_of(entry).appointment.status, active_legs()) == (
        "stopped",
        "cancelled",
        0,
    )
    with pytest.raises(BackfillHasEnded):
        stop_backfill(backfill=backfill, now=NOW, by=clinic.staff)


@pytest.mark.parametrize(("start", "free_at"), [(START, START + HOUR), (START - 6 * HOUR, START)])
def test_start_that_nobody_could_have_is_not_offered(
    clinic: Clinic, start: dt.datetime, free_at: dt.datetime
) -> None:
    if start == START:
        book(clinic)

    with pytest.raises(NotFree) as refused:
        start_backfill(offering=clinic.offering, start=start, now=NOW, by=clinic.staff)

    assert refused.value.next_start is not None
    assert refused.value.next_start.date() == free_at.date()
    assert not Backfill.objects.exists()


def test_start_is_looked_for_once(clinic: Clinic) -> None:
    make_backfill(clinic)

    with pytest.raises(AlreadyLooking):
        start_backfill(offering=clinic.offering, start=START, now=NOW, by=clinic.staff)


def test_sweep_asks_and_lapses(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    backfill = free_a_start(clinic)
    make_waiting(clinic)
    monkeypatch.setattr(tasks.timezone, "now", lambda: NOW)

    tasks.fill_freed_starts(unknown="ignored")

    assert (backfill.offers.count(), lapse_offers(now=NOW + 3 * HOUR)) == (1, 1)


# --- ranked ------------------------------------------------------------------------------------------


def ranked(clinic: Clinic, now: dt.datetime = NOW) -> Any:
    backfill = Backfill.objects.with_places().get()
    return candidates.ranking_of(backfill, now=now)


def test_only_those_are_ranked_whose_preparation_still_fits(clinic: Clinic) -> None:
    make_backfill(clinic, start=NOW + 2 * DAY)
    makes_it, takes_blood_thinner = make_waiting(clinic), make_waiting(clinic)
    make_medication(takes_blood_thinner.patient, "warfarin", dose_times=["18:00"])

    found = ranked(clinic)

    assert [each.entry_id for each in found.ranked] == [makes_it.pk]
    assert [(each.entry_id, each.rule.value) for each in found.excluded] == [
        (takes_blood_thinner.pk, "cannot-be-prepared")
    ]


def test_ranking_leaves_out_the_busy_and_the_asked(clinic: Clinic) -> None:
    backfill = free_a_start(clinic, offers_at_once=1)
    asked, busy = make_waiting(clinic), make_waiting(clinic)
    advance(backfill)
    # Outside the wishes, so the patient waits on, for something earlier than this.
    WaitlistEntry.objects.filter(pk=busy.pk).update(from_time=dt.time(8))
    book(clinic, patient=busy.patient, offering=clinic.offering_new_york, start=START + 2.5 * HOUR)

    found = ranked(clinic)

    assert {each.entry_id: each.rule.value for each in found.excluded} == {
        asked.pk: "asked-before",
        busy.pk: "busy",
    }


def test_other_procedures_places_and_closed_entries_do_not_count(clinic: Clinic) -> None:
    make_backfill(clinic)
    make_waiting(clinic).locations.set([clinic.new_york])
    make_waiting(clinic, status="removed", closed_at=NOW)
    here = make_waiting(clinic)
    here.locations.set([clinic.london, clinic.new_york])

    found = ranked(clinic)

    assert ([each.entry_id for each in found.ranked], found.excluded) == ([here.pk], ())


@pytest.mark.slow
def test_query_count_does_not_depend_on_how_many_wait(clinic: Clinic) -> None:
    make_backfill(clinic)
    counts = []
    for number in (1, 20):
        for _ in range(number):
            make_medication(make_waiting(clinic).patient, "apixaban")
        with CaptureQueriesContext(
            connection,
        ) as queries:
            ranked(clinic)
        counts.append(len(queries))

    assert counts[0] == counts[1]


@pytest.mark.full
def test_two_hundred_are_ranked_in_a_constant_number_of_queries(clinic: Clinic) -> None:
    make_backfill(clinic)
    for _ in range(200):
        make_medication(make_waiting(clinic, patient=make_patient(clinic.organization)).patient, "apixaban")

    with CaptureQueriesContext(connection) as queries:
        found = ranked(clinic)

    assert (len(found.ranked), len(queries) <= 12) == (200, True)

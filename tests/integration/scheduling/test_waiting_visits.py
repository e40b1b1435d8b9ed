"""Who waits and has a visit: a booking ends the waiting, an earlier time moves the visit, and there are never two."""

import datetime as dt
from typing import Any

import pytest
from builders import DAY, HOUR, NOW, START, Clinic, book, make_medication
from django.db import connection
from django.test.utils import CaptureQueriesContext
from waiting_people import advance, make_backfill, make_policy, make_waiting, offer_of, steps_of

from scheduling import operations
from scheduling.codes import CancellationReason
from scheduling.models import Appointment, Backfill, ProcedureOffering, Task, WaitlistEntry, WaitlistOffer
from scheduling.operations import candidates
from scheduling.operations.offers import NoLongerMeant, OfferIsGone, accept_offer, propose
from scheduling.operations.policies import TooManyMoves
from scheduling.operations.waitlist import (
    NothingEarlier,
    NothingToPutBack,
    NotTheirVisit,
    SayWhichVisit,
    add_to_waitlist,
    put_back,
)
from scheduling.waiting import Wishes

LATER = START + 14 * DAY
MINUTE = dt.timedelta(minutes=1)


def as_now(entry: WaitlistEntry) -> WaitlistEntry:
    return WaitlistEntry.objects.get(pk=entry.pk)


def wait_for_earlier(clinic: Clinic, **fields: Any) -> WaitlistEntry:
    """Have Pia, who is booked for `LATER`, wait for an earlier time."""
    return make_waiting(clinic, patient=clinic.pia, instead_of=book(clinic, start=LATER), **fields)


def offer_earlier(clinic: Clinic, **fields: Any) -> tuple[WaitlistEntry, WaitlistOffer]:
    """Have Pia be offered `START` instead of `LATER`."""
    entry = wait_for_earlier(clinic)
    advance(make_backfill(clinic, **fields))
    return entry, offer_of(entry)


def excluded(clinic: Clinic, backfill: Backfill) -> list[str]:
    read = Backfill.objects.with_places().prefetch_related("offering__procedure_type__legs")
    found = candidates.ranking_of(read.get(pk=backfill.pk), now=NOW)
    return [each.rule.value for each in found.excluded]


# --- booked elsewhere --------------------------------------------------------------------------------


def test_booking_made_elsewhere_ends_the_waiting(clinic: Clinic) -> None:
    entry = make_waiting(clinic, patient=clinic.pia)

    booked = book(clinic)

    after = as_now(entry)
    assert (after.status, after.booked_as, after.closed_reason, after.closed_by) == (
        "booked",
        booked,
        "A visit was booked",
        clinic.staff.user,
    )


@pytest.mark.parametrize(
    ("wishes", "status", "ties"),
    [
        ({"from_time": dt.time(9), "weekdays": ["tue"]}, "booked", False),
        ({"until_time": dt.time(9)}, "waiting", True),
        ({"last_on": START.date() - DAY}, "waiting", True),
        ({"first_on": START.date() + DAY}, "booked", False),
        ({"target": "left"}, "waiting", False),
    ],
    ids=["fits", "other time of day", "too late", "nothing earlier fits", "another target"],
)
def test_booking_ends_only_what_it_fits(
    clinic: Clinic, wishes: dict[str, Any], status: str, ties: bool
) -> None:
    entry = make_waiting(clinic, patient=clinic.pia, **wishes)

    booked = book(clinic)

    after = as_now(entry)
    assert (after.status, after.instead_of) == (status, booked if ties else None)


@pytest.mark.full
def test_booking_at_another_place_than_wished_for_is_what_they_would_give_up(clinic: Clinic) -> None:
    entry = make_waiting(clinic, patient=clinic.pia)
    entry.locations.set([clinic.new_york])

    booked = book(clinic)

    assert (as_now(entry).status, as_now(entry).instead_of) == ("waiting", booked)


def test_live_offer_ends_with_the_booking_and_the_next_is_asked(
    clinic: Clinic, django_capture_on_commit_callbacks: Any
) -> None:
    entry, other = make_waiting(clinic, patient=clinic.pia), make_waiting(clinic, waiting_since=NOW - DAY)
    backfill = advance(make_backfill(clinic))
    called = Task.objects.get(appointment=offer_of(entry).appointment)
    operations.claim_task(task=called, by=clinic.nora, now=NOW)

    with django_capture_on_commit_callbacks(execute=True):
        book(clinic, start=LATER, now=NOW + MINUTE)
    advance(backfill, NOW + 2 * MINUTE)

    assert (offer_of(entry).appointment.status, offer_of(other).appointment.status) == (
        "cancelled",
        "proposed",
    )
    assert steps_of(backfill) == ["offered", "withdrawn", "offered"]
    assert backfill.steps.get(kind="withdrawn").reason == "The patient has a visit booked instead"
    calls = Task.objects.still_open().filter(appointment=offer_of(entry).appointment)
    assert ["withdrawn" in reason for reason in calls.values_list("reason", flat=True)] == [True]


def test_booking_of_who_waits_for_nothing_asks_nothing_more(clinic: Clinic) -> None:
    make_waiting(clinic)

    with CaptureQueriesContext(connection) as queries:
        book(clinic)

    assert not [each for each in queries if "waitlist" in each["sql"]]


@pytest.mark.full
def test_booking_that_is_not_made_ends_nothing(clinic: Clinic) -> None:
    entry = make_waiting(clinic, patient=clinic.pia)
    book(clinic, patient=make_waiting(clinic).patient)

    with pytest.raises(operations.SlotTaken):
        book(clinic)

    assert as_now(entry).status == "waiting"


# --- put back ----------------------------------------------------------------------------------------


def cancelled_after_waiting(clinic: Clinic, reason: CancellationReason) -> WaitlistEntry:
    entry = make_waiting(clinic, patient=clinic.pia, priority="soon", notice_hours=48)
    entry.locations.set([clinic.london])
    operations.cancel_appointment(appointment=book(clinic), reason=reason, now=NOW, by=clinic.staff)
    return as_now(entry)


def test_who_lost_their_visit_goes_on_waiting_where_they_were(clinic: Clinic) -> None:
    entry = cancelled_after_waiting(clinic, CancellationReason.PROVIDER)

    again = put_back(entry=entry, now=NOW + DAY, by=clinic.staff)

    assert (again.status, again.waiting_since, again.priority, again.notice_hours, again.agreed_at) == (
        "waiting",
        entry.waiting_since,
        "soon",
        48,
        entry.agreed_at,
    )
    assert (list(again.locations.all()), again.continues) == ([clinic.london], entry)


@pytest.mark.full
def test_nobody_is_put_back_twice(clinic: Clinic) -> None:
    entry = cancelled_after_waiting(clinic, CancellationReason.PROVIDER)
    put_back(entry=entry, now=NOW, by=clinic.staff)

    with pytest.raises(NothingToPutBack):
        put_back(entry=entry, now=NOW, by=clinic.staff)


@pytest.mark.full
def test_who_has_the_visit_is_not_put_back(clinic: Clinic) -> None:
    entry = make_waiting(clinic, patient=clinic.pia)
    book(clinic)

    with pytest.raises(NothingToPutBack):
        put_back(entry=as_now(entry), now=NOW, by=clinic.staff)


@pytest.mark.full
def test_who_died_is_not_put_back(clinic: Clinic) -> None:
    entry = cancelled_after_waiting(clinic, CancellationReason.PROVIDER)
    operations.record_death(patient=clinic.pia, on=NOW.date(), now=NOW, by=clinic.staff)

    with pytest.raises(operations.PatientDeceased):
        put_back(entry=as_now(entry), now=NOW, by=clinic.staff)


# --- earlier if possible -----------------------------------------------------------------------------


def ask_for_earlier(clinic: Clinic, **fields: Any) -> WaitlistEntry:
    return add_to_waitlist(
        patient=clinic.pia,
        procedure_type=clinic.offering.procedure_type,
        now=NOW,
        by=clinic.staff,
        agreed=True,
        **fields,
    )


def test_who_has_a_visit_waits_for_an_earlier_one(clinic: Clinic) -> None:
    booked = book(clinic, start=LATER)

    assert ask_for_earlier(clinic).instead_of == booked


@pytest.mark.full
def test_of_several_visits_one_must_be_named(clinic: Clinic) -> None:
    book(clinic)
    last = book(clinic, start=LATER)

    with pytest.raises(SayWhichVisit):
        ask_for_earlier(clinic)

    assert ask_for_earlier(clinic, earlier_than=last).instead_of == last


@pytest.mark.full
@pytest.mark.parametrize("whose", ["another patient", "cancelled", "past"])
def test_only_a_booked_visit_of_their_own_can_be_given_up(clinic: Clinic, whose: str) -> None:
    visit = book(clinic, patient=make_waiting(clinic).patient if whose == "another patient" else clinic.pia)
    now = START + HOUR if whose == "past" else NOW
    if whose == "cancelled":
        operations.cancel_appointment(
            appointment=visit, reason=CancellationReason.PATIENT, now=NOW, by=clinic.staff
        )

    with pytest.raises(NotTheirVisit):
        add_to_waitlist(
            patient=clinic.pia,
            procedure_type=clinic.offering.procedure_type,
            now=now,
            by=clinic.staff,
            earlier_than=visit,
        )


@pytest.mark.full
def test_no_earlier_day_can_fit_a_later_wish(clinic: Clinic) -> None:
    book(clinic)

    with pytest.raises(NothingEarlier):
        ask_for_earlier(clinic, wishes=Wishes(first_on=START.date() + DAY))


def test_earlier_time_that_is_taken_moves_the_visit(clinic: Clinic) -> None:
    make_policy(clinic)
    entry, offer = offer_earlier(clinic)

    moved = accept_offer(offer=offer, now=NOW + MINUTE, by=clinic.staff)

    after, backfill = as_now(entry), Backfill.objects.get(pk=offer.backfill_id)
    assert (moved, moved.start, moved.status, moved.revision) == (entry.instead_of, START, "booked", 2)
    assert list(Appointment.objects.occupying().filter(patient=clinic.pia)) == [moved]
    assert moved.allocations.filter(active=True).count() == 4
    assert (after.status, after.booked_as, backfill.status, backfill.filled_by) == (
        "booked",
        moved,
        "filled",
        moved,
    )
    assert steps_of(backfill) == ["offered", "accepted", "ended"]
    assert (WaitlistOffer.objects.get().visit, moved.changes.last().kind) == (moved, "moved")
    assert Backfill.objects.looking().get().start == LATER


@pytest.mark.full
@pytest.mark.parametrize(("days", "status"), [(-1, "booked"), (1, "waiting")])
def test_earlier_visit_that_is_booked_beside_the_other_ends_the_wish(
    clinic: Clinic, days: int, status: str
) -> None:
    entry = wait_for_earlier(clinic)

    book(clinic, start=LATER + days * DAY)

    assert (as_now(entry).status, as_now(entry).instead_of) == (status, entry.instead_of)


def test_only_an_earlier_time_at_the_same_place_is_offered(clinic: Clinic) -> None:
    wait_for_earlier(clinic)
    later = make_backfill(clinic, start=LATER + DAY)
    elsewhere = make_backfill(clinic, offering=clinic.offering_new_york)

    assert (excluded(clinic, later), excluded(clinic, elsewhere)) == (["not-earlier"], ["may-not-move"])


@pytest.mark.full
def test_visit_that_may_not_move_is_not_asked_about(clinic: Clinic) -> None:
    wait_for_earlier(clinic)
    ProcedureOffering.objects.filter(pk=clinic.offering.pk).update(patient_move_hours=24 * 60)

    assert excluded(clinic, make_backfill(clinic)) == ["may-not-move"]


@pytest.mark.full
def test_moves_that_are_used_up_while_the_offer_stands_are_refused(clinic: Clinic) -> None:
    entry, offer = offer_earlier(clinic)
    ProcedureOffering.objects.filter(pk=clinic.offering.pk).update(patient_moves=0)

    with pytest.raises(TooManyMoves):
        accept_offer(offer=offer, now=NOW + MINUTE, by=clinic.staff)

    assert (offer_of(entry).appointment.status, as_now(entry).status) == ("proposed", "waiting")


def test_who_has_a_visit_nobody_said_to_give_up_is_not_asked(clinic: Clinic) -> None:
    book(clinic, start=LATER)
    make_waiting(clinic, patient=clinic.pia)

    assert excluded(clinic, make_backfill(clinic)) == ["has-a-visit"]


@pytest.mark.parametrize(
    ("reason", "status", "offer"),
    [("pat", "removed", "cancelled"), ("prov", "waiting", "proposed")],
)
def test_end_of_the_visit_by_the_patient_ends_the_wish_and_by_the_clinic_does_not(
    clinic: Clinic, reason: str, status: str, offer: str
) -> None:
    entry, _ = offer_earlier(clinic)

    operations.cancel_appointment(
        appointment=entry.instead_of, reason=CancellationReason(reason), now=NOW, by=clinic.staff
    )

    assert (as_now(entry).status, offer_of(entry).appointment.status) == (status, offer)


@pytest.mark.full
def test_offer_is_booked_when_the_clinic_has_cancelled_the_visit(clinic: Clinic) -> None:
    entry, offer = offer_earlier(clinic)
    operations.cancel_appointment(
        appointment=entry.instead_of, reason=CancellationReason.PROVIDER, now=NOW, by=clinic.staff
    )

    booked = accept_offer(offer=offer, now=NOW + MINUTE, by=clinic.staff)

    assert (booked, as_now(entry).booked_as, booked.status) == (offer.appointment, booked, "booked")


def test_visit_moved_before_the_offered_time_ends_the_offer(clinic: Clinic) -> None:
    entry, offer = offer_earlier(clinic)

    operations.move_appointment(appointment=entry.instead_of, start=START - DAY, now=NOW, by=clinic.staff)

    assert (as_now(entry).status, offer_of(entry).appointment.status) == ("waiting", "cancelled")
    with pytest.raises(OfferIsGone):
        accept_offer(offer=offer, now=NOW, by=clinic.staff)


@pytest.mark.full
def test_visit_moved_into_the_wishes_ends_the_waiting(clinic: Clinic) -> None:
    entry = wait_for_earlier(clinic, last_on=START.date())

    operations.move_appointment(appointment=entry.instead_of, start=START, now=NOW, by=clinic.staff)

    assert (as_now(entry).status, as_now(entry).booked_as) == ("booked", entry.instead_of)


@pytest.mark.full
@pytest.mark.parametrize(("act", "status"), [("arrive", "booked"), ("miss", "removed"), ("void", "waiting")])
def test_visit_that_begins_is_missed_or_never_was(clinic: Clinic, act: str, status: str) -> None:
    entry = wait_for_earlier(clinic)
    acts: dict[str, Any] = {
        "arrive": operations.mark_arrived,
        "miss": operations.mark_noshow,
        "void": lambda **given: operations.void(reason="Typed twice", **given),
    }

    acts[act](appointment=entry.instead_of, now=LATER + HOUR, by=clinic.staff)

    assert as_now(entry).status == status


@pytest.mark.full
def test_entry_that_changed_since_it_was_ranked_is_not_offered(clinic: Clinic) -> None:
    entry = make_waiting(clinic)
    WaitlistEntry.objects.filter(pk=entry.pk).update(status="removed", closed_at=NOW)

    with pytest.raises(NoLongerMeant):
        propose(
            backfill=make_backfill(clinic),
            entry=entry,
            reasons=(),
            expires_at=NOW + HOUR,
            now=NOW,
            by=clinic.staff,
        )


# --- still preparable ----------------------------------------------------------------------------------


def first_day_without(clinic: Clinic, entry: WaitlistEntry) -> dt.datetime:
    """Return the first start at which somebody asked now can still stop their medicine."""
    for days in range(2, 30):
        start = START.replace(day=1) + days * DAY
        backfill = make_backfill(clinic, start=start, answer_minutes=60)
        if not excluded(clinic, backfill):
            return start
    raise AssertionError(entry)


def test_preparation_must_still_fit_when_the_time_to_answer_ends(clinic: Clinic) -> None:
    entry = make_waiting(clinic, notice_hours=0)
    make_medication(entry.patient, "clopidogrel", dose_times=["08:00"])
    start = first_day_without(clinic, entry)
    backfill = Backfill.objects.get(start=start)

    Backfill.objects.filter(pk=backfill.pk).update(answer_minutes=1440)

    assert start > NOW + 3 * DAY
    assert excluded(clinic, backfill) == ["cannot-be-prepared"]


def test_medicine_that_can_no_longer_be_stopped_is_found_when_the_offer_is_taken(clinic: Clinic) -> None:
    entry = make_waiting(clinic, notice_hours=0)
    start = START.replace(day=4)
    advance(make_backfill(clinic, start=start))

    make_medication(entry.patient, "clopidogrel", dose_times=["08:00"])

    with pytest.raises(operations.CannotBePrepared):
        accept_offer(offer=offer_of(entry), now=NOW + HOUR, by=clinic.staff)
    assert (offer_of(entry).appointment.status, as_now(entry).status) == ("proposed", "waiting")

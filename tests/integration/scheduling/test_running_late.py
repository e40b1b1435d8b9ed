"""A day that runs late: what follows is listed with its consequences, then moved in one step or not at all."""

import datetime as dt
from typing import Any

import pytest
from builders import DAY, HOUR, LONDON, NOW, START, Clinic, book, make_medication, make_patient, make_resource

from notifications.models import CommunicationRequest
from scheduling import operations
from scheduling.codes import AppointmentStatus, ResourceKind, TaskKind
from scheduling.models import Allocation, Appointment, MedicationDecision, OpeningException, Task
from scheduling.operations import Actor
from scheduling.operations.actor import PersonNeeded
from scheduling.operations.late import (
    BeyondHours,
    DayDelay,
    DelayOutOfRange,
    NothingToDelay,
    ProposalChanged,
    StandsInTheWay,
    delay_day,
    food_stops,
    propose_delay,
)
from scheduling.operations.progress import record_start

MINUTE = dt.timedelta(minutes=1)
# The room of the first visit is free again at 10:45; the next one needs it 15 minutes before its start.
SECOND = START + 2 * HOUR
THIRD = START + 5 * HOUR
MORNING = START - 2 * HOUR


def visits_of_the_day(clinic: Clinic) -> list[Appointment]:
    """Book three visits in the one room: the second right after the first, the third with an hour between."""
    return [
        book(clinic, patient=make_patient(clinic.organization), start=start)
        for start in (START, SECOND, THIRD)
    ]


def arrived(clinic: Clinic, appointment: Appointment) -> Appointment:
    return operations.mark_arrived(appointment=appointment, now=MORNING, by=clinic.staff)


def begun(clinic: Clinic, appointment: Appointment) -> Appointment:
    arrived(clinic, appointment)
    return record_start(appointment=appointment, began_at=START, now=START, by=clinic.staff)


def listed(proposal: DayDelay) -> list[tuple[dt.datetime, int]]:
    return [(each.appointment.start, each.late_by // MINUTE) for each in proposal.visits]


def starts(*appointments: Appointment) -> list[dt.datetime]:
    rows = Appointment.objects.in_bulk([each.pk for each in appointments])
    return [rows[each.pk].start for each in appointments]


def apply(clinic: Clinic, proposal: DayDelay, **changes: Any) -> DayDelay:
    request = {
        "appointment": proposal.source,
        "minutes": proposal.minutes,
        "seen": proposal.digest,
        "now": MORNING,
        "by": clinic.staff,
        **changes,
    }
    return delay_day(**request)


def test_a_late_visit_makes_those_behind_it_wait_no_longer_than_they_must(clinic: Clinic) -> None:
    first, *_ = visits_of_the_day(clinic)

    half_an_hour = propose_delay(appointment=first, minutes=30, now=MORNING)
    two_hours = propose_delay(appointment=first, minutes=120, now=MORNING)

    assert listed(half_an_hour) == [(START, 30), (SECOND, 30)]
    assert listed(two_hours) == [(START, 120), (SECOND, 120), (THIRD, 60)]


def test_a_proposal_changes_nothing(clinic: Clinic) -> None:
    visits = visits_of_the_day(clinic)

    propose_delay(appointment=visits[0], minutes=120, now=MORNING)

    assert starts(*visits) == [START, SECOND, THIRD]
    assert {each.revision for each in Appointment.objects.all()} == {1}


def test_a_resource_runs_late_from_what_it_does_next(clinic: Clinic) -> None:
    visits_of_the_day(clinic)
    room = clinic.resource("room")

    by_room = propose_delay(resource=room, minutes=30, now=MORNING)
    at_noon = propose_delay(resource=room, minutes=30, now=START + 4.5 * HOUR)

    assert listed(by_room) == [(START, 30), (SECOND, 30)]
    assert listed(at_noon) == [(THIRD, 30)]


def test_another_room_does_not_wait(clinic: Clinic) -> None:
    first, second, _ = visits_of_the_day(clinic)
    for kind, name, skills in (
        (ResourceKind.PRACTITIONER, "Second radiologist", ["radiology"]),
        (ResourceKind.ROOM, "Room 2", ["ct"]),
        (ResourceKind.DEVICE, "Console 2", ["cryo-console"]),
        (ResourceKind.BAY, "Bay 3", []),
        (ResourceKind.BAY, "Bay 4", []),
    ):
        make_resource(clinic.london, kind=kind, name=name, skills=skills)
    book(clinic, patient=make_patient(clinic.organization), start=SECOND + HOUR / 4)

    proposal = propose_delay(appointment=first, minutes=30, now=MORNING)

    assert [each.appointment.pk for each in proposal.visits] == [first.pk, second.pk]


def test_a_visit_in_progress_takes_longer_and_the_next_waits(clinic: Clinic) -> None:
    first, second, third = visits_of_the_day(clinic)
    begun(clinic, first)

    proposal = propose_delay(appointment=first, minutes=40, now=START + HOUR)
    delay_day(
        appointment=first,
        minutes=40,
        seen=proposal.digest,
        now=START + HOUR,
        by=clinic.staff,
        reason="Bleeding",
    )

    longer = Appointment.objects.get(pk=first.pk)
    assert (longer.start, longer.planned_end - START) == (START, dt.timedelta(minutes=130))
    periods = {each.leg: each.period for each in longer.allocations.filter(active=True)}
    assert (periods["room"].lower, periods["room"].upper) == (START - HOUR / 4, START + 145 * MINUTE)
    assert (periods["bay"].lower, periods["bay"].upper) == (START + 130 * MINUTE, START + 250 * MINUTE)
    assert starts(second, third) == [SECOND + 40 * MINUTE, THIRD]
    assert [each.kind for each in longer.changes.all()] == ["booked", "status", "began", "lengthened"]


def test_delay_moves_everything_listed_and_records_why(clinic: Clinic) -> None:
    visits = visits_of_the_day(clinic)
    proposal = propose_delay(appointment=visits[0], minutes=120, now=MORNING)

    apply(clinic, proposal, reason="The scanner was repaired")

    assert starts(*visits) == [START + 2 * HOUR, SECOND + 2 * HOUR, THIRD + HOUR]
    for visit in Appointment.objects.all():
        assert visit.arrive_at == visit.start - HOUR
        assert (visit.period.lower, visit.period.upper) == (visit.arrive_at, visit.start + 3.5 * HOUR)
        assert visit.known_at == NOW
        change = visit.changes.last()
        assert change is not None
        assert (change.kind, change.reason, change.to_start) == (
            "moved",
            "The scanner was repaired",
            visit.start,
        )
    assert Allocation.objects.filter(active=True).count() == 3 * 4


def test_a_patient_who_is_here_keeps_the_arrival(clinic: Clinic) -> None:
    appointment = arrived(clinic, book(clinic))
    proposal = propose_delay(appointment=appointment, minutes=30, now=MORNING)

    apply(clinic, proposal)

    late = Appointment.objects.get(pk=appointment.pk)
    assert (late.start, late.arrive_at, late.period.lower) == (START + HOUR / 2, START - HOUR, START - HOUR)


def test_nothing_that_has_not_begun_starts_in_the_past(clinic: Clinic) -> None:
    appointment = arrived(clinic, book(clinic))

    proposal = propose_delay(appointment=appointment, minutes=5, now=START + 22 * MINUTE)

    assert listed(proposal) == [(START, 25)]


def test_food_and_drink_end_later_with_a_later_start(clinic: Clinic) -> None:
    appointment = book(clinic)

    proposal = propose_delay(appointment=appointment, minutes=90, now=MORNING - 12 * HOUR)

    stops = {each.food: (each.now_at, each.then_at) for each in food_stops(proposal.visits[0])}
    assert stops["clear_liquids_stop"] == (START - 2 * HOUR, START - 2 * HOUR + 90 * MINUTE)


def test_food_is_no_matter_for_who_is_here(clinic: Clinic) -> None:
    appointment = arrived(clinic, book(clinic))

    proposal = propose_delay(appointment=appointment, minutes=90, now=MORNING)

    assert food_stops(proposal.visits[0]) == ()


def test_whoever_may_have_stopped_a_medicine_is_phoned(clinic: Clinic) -> None:
    make_medication(clinic.pia, "apixaban")
    appointment = book(clinic)
    MedicationDecision.objects.create(
        appointment=appointment, drug="apixaban", kind="hold", last_dose_on=(START - 3 * DAY).date(),
        sentences={"en": "Words."}, basis_sha256="0" * 64, signed_by=clinic.cleo, signed_at=NOW,
    )  # fmt: skip
    proposal = propose_delay(appointment=appointment, minutes=30, now=MORNING)

    apply(clinic, proposal)

    assert Task.objects.still_open().get(kind=TaskKind.MAY_HAVE_STOPPED).appointment_id == appointment.pk


def test_beyond_closing_time_is_said_for_each_leg(clinic: Clinic) -> None:
    last = book(clinic, start=START + 7 * HOUR)

    proposal = propose_delay(appointment=last, minutes=60, now=MORNING)

    closes_at = dt.datetime.combine(START.date(), dt.time(20), tzinfo=LONDON)
    assert [(each.leg, each.name, each.closes_at) for each in proposal.visits[0].beyond] == [
        ("bay", "Bay 1", closes_at)
    ]


def test_beyond_closing_time_needs_a_reason_of_somebody_who_may(clinic: Clinic) -> None:
    last = book(clinic, start=START + 7 * HOUR)
    proposal = propose_delay(appointment=last, minutes=60, now=MORNING)

    with pytest.raises(BeyondHours) as refused:
        apply(clinic, proposal)
    with pytest.raises(operations.OverrideRefused):
        apply(clinic, proposal, by=Actor(user=clinic.nora), beyond_reason="We stay")
    assert (refused.value.appointments, starts(last)) == ((last.uid,), [START + 7 * HOUR])
    apply(clinic, proposal, beyond_reason="We stay")

    assert starts(last) == [START + 8 * HOUR]
    assert Appointment.objects.get(pk=last.pk).changes.last().reason == "We stay"  # type: ignore[union-attr]


def test_a_closed_hour_is_beyond_hours_too(clinic: Clinic) -> None:
    appointment = book(clinic)
    OpeningException.objects.create(
        location=clinic.london, period=(START + 3.5 * HOUR, START + 5 * HOUR), reason="Power is off"
    )

    proposal = propose_delay(appointment=appointment, minutes=30, now=MORNING)

    assert [each.leg for each in proposal.visits[0].beyond] == ["bay"]


def test_what_is_not_what_was_seen_is_refused_whole(clinic: Clinic) -> None:
    visits = visits_of_the_day(clinic)
    proposal = propose_delay(appointment=visits[0], minutes=30, now=MORNING)
    arrived(clinic, visits[1])

    with pytest.raises(ProposalChanged):
        apply(clinic, proposal)

    assert starts(*visits) == [START, SECOND, THIRD]


def test_what_is_to_keep_its_time_is_waited_for(clinic: Clinic) -> None:
    first, second, third = visits_of_the_day(clinic)

    proposal = propose_delay(appointment=first, minutes=30, now=MORNING, keeping=[second.uid])
    done = apply(clinic, proposal, keeping=[second.uid])

    # The room is free again a quarter of an hour after the second visit, and set up in another; then the third waits.
    assert [each.pk for each in proposal.kept] == [second.pk]
    assert starts(second) == [SECOND]
    assert starts(first, third) == [each.start for each in done.visits]
    assert starts(first)[0] >= SECOND + 105 * MINUTE


def test_what_goes_on_cannot_wait_for_what_is_to_keep_its_time(clinic: Clinic) -> None:
    first, second, _ = visits_of_the_day(clinic)
    begun(clinic, first)

    with pytest.raises(StandsInTheWay) as refused:
        propose_delay(appointment=first, minutes=30, now=START + HOUR, keeping=[second.uid])

    assert refused.value.appointments == (second.uid,)


def test_agreeing_without_what_was_kept_is_refused(clinic: Clinic) -> None:
    first, second, _ = visits_of_the_day(clinic)
    proposal = propose_delay(appointment=first, minutes=30, now=MORNING, keeping=[second.uid])

    with pytest.raises(ProposalChanged):
        apply(clinic, proposal)

    assert starts(first, second) == [START, SECOND]


def test_twice_is_once(clinic: Clinic) -> None:
    visits = visits_of_the_day(clinic)
    proposal = propose_delay(appointment=visits[0], minutes=30, now=MORNING)
    apply(clinic, proposal)

    with pytest.raises(ProposalChanged):
        apply(clinic, proposal)

    assert starts(*visits) == [START + HOUR / 2, SECOND + HOUR / 2, THIRD]


def test_kept_times_and_other_patients_visits_elsewhere_stand_in_the_way(clinic: Clinic) -> None:
    first = book(clinic)
    hold = operations.hold_slot(
        offering=clinic.offering, start=SECOND, now=START - 3 * DAY, by=clinic.staff, minutes=60
    )

    while_kept = propose_delay(appointment=first, minutes=30, now=START - 3 * DAY)
    when_lapsed = propose_delay(appointment=first, minutes=30, now=hold.expires_at)

    # The room is kept from 10:45 to 12:45, so the first one starts at 13:00.
    assert listed(while_kept) == [(START, 240)]
    assert listed(when_lapsed) == [(START, 30)]
    apply(clinic, when_lapsed, now=hold.expires_at)
    assert starts(first) == [START + HOUR / 2]


def test_one_patient_with_two_visits_is_never_in_two_places(clinic: Clinic) -> None:
    first = book(clinic)
    second = book(clinic, start=START + 4.5 * HOUR)
    proposal = propose_delay(appointment=first, minutes=60, now=MORNING)

    apply(clinic, proposal)

    assert starts(first, second) == [START + HOUR, START + 5.5 * HOUR]


@pytest.mark.parametrize("minutes", [0, 4, 481, -30])
def test_a_delay_has_a_sensible_length(clinic: Clinic, minutes: int) -> None:
    with pytest.raises(DelayOutOfRange):
        propose_delay(appointment=book(clinic), minutes=minutes, now=MORNING)


def test_a_visit_that_needs_nothing_runs_late_too(clinic: Clinic) -> None:
    legs = ("operator", "room", "console", "bay")
    clinic.offering.leg_overrides = {leg: {"count": 0} for leg in legs}
    clinic.offering.save()

    proposal = propose_delay(appointment=book(clinic), minutes=30, now=MORNING)

    assert listed(proposal) == [(START, 30)]


def test_nothing_to_delay_is_said(clinic: Clinic) -> None:
    appointment = book(clinic)
    operations.mark_noshow(appointment=appointment, now=START, by=clinic.staff)

    with pytest.raises(NothingToDelay):
        propose_delay(resource=clinic.resource("room"), minutes=30, now=START)
    with pytest.raises(operations.TransitionRefused):
        propose_delay(appointment=appointment, minutes=30, now=START)


def test_programs_do_not_decide_it(clinic: Clinic) -> None:
    proposal = propose_delay(appointment=book(clinic), minutes=30, now=MORNING)

    with pytest.raises(PersonNeeded):
        apply(clinic, proposal, by=clinic.portal)


def test_status_stays_and_the_plan_is_made_again(clinic: Clinic) -> None:
    appointment = book(clinic)
    before = Appointment.objects.get(pk=appointment.pk).plan_revision
    proposal = propose_delay(appointment=appointment, minutes=30, now=MORNING)

    apply(clinic, proposal)

    after = Appointment.objects.get(pk=appointment.pk)
    assert after.status == AppointmentStatus.BOOKED
    assert after.plan_revision > before
    assert not CommunicationRequest.objects.exists()

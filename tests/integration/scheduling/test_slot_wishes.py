"""Slots by whom, at what time of day, at which site, and how many a day."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from builders import (
    DAY,
    HOUR,
    LONDON,
    NEW_YORK,
    NOW,
    START,
    Clinic,
    book,
    make_clinic,
    make_patient,
    make_resource,
)
from django.db import connection, connections

from cryoclinic.accounts.models import LocationHours
from scheduling import operations
from scheduling.codes import ResourceKind
from scheduling.models import Appointment, ProcedureOffering, Resource
from scheduling.operations.slots import ObstacleRule, Slot, explain_slot, find_slots, find_slots_among

MORNING = START.replace(hour=0)


def found_on(clinic: Clinic, day: dt.datetime = MORNING, **wish) -> list[Slot]:
    return find_slots(offering=clinic.offering, first=day, until=day + DAY, now=NOW, **wish)


def clock(slots: list[Slot]) -> list[str]:
    return [f"{slot.start.astimezone(slot.offering.location.tz):%a %H:%M}" for slot in slots]


def second_team(clinic: Clinic) -> Resource:
    """Return a second radiologist, who has a room and a console too."""
    for kind, skill in ((ResourceKind.ROOM, "ct"), (ResourceKind.DEVICE, "cryo-console")):
        make_resource(clinic.london, kind=kind, name=f"Second {kind}", skills=[skill])
    return make_resource(
        clinic.london, kind=ResourceKind.PRACTITIONER, name="Dr. Second", skills=["radiology"]
    )


def limit_offering(clinic: Clinic, most: int) -> None:
    ProcedureOffering.objects.filter(pk=clinic.offering.pk).update(most_per_day=most)
    clinic.offering.refresh_from_db()


# --- practitioner -----------------------------------------------------------------------------------


def test_slots_of_one_practitioner_are_those_at_which_that_person_is_free(clinic: Clinic) -> None:
    second = second_team(clinic)
    book(clinic, assignment=None, practitioner=second, patient=make_patient(clinic.organization))

    theirs = found_on(clinic, practitioner=second)

    assert clock(theirs)[:2] == ["Tue 07:15", "Tue 07:30"]
    assert START not in [slot.start for slot in theirs]
    assert START in [slot.start for slot in found_on(clinic)]
    assert {slot.assignment["operator"] for slot in theirs} == {(second.pk,)}


def test_booking_takes_the_practitioner_asked_for(clinic: Clinic) -> None:
    second = second_team(clinic)

    booked = book(clinic, practitioner=second)

    assert booked.allocations.get(leg="operator").resource == second


def test_somebody_who_does_not_do_this_is_refused(clinic: Clinic) -> None:
    dentist = make_resource(
        clinic.london, kind=ResourceKind.PRACTITIONER, name="Dr. Teeth", skills=["dentistry"]
    )

    with pytest.raises(operations.PractitionerDoesNotFit):
        found_on(clinic, practitioner=dentist)
    with pytest.raises(operations.PractitionerDoesNotFit):
        book(clinic, practitioner=dentist)


# --- time of day and several sites ------------------------------------------------------------------


def test_slots_keep_to_the_hours_wished_for(clinic: Clinic) -> None:
    afternoon = found_on(clinic, after=dt.time(13), before=dt.time(14))
    early = find_slots(
        offering=clinic.offering,
        first=MORNING,
        until=MORNING + 7 * DAY,
        now=NOW,
        before=dt.time(7, 30),
        weekdays=["mon", "wed"],
    )

    assert clock(afternoon) == ["Tue 13:00", "Tue 13:15", "Tue 13:30", "Tue 13:45"]
    assert clock(early) == ["Wed 07:15", "Mon 07:15"]


def test_wished_hours_are_those_of_the_clock_on_both_sides_of_its_change(clinic: Clinic) -> None:
    friday = dt.datetime(2027, 3, 26, tzinfo=LONDON)

    found = find_slots(
        offering=clinic.offering,
        first=friday,
        until=friday + 5 * DAY,
        now=NOW,
        after=dt.time(9),
        before=dt.time(9, 15),
    )

    assert clock(found) == ["Fri 09:00", "Mon 09:00", "Tue 09:00"]


def test_slots_of_several_sites_come_in_one_order_of_time(clinic: Clinic) -> None:
    found = find_slots_among(
        offerings=[clinic.offering, clinic.offering_new_york],
        first=MORNING,
        until=MORNING + DAY,
        now=NOW,
        after=dt.time(11),
        before=dt.time(12),
    )

    assert [slot.start for slot in found] == sorted(slot.start for slot in found)
    assert clock(found) == ["Tue 11:00", "Tue 11:15", "Tue 11:30", "Tue 11:45"] * 2
    assert [slot.offering for slot in found] == [clinic.offering] * 4 + [clinic.offering_new_york] * 4
    assert found[4].start.astimezone(NEW_YORK).hour == 11


def test_explanation_names_the_wish(clinic: Clinic) -> None:
    found = explain_slot(offering=clinic.offering, start=START, now=NOW, after=dt.time(13))

    assert [obstacle.rule for obstacle in found.obstacles] == [ObstacleRule.NOT_WISHED]
    assert found.next_slot is not None
    assert found.next_slot.start == START + 4 * HOUR


# --- days that are full -----------------------------------------------------------------------------


def test_offering_takes_no_more_a_day_than_it_says(clinic: Clinic) -> None:
    limit_offering(clinic, 1)
    booked = book(clinic)
    other = make_patient(clinic.organization)

    explained = explain_slot(offering=clinic.offering, start=START + 4 * HOUR, now=NOW)

    assert found_on(clinic) == []
    assert found_on(clinic, moving=booked) != []
    assert [obstacle.rule for obstacle in explained.obstacles] == [ObstacleRule.DAY_FULL]
    with pytest.raises(operations.DayIsFull) as refused:
        book(clinic, patient=other, start=START + 4 * HOUR)
    assert (refused.value.day, refused.value.most_per_day) == (START.date(), 1)
    assert book(clinic, patient=other, start=START + DAY).start == START + DAY


def test_hold_counts_as_a_visit_of_the_day(clinic: Clinic) -> None:
    limit_offering(clinic, 1)
    hold = operations.hold_slot(offering=clinic.offering, start=START, now=NOW, by=clinic.staff)

    assert found_on(clinic) == []
    assert found_on(clinic, hold=hold) != []
    assert book(clinic, hold=hold).start == START


def test_practitioner_serves_no_more_a_day_than_they_say(clinic: Clinic) -> None:
    Resource.objects.filter(pk=clinic.resource("practitioner").pk).update(most_per_day=1)
    book(clinic)
    other = make_patient(clinic.organization)

    assert found_on(clinic) == []
    with pytest.raises(operations.SlotTaken) as refused:
        book(clinic, patient=other, start=START + 4 * HOUR)
    assert refused.value.leg == "operator"
    assert refused.value.until == MORNING + DAY
    assert book(clinic, patient=other, start=START + DAY).start == START + DAY


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("of_whom", ["offering", "practitioner"])
def test_one_of_two_racers_gets_the_last_visit_of_the_day(of_whom: str) -> None:
    clinic = make_clinic()
    if of_whom == "offering":
        second_team(clinic)
        limit_offering(clinic, 1)
    else:
        Resource.objects.filter(pk=clinic.resource("practitioner").pk).update(most_per_day=1)
    ready = Barrier(2)

    def race(place: int) -> str:
        patient = patients[place]
        connection.ensure_connection()
        ready.wait(timeout=30)
        try:
            book(clinic, patient=patient, start=START + place * 4 * HOUR)
        except (operations.DayIsFull, operations.SlotTaken) as refusal:
            return type(refusal).__name__
        finally:
            connections.close_all()
        return "booked"

    patients = [make_patient(clinic.organization) for _ in range(2)]
    with ThreadPoolExecutor(2) as threads:
        outcomes = sorted(threads.map(race, range(2)))

    assert outcomes == sorted(["booked", "DayIsFull" if of_whom == "offering" else "SlotTaken"])
    assert Appointment.objects.count() == 1


def test_practitioner_who_is_full_tomorrow_serves_a_visit_that_stays_overnight(clinic: Clinic) -> None:
    Resource.objects.filter(pk=clinic.resource("practitioner").pk).update(most_per_day=1)
    LocationHours.objects.update(opens=dt.time(0), closes=dt.time(0))
    book(clinic, patient=make_patient(clinic.organization), start=START + DAY)
    ProcedureOffering.objects.filter(pk=clinic.offering.pk).update(observe_minutes=12 * 60)
    clinic.offering.refresh_from_db()
    late = START.replace(hour=16)

    offered = [slot.start for slot in found_on(clinic)]

    assert late in offered
    assert book(clinic, start=late).start == late

"""Holds: exclusive while they last, used up by a booking, gone when their time is over."""

from typing import Any

import pytest
from builders import DAY, HOUR, NOW, START, Clinic, book, make_medication, make_patient, make_resource

from scheduling import operations, tasks
from scheduling.codes import ResourceKind
from scheduling.models import Allocation, Hold, Resource
from scheduling.operations import Actor
from scheduling.operations.drafting import Manner
from scheduling.operations.terms import AnaesthesiaNotOffered

MINUTE = HOUR / 60


def hold(clinic: Clinic, **changes: Any) -> Hold:
    request = {"offering": clinic.offering, "start": START, "now": NOW, "by": clinic.portal, **changes}
    return operations.hold_slot(**request)


def kept(of: Hold) -> list[str]:
    return list(of.allocations.filter(active=True).order_by("id").values_list("leg", flat=True))


def test_hold_keeps_everything_for_ten_minutes(clinic: Clinic) -> None:
    held = hold(clinic, by=Actor(user=clinic.nora), patient=clinic.pia)

    assert (held.organization, held.patient, held.held_by) == (clinic.organization, clinic.pia, clinic.nora)
    assert (held.start, held.expires_at, held.released_at) == (START, NOW + 10 * MINUTE, None)
    assert kept(held) == ["operator", "room", "console", "bay"]


def test_hold_keeps_others_away(clinic: Clinic) -> None:
    hold(clinic)

    with pytest.raises(operations.SlotTaken):
        book(clinic, now=NOW + 9 * MINUTE)
    with pytest.raises(operations.SlotTaken):
        hold(clinic, now=NOW + 9 * MINUTE)


def test_booking_uses_up_its_hold(clinic: Clinic) -> None:
    held = hold(clinic, patient=clinic.pia)

    appointment = book(clinic, hold=held, now=NOW + 5 * MINUTE)

    held.refresh_from_db()
    assert (held.released_at, kept(held)) == (NOW + 5 * MINUTE, [])
    assert appointment.allocations.filter(active=True).count() == 4


def test_booking_takes_the_very_resources_that_were_held(clinic: Clinic) -> None:
    first_bay = Resource.objects.get(location=clinic.london, name="Bay 1")
    Resource.objects.filter(pk=first_bay.pk).update(active=False)
    held = hold(clinic)
    Resource.objects.filter(pk=first_bay.pk).update(active=True)

    appointment = book(clinic, hold=held)

    assert appointment.allocations.get(leg="bay").resource.name == "Bay 2"


def test_expired_hold_is_no_obstacle(clinic: Clinic) -> None:
    held = hold(clinic)

    appointment = book(clinic, now=NOW + 10 * MINUTE)

    assert appointment.status == "booked"
    assert kept(held) == []


def test_booking_with_an_expired_hold_takes_what_is_free(clinic: Clinic) -> None:
    held = hold(clinic)

    assert book(clinic, hold=held, now=NOW + 11 * MINUTE).status == "booked"


def test_hold_that_was_used_is_gone(clinic: Clinic) -> None:
    held = hold(clinic)
    book(clinic, hold=held)

    with pytest.raises(operations.HoldIsGone):
        book(clinic, hold=held, patient=make_patient(clinic.organization))


@pytest.mark.parametrize("other", ["patient", "start", "offering"])
def test_hold_for_something_else_does_not_fit(clinic: Clinic, other: str) -> None:
    held = hold(clinic, patient=clinic.pia)
    changes = {
        "patient": {"patient": make_patient(clinic.organization)},
        "start": {"start": START + DAY},
        "offering": {"offering": clinic.offering_new_york, "start": START + 5 * HOUR},
    }

    with pytest.raises(operations.HoldDoesNotFit):
        book(clinic, hold=held, **changes[other])


def test_refused_booking_leaves_its_hold(clinic: Clinic) -> None:
    held = hold(clinic)

    with pytest.raises(operations.NoSuchResource):
        book(clinic, hold=held, assignment={})

    held.refresh_from_db()
    assert (held.released_at, len(kept(held))) == (None, 4)


def test_released_hold_frees_at_once(clinic: Clinic) -> None:
    held = hold(clinic)

    operations.release_hold(hold=held, now=NOW + MINUTE)

    held.refresh_from_db()
    assert held.released_at == NOW + MINUTE
    assert book(clinic, now=NOW + MINUTE).status == "booked"


def test_releasing_twice_is_refused(clinic: Clinic) -> None:
    held = hold(clinic)
    operations.release_hold(hold=held, now=NOW)

    with pytest.raises(operations.HoldIsGone):
        operations.release_hold(hold=held, now=NOW)


def test_expired_holds_are_released(clinic: Clinic) -> None:
    make_resource(clinic.london, kind=ResourceKind.ROOM, name="Room 2", skills=["ct"])
    over = hold(clinic)
    running = hold(clinic, start=START + DAY, minutes=30)

    assert operations.release_expired_holds(now=NOW + 10 * MINUTE) == 1
    assert operations.release_expired_holds(now=NOW + 10 * MINUTE) == 0

    over.refresh_from_db()
    running.refresh_from_db()
    assert (over.released_at, kept(over)) == (NOW + 10 * MINUTE, [])
    assert (running.released_at, len(kept(running))) == (None, 4)


def test_the_clock_releases_expired_holds(clinic: Clinic) -> None:
    held = hold(clinic)
    Hold.objects.update(expires_at=held.created_at)

    tasks.release_expired_holds(unknown="ignored")

    assert not Allocation.objects.filter(active=True).exists()


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"minutes": 0}, operations.HoldIsTooLong),
        ({"minutes": 61}, operations.HoldIsTooLong),
        ({"start": START.replace(tzinfo=None)}, operations.StartIsNaive),
        ({"start": NOW}, operations.StartInPast),
        ({"start": NOW + HOUR}, operations.TooShortNotice),
        ({"start": NOW + 200 * DAY}, operations.BeyondHorizon),
        ({"start": START + 12 * HOUR}, operations.OutsideHours),
    ],
)
def test_hold_is_refused(clinic: Clinic, changes: dict[str, Any], refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        hold(clinic, **changes)

    assert not Hold.objects.exists()


def test_hold_for_a_patient_asks_whether_they_can_be_prepared(clinic: Clinic) -> None:
    make_medication(clinic.pia, "clopidogrel", dose_times=["08:00"])

    with pytest.raises(operations.CannotBePrepared):
        hold(clinic, patient=clinic.pia, start=START - 11 * DAY)

    assert hold(clinic, patient=clinic.pia, start=START - 11 * DAY, by=clinic.staff).released_at is None


def test_hold_for_a_patient_of_another_clinic_is_refused(clinic: Clinic) -> None:
    with pytest.raises(operations.OtherOrganization):
        hold(clinic, patient=make_patient(clinic.elsewhere))


def test_hold_keeps_the_practitioner_asked_for(clinic: Clinic) -> None:
    second = make_resource(
        clinic.london, kind=ResourceKind.PRACTITIONER, name="Second radiologist", skills=["radiology"]
    )

    made = hold(clinic, practitioner=second)

    assert made.allocations.get(leg="operator").resource == second


def test_hold_judges_the_manner_asked_for(clinic: Clinic) -> None:
    with pytest.raises(AnaesthesiaNotOffered):
        hold(clinic, patient=clinic.pia, manner=Manner(anaesthesia="spinal"))

"""One leg of a booking is served by something else; the rest stays as it was."""

import datetime as dt
from typing import Any

import pytest
from builders import DAY, HOUR, NOW, START, Clinic, book, make_patient, make_resource

from scheduling import operations
from scheduling.codes import CancellationReason, ResourceKind
from scheduling.models import Allocation, Appointment, OpeningException, Resource
from scheduling.operations.swaps import LegHasSeveral, LegNotServed, fitting_swaps, swap_leg


def console(clinic: Clinic, name: str = "Console 2", **fields: Any) -> Resource:
    return make_resource(
        clinic.london, kind=ResourceKind.DEVICE, name=name, **{"skills": ["cryo-console"], **fields}
    )


def swap(clinic: Clinic, appointment: Appointment, **changes: Any) -> Appointment:
    request = {"leg": "console", "now": NOW + HOUR, "by": clinic.staff, **changes}
    return swap_leg(appointment=appointment, **request)


def serving(appointment: Appointment) -> dict[str, str]:
    rows = Allocation.objects.filter(appointment=appointment, active=True).order_by("id")
    return dict(rows.values_list("leg", "resource__name"))


def test_swap_takes_another_for_the_same_time_and_keeps_the_rest(clinic: Clinic) -> None:
    appointment = book(clinic)
    console(clinic)
    plan_revision = Appointment.objects.get(pk=appointment.pk).plan_revision

    swapped = swap(clinic, appointment, reason="Console 1 leaks")

    assert serving(swapped) == {
        "operator": "Radiologist", "room": "Room 1", "bay": "Bay 1", "console": "Console 2",
    }  # fmt: skip
    kept = swapped.allocations.get(leg="console", active=True).period
    assert (kept.lower, kept.upper) == (START, START + 1.75 * HOUR)
    # Nothing changes for the patient, so no plan is made again.
    assert (swapped.start, swapped.revision, swapped.plan_revision) == (START, 2, plan_revision)


def test_swap_stands_in_the_history(clinic: Clinic) -> None:
    swapped = swap(clinic, book(clinic), taking=console(clinic), reason="Console 1 leaks")

    change = swapped.changes.last()
    assert change is not None
    assert (change.kind, change.leg, change.reason, change.user) == (
        "swapped", "console", "Console 1 leaks", clinic.nora,
    )  # fmt: skip
    assert (str(change.from_resource), str(change.to_resource)) == ("Console 1", "Console 2")


def test_what_was_swapped_out_is_free_at_once(clinic: Clinic) -> None:
    appointment = book(clinic)
    new = console(clinic)
    swap(clinic, appointment)

    freed = clinic.resource("device")

    assert not Allocation.objects.filter(resource=freed, active=True).exists()
    assert Allocation.objects.filter(resource=new, active=True).count() == 1


def test_a_leg_that_has_begun_keeps_who_served_it_until_then(clinic: Clinic) -> None:
    appointment = book(clinic)
    console(clinic)
    now = START + HOUR / 2
    operations.mark_arrived(appointment=appointment, now=START - HOUR, by=clinic.staff)

    swapped = swap(clinic, appointment, now=now)

    rows = swapped.allocations.filter(leg="console", active=True).order_by("period")
    assert [(each.resource.name, each.period.lower, each.period.upper) for each in rows] == [
        ("Console 1", START, now),
        ("Console 2", now, START + 1.75 * HOUR),
    ]


def test_swap_refuses_when_nothing_else_fits(clinic: Clinic) -> None:
    console(clinic, skills=["laser"])

    with pytest.raises(operations.NoSuchResource) as refused:
        swap(clinic, book(clinic))

    assert refused.value.leg == "console"


def test_swap_refuses_what_is_in_use_and_says_until_when(clinic: Clinic) -> None:
    first, second = book(clinic), console(clinic)
    for kind, name, skill in (
        (ResourceKind.PRACTITIONER, "Second radiologist", "radiology"),
        (ResourceKind.ROOM, "Room 2", "ct"),
    ):
        make_resource(clinic.london, kind=kind, name=name, skills=[skill])
    book(clinic, patient=make_patient(clinic.organization))

    with pytest.raises(operations.SlotTaken) as refused:
        swap(clinic, first)

    assert (refused.value.leg, refused.value.resources, refused.value.until) == (
        "console", (second.uid,), START + 1.75 * HOUR,
    )  # fmt: skip
    assert serving(first)["console"] == "Console 1"
    assert Appointment.objects.get(pk=first.pk).revision == 1


def test_swap_refuses_what_is_closed(clinic: Clinic) -> None:
    appointment, second = book(clinic), console(clinic)
    OpeningException.objects.create(
        location=clinic.london, resource=second, period=(START - DAY, START + DAY), reason="Service"
    )

    with pytest.raises(operations.OutsideHours):
        swap(clinic, appointment)


def test_swap_refuses_what_does_not_go_with_the_room(clinic: Clinic) -> None:
    appointment, second = book(clinic), console(clinic)
    second.only_with.add(make_resource(clinic.london, kind=ResourceKind.ROOM, name="Room 2", skills=["ct"]))

    assert fitting_swaps(appointment, leg="console", now=NOW) == ()
    with pytest.raises(operations.NoSuchResource):
        swap(clinic, appointment, taking=second)


def test_swap_of_what_was_closed_does_not_mind_that_others_are_closed_too(clinic: Clinic) -> None:
    appointment = book(clinic)
    console(clinic)
    for kind in ("device", "room"):
        OpeningException.objects.create(
            location=clinic.london, resource=clinic.resource(kind), period=(START, START + HOUR), reason="Out"
        )

    assert serving(swap(clinic, appointment))["console"] == "Console 2"


def test_fitting_swaps_are_what_a_swap_takes(clinic: Clinic) -> None:
    appointment = book(clinic)
    offered = [console(clinic), console(clinic, "Console 3")]
    console(clinic, "Console 4", active=False)

    assert fitting_swaps(appointment, leg="console", now=NOW) == tuple(offered)
    assert [fitting_swaps(appointment, leg=leg, now=NOW) for leg in ("operator", "room")] == [(), ()]


def test_a_leg_of_several_says_who_leaves(clinic: Clinic) -> None:
    clinic.offering.leg_overrides = {"bay": {"count": 2}}
    clinic.offering.save()
    appointment = book(clinic)
    make_resource(clinic.london, kind=ResourceKind.BAY, name="Bay 3")

    with pytest.raises(LegHasSeveral):
        swap(clinic, appointment, leg="bay")
    swapped = swap(
        clinic, appointment, leg="bay", leaving=Resource.objects.get(name="Bay 1", location=clinic.london)
    )

    bays = swapped.allocations.filter(leg="bay", active=True).order_by("id")
    assert [each.resource.name for each in bays] == ["Bay 2", "Bay 3"]


@pytest.mark.parametrize("leg", ["laser", ""])
def test_swap_of_a_leg_there_is_not_names_those_there_are(clinic: Clinic, leg: str) -> None:
    with pytest.raises(LegNotServed) as refused:
        swap(clinic, book(clinic), leg=leg)

    assert refused.value.legs == ("operator", "room", "console", "bay")


def test_swap_of_a_leg_that_is_over_is_refused(clinic: Clinic) -> None:
    appointment = book(clinic)
    console(clinic)

    with pytest.raises(LegNotServed):
        swap(clinic, appointment, now=START + 2 * HOUR)


def test_swap_refuses_what_is_over_or_was_seen_otherwise(clinic: Clinic) -> None:
    appointment = book(clinic)
    console(clinic)

    with pytest.raises(operations.StaleRevision):
        swap(clinic, appointment, expected_revision=7)
    operations.cancel_appointment(
        appointment=appointment, reason=CancellationReason.PATIENT, now=NOW, by=clinic.staff
    )
    with pytest.raises(operations.TransitionRefused):
        swap(clinic, appointment)


def test_swap_is_possible_up_to_the_last_minute(clinic: Clinic) -> None:
    appointment = book(clinic)
    console(clinic)

    swapped = swap(clinic, appointment, now=START - dt.timedelta(minutes=1))

    assert serving(swapped)["console"] == "Console 2"

"""What is seen of a resource once it is locked: whether anybody else has it, and what has lapsed is freed."""

import datetime as dt

import pytest
from builders import HOUR, NOW, START, Clinic, book
from django.db import transaction

from scheduling import operations
from scheduling.models import Allocation, Hold
from scheduling.operations.limits import Ignored
from scheduling.operations.locking import Wanted, is_taken, lock_resources


def wanted(
    clinic: Clinic, *, begin: dt.timedelta, end: dt.timedelta, kind: str = "practitioner"
) -> list[Wanted]:
    resource = clinic.resource(kind)
    return [Wanted(leg="operator", resource_id=resource.pk, begin=START + begin, end=START + end)]


def of(clinic: Clinic, *, hold: Hold | None = None, appointment_id: int | None = None) -> None:
    """Have the radiologist kept for two hours from the start, by a hold or an appointment."""
    Allocation.objects.create(
        resource=clinic.resource("practitioner"),
        hold=hold,
        appointment_id=appointment_id,
        leg="operator",
        period=(START, START + 2 * HOUR),
    )


def make_hold(clinic: Clinic, *, expires_at: dt.datetime) -> Hold:
    return Hold.objects.create(
        organization=clinic.organization, offering=clinic.offering, start=START, expires_at=expires_at
    )


@pytest.fixture
def booked_elsewhere(clinic: Clinic) -> int:
    """An appointment a fortnight later, to which something may belong."""
    return book(clinic, start=START + 14 * 24 * HOUR).pk


@pytest.mark.parametrize(
    ("begin", "end", "taken"),
    [(-1, 0, False), (-1, 1, True), (0, 2, True), (1, 1.5, True), (-1, 3, True), (2, 3, False)],
)
def test_resource_is_taken_where_periods_meet(
    clinic: Clinic, booked_elsewhere: int, begin: float, end: float, taken: bool
) -> None:
    of(clinic, appointment_id=booked_elsewhere)

    assert is_taken(wanted(clinic, begin=begin * HOUR, end=end * HOUR), now=NOW) is taken


def test_other_resource_is_not_taken(clinic: Clinic, booked_elsewhere: int) -> None:
    of(clinic, appointment_id=booked_elsewhere)

    assert is_taken(wanted(clinic, begin=0 * HOUR, end=HOUR, kind="room"), now=NOW) is False


def test_what_is_freed_takes_nothing(clinic: Clinic, booked_elsewhere: int) -> None:
    of(clinic, appointment_id=booked_elsewhere)
    Allocation.objects.filter(appointment=booked_elsewhere).update(active=False)

    assert is_taken(wanted(clinic, begin=0 * HOUR, end=HOUR), now=NOW) is False


def test_own_appointment_is_not_in_the_way(clinic: Clinic, booked_elsewhere: int) -> None:
    of(clinic, appointment_id=booked_elsewhere)
    search = wanted(clinic, begin=0 * HOUR, end=HOUR)

    own, of_others = (
        is_taken(search, now=NOW, ignored=Ignored(appointment_id=booked_elsewhere)),
        is_taken(search, now=NOW, ignored=Ignored(appointment_id=booked_elsewhere + 1)),
    )

    assert (own, of_others) == (False, True)


def test_own_hold_is_not_in_the_way_and_stays(clinic: Clinic) -> None:
    hold = make_hold(clinic, expires_at=NOW + HOUR)
    of(clinic, hold=hold)
    search = wanted(clinic, begin=0 * HOUR, end=HOUR)

    own, of_others = is_taken(search, now=NOW, ignored=Ignored(hold_id=hold.pk)), is_taken(search, now=NOW)

    assert (own, of_others) == (False, True)
    assert Allocation.objects.get(hold=hold).active


@pytest.mark.parametrize(("minutes", "taken"), [(59, True), (60, False), (61, False)])
def test_lapsed_hold_is_freed(clinic: Clinic, minutes: int, taken: bool) -> None:
    hold = make_hold(clinic, expires_at=NOW + HOUR)
    of(clinic, hold=hold)

    found = is_taken(wanted(clinic, begin=0 * HOUR, end=HOUR), now=NOW + dt.timedelta(minutes=minutes))

    assert (found, Allocation.objects.get(hold=hold).active) == (taken, taken)


def test_limited_resources_are_named_when_locked(clinic: Clinic) -> None:
    operator, room = clinic.resource("practitioner"), clinic.resource("room")
    operator.most_per_day = 3
    operator.save()

    with transaction.atomic():
        assert lock_resources([room.pk, operator.pk]) == (operator.pk,)


def test_loser_writes_nothing(clinic: Clinic) -> None:
    first = book(clinic)
    named = {each.leg: [each.resource_id] for each in first.allocations.all()}

    with pytest.raises(operations.SlotTaken):
        book(clinic, assignment=named)

    assert list(Allocation.objects.exclude(appointment=first)) == []

"""Races in which different legs meet: recovery bays, pools with fewer places than contenders, a leg of another procedure."""

import datetime as dt
import os
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pytest
from builders import (
    DAY,
    HOUR,
    NOW,
    START,
    Clinic,
    book,
    make_clinic,
    make_offering,
    make_patient,
    make_procedure_type,
    make_protocol,
    make_resource,
)
from racers import BOOKED, Act, deadlocks, racers

from procedures.codes import LegRole
from procedures.models import ProcedureLeg
from scheduling import operations
from scheduling.codes import CancellationReason, ResourceKind
from scheduling.models import Appointment, ProcedureOffering, Resource

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

# How often each race of `make test-full` is run; a twentieth of it where many win, and are cancelled again.
ROUNDS = int(os.environ.get("RACE_ROUNDS", "200"))
# The weeks that a race goes through again and again: nearer than the horizon.
WEEKS = 10
TEAM = (
    (ResourceKind.PRACTITIONER, "radiology"),
    (ResourceKind.ROOM, "ct"),
    (ResourceKind.DEVICE, "cryo-console"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Wish:
    """What one contender wants in the first week."""

    offering: ProcedureOffering
    start: dt.datetime = START


def add_teams(clinic: Clinic, number: int) -> None:
    for team in range(number):
        for kind, skill in TEAM:
            make_resource(clinic.london, kind=kind, name=f"{kind.label} of team {team}", skills=[skill])


def add_bays(clinic: Clinic, number: int) -> None:
    for bay in range(number):
        make_resource(clinic.london, kind=ResourceKind.BAY, name=f"Further bay {bay}")


def leave_one_bay(clinic: Clinic) -> None:
    first = clinic.resource("bay")
    others = Resource.objects.filter(location=clinic.london, kind=ResourceKind.BAY).exclude(pk=first.pk)
    others.update(active=False)


def offered_on_a_couch(clinic: Clinic) -> ProcedureOffering:
    """Offer another procedure, which needs nothing but a recovery bay, and that while it lasts."""
    procedure_type = make_procedure_type("bone_cryo")
    ProcedureLeg.objects.create(
        procedure_type=procedure_type, key="couch", role=LegRole.BAY, duration_minutes=90, source="ops"
    )
    protocol = make_protocol(
        clinic.organization, procedure_type=procedure_type, written_by=clinic.cleo, approved_by=clinic.dov
    )
    without = {key: {"count": 0} for key in ("operator", "room", "console", "bay")}
    return make_offering(clinic.london, protocol=protocol, leg_overrides=without)


def run_rounds(
    clinic: Clinic, *, wishes: Sequence[Wish], rounds: int, winners: int
) -> tuple[Counter[str], set[str]]:
    """Let a patient for each wish want it at once, round after round; return what was said, and of which legs."""
    patients = [make_patient(clinic.organization) for _ in wishes]
    said: Counter[str] = Counter()
    legs: set[str] = set()
    before = deadlocks()
    with racers(len(wishes)) as crew:
        for number in range(rounds):
            week = number % WEEKS * 7 * DAY
            acts: list[Act] = [
                lambda patient=patient, wish=wish, start=wish.start + week: book(
                    clinic, patient=patient, offering=wish.offering, start=start
                )
                for patient, wish in zip(patients, wishes, strict=True)
            ]
            outcomes = crew.race(acts)

            assert Counter(outcomes) == Counter({BOOKED: winners, "SlotTaken": len(wishes) - winners})
            said.update(outcomes)
            legs |= {error.leg for error in crew.errors if isinstance(error, operations.SlotTaken)}
            cancel_all(clinic)
    assert deadlocks() == before
    return said, legs


def cancel_all(clinic: Clinic) -> None:
    for each in Appointment.objects.filter(status="booked"):
        operations.cancel_appointment(
            appointment=each, reason=CancellationReason.PATIENT, now=NOW, by=clinic.staff
        )


def meet_in_the_bay(rounds: int) -> set[str]:
    clinic = make_clinic()
    add_teams(clinic, 1)
    leave_one_bay(clinic)
    wishes = [Wish(offering=clinic.offering, start=START + later) for later in (0 * HOUR, HOUR)]
    return run_rounds(clinic, wishes=wishes, rounds=rounds, winners=1)[1]


def meet_on_a_couch(rounds: int) -> set[str]:
    clinic = make_clinic()
    leave_one_bay(clinic)
    wishes = [
        Wish(offering=clinic.offering),
        Wish(offering=offered_on_a_couch(clinic), start=START + 2 * HOUR),
    ]
    return run_rounds(clinic, wishes=wishes, rounds=rounds, winners=1)[1]


def pairs_of_three(rounds: int) -> set[str]:
    """Two visits that each need two of three bays."""
    clinic = make_clinic()
    add_teams(clinic, 1)
    add_bays(clinic, 1)
    clinic.offering.leg_overrides = {"bay": {"count": 2}}
    clinic.offering.save()
    return run_rounds(clinic, wishes=[Wish(offering=clinic.offering)] * 2, rounds=rounds, winners=1)[1]


def for_a_pool(clinic: Clinic, *, places: int, contenders: int, rounds: int) -> Counter[str]:
    add_teams(clinic, places - 1)
    add_bays(clinic, places - 2)
    wishes = [Wish(offering=clinic.offering)] * contenders
    return run_rounds(clinic, wishes=wishes, rounds=rounds, winners=places)[0]


@pytest.mark.parametrize("meeting", [meet_in_the_bay, meet_on_a_couch, pairs_of_three])
def test_visits_that_meet_in_one_leg_cannot_both_be_had(meeting: Callable[[int], set[str]]) -> None:
    legs = meeting(2)

    assert legs <= {"bay", "couch"}
    assert legs


@pytest.mark.parametrize(("places", "contenders"), [(2, 3), (6, 6)])
def test_a_pool_has_as_many_winners_as_places(places: int, contenders: int) -> None:
    said = for_a_pool(make_clinic(), places=places, contenders=contenders, rounds=1)

    assert said == Counter({BOOKED: places, "SlotTaken": contenders - places})


@pytest.mark.full
@pytest.mark.parametrize("meeting", [meet_in_the_bay, meet_on_a_couch, pairs_of_three])
def test_visits_that_meet_in_one_leg_never_both_have_it(meeting: Callable[[int], set[str]]) -> None:
    assert meeting(ROUNDS) <= {"bay", "couch"}


@pytest.mark.full
@pytest.mark.parametrize(("places", "contenders"), [(2, 3), (4, 16), (8, 8)])
def test_a_pool_always_has_as_many_winners_as_places(places: int, contenders: int) -> None:
    said = for_a_pool(make_clinic(), places=places, contenders=contenders, rounds=ROUNDS // 20)

    assert said[BOOKED] == ROUNDS // 20 * places

"""Everything at once on one diary, for a while: afterwards it is sound, and every history explains its state."""

import datetime as dt
import random
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from builders import DAY, HOUR, NOW, START, Clinic, book, make_clinic, make_patient, make_resource
from django.db import connection, connections

from scheduling import operations
from scheduling.codes import CancellationReason, ResourceKind
from scheduling.models import Allocation, Appointment, Patient
from scheduling.operations.closures.closing import close, reopen
from scheduling.operations.swaps import LegNotServed, swap_leg

pytestmark = pytest.mark.django_db(transaction=True)

REFUSALS = (
    operations.AlreadyThere,
    operations.NoSuchResource,
    operations.OutsideHours,
    operations.SlotTaken,
    operations.StaleRevision,
    operations.TransitionRefused,
    LegNotServed,
)
# Half of one team's resources twice: enough to fight for, enough to swap.
SECOND_TEAM = (
    (ResourceKind.ROOM, "Room 2", "ct"),
    (ResourceKind.DEVICE, "Console 2", "cryo-console"),
    (ResourceKind.PRACTITIONER, "Dr. Second", "radiology"),
)
OVERLAPPING = """
    SELECT count(*) FROM scheduling_allocation AS one JOIN scheduling_allocation AS other
    ON one.resource_id = other.resource_id AND one.id < other.id AND one.period && other.period
    WHERE one.active AND other.active
"""


class Somebody:
    """One thread's work: whatever comes to mind, for one patient, and sometimes for one whose visit it is not."""

    def __init__(self, clinic: Clinic, patient: Patient, *, seed: int) -> None:
        self.clinic = clinic
        self.patient = patient
        self.chance = random.Random(seed)  # noqa: S311 - a repeatable storm, no secret
        self.seen: Counter[str] = Counter()

    def run(self, until: float) -> Counter[str]:
        connection.ensure_connection()
        try:
            while time.monotonic() < until:
                act = self.chance.choice(
                    (self.book, self.book, self.move, self.swap, self.cancel, self.close, self.expire)
                )
                self.tried(act)
        finally:
            connections.close_all()
        return self.seen

    def tried(self, act: Callable[[], None]) -> None:
        try:
            act()
        except REFUSALS as refusal:
            self.seen[type(refusal).__name__] += 1
        except operations.PatientBusy:
            self.seen["busy"] += 1
        else:
            self.seen[act.__name__] += 1

    def any_start(self) -> dt.datetime:
        return START + self.chance.randrange(3) * DAY + self.chance.randrange(14) * HOUR / 2

    def any_visit(self) -> Appointment:
        """Return a visit, not always one's own, so that two change the same."""
        booked = Appointment.objects.filter(status="booked")
        own = booked.filter(patient=self.patient) if self.chance.random() < 0.7 else booked
        visit = own.order_by("?").first()
        if visit is None:
            raise operations.StaleRevision(current=0)
        return visit

    def book(self) -> None:
        book(self.clinic, patient=self.patient, start=self.any_start())

    def move(self) -> None:
        operations.move_appointment(
            appointment=self.any_visit(), start=self.any_start(), now=NOW, by=self.clinic.staff
        )

    def swap(self) -> None:
        leg = self.chance.choice(("console", "room", "operator", "bay"))
        swap_leg(appointment=self.any_visit(), leg=leg, now=NOW, by=self.clinic.staff)

    def cancel(self) -> None:
        operations.cancel_appointment(
            appointment=self.any_visit(), reason=CancellationReason.PATIENT, now=NOW, by=self.clinic.staff
        )

    def close(self) -> None:
        begin = self.any_start()
        room = self.clinic.resource("room")
        closure = close(
            location=self.clinic.london,
            resource=room,
            begin=begin,
            end=begin + HOUR,
            reason="Broken",
            now=NOW,
            by=self.clinic.staff,
        )
        reopen(closure=closure, now=NOW, by=self.clinic.staff)

    def expire(self) -> None:
        operations.hold_slot(
            offering=self.clinic.offering, start=self.any_start(), now=NOW, by=self.clinic.staff, minutes=1
        )
        operations.release_expired_holds(now=NOW + HOUR)


def storm(*, threads: int, seconds: float) -> Counter[str]:
    clinic = make_clinic()
    for kind, name, skill in SECOND_TEAM:
        make_resource(clinic.london, kind=kind, name=name, skills=[skill])
    people = [Somebody(clinic, make_patient(clinic.organization), seed=seed) for seed in range(threads)]
    until = time.monotonic() + seconds
    seen: Counter[str] = Counter()
    with ThreadPoolExecutor(threads) as pool:
        for done in pool.map(lambda person: person.run(until), people):
            seen += done
    operations.release_expired_holds(now=NOW + HOUR)
    return seen


def check_diary() -> None:
    """Find no overlap, no orphan, and no state that its history does not explain."""
    with connection.cursor() as cursor:
        cursor.execute(OVERLAPPING)
        assert cursor.fetchone() == (0,)
    assert not Allocation.objects.filter(active=True, appointment=None).exists()
    for visit in Appointment.objects.prefetch_related("changes", "allocations"):
        changes = list(visit.changes.all())
        legs = sorted(each.leg for each in visit.allocations.all() if each.active)
        assert [change.revision for change in changes] == list(range(1, visit.revision + 1))
        assert (changes[-1].to_status, changes[-1].to_start) == (visit.status, visit.start)
        assert legs == (["bay", "console", "operator", "room"] if visit.status == "booked" else [])
        serving = {(each.leg, each.resource_id) for each in visit.allocations.all()}
        assert {(c.leg, c.to_resource_id) for c in changes if c.leg} <= serving


@pytest.mark.slow
def test_short_storm_leaves_a_sound_diary() -> None:
    seen = storm(threads=8, seconds=1.5)

    assert seen["book"] > 0
    check_diary()


@pytest.mark.full
def test_storm_of_a_minute_leaves_a_sound_diary() -> None:
    seen = storm(threads=16, seconds=60)

    assert min(seen[act] for act in ("book", "move", "swap", "cancel", "close", "expire")) > 0
    check_diary()

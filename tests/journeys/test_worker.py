"""A real worker, a real clock, a real broker: what survives when they are killed, doubled or gone."""

import json
import random
import time
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from builders import Clinic
from clinic_today import book_child, book_someone, clinic_today
from django.conf import settings
from django.db.models import Q
from django.utils import timezone
from real_processes import Crew, crew_in, eventually
from switched_channel import AFTER, BEFORE

from cryoclinic import embedded
from notifications.models import Communication, CommunicationRequest, OutboxMessage, Timeline
from scheduling.models import Appointment

pytestmark = pytest.mark.slow

BOOK_WITHOUT_BROKER = """
import json, sys, time, django
django.setup()
from builders import Clinic
from cryoclinic.accounts.models import User
from clinic_today import book_someone, clinic_today
from scheduling.models import ProcedureOffering
from types import SimpleNamespace
from scheduling.operations import Actor
offering = ProcedureOffering.objects.get(pk=int(sys.argv[1]))
clinic = SimpleNamespace(
    offering=offering, organization=offering.location.organization,
    staff=Actor(user=User.objects.get(pk=int(sys.argv[2])), may_override=True),
)
seconds = []
for _ in range(3):
    began = time.monotonic()
    book_someone(clinic)
    seconds.append(round(time.monotonic() - began, 3))
print(json.dumps(seconds))
"""


@pytest.fixture
def crew(tmp_path: Path) -> Iterator[Crew]:
    """Workers and clocks that end with the test."""
    with crew_in(tmp_path) as crew:
        yield crew


@pytest.fixture
def today(transactional_db: None) -> Clinic:
    """A clinic whose messages are due by the real clock, committed for other processes to see."""
    return clinic_today()


def told(appointment: Appointment) -> list[tuple[str, str, bool]]:
    """Every attempt about an appointment as (notice, status, resend)."""
    found = Communication.objects.filter(request__appointment=appointment).order_by("id")
    return list(found.values_list("request__notice", "status", "resend"))


def is_told(appointment: Appointment) -> bool:
    return told(appointment) == [("visit-booked", "completed", False)]


def is_settled() -> bool:
    """Whether everything due is decided: nothing under way, in doubt or still to go."""
    waiting = CommunicationRequest.objects.open().filter(next_at__lte=timezone.now())
    planned = not Timeline.objects.to_plan(timezone.now()).exists()
    return planned and not waiting.exists() and not Communication.objects.in_flight().exists()


def copies() -> Counter[int]:
    """How many copies of each request the provider has."""
    requests = dict(Communication.objects.values_list("uid", "request_id"))
    return Counter(requests[uid] for uid in OutboxMessage.objects.values_list("uid", flat=True))


def resends() -> Counter[int]:
    """How many listed resends each request has."""
    return Counter(Communication.objects.filter(resend=True).values_list("request_id", flat=True))


def test_booking_is_told_by_the_worker(crew: Crew, today: Clinic) -> None:
    crew.worker()
    crew.beat()

    appointment = book_someone(today)

    assert eventually(partial(is_told, appointment), within=20)
    assert OutboxMessage.objects.count() == 1


def test_booking_does_not_wait_for_a_broker_that_is_gone(crew: Crew, today: Clinic) -> None:
    embedded.stop_all(crew.folder)

    seconds = json.loads(crew.run("-c", BOOK_WITHOUT_BROKER, str(today.offering.pk), str(today.nora.pk)))
    crew.worker()
    crew.beat()
    embedded.start_redis(crew.folder)

    assert [taken for taken in seconds if taken >= 1] == []
    assert eventually(lambda: OutboxMessage.objects.count() == len(seconds), within=30)
    print(f"seconds to book without a broker: {seconds}")  # noqa: T201 - the figure is wanted


@pytest.mark.full
@pytest.mark.parametrize(
    ("point", "copies", "becomes"),
    [
        (AFTER, 1, [("visit-booked", "completed", False)]),
        (BEFORE, 1, [("visit-booked", "not-done", False), ("visit-booked", "completed", True)]),
    ],
)
def test_worker_killed_in_a_call_neither_loses_nor_repeats_a_routine_message(
    crew: Crew, today: Clinic, point: str, copies: int, becomes: list[tuple[str, str, bool]]
) -> None:
    crew.switch(point)
    worker = crew.worker()
    crew.beat()
    appointment = book_someone(today)
    assert eventually(crew.reached, within=20)
    crew.kill(worker)
    crew.switch("")
    crew.worker()

    assert eventually(lambda: told(appointment) == becomes, within=30)
    assert OutboxMessage.objects.count() == copies
    request = CommunicationRequest.objects.get(appointment=appointment, notice="visit-booked", rung=0)
    assert request.status == "completed"


@pytest.mark.full
@pytest.mark.parametrize(
    ("point", "copies_kept", "becomes"),
    [
        (AFTER, 1, [("visit-child-booked", "completed", False)]),
        (BEFORE, 1, [("visit-child-booked", "not-done", False), ("visit-child-booked", "completed", True)]),
    ],
)
def test_worker_killed_in_a_call_resends_a_safety_message_only_if_it_never_left(
    crew: Crew, today: Clinic, point: str, copies_kept: int, becomes: list[tuple[str, str, bool]]
) -> None:
    crew.switch(point)
    worker = crew.worker()
    crew.beat()
    appointment = book_child(today)
    assert eventually(crew.reached, within=20)
    crew.kill(worker)
    crew.switch("")
    crew.worker()

    assert eventually(lambda: told(appointment) == becomes, within=30)
    assert OutboxMessage.objects.count() == copies_kept


@pytest.mark.full
def test_two_clocks_and_two_workers_double_nothing(crew: Crew, today: Clinic) -> None:
    crew.call_seconds = 0.05
    for start in (crew.worker, crew.worker, crew.beat, crew.beat):
        start()

    booked = []
    for _ in range(20):
        booked.append(book_someone(today))
        time.sleep(0.5)

    assert eventually(is_settled, within=30)
    assert [appointment for appointment in booked if not is_told(appointment)] == []
    assert set(copies().values()) == {1}


@pytest.mark.full
def test_twenty_kills_lose_nothing_and_repeat_nothing_unlisted(crew: Crew, today: Clinic) -> None:
    crew.call_seconds = 0.1
    crew.beat()
    chance = random.Random(20)  # noqa: S311 - when to kill, the same in every run
    booked = []

    for _ in range(20):
        booked += [make(today) for make in (book_child, book_someone) * 3]
        before = Communication.objects.count()
        worker = crew.worker()
        assert eventually(lambda before=before: Communication.objects.count() > before, within=30)
        time.sleep(chance.random() * 0.6)
        crew.kill(worker)
    crew.worker()

    assert eventually(is_settled, within=90)
    kept, again = copies(), resends()
    due = CommunicationRequest.objects.filter(appointment__in=booked, next_at__lte=timezone.now())
    assert due.count() == len(booked)
    assert [pk for pk, number in kept.items() if number > 1 + again[pk]] == []
    # What did not arrive is in doubt, and listed so; a safety message that did not is somebody's task.
    missing = due.exclude(pk__in=kept)
    assert list(missing.exclude(status_reason="in-doubt")) == []
    assert list(missing.filter(safety="safety").exclude(appointment__tasks__kind="in-doubt")) == []
    looked_up = Q(status="unknown") | Q(status_reason__endswith="by-look-up")
    doubtful = Communication.objects.filter(looked_up).count()
    assert doubtful <= 20 * settings.DELIVERY_BATCH
    print(f"bookings {len(booked)}, copies {sum(kept.values())}, doubtful {doubtful}, resent {sum(again.values())}, not arrived {missing.count()}")  # noqa: T201 - the figures are wanted  # fmt: skip

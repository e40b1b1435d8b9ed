"""Everything at once on one diary, for a while: afterwards it is sound, and every history explains its state."""

import os
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from builders import HOUR, NOW, make_clinic, make_patient, make_resource
from racers import deadlocks
from restless import ACTS, Restless
from sound_diary import check_diary
from waiting_people import make_policy

from scheduling import operations
from scheduling.codes import ResourceKind
from scheduling.operations.closing import lapse_offers

pytestmark = pytest.mark.django_db(transaction=True)

# How long the storm of `make test-full` lasts.
SECONDS = float(os.environ.get("STORM_SECONDS", "60"))
# Half of one team's resources twice: enough to fight for, enough to swap.
SECOND_TEAM = (
    (ResourceKind.ROOM, "Room 2", "ct"),
    (ResourceKind.DEVICE, "Console 2", "cryo-console"),
    (ResourceKind.PRACTITIONER, "Dr. Second", "radiology"),
)


def storm(*, threads: int, seconds: float) -> Counter[str]:
    clinic = make_clinic()
    make_policy(clinic, offers_at_once=2)
    for kind, name, skill in SECOND_TEAM:
        make_resource(clinic.london, kind=kind, name=name, skills=[skill])
    people = [Restless(clinic, make_patient(clinic.organization), seed=seed) for seed in range(threads)]
    until = time.monotonic() + seconds
    seen: Counter[str] = Counter()
    with ThreadPoolExecutor(threads) as pool:
        for done in pool.map(lambda person: person.run(until), people):
            seen += done
    lapse_offers(now=NOW + 3 * HOUR)
    operations.release_expired_holds(now=NOW + 3 * HOUR)
    return seen


@pytest.mark.slow
def test_short_storm_leaves_a_sound_diary() -> None:
    before = deadlocks()

    seen = storm(threads=8, seconds=1.5)

    assert seen["book"] > 0
    check_diary(NOW)
    assert deadlocks() == before


@pytest.mark.full
def test_storm_of_a_minute_leaves_a_sound_diary(record_property: Callable[[str, object], None]) -> None:
    before = deadlocks()

    seen = storm(threads=16, seconds=SECONDS)
    record_property("calls", dict(seen.most_common()))

    assert [act for act in ACTS if not seen[act]] == []
    check_diary(NOW)
    assert deadlocks() == before

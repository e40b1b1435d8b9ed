"""How long it takes to find slots in a busy diary: 90 days, 60 resources, 38,000 allocations, 3 legs."""

import datetime as dt
import os
import time
from collections.abc import Callable, Mapping
from functools import cache

import psycopg
from django.db import connection
from django.utils import timezone

from cryoclinic.bench.figures import Figure, compared, medians
from cryoclinic.bench.world import add_history, add_wings, busy_offering, house, patient, takes_medicines
from cryoclinic.demo.access import ClientAccess, open_client
from cryoclinic.rehearsal.portal import Portal
from cryoclinic.rehearsal.processes import check_all_run, free_port, procfile, running
from scheduling.models import Patient, Resource
from scheduling.operations.slots import Slot, SlotExplanation, explain_slot, find_slots

RUNS = 31
PAUSE_SECONDS = 0.1
FIRST = 20
DAYS, RANGE = dt.timedelta(days=90), dt.timedelta(days=31)
_BUSY = """
    SELECT resource_id, array_agg(date_part('epoch', lower(period))::int8), array_agg(date_part('epoch', upper(period))::int8)
    FROM scheduling_allocation
    WHERE active AND resource_id = ANY(%s) AND period && tstzrange(%s, %s)
    GROUP BY resource_id
"""


def slots_first20_ms() -> Figure:
    """Measure the first twenty slots of ninety days."""
    return _measured("slots_first20_ms", lambda: _found(until=DAYS, limit=FIRST), span=dt.timedelta(days=7))


def slots_range31_ms() -> Figure:
    """Measure all slots of thirty-one days."""
    return _measured("slots_range31_ms", lambda: _found(until=RANGE, limit=None), span=RANGE)


def slots_range31_medicines_ms() -> Figure:
    """Measure the same for a patient with eight medicines, beside the search without a patient."""
    offering, who = busy_offering(), takes_medicines()
    now = timezone.now()

    def search() -> list[Slot]:
        # Read anew: what is on file is part of what a search costs.
        asked = Patient.objects.get(pk=who.pk)
        return find_slots(offering=offering, patient=asked, first=now, until=now + RANGE, now=now)

    ours, floor = medians(search, lambda: _found(until=RANGE, limit=None), runs=RUNS)
    return compared(
        name="slots_range31_medicines_ms",
        unit="ms",
        ours=ours,
        floor=floor,
        beside="the same without a patient",
    )


def explain_ms() -> Figure:
    """Measure why a taken start is refused to a patient, and which one is next."""
    offering, who = busy_offering(), patient(901)
    now = timezone.now()
    start = now.replace(hour=8, minute=35, second=0, microsecond=0) + dt.timedelta(days=10)

    def explain() -> SlotExplanation:
        asked = Patient.objects.get(pk=who.pk)
        return explain_slot(offering=offering, patient=asked, start=start, now=now)

    ours, floor = medians(explain, lambda: _found(until=DAYS, limit=FIRST), runs=RUNS)
    return compared(
        name="explain_ms", unit="ms", ours=ours, floor=floor, beside="the search for the first twenty slots"
    )


def slots_growth() -> Figure:
    """Measure the first twenty slots of a diary with ten times the allocations, beside the diary before."""

    def search() -> list[Slot]:
        return _found(until=DAYS, limit=FIRST)

    (before,) = medians(search, runs=RUNS)
    add_history(times=9)
    (after,) = medians(search, runs=RUNS)
    return compared(
        name="slots_growth",
        unit="ms",
        ours=after,
        floor=before,
        beside="the same with a tenth of the allocations",
    )


def slots_wide() -> Figure:
    """Measure the first twenty slots among ten times the resources and allocations."""
    return _beside_narrow("slots_wide", _first_twenty)


def slots_range31_wide() -> Figure:
    """Measure all slots of thirty-one days there."""
    return _beside_narrow("slots_range31_wide", _whole_range)


def explain_wide() -> Figure:
    """Measure there why a taken start is refused."""
    return _beside_narrow("explain_wide", _explained)


def slots_http_ms() -> Figure:
    """Measure the first twenty over HTTP, from a gunicorn of its own, token check and a new connection included."""
    offering = busy_offering()
    access = open_client(house().organization)
    port = free_port()
    env = {**os.environ, "PORT": str(port), "PYTHONWARNINGS": "ignore"}
    with running({"web": procfile()["web"]}, env=env) as started:
        portal = _signed_in(port, access, check=lambda: check_all_run(started))
        now = timezone.now()
        query = {
            "offering": str(offering.uid),
            "from": now.isoformat(),
            "until": (now + DAYS).isoformat(),
            "limit": str(FIRST),
        }
        over_http, service = medians(
            lambda: portal.read("slots/", **query), lambda: _found(until=DAYS, limit=FIRST), runs=RUNS
        )
    return compared(
        name="slots_http_ms",
        unit="ms",
        ours=over_http,
        floor=service,
        beside="the same search called directly",
    )


def _beside_narrow(name: str, act: Callable[[], object]) -> Figure:
    before, after = _widened()[act]
    return compared(
        name=name,
        unit="ms",
        ours=after,
        floor=before,
        beside="the same with a tenth of the resources and allocations",
    )


@cache
def _widened() -> Mapping[Callable[[], object], tuple[float, float]]:
    """Return what each takes in the busy house before and after nine wings were built."""
    acts = (_first_twenty, _whole_range, _explained)
    before = medians(*acts, runs=RUNS)
    add_wings(times=9)
    after = medians(*acts, runs=RUNS)
    return dict(zip(acts, zip(before, after, strict=True), strict=True))


def _first_twenty() -> list[Slot]:
    return _found(until=DAYS, limit=FIRST)


def _whole_range() -> list[Slot]:
    return _found(until=RANGE, limit=None)


def _explained() -> SlotExplanation:
    now = timezone.now()
    start = now.replace(hour=8, minute=35, second=0, microsecond=0) + dt.timedelta(days=10)
    return explain_slot(offering=busy_offering(), start=start, now=now)


def _measured(name: str, search: Callable[[], list[Slot]], *, span: dt.timedelta) -> Figure:
    offering = busy_offering()
    resources = list(Resource.objects.at(offering.location).values_list("pk", flat=True))
    now = timezone.now()
    connection.ensure_connection()
    raw: psycopg.Connection[tuple[object, ...]] = connection.connection

    def fetch() -> None:
        raw.execute(_BUSY, [resources, now, now + span]).fetchall()

    ours, floor = medians(search, fetch, runs=RUNS)
    return compared(
        name=name, unit="ms", ours=ours, floor=floor,
        beside=f"one raw SQL that fetches the busy arrays of {span.days} days",
    )  # fmt: skip


def _found(*, until: dt.timedelta, limit: int | None) -> list[Slot]:
    now = timezone.now()
    return find_slots(offering=busy_offering(), first=now, until=now + until, limit=limit, now=now)


def _signed_in(port: int, access: ClientAccess, *, check: Callable[[], None]) -> Portal:
    while True:
        check()
        try:
            return Portal(port=port, client_id=access.client_id, client_secret=access.client_secret)
        except OSError:
            time.sleep(PAUSE_SECONDS)

"""A clinic whose kidney protocol is the starter catalogue's, approved by two people."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from builders import LONDON, NOW, Clinic, book, make_clinic, make_resource
from pytest_django import DjangoDbBlocker
from worlds import World, remembered, remembered_on

from notifications import dispatch
from notifications.models import OutboxMessage
from notifications.operations import reconcile_timeline
from procedures.catalogue import builtin_files
from procedures.models import Protocol
from procedures.operations.catalogue import load_catalogue
from procedures.operations.protocols import approve_protocol, submit_protocol
from scheduling.models import Appointment, ProcedureOffering


def with_catalogue(clinic: Clinic) -> Clinic:
    """Let the clinic's offerings follow the starter protocol for the kidney."""
    renal = [path for path in builtin_files() if path.stem == "renal_cryo"]
    load_catalogue(
        organization=clinic.organization, files=renal, loaded_by=clinic.cleo, now=NOW - dt.timedelta(30)
    )
    protocol = Protocol.objects.get(organization=clinic.organization, status="draft")
    submit_protocol(protocol=protocol, by=clinic.cleo, now=NOW - dt.timedelta(29))
    protocol.refresh_from_db()
    approve_protocol(
        protocol=protocol, by=clinic.dov, active_from=dt.date(2027, 2, 1), now=NOW - dt.timedelta(28)
    )
    protocol.refresh_from_db()
    for location in (clinic.london, clinic.new_york):
        for leg in protocol.procedure_type.legs.all():
            for number in range(leg.count):
                name = f"{leg.key} {number + 1} of the catalogue"
                make_resource(location, kind=leg.role, name=name, skills=[leg.skill])
    ProcedureOffering.objects.filter(location__organization=clinic.organization).update(protocol=protocol)
    for offering in (clinic.offering, clinic.offering_new_york):
        offering.refresh_from_db()
    return clinic


@pytest.fixture(scope="session")
def northside_world(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> World[Clinic]:
    """The clinic of `builders`, with real texts, to be put back."""
    with django_db_blocker.unblock():
        return remembered(lambda: with_catalogue(make_clinic()))


@pytest.fixture
def northside(db: None, northside_world: World[Clinic]) -> Clinic:
    """The clinic of `builders`, with real texts."""
    return northside_world.restore()


@pytest.fixture
def run() -> Callable[..., list[str]]:
    """Return a function that plans, sends and settles at a London wall-clock time and returns the texts sent then."""

    def at(when: dt.datetime, *appointments: Appointment) -> list[str]:
        known = set(OutboxMessage.objects.values_list("uid", flat=True))
        for appointment in appointments:
            reconcile_timeline(appointment_id=appointment.pk, now=when)
        dispatch.deliver_due(now=when)
        dispatch.settle_lapsed(now=when)
        dispatch.expire_overdue(now=when)
        return [m.text for m in OutboxMessage.objects.order_by("id") if m.uid not in known]

    return at


def london(day: int, hour: int, minute: int = 0, month: int = 3) -> dt.datetime:
    """A wall-clock time in London in 2027."""
    return dt.datetime(2027, month, day, hour, minute, tzinfo=LONDON)


@pytest.fixture(scope="session")
def booked_world(northside_world: World[Clinic], django_db_blocker: DjangoDbBlocker) -> World[Appointment]:
    """What `book` adds to Northside, to be put back."""
    with django_db_blocker.unblock():
        return remembered_on(northside_world, book)


@pytest.fixture
def booked(northside: Clinic, booked_world: World[Appointment]) -> Appointment:
    """Pia, booked on Monday 1 March at 9:00 for Tuesday 16 March at 9:00."""
    return booked_world.restore()


def rows(queryset: Any, *fields: str) -> list[tuple[Any, ...]]:
    """Return the values of a queryset as a list of tuples."""
    return list(queryset.values_list(*fields))

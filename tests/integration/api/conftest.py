"""
Callers of the API.

`portal` is a program of the clinic, `nora` its nurse with a session; Omar calls as a program of the other clinic
(`omar`). None of them is signed in as the others.
"""

from collections.abc import Callable

import pytest
from api_callers import client_of, make_member, session_of
from builders import NOW, Clinic, book
from django.utils import timezone
from pytest_django import DjangoDbBlocker
from rest_framework.test import APIClient
from worlds import World, remembered_on

from cryoclinic.accounts.codes import Role
from scheduling.models import Appointment


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stop the clock that the views read at `NOW`. Ask for it before the callers, whose tokens run by it."""
    monkeypatch.setattr(timezone, "now", lambda: NOW)


@pytest.fixture
def portal(clinic: Clinic) -> APIClient:
    return client_of(clinic.organization)


@pytest.fixture
def omar(clinic: Clinic) -> APIClient:
    return client_of(clinic.elsewhere)


@pytest.fixture
def nora(clinic: Clinic) -> APIClient:
    return session_of(clinic.nora)


@pytest.fixture(scope="session")
def booked_world(clinic_world: World[Clinic], django_db_blocker: DjangoDbBlocker) -> World[Appointment]:
    """What `book` adds to the clinic, to be put back."""
    with django_db_blocker.unblock():
        return remembered_on(clinic_world, book)


@pytest.fixture
def booked(clinic: Clinic, booked_world: World[Appointment]) -> Appointment:
    """Pia's appointment, as `builders.book` makes it."""
    return booked_world.restore()


@pytest.fixture
def staff(clinic: Clinic) -> Callable[[Role], APIClient]:
    """Return a function that signs in a member of the clinic with a role."""
    return lambda role: session_of(make_member(clinic.organization, role=role))

"""What every integration test may ask for; the people and places are described in `builders`."""

import pytest
from builders import Clinic, book, make_clinic
from pytest_django import DjangoDbBlocker
from worlds import World, remembered, remembered_on

from scheduling.models import Appointment


@pytest.fixture(scope="session")
def clinic_world(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> World[Clinic]:
    """What `make_clinic` makes, to be put back."""
    with django_db_blocker.unblock():
        return remembered(make_clinic)


@pytest.fixture
def clinic(db: None, clinic_world: World[Clinic]) -> Clinic:
    """A clinic with two locations, its people, and Pia."""
    return clinic_world.restore()


@pytest.fixture(scope="session")
def booked_world(clinic_world: World[Clinic], django_db_blocker: DjangoDbBlocker) -> World[Appointment]:
    """What `book` adds to the clinic, to be put back."""
    with django_db_blocker.unblock():
        return remembered_on(clinic_world, book)


@pytest.fixture
def booked(clinic: Clinic, booked_world: World[Appointment]) -> Appointment:
    """Pia's appointment, as `builders.book` makes it."""
    return booked_world.restore()

"""What every integration test may ask for; the people and places are described in `builders`."""

import pytest
from builders import Clinic, make_clinic
from pytest_django import DjangoDbBlocker
from worlds import World, remembered


@pytest.fixture(scope="session")
def clinic_world(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> World[Clinic]:
    """What `make_clinic` makes, to be put back."""
    with django_db_blocker.unblock():
        return remembered(make_clinic)


@pytest.fixture
def clinic(db: None, clinic_world: World[Clinic]) -> Clinic:
    """A clinic with two locations, its people, and Pia."""
    return clinic_world.restore()

"""People at their desks."""

import builders
import pytest
from builders import Clinic
from django.test import Client
from staff_records import staff_member

from cryoclinic.accounts.codes import Role


def _client(clinic: Clinic, role: Role) -> Client:
    client = Client()
    client.force_login(staff_member(clinic, role))
    return client


@pytest.fixture
def nurse(clinic: Clinic) -> Client:
    """A nurse of the clinic, signed in."""
    return _client(clinic, Role.NURSE)


@pytest.fixture
def clinician(clinic: Clinic) -> Client:
    """A clinician of the clinic, signed in."""
    return _client(clinic, Role.CLINICIAN)


@pytest.fixture
def auditor(clinic: Clinic) -> Client:
    """An auditor of the clinic, signed in."""
    return _client(clinic, Role.AUDITOR)


@pytest.fixture
def stranger(clinic: Clinic) -> Client:
    """A nurse of another clinic, signed in."""
    builders.make_location(clinic.elsewhere, name="Elsewhere", zone=builders.LONDON)
    client = Client()
    client.force_login(clinic.omar)
    return client

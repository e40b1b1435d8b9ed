"""A clinic and its people, for protocols."""

import datetime as dt
from collections.abc import Callable

import pytest

from cryoclinic.accounts.codes import Role
from cryoclinic.accounts.models import Membership, Organization, User


@pytest.fixture
def now() -> dt.datetime:
    return dt.datetime(2027, 3, 1, 9, 0, tzinfo=dt.UTC)


@pytest.fixture
def organization(db: None) -> Organization:
    return Organization.objects.create(
        slug="northside", name="Northside Clinic", phone="+442079460000", phone_hours="Monday to Friday"
    )


@pytest.fixture
def member(organization: Organization) -> Callable[[str, Role], User]:
    """Return a function that adds somebody to the organization."""

    def add(username: str, role: Role) -> User:
        user = User.objects.create_user(username)
        Membership.objects.create(user=user, organization=organization, role=role)
        return user

    return add


@pytest.fixture
def author(member: Callable[[str, Role], User]) -> User:
    return member("author", Role.CLINICIAN)


@pytest.fixture
def approver(member: Callable[[str, Role], User]) -> User:
    return member("approver", Role.CLINICIAN)

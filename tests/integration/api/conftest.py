"""
Callers of the API.

`portal` is a program of the clinic, `nora` its nurse with a session; Omar is the other clinic's, as a program
(`omar`). None of them is signed in as the others.
"""

from collections.abc import Callable

import pytest
from api_callers import client_of, make_member, make_organization, session_of
from rest_framework.test import APIClient

from cryoclinic.accounts.codes import Role
from cryoclinic.accounts.models import Organization


@pytest.fixture
def northside(db: None) -> Organization:
    return make_organization("northside")


@pytest.fixture
def southside(db: None) -> Organization:
    return make_organization("southside")


@pytest.fixture
def portal(northside: Organization) -> APIClient:
    return client_of(northside)


@pytest.fixture
def omar(southside: Organization) -> APIClient:
    return client_of(southside)


@pytest.fixture
def nora(northside: Organization) -> APIClient:
    return session_of(make_member(northside, role=Role.NURSE))


@pytest.fixture
def staff(northside: Organization) -> Callable[[Role], APIClient]:
    """Return a function that signs in a member of the clinic with a role."""
    return lambda role: session_of(make_member(northside, role=role))

"""
Callers of the API.

`portal` is a program of the clinic, `nora` its nurse with a session; Omar calls as a program of the other clinic
(`omar`). None of them is signed in as the others.
"""

from collections.abc import Callable

import pytest
from api_callers import client_of, make_member, session_of
from builders import NOW, Clinic
from django.utils import timezone
from rest_framework.test import APIClient

from cryoclinic.accounts.codes import Role


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


@pytest.fixture
def staff(clinic: Clinic) -> Callable[[Role], APIClient]:
    """Return a function that signs in a member of the clinic with a role."""
    return lambda role: session_of(make_member(clinic.organization, role=role))

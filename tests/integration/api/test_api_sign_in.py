"""Whom the API lets in, for which organization, and how far."""

import datetime as dt
from collections.abc import Callable

import pytest
from api_callers import client_of, make_member, problem, session_of
from builders import Clinic
from django.test import Client
from rest_framework.test import APIClient

from cryoclinic.accounts.codes import Role
from cryoclinic.accounts.models import ApiClient, Membership

PATIENTS = "/api/v1/patients/"
PIA = {
    "identifier": "N-1",
    "given_name": "Pia",
    "family_name": "Lind",
    "birth_date": "1961-03-14",
    "sex": "f",
    "phone": "+44 20 7946 0000",
}


@pytest.mark.parametrize(
    ("authorization", "code"),
    [
        (None, "sign-in-needed"),
        ("Bearer nonsense", "token-refused"),
        ("Bearer", "token-refused"),
        ("Basic bm9uc2Vuc2U=", "sign-in-needed"),
    ],
)
def test_request_without_a_good_token_is_refused(db: None, authorization: str | None, code: str) -> None:
    headers = {} if authorization is None else {"Authorization": authorization}

    response = APIClient().get(PATIENTS, headers=headers)

    assert problem(response) == (401, code)
    assert response["WWW-Authenticate"].startswith("Bearer")


def test_expired_token_is_refused(clinic: Clinic) -> None:
    late = client_of(clinic.organization, valid_for=dt.timedelta(seconds=-1))

    assert problem(late.get(PATIENTS)) == (401, "token-refused")


def test_token_of_a_client_without_organization_is_refused(db: None) -> None:
    stray = client_of(None)

    assert problem(stray.get(PATIENTS)) == (401, "client-without-organization")


def test_token_without_the_scope_is_refused_and_the_scope_named(clinic: Clinic) -> None:
    reader = client_of(clinic.organization, scopes=["scheduling.read"])

    response = reader.post(PATIENTS, PIA)

    assert problem(response) == (403, "scope-missing")
    assert response.json()["scope"] == "scheduling.write"


def test_token_endpoint_gives_a_token_that_is_accepted(clinic: Clinic) -> None:
    secret = "a secret that is long enough"
    application = ApiClient.objects.create(
        name="portal",
        organization=clinic.organization,
        client_secret=secret,
        client_type=ApiClient.CLIENT_CONFIDENTIAL,
        authorization_grant_type=ApiClient.GRANT_CLIENT_CREDENTIALS,
    )

    given = (
        Client()
        .post(
            "/oauth/token/",
            {
                "grant_type": "client_credentials",
                "client_id": application.client_id,
                "client_secret": secret,
                "scope": "scheduling.read",
            },
        )
        .json()
    )
    response = APIClient().get(PATIENTS, headers={"Authorization": f"Bearer {given['access_token']}"})

    assert response.status_code == 200


@pytest.mark.parametrize(
    ("role", "reads", "writes"),
    [
        (Role.SCHEDULER, 200, 201),
        (Role.NURSE, 200, 201),
        (Role.CLINICIAN, 200, 201),
        (Role.ADMINISTRATOR, 200, 201),
        (Role.AUDITOR, 200, 403),
    ],
)
def test_member_of_staff_reads_and_writes_by_role(
    staff: Callable[[Role], APIClient], role: Role, reads: int, writes: int
) -> None:
    http = staff(role)

    assert (http.get(PATIENTS).status_code, http.post(PATIENTS, PIA).status_code) == (reads, writes)


def test_user_without_membership_is_refused(clinic: Clinic) -> None:
    user = make_member(role=Role.NURSE)

    assert problem(session_of(user).get(PATIENTS)) == (403, "no-membership")


def test_membership_that_has_ended_is_refused(clinic: Clinic) -> None:
    user = make_member(clinic.organization, role=Role.NURSE)
    Membership.objects.filter(user=user).update(active=False)

    assert problem(session_of(user).get(PATIENTS)) == (403, "no-membership")


def test_member_of_two_organizations_names_one(clinic: Clinic) -> None:
    http = session_of(make_member(clinic.organization, clinic.elsewhere, role=Role.NURSE))

    unsaid = http.get(PATIENTS)
    said = http.get(PATIENTS, headers={"X-Organization": clinic.elsewhere.slug})
    foreign = http.get(PATIENTS, headers={"X-Organization": "elsewhere"})

    assert problem(unsaid) == (400, "organization-not-chosen")
    assert unsaid.json()["organizations"] == sorted([clinic.organization.slug, clinic.elsewhere.slug])
    assert said.status_code == 200
    assert problem(foreign) == (403, "no-membership")


def test_session_without_csrf_token_cannot_write(clinic: Clinic) -> None:
    http = APIClient(enforce_csrf_checks=True)
    http.force_login(make_member(clinic.organization, role=Role.NURSE))

    assert problem(http.post(PATIENTS, PIA)) == (403, "not-allowed")

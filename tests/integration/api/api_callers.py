"""Who calls the API in these tests, and how a refusal is read."""

import datetime as dt
import json
import uuid
from collections.abc import Sequence

from django.http import HttpResponse
from django.utils import timezone
from oauth2_provider.models import AccessToken
from rest_framework.test import APIClient

from cryoclinic.accounts.codes import Role
from cryoclinic.accounts.models import ApiClient, Membership, Organization, User

SCOPES = ("procedures.read", "procedures.write", "scheduling.read", "scheduling.write")


def make_member(*organizations: Organization, role: Role) -> User:
    user = User.objects.create_user(username=f"{role}-{uuid.uuid4()}", password="correct horse battery")
    for organization in organizations:
        Membership.objects.create(user=user, organization=organization, role=role)
    return user


def client_of(
    organization: Organization | None,
    *,
    scopes: Sequence[str] = SCOPES,
    valid_for: dt.timedelta = dt.timedelta(hours=1),
) -> APIClient:
    """Return a program's HTTP client with a bearer token."""
    application = ApiClient.objects.create(
        name="portal",
        organization=organization,
        client_type=ApiClient.CLIENT_CONFIDENTIAL,
        authorization_grant_type=ApiClient.GRANT_CLIENT_CREDENTIALS,
    )
    text = uuid.uuid4().hex
    AccessToken.objects.create(
        application=application, token=text, scope=" ".join(scopes), expires=timezone.now() + valid_for
    )
    http = APIClient()
    http.credentials(HTTP_AUTHORIZATION=f"Bearer {text}")
    return http


def session_of(user: User) -> APIClient:
    """Return a signed-in person's HTTP client."""
    http = APIClient()
    http.force_login(user)
    return http


def problem(response: HttpResponse) -> tuple[int, str]:
    """Return status and code of a refusal, having checked that the document is a complete problem."""
    assert response["Content-Type"] == "application/problem+json"
    document = json.loads(response.content)
    assert document["status"] == response.status_code
    assert document["type"] == f"/problems/{document['code']}"
    assert document["title"].endswith(".")
    assert document["detail"].endswith(".")
    return response.status_code, document["code"]


def field_errors(response: HttpResponse) -> set[tuple[str, str]]:
    """Return where a refusal points and with which code."""
    return {(error["pointer"], error["code"]) for error in json.loads(response.content)["errors"]}

"""The demo's ways in: sign-ins for each role and a program's client. They exist only in a demo."""

import base64
import hashlib
import hmac
from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.hashers import check_password

from cryoclinic.accounts.models import ApiClient, Organization, User
from cryoclinic.demo.furniture import COLLEAGUES

CLIENT_ID = "northside-portal"
SCOPES = "procedures.read scheduling.read scheduling.write"


@dataclass(frozen=True, kw_only=True, slots=True)
class SignIn:
    """A sign-in, with what is shown beside it."""

    role: str
    login: str
    password: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ClientAccess:
    """A program's credentials."""

    client_id: str
    client_secret: str


def open_sign_ins() -> tuple[SignIn, ...]:
    """Give those who sign in their passwords, which stay the same as long as the installation's secret does."""
    opened = []
    for colleague in COLLEAGUES:
        if colleague.signs_in:
            password = _derived(f"password of {colleague.login}")
            user = User.objects.get(username=colleague.login)
            if not (user.has_usable_password() and user.check_password(password)):
                user.set_password(password)
                user.save(update_fields=["password"])
            opened.append(SignIn(role=colleague.role.label, login=colleague.login, password=password))
    return tuple(opened)


def open_client(organization: Organization) -> ClientAccess:
    """Make sure that the clinic's patient portal has a client, and return its credentials."""
    secret = _derived("secret of the portal")
    client = ApiClient.objects.filter(client_id=CLIENT_ID).first()
    if client is None:
        client = ApiClient(
            client_id=CLIENT_ID,
            organization=organization,
            name="Patient portal (demo)",
            client_type=ApiClient.CLIENT_CONFIDENTIAL,
            authorization_grant_type=ApiClient.GRANT_CLIENT_CREDENTIALS,
        )
    if not client.client_secret or not check_password(secret, client.client_secret):
        client.client_secret = secret
        client.save()
    return ClientAccess(client_id=CLIENT_ID, client_secret=secret)


def _derived(what: str) -> str:
    """Return a password that only this installation has: easy to copy, never in the source."""
    digest = hmac.digest(settings.SECRET_KEY.encode(), f"demo: {what}".encode(), hashlib.sha256)
    letters = base64.b32encode(digest).decode().lower()
    return "-".join(letters[start : start + 4] for start in range(0, 16, 4))

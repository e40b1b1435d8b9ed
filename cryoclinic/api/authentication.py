"""
Who is asking: programs with a bearer token, staff with their session.

Both yield a `Caller` as `request.auth`, which speaks for exactly one organization.
"""

import hashlib
from typing import ClassVar

from django.utils import timezone
from oauth2_provider.models import get_access_token_model
from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.request import Request

from cryoclinic.accounts.caller import Caller, Held
from cryoclinic.accounts.models import Membership, User

ORGANIZATION_HEADER = "X-Organization"


class TokenRefused(exceptions.AuthenticationFailed):
    """The token is unknown or has expired. Ask for a new one at /oauth/token/."""


class ClientWithoutOrganization(exceptions.AuthenticationFailed):
    """This client belongs to no organization. Ask the clinic's administrator to assign it to one."""


class NoMembership(exceptions.PermissionDenied):
    """You are not an active member of this organization. Ask its administrator to add you."""


class OrganizationNotChosen(exceptions.APIException):
    """You belong to several organizations. Name one of them in the header X-Organization."""

    status_code = 400

    def __init__(self, *, organizations: list[str]) -> None:
        super().__init__()
        self.organizations = organizations


class ClientToken(BaseAuthentication):
    """An OAuth 2 bearer token of a client that belongs to an organization."""

    scheme: ClassVar[str] = "bearer"

    def authenticate(self, request: Request) -> tuple[User | None, Caller] | None:
        """
        Return the token's user, if any, and the caller; None when no bearer token was sent.

        :raises TokenRefused: if the token is unknown, expired, or meant for another address
        :raises ClientWithoutOrganization: if its client has none
        """
        scheme, _, text = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != self.scheme:
            return None
        checksum = hashlib.sha256(text.strip().encode()).hexdigest()
        tokens = get_access_token_model().objects.select_related("application__organization", "user")
        token = tokens.filter(token_checksum=checksum, expires__gt=timezone.now()).first()
        if token is None or token.application is None or not _meant_for(token, request):
            raise TokenRefused
        if token.application.organization is None:
            raise ClientWithoutOrganization
        return token.user, Caller(
            organization=token.application.organization,
            user=token.user,
            client=token.application,
            scopes=frozenset(token.scope.split()),
        )

    def authenticate_header(self, request: Request) -> str:
        """Return the challenge of a 401."""
        return 'Bearer realm="api"'


class StaffSession(SessionAuthentication):
    """A signed-in member of staff. With several organizations, `X-Organization: <slug>` names one."""

    def authenticate(self, request: Request) -> tuple[User, Caller] | None:
        """
        Return the user and the caller; None when nobody is signed in.

        :raises NoMembership: if the user has no active membership, or none of the organization named
        :raises OrganizationNotChosen: if there are several and none was named
        """
        found = super().authenticate(request)
        if found is None:
            return None
        user = found[0]
        memberships = list(Membership.objects.of(user))
        slug = _chosen(memberships, named=request.headers.get(ORGANIZATION_HEADER, ""))
        held = [membership for membership in memberships if membership.organization.slug == slug]
        if not held:
            raise NoMembership
        return user, Caller(
            organization=held[0].organization,
            user=user,
            held=tuple(Held(role=each.role, location_id=each.location_id) for each in held),
            roles=frozenset(each.role for each in held),
        )


def _meant_for(token: object, request: Request) -> bool:
    resource = getattr(token, "resource", None)
    return not resource or token.allows_audience(request.build_absolute_uri(request.path))  # type: ignore[attr-defined]


def _chosen(memberships: list[Membership], *, named: str) -> str:
    slugs = sorted({membership.organization.slug for membership in memberships})
    if named or len(slugs) <= 1:
        return named or "".join(slugs)
    raise OrganizationNotChosen(organizations=slugs)

"""Who is asking: the one value that authentication hands to every endpoint, as `request.auth`."""

from dataclasses import dataclass
from typing import Any, Protocol

from cryoclinic.accounts.codes import Role
from cryoclinic.accounts.models import ApiClient, Organization, User


@dataclass(frozen=True, kw_only=True, slots=True)
class Caller:
    """
    A signed-in person or a program, speaking for one organization.

    A program has a client and scopes; a person has a user and the roles held at the organization.
    """

    organization: Organization
    user: User | None = None
    client: ApiClient | None = None
    roles: frozenset[str] = frozenset()
    scopes: frozenset[str] = frozenset()

    @property
    def is_staff_session(self) -> bool:
        """Whether a member of the organization asks in person, not a program."""
        return self.client is None and self.user is not None

    @property
    def may_see_medicine_proposals(self) -> bool:
        """Whether unsigned medicine proposals may be shown: to nurses and clinicians in person only."""
        return self.is_staff_session and bool(self.roles & {Role.CLINICIAN, Role.NURSE})


class Authenticated(Protocol):
    """A request that authentication has passed."""

    @property
    def auth(self) -> Any: ...


def caller_of(request: Authenticated) -> Caller:
    """
    Return who is asking.

    :raises TypeError: if the view is open to everybody and nobody was authenticated
    """
    if not isinstance(request.auth, Caller):
        raise TypeError("nobody is authenticated: an open view must not ask for the caller")
    return request.auth


def organization_of(request: Authenticated) -> Organization:
    """Return the organization the caller speaks for."""
    return caller_of(request).organization

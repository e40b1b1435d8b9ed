"""Who is asking: the one value that authentication hands to every endpoint, as `request.auth`."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any, Protocol

from cryoclinic.accounts.codes import Role
from cryoclinic.accounts.models import ApiClient, Organization, User


@dataclass(frozen=True, kw_only=True, slots=True)
class Held:
    """A role, and the location for which it is held; None for the whole organization."""

    role: str
    location_id: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Caller:
    """
    A signed-in person or a program, speaking for one organization.

    A program has a client and scopes, and reaches the whole organization. A person has a user and what they hold;
    `roles` are those held anywhere, or, once it is known which place it is about, those held there.
    """

    organization: Organization
    user: User | None = None
    client: ApiClient | None = None
    held: tuple[Held, ...] = ()
    roles: frozenset[str] = frozenset()
    scopes: frozenset[str] = frozenset()

    def location_ids(self, *, holding: Collection[str] | None = None) -> frozenset[int] | None:
        """Return the locations at which the caller holds one of these roles, or any role at all; None for everywhere."""
        if self.client is not None:
            return None
        counted = {each.location_id for each in self.held if holding is None or each.role in holding}
        return None if None in counted else frozenset(each for each in counted if each is not None)

    def at(self, location_id: int | None) -> "Caller":
        """Return the caller with the roles held at a location; None for those held for the whole organization."""
        there = {each.role for each in self.held if each.location_id in {None, location_id}}
        return replace(self, roles=frozenset(there))

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

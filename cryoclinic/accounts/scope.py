"""What a signed-in person may see and change: worked out from memberships, never from Django's groups."""

from collections.abc import Iterable
from dataclasses import dataclass

from cryoclinic.accounts.codes import Role
from cryoclinic.accounts.models import Location, Membership, User


@dataclass(frozen=True, kw_only=True, slots=True)
class Scope:
    """The active memberships of one person. A superuser sees everything and holds no role."""

    user: User
    memberships: tuple[Membership, ...]

    @property
    def organization_ids(self) -> frozenset[int]:
        """The organizations the person belongs to, at one of their locations or at all."""
        return frozenset(each.organization_id for each in self.memberships)

    @property
    def whole_organization_ids(self) -> frozenset[int]:
        """The organizations to all of whose locations the person belongs."""
        return frozenset(each.organization_id for each in self.memberships if each.location_id is None)

    @property
    def location_ids(self) -> frozenset[int]:
        """The locations to which the person belongs by name."""
        return frozenset(each.location_id for each in self.memberships if each.location_id is not None)

    def whole_organizations_with(self, roles: Iterable[str]) -> frozenset[int]:
        """Return the organizations for all of which the person holds one of the roles."""
        wanted = frozenset(roles)
        return frozenset(
            each.organization_id
            for each in self.memberships
            if each.location_id is None and each.role in wanted
        )

    def holds(self, roles: Iterable[str], *, organization_id: int | None, location_id: int | None) -> bool:
        """Return whether the person holds one of the roles at a location; None asks for the whole organization."""
        wanted = frozenset(roles)
        return any(
            each.role in wanted
            and each.organization_id == organization_id
            and each.location_id in {None, location_id}
            for each in self.memberships
        )

    def organizations_with(self, roles: Iterable[str]) -> frozenset[int]:
        """Return the organizations at which the person holds one of the roles."""
        wanted = frozenset(roles)
        return frozenset(each.organization_id for each in self.memberships if each.role in wanted)

    def roles_at(self, location: Location) -> frozenset[str]:
        """Return the roles held at a location: those for it alone and those for its whole organization."""
        return frozenset(
            each.role
            for each in self.memberships
            if each.organization_id == location.organization_id and each.location_id in {None, location.pk}
        )

    def role_words(self, roles: Iterable[str]) -> str:
        """Return roles as words, in the order in which they are listed."""
        held = set(roles)
        return ", ".join(str(role.label) for role in Role if role.value in held)


def scope_of(user: User) -> Scope:
    """Return what a person may see, in one query."""
    return Scope(user=user, memberships=tuple(Membership.objects.of(user).order_by("id")))

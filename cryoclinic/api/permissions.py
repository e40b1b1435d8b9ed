"""What a caller may do: programs by scope, staff by role."""

from collections.abc import Mapping
from typing import Any

from rest_framework import exceptions
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from cryoclinic.accounts.caller import Caller
from cryoclinic.accounts.codes import WRITING_ROLES


class ScopeMissing(exceptions.PermissionDenied):
    """The token does not have the scope that this needs. Ask for one with the scope named here."""

    def __init__(self, *, scope: str) -> None:
        super().__init__()
        self.scope = scope


class RoleMissing(exceptions.PermissionDenied):
    """Your role at this organization may read but not change this."""


class InOrganizationWithScope(BasePermission):
    """
    Let pass who speaks for an organization and has the scope the view declares for the method.

    A view says `scopes = {"GET": "scheduling.read", "POST": "scheduling.write"}`. Every active member of staff
    has the reading scopes; the writing ones go by role. A method without a declared scope is refused.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        """
        Return whether the caller may go on; False when nobody is authenticated.

        :raises MethodNotAllowed: if the view has no such method
        :raises ScopeMissing: if the token lacks the scope
        :raises RoleMissing: if the member's role does not allow it
        """
        caller = request.auth
        if not isinstance(caller, Caller):
            return False
        scope = scope_needed(view.scopes, request.method or "")
        if scope is None:
            raise exceptions.MethodNotAllowed(request.method or "")
        if caller.client is not None and scope not in caller.scopes:
            raise ScopeMissing(scope=scope)
        if caller.client is None and not scope.endswith(".read") and not caller.roles & WRITING_ROLES:
            raise RoleMissing
        return True

    def has_object_permission(self, request: Request, view: Any, obj: Any) -> bool:
        """Let pass, since rows out of reach are not found; from here on the caller is who they are at the row's place."""
        place = obj if hasattr(obj, "location_id") else getattr(obj, "offering", None)
        location_id = getattr(place, "location_id", None)
        if location_id is not None and isinstance(request.auth, Caller):
            request.auth = request.auth.at(location_id)
        return True


def scope_needed(scopes: Mapping[str, str], method: str) -> str | None:
    """Return the scope a method needs; looking (HEAD, OPTIONS) needs that of GET, or of what there is."""
    if method == "HEAD":
        return scopes.get("GET")
    if method == "OPTIONS":
        return scopes.get("GET") or next(iter(scopes.values()), None)
    return scopes.get(method)

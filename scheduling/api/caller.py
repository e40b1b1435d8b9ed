"""Who asks, in the words of the operations."""

from cryoclinic.accounts.caller import Authenticated, caller_of
from cryoclinic.accounts.codes import Role
from scheduling.operations import Actor

# Who may book what cannot be prepared in time, with a reason [ops].
OVERRIDING_ROLES = frozenset({Role.CLINICIAN, Role.NURSE, Role.ADMINISTRATOR})


def actor_of(request: Authenticated) -> Actor:
    """Return the caller as an actor; every program counts as a portal."""
    caller = caller_of(request)
    return Actor(
        user=caller.user,
        client=caller.client,
        portal=not caller.is_staff_session,
        may_override=caller.is_staff_session and bool(caller.roles & OVERRIDING_ROLES),
    )

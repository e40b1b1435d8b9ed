"""Who asks for a change."""

from dataclasses import dataclass

from cryoclinic.accounts.models import ApiClient, User


@dataclass(frozen=True, kw_only=True, slots=True)
class Actor:
    """
    Somebody signed in, or a program that speaks for a clinic; neither is the system itself.

    `portal` acts for patients and is shown and given only what is settled. `may_override` may book what cannot
    be prepared in time, with a reason.
    """

    user: User | None = None
    client: ApiClient | None = None
    portal: bool = False
    may_override: bool = False


SYSTEM = Actor()


class PersonNeeded(Exception):
    """A person of the clinic decides this. Sign in as one."""


def person_of(by: Actor) -> User:
    """
    Return the person who asks.

    :raises PersonNeeded: if a program does
    """
    if by.user is None or by.portal:
        raise PersonNeeded
    return by.user

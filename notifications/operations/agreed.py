"""Whether an address may be used, as the person said when they gave it."""

import datetime as dt

from cryoclinic.accounts.models import Organization
from notifications.codes import ContactState, ContactSystem
from notifications.models import ContactPoint


def leave_alone(*, organization: Organization, system: ContactSystem, value: str, now: dt.datetime) -> bool:
    """
    Send nothing to a new address, whose owner has not agreed; True if that is so from now (aware) on.

    An address that the organization knows already stays as it is: others are told there, and asked for it. What cannot
    be sent becomes a phone task, as for every address that may not be used.
    """
    _, created = ContactPoint.objects.get_or_create(
        organization=organization,
        system=system,
        value=value,
        defaults={"state": ContactState.OPTED_OUT, "state_changed_at": now},
    )
    return created

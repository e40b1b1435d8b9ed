"""A location takes up a protocol version, and who decided so stands on record."""

import datetime as dt

from django.db import transaction
from django.db.models import Q

from cryoclinic.accounts.codes import Role
from cryoclinic.accounts.models import Membership, User
from procedures.codes import ProtocolStatus
from procedures.models import Protocol
from scheduling.models import ProcedureOffering, ProtocolAdoption

# Who decides under which version a location works [ops].
ADOPTERS = frozenset({Role.CLINICIAN, Role.ADMINISTRATOR})


class MayNotAdopt(Exception):
    """Only a clinician or an administrator of this location can take up a protocol."""


class NotForThisOffering(Exception):
    """This protocol belongs to another clinic or to another procedure."""


class NotApproved(Exception):
    """This version is not approved, or was retired. Choose one that is active."""


class AlreadyAdopted(Exception):
    """This location has taken up this version already. Nothing was changed."""


@transaction.atomic
def adopt_protocol(
    *, offering: ProcedureOffering, protocol: Protocol, by: User, now: dt.datetime
) -> ProtocolAdoption:
    """
    Let new bookings of an offering take this version; bookings made keep theirs.

    A version that comes into force on a later date may be taken up before: until that date, on the location's
    calendar, new bookings go on under the version the offering had. `now` is aware.

    :raises MayNotAdopt: if the person is neither clinician nor administrator of the location
    :raises NotForThisOffering: if organization or procedure are others
    :raises NotApproved: if the version is not active
    :raises AlreadyAdopted: if the offering has it
    """
    # The version too: it must not be retired while it is taken up.
    version = Protocol.objects.select_for_update(no_key=True).get(pk=protocol.pk)
    current = (
        ProcedureOffering.objects.select_for_update(no_key=True, of=("self",))
        .select_related("location")
        .get(pk=offering.pk)
    )
    _check(current, version, by=by)
    adoption = ProtocolAdoption.objects.create(
        offering=current, protocol=version, previous_id=current.protocol_id, adopted_by=by, adopted_at=now
    )
    current.protocol = version
    current.save(update_fields=["protocol"])
    return adoption


def _check(offering: ProcedureOffering, protocol: Protocol, *, by: User) -> None:
    location = offering.location
    here = Q(location=None) | Q(location=location)
    held = Membership.objects.of(by).filter(here, organization=location.organization_id, role__in=ADOPTERS)
    if not held.exists():
        raise MayNotAdopt
    if (protocol.organization_id, protocol.procedure_type_id) != (
        location.organization_id,
        offering.procedure_type_id,
    ):
        raise NotForThisOffering
    if protocol.status != ProtocolStatus.ACTIVE:
        raise NotApproved
    if offering.protocol_id == protocol.pk:
        raise AlreadyAdopted

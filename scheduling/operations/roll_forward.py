"""Chosen bookings go on under a newer protocol version: on the record, one by one."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from cryoclinic.accounts.codes import Role
from cryoclinic.accounts.models import Membership
from procedures.codes import ProtocolStatus
from procedures.models import Protocol
from scheduling.codes import AHEAD, ChangeKind
from scheduling.models import Appointment
from scheduling.operations.actor import Actor
from scheduling.operations.adoption import NotApproved, NotForThisOffering
from scheduling.operations.changes import StaleRevision, check_revision, record_change


class ReasonMissing(ValueError):
    """Say why these bookings change to another version. Nothing was changed."""


class OnlyClinicians(Exception):
    """Only a clinician of this location can change the protocol of a booking."""


class NoLongerAhead(Exception):
    """This visit has begun or does not take place. Its protocol stays as it is."""


class NotAnOlderVersion(Exception):
    """This booking is under this version or a newer one already."""


class NotInForceYet(Exception):
    """This version is not in force yet on the date of this location."""


REFUSALS = (
    StaleRevision,
    OnlyClinicians,
    NoLongerAhead,
    NotAnOlderVersion,
    NotInForceYet,
    NotForThisOffering,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Chosen:
    """A booking, and the revision at which somebody saw what would change; None means whatever it is now."""

    appointment: Appointment
    expected_revision: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class RolledForward:
    """What became of one booking: changed, or why not."""

    appointment: UUID
    refusal: Exception | None

    @property
    def changed(self) -> bool:
        """Whether the booking is under the new version now."""
        return self.refusal is None


def roll_forward(
    *, chosen: Sequence[Chosen], protocol: Protocol, by: Actor, reason: str, now: dt.datetime
) -> tuple[RolledForward, ...]:
    """
    Put bookings that are ahead under a newer version and the rules it was approved under; say of each how it went.

    Each is changed as a whole or not at all, whatever becomes of the others. The plan is made again, what was told
    and no longer holds is corrected, and every signature on the booking loses its basis. `now` is aware.

    :raises ReasonMissing: if the reason is empty
    :raises NotApproved: if the version is not active
    """
    if not reason.strip():
        raise ReasonMissing
    version = Protocol.objects.get(pk=protocol.pk)
    if version.status != ProtocolStatus.ACTIVE:
        raise NotApproved
    return tuple(_outcome(each, version, by=by, reason=reason.strip(), now=now) for each in chosen)


def _outcome(each: Chosen, protocol: Protocol, *, by: Actor, reason: str, now: dt.datetime) -> RolledForward:
    try:
        with transaction.atomic():
            _change(each, protocol, by=by, reason=reason, now=now)
    except REFUSALS as refusal:
        return RolledForward(appointment=each.appointment.uid, refusal=refusal)
    return RolledForward(appointment=each.appointment.uid, refusal=None)


def _change(each: Chosen, protocol: Protocol, *, by: Actor, reason: str, now: dt.datetime) -> None:
    current = (
        Appointment.objects.select_for_update(no_key=True, of=("self",))
        .select_related("location", "protocol", "offering")
        .get(pk=each.appointment.pk)
    )
    check_revision(current, each.expected_revision)
    _check(current, protocol, by=by, now=now)
    before = current.protocol
    current.protocol = protocol
    current.rule_set_sha256 = protocol.rule_set_sha256
    current.revision += 1
    # The record comes first: the database lets a version change only where one says so.
    record_change(
        current, kind=ChangeKind.PROTOCOL, reason=reason, by=by, now=now, before=current, left_protocol=before
    )
    current.save(update_fields=["protocol", "rule_set_sha256", "revision"])


def _check(appointment: Appointment, protocol: Protocol, *, by: Actor, now: dt.datetime) -> None:
    """Refuse one booking with the sentence that stands in its line of the result."""
    if not _is_clinician(by, appointment=appointment):
        raise OnlyClinicians
    if (appointment.organization_id, appointment.offering.procedure_type_id) != (
        protocol.organization_id,
        protocol.procedure_type_id,
    ):
        raise NotForThisOffering
    if appointment.status not in AHEAD or appointment.start <= now:
        raise NoLongerAhead
    if appointment.protocol.version >= protocol.version:
        raise NotAnOlderVersion
    today = now.astimezone(appointment.location.tz).date()
    if protocol.active_from is None or today < protocol.active_from:
        raise NotInForceYet


def _is_clinician(by: Actor, *, appointment: Appointment) -> bool:
    if by.user is None:
        return False
    here = Q(location=None) | Q(location=appointment.location_id)
    held = Membership.objects.of(by.user).filter(
        here, organization=appointment.organization_id, role=Role.CLINICIAN
    )
    return held.exists()

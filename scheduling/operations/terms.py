"""Whether this offering may be booked for this patient at all, and at this time."""

import datetime as dt
import uuid
from dataclasses import dataclass

from procedures.codes import Contrast, ProtocolStatus
from procedures.models import Protocol
from procedures.preparation import rule_set
from scheduling import rules
from scheduling.models import Patient, ProcedureOffering, ProtocolAdoption


class StartIsNaive(ValueError):
    """This time has no time zone. Add one, for example 2027-03-16T09:00:00+00:00."""


class StartInPast(Exception):
    """This time has already passed. Choose a later one."""


class TooShortNotice(Exception):
    """This is too soon: the clinic needs more notice for this procedure. Choose a later time."""

    def __init__(self, *, earliest_start: dt.datetime) -> None:
        super().__init__(earliest_start)
        self.earliest_start = earliest_start


class BeyondHorizon(Exception):
    """This is further ahead than the clinic plans. Choose an earlier time."""

    def __init__(self, *, latest_start: dt.datetime) -> None:
        super().__init__(latest_start)
        self.latest_start = latest_start


class OfferingInactive(Exception):
    """This procedure is not offered at this location at present."""


class NoActiveProtocol(Exception):
    """This procedure has no approved protocol in force here. Approve one, then book."""


class AnaesthesiaNotOffered(Exception):
    """This kind of anaesthesia is not offered for this procedure."""

    def __init__(self, *, offered: tuple[str, ...]) -> None:
        super().__init__(offered)
        self.offered = offered


class GuidanceNotOffered(Exception):
    """This kind of imaging is not offered for this procedure."""

    def __init__(self, *, offered: tuple[str, ...]) -> None:
        super().__init__(offered)
        self.offered = offered


class ContrastUnknown(Exception):
    """This kind of contrast is not known."""

    def __init__(self, *, known: tuple[str, ...]) -> None:
        super().__init__(known)
        self.known = known


class TargetNeeded(Exception):
    """This procedure must name one of its targets."""

    def __init__(self, *, targets: tuple[str, ...]) -> None:
        super().__init__(targets)
        self.targets = targets


class OtherOrganization(Exception):
    """The patient and the location belong to different clinics."""


class PatientDeceased(Exception):
    """This patient has died. Nothing can be booked."""


class PatientMerged(Exception):
    """This record was merged into another of the same person. Use that one."""

    def __init__(self, *, merged_into: uuid.UUID) -> None:
        super().__init__(merged_into)
        self.merged_into = merged_into


@dataclass(frozen=True, kw_only=True, slots=True)
class Particulars:
    """How a procedure is to be done, checked against what the offering allows."""

    target: str
    anaesthesia: str
    guidance: str
    contrast: str


def particulars_of(
    offering: ProcedureOffering, *, target: str, anaesthesia: str | None, guidance: str | None, contrast: str
) -> Particulars:
    """
    Return how the procedure is to be done; what is not said is the offering's own default.

    :raises TargetNeeded: if the procedure needs a target, or has none of that name
    :raises AnaesthesiaNotOffered: if the procedure is not done under it
    :raises GuidanceNotOffered: if the procedure is not guided by it
    :raises ContrastUnknown: if there is no such contrast
    """
    procedure = offering.procedure_type
    anaesthesia = anaesthesia or offering.default_anaesthesia
    guidance = guidance or offering.default_guidance
    if (procedure.code, target or None) not in rule_set().procedures:
        raise TargetNeeded(targets=tuple(procedure.targets))
    if anaesthesia not in procedure.anaesthesia_options:
        raise AnaesthesiaNotOffered(offered=tuple(procedure.anaesthesia_options))
    if guidance not in procedure.guidance_options:
        raise GuidanceNotOffered(offered=tuple(procedure.guidance_options))
    if contrast not in Contrast.values:
        raise ContrastUnknown(known=tuple(Contrast.values))
    return Particulars(target=target, anaesthesia=anaesthesia, guidance=guidance, contrast=contrast)


def protocol_in_force(offering: ProcedureOffering, *, now: dt.datetime) -> Protocol:
    """
    Return the protocol that a booking made at `now` (aware) takes.

    A version taken up before its date leaves the one before it in force until then, by the location's calendar.

    :raises OfferingInactive: if the location does not offer the procedure at present
    :raises NoActiveProtocol: if the offering has none that is approved and in force on the location's date
    """
    if not (offering.active and offering.location.active and offering.procedure_type.active):
        raise OfferingInactive
    protocol = offering.protocol
    today = now.astimezone(offering.location.tz).date()
    while protocol is not None and protocol.status == ProtocolStatus.ACTIVE:
        if protocol.active_from is not None and protocol.active_from <= today:
            return protocol
        protocol = _before(protocol, offering=offering)
    raise NoActiveProtocol


def _before(protocol: Protocol, *, offering: ProcedureOffering) -> Protocol | None:
    """Return the version the offering had when it took up this one; an older one, so that this comes to an end."""
    adoption = (
        ProtocolAdoption.objects.filter(
            offering=offering, protocol=protocol, previous__version__lt=protocol.version
        )
        .select_related("previous")
        .order_by("-id")
        .first()
    )
    return adoption.previous if adoption is not None else None


def check_patient(patient: Patient, *, offering: ProcedureOffering) -> None:
    """
    Refuse somebody for whom nothing can be booked here.

    :raises OtherOrganization: if the location is another clinic's
    :raises PatientMerged: if the record was merged into another
    :raises PatientDeceased: if the patient has died
    """
    if patient.organization_id != offering.location.organization_id:
        raise OtherOrganization
    if patient.merged_into is not None:
        raise PatientMerged(merged_into=patient.merged_into.uid)
    if patient.deceased_on is not None:
        raise PatientDeceased


def check_start(start: dt.datetime, *, offering: ProcedureOffering, now: dt.datetime) -> None:
    """
    Refuse a start that nobody may book.

    :raises StartIsNaive: if it has no zone
    :raises StartInPast: if it is not after `now`
    :raises BeyondHorizon: if it is further ahead than the offering's horizon
    """
    if start.utcoffset() is None:
        raise StartIsNaive
    if start <= now:
        raise StartInPast
    latest = rules.latest_start(now=now, horizon_days=offering.horizon_days)
    if start >= latest:
        raise BeyondHorizon(latest_start=latest)


def check_notice(start: dt.datetime, *, offering: ProcedureOffering, now: dt.datetime) -> None:
    """
    Refuse a start that comes too soon for the offering.

    :raises TooShortNotice: naming the first start that would do
    """
    earliest = rules.earliest_start(now=now, notice_hours=offering.notice_hours)
    if start < earliest:
        raise TooShortNotice(earliest_start=earliest)

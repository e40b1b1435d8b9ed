"""What the linter says of a protocol as it stands in the database."""

from django.conf import settings

from cryoclinic.accounts.models import Organization
from procedures.lint import Finding, Kind, Letterhead, lint
from procedures.models.procedure_type import ProcedureType
from procedures.models.protocol import Protocol
from procedures.models.reading import content_of

# A link ends in a random token of 128 bits, which is 22 characters.
LINK_END = "/p/" + "x" * 22


def findings_of(protocol: Protocol) -> tuple[Finding, ...]:
    """Return what there is to put right, errors first, with the organization's own name, number and zone."""
    return lint(
        content_of(protocol),
        kind=kind_of(protocol.procedure_type),
        letterhead=letterhead_of(protocol.organization),
    )


def kind_of(procedure_type: ProcedureType) -> Kind:
    """Return what the linter must know of a procedure type."""
    return Kind(
        code=procedure_type.code,
        anaesthesia_options=tuple(procedure_type.anaesthesia_options),
        planned_minutes=procedure_type.planned_minutes,
        patient_names=tuple(sorted(procedure_type.patient_names.items())),
        targets=tuple(procedure_type.targets),
    )


def letterhead_of(organization: Organization) -> Letterhead:
    """Return what stands around the organization's messages; the first of its active sites stands for all."""
    sample = Letterhead()
    site = organization.locations.filter(active=True).order_by("id").first()
    if site is None:
        helpline = (organization.phone, organization.phone_hours, organization.emergency_number)
    else:
        found = organization.helpline_at(site)
        helpline = (found.phone, found.phone_hours, found.emergency_number)
    phone, phone_hours, emergency_number = helpline
    return Letterhead(
        clinic_name=organization.name,
        phone=phone,
        phone_hours=phone_hours,
        emergency_number=emergency_number,
        link=settings.PUBLIC_BASE_URL + LINK_END,
        place=site.name if site else sample.place,
        address=site.address if site else sample.address,
        zone=site.tz if site else sample.zone,
    )

"""
A small clinic in rows, for every test that needs one.

Three people: Nora is a nurse of the clinic, Omar a nurse of another one, Pia a patient of the clinic. Besides them
Cleo and Dov, the clinic's clinicians: Cleo wrote the protocol, Dov approved it.

The clinic has two locations, London and New York, open from Monday to Friday, 7:00 to 20:00 on their own clocks,
each with one room, console and radiologist and two recovery bays. It offers the freezing of a kidney tumor in both:
90 minutes from 9:00 occupy the room from 8:45 to 10:45, the console from 9:00 to 10:45, the radiologist from 9:00
to 10:30, a bay from 10:30 to 12:30. `NOW` is a Monday; `START` the Tuesday two weeks later, 9:00 in London.
"""

import datetime as dt
from dataclasses import dataclass
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from cryoclinic.accounts.codes import Role, Weekday
from cryoclinic.accounts.models import Location, LocationHours, Membership, Organization, User
from procedures.codes import Anaesthesia, BleedingClass, Guidance, LegAnchor, LegRole, ProtocolStatus
from procedures.models import ProcedureLeg, ProcedureType, Protocol
from procedures.preparation import rule_set
from scheduling.codes import ResourceKind
from scheduling.models import Appointment, MedicationStatement, Patient, ProcedureOffering, Resource
from scheduling.operations import Actor, book_appointment

LONDON = ZoneInfo("Europe/London")
NEW_YORK = ZoneInfo("America/New_York")
NOW = dt.datetime(2027, 3, 1, 9, tzinfo=dt.UTC)
START = dt.datetime(2027, 3, 16, 9, tzinfo=LONDON)
HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)

_number = count(1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Clinic:
    """What `make_clinic` made."""

    organization: Organization
    london: Location
    new_york: Location
    offering: ProcedureOffering
    offering_new_york: ProcedureOffering
    protocol: Protocol
    nora: User
    cleo: User
    dov: User
    omar: User
    elsewhere: Organization
    pia: Patient

    @property
    def staff(self) -> Actor:
        """Nora, as somebody who changes the diary and may override."""
        return Actor(user=self.nora, may_override=True)

    @property
    def portal(self) -> Actor:
        """A patient portal, which may do only what is settled."""
        return Actor(portal=True)

    def resource(self, kind: str, location: Location | None = None) -> Resource:
        """Return the first resource of a kind, in London unless said otherwise."""
        return Resource.objects.filter(location=location or self.london, kind=kind).order_by("id")[0]


def make_clinic() -> Clinic:
    """Make a whole clinic and another one beside it."""
    organization = make_organization(name="Northside Clinic")
    elsewhere = make_organization(name="Southside Clinic")
    london = make_location(organization, name="London", zone=LONDON)
    new_york = make_location(organization, name="New York", zone=NEW_YORK)
    cleo = make_user(organization, role=Role.CLINICIAN, username="cleo")
    dov = make_user(organization, role=Role.CLINICIAN, username="dov")
    protocol = make_protocol(
        organization, procedure_type=make_procedure_type(), written_by=cleo, approved_by=dov
    )
    return Clinic(
        organization=organization,
        london=london,
        new_york=new_york,
        offering=make_offering(london, protocol=protocol),
        offering_new_york=make_offering(new_york, protocol=protocol),
        protocol=protocol,
        nora=make_user(organization, role=Role.NURSE, username="nora"),
        cleo=cleo,
        dov=dov,
        omar=make_user(elsewhere, role=Role.NURSE, username="omar"),
        elsewhere=elsewhere,
        pia=make_patient(organization, given_name="Pia"),
    )


def make_organization(*, name: str) -> Organization:
    """Make an organization."""
    return Organization.objects.create(
        slug=f"clinic-{next(_number)}",
        name=name,
        phone="+442079460000",
        phone_hours="Monday to Friday, 8:00 to 18:00",
        emergency_number="999",
    )


def make_location(
    organization: Organization, *, name: str, zone: ZoneInfo, furnished: bool = True
) -> Location:
    """Make a location with its hours and, unless said otherwise, everything the offering needs."""
    location = Location.objects.create(
        organization=organization,
        name=name,
        address=f"1 High Street, {name}",
        zone=zone.key,
        quiet_from=dt.time(21),
        quiet_until=dt.time(8),
    )
    LocationHours.objects.bulk_create(
        LocationHours(location=location, weekday=day, opens=dt.time(7), closes=dt.time(20))
        for day in Weekday.values[:5]
    )
    if furnished:
        make_resource(location, kind=ResourceKind.PRACTITIONER, name="Radiologist", skills=["radiology"])
        make_resource(location, kind=ResourceKind.ROOM, name="Room 1", skills=["ct"])
        make_resource(location, kind=ResourceKind.DEVICE, name="Console 1", skills=["cryo-console"])
        make_resource(location, kind=ResourceKind.BAY, name="Bay 1")
        make_resource(location, kind=ResourceKind.BAY, name="Bay 2")
    return location


def make_resource(
    location: Location, *, kind: ResourceKind, name: str, skills: list[str] | None = None, **fields: Any
) -> Resource:
    """Make a resource of a location."""
    return Resource.objects.create(location=location, kind=kind, name=name, skills=skills or [], **fields)


def make_user(
    organization: Organization, *, role: Role, username: str, location: Location | None = None
) -> User:
    """Make somebody with a role at an organization, or at one location of it."""
    user = User.objects.create(username=f"{username}-{next(_number)}", first_name=username.capitalize())
    Membership.objects.create(user=user, organization=organization, location=location, role=role)
    return user


def make_procedure_type(code: str = "renal_cryo", **fields: Any) -> ProcedureType:
    """Make a procedure type with its legs, or return the one there is. `code` is of the rules' vocabulary."""
    defaults = {
        "name": "Kidney tumor, freezing",
        "patient_names": {"en": "treatment of the kidney with cold"},
        "family": "tumor",
        "guidance_options": [Guidance.CT, Guidance.ULTRASOUND],
        "anaesthesia_options": [Anaesthesia.MODERATE_SEDATION, Anaesthesia.GENERAL, Anaesthesia.LOCAL],
        "bleeding_class": BleedingClass.HIGH,
        "minutes_min": 60,
        "minutes_max": 120,
        "planned_minutes": 90,
        "setup_minutes": 15,
        "turnover_minutes": 15,
        "observe_minutes_min": 60,
        "observe_minutes_max": 240,
        "escort": "if-sedated",
    }
    procedure_type, created = ProcedureType.objects.get_or_create(code=code, defaults={**defaults, **fields})
    if created:
        _make_legs(procedure_type)
    return procedure_type


def _make_legs(procedure_type: ProcedureType) -> None:
    legs = (
        {"key": "operator", "role": LegRole.PRACTITIONER, "skill": "radiology"},
        {"key": "room", "role": LegRole.ROOM, "skill": "ct", "offset_minutes": -15, "tail_minutes": 15},
        {"key": "console", "role": LegRole.DEVICE, "skill": "cryo-console", "tail_minutes": 15},
        {"key": "bay", "role": LegRole.BAY, "anchor": LegAnchor.END, "duration_minutes": 60},
    )
    for leg in legs:
        ProcedureLeg.objects.create(procedure_type=procedure_type, source="ops", **leg)


def make_protocol(
    organization: Organization,
    *,
    procedure_type: ProcedureType,
    written_by: User,
    approved_by: User,
    **fields: Any,
) -> Protocol:
    """Make a protocol that two people approved, in force since the first of the year; without steps."""
    defaults = {
        "version": 1,
        "title": procedure_type.name,
        "status": ProtocolStatus.ACTIVE,
        "languages": ["en"],
        "rule_set_sha256": rule_set().sha256,
        "written_by": written_by,
        "approved_by": approved_by,
        "approved_at": NOW - 60 * DAY,
        "active_from": dt.date(2027, 1, 1),
    }
    return Protocol.objects.create(
        organization=organization, procedure_type=procedure_type, **{**defaults, **fields}
    )


def make_offering(location: Location, *, protocol: Protocol, **fields: Any) -> ProcedureOffering:
    """Offer the protocol's procedure at a location: 90 minutes, then 2 hours of observation."""
    defaults = {
        "procedure_type": protocol.procedure_type,
        "default_anaesthesia": Anaesthesia.MODERATE_SEDATION,
        "default_guidance": Guidance.CT,
        "planned_minutes": 90,
        "observe_minutes": 120,
    }
    return ProcedureOffering.objects.create(location=location, protocol=protocol, **{**defaults, **fields})


def make_patient(organization: Organization, **fields: Any) -> Patient:
    """Make a patient: a woman of 65 who takes no medicine."""
    number = next(_number)
    defaults = {
        "given_name": "Ana",
        "family_name": "Novak",
        "identifier": f"P-{number}",
        "birth_date": dt.date(1961, 3, 14),
        "sex": "f",
        "phone": f"+4479460{number:05}",
        "email": f"patient-{number}@example.org",
    }
    return Patient.objects.create(organization=organization, **{**defaults, **fields})


def make_medication(patient: Patient, drug: str, **fields: Any) -> MedicationStatement:
    """Have a patient take a medicine, at 8:00 and 20:00 unless said otherwise."""
    defaults: dict[str, Any] = {"dose_times": ["08:00", "20:00"]}
    return MedicationStatement.objects.create(patient=patient, drug=drug, **{**defaults, **fields})


def book(clinic: Clinic, **changes: Any) -> Appointment:
    """Book Pia for the kidney in London at `START`, or what `changes` say instead."""
    request = {
        "offering": clinic.offering,
        "patient": clinic.pia,
        "start": START,
        "now": NOW,
        "by": clinic.staff,
        **changes,
    }
    return book_appointment(**request)

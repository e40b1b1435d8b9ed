"""Make the demo clinic's rows: organization, sites, people, things, protocols approved by two, offerings."""

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from cryoclinic.accounts.codes import Role
from cryoclinic.accounts.models import Location, LocationHours, Membership, Organization, User
from cryoclinic.demo import furniture
from cryoclinic.demo.furniture import Site
from procedures.catalogue import builtin_files
from procedures.models import Protocol
from procedures.operations.catalogue import load_catalogue
from procedures.operations.protocols import approve_protocol, submit_protocol
from scheduling.models import ProcedureOffering, Resource

AUTHOR, APPROVER = "cleo", "dov"
CLINICIANS_AT_WORK = ("cleo", "dov", "june")


@dataclass(frozen=True, kw_only=True, slots=True)
class Clinic:
    """The demo clinic: people by login, offerings by site name and procedure code."""

    organization: Organization
    people: Mapping[str, User]
    offerings: Mapping[tuple[str, str], ProcedureOffering]


def furnish(
    *, now: dt.datetime, sites: tuple[Site, ...] = furniture.SITES, only: Collection[str] | None = None
) -> Clinic:
    """
    Make the whole clinic as if it had opened at `now` (aware): from that day on bookings are possible.

    The starter catalogue's protocols for what the sites offer are put forward by one clinician and approved by
    another; the others stay drafts. `only` keeps to some of what the sites offer. The caller holds a transaction.

    :raises IntegrityError: if the clinic is there already
    """
    organization = Organization.objects.create(
        slug=furniture.SLUG,
        name=furniture.NAME,
        phone=furniture.PHONE,
        phone_hours=furniture.PHONE_HOURS,
        emergency_number="999",
    )
    people = _people(organization)
    offered = {code for site in sites for code in site.offers if only is None or code in only}
    protocols = _protocols(organization, people, offered=offered, now=now)
    offerings = {}
    for site in sites:
        location = _location(organization, site, people)
        for code in sorted(offered & set(site.offers)):
            offerings[site.name, code] = _offering(location, protocols[code])
    return Clinic(organization=organization, people=people, offerings=offerings)


def clinic_as_it_is() -> Clinic:
    """
    Return the clinic that `furnish` made.

    :raises Organization.DoesNotExist: if there is none
    """
    organization = Organization.objects.get(slug=furniture.SLUG)
    members = User.objects.filter(memberships__organization=organization).distinct()
    offered = ProcedureOffering.objects.of(organization).with_terms().order_by("id")
    return Clinic(
        organization=organization,
        people={user.username: user for user in members},
        offerings={(each.location.name, each.procedure_type.code): each for each in offered},
    )


def _people(organization: Organization) -> dict[str, User]:
    people = {}
    for colleague in furniture.COLLEAGUES:
        user = User(
            username=colleague.login,
            first_name=colleague.given_name,
            last_name=colleague.family_name,
            email=f"{colleague.login}@northside.example",
            is_staff=colleague.signs_in,
            is_superuser=colleague.role == Role.ADMINISTRATOR,
        )
        user.set_unusable_password()
        user.save()
        Membership.objects.create(user=user, organization=organization, role=colleague.role)
        people[colleague.login] = user
    return people


def _protocols(
    organization: Organization, people: Mapping[str, User], *, offered: Collection[str], now: dt.datetime
) -> dict[str, Protocol]:
    author, approver = people[AUTHOR], people[APPROVER]
    load_catalogue(organization=organization, files=builtin_files(), loaded_by=author, now=now)
    drafts = Protocol.objects.filter(organization=organization, procedure_type__code__in=offered).order_by(
        "id"
    )
    for draft in drafts:
        submit_protocol(protocol=draft, by=author, now=now)
        approve_protocol(protocol=draft, by=approver, active_from=now.date(), now=now)
    approved = drafts.select_related("procedure_type").all()
    return {protocol.procedure_type.code: protocol for protocol in approved}


def _location(organization: Organization, site: Site, people: Mapping[str, User]) -> Location:
    location = Location.objects.create(
        organization=organization,
        name=site.name,
        address=site.address,
        zone=site.zone,
        region=site.region,
        phone=site.phone,
        phone_hours=site.phone_hours,
        emergency_number=site.emergency_number,
        quiet_from=dt.time(21),
        quiet_until=dt.time(8),
    )
    LocationHours.objects.bulk_create(
        LocationHours(location=location, weekday=day, opens=site.opens, closes=site.closes)
        for day in site.days
    )
    Resource.objects.bulk_create(
        Resource(
            location=location,
            kind=thing.kind,
            name=thing.name,
            skills=list(thing.skills),
            user=people.get(thing.login),
        )
        for thing in site.things
    )
    return location


def _offering(location: Location, protocol: Protocol) -> ProcedureOffering:
    procedure = protocol.procedure_type
    return ProcedureOffering.objects.create(
        location=location,
        procedure_type=procedure,
        protocol=protocol,
        planned_minutes=procedure.planned_minutes,
        observe_minutes=procedure.observe_minutes_max,
        # The usual way comes first.
        default_anaesthesia=procedure.anaesthesia_options[0],
        default_guidance=procedure.guidance_options[0],
    )

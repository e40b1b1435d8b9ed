"""Who is told about an appointment, and where they can be reached."""

import datetime as dt
from collections.abc import Iterable, Mapping
from zoneinfo import ZoneInfo

from notifications.codes import ContactState, ContactSystem
from notifications.models import ContactPoint, Recipient
from notifications.planning import Recipient as PlannedRecipient
from procedures.steps import Audience
from scheduling.codes import Relationship
from scheduling.models import Appointment, Patient, RelatedPerson

# From this age on a patient is told in person; below, the guardian is (plan-case contract: exactly 18 is an adult).
ADULT = 18

Person = Patient | RelatedPerson


def addresses(person: Person) -> dict[str, str]:
    """Return the person's addresses by channel."""
    both = {ContactSystem.SMS.value: person.phone, ContactSystem.EMAIL.value: person.email}
    return {system: value for system, value in both.items() if value}


def people_told(appointment: Appointment) -> dict[str, tuple[Person, Audience]]:
    """
    Return everybody who is told, by planner key: never the child itself, never anybody without consent.

    An adult's guardian sees what a carer sees.
    """
    patient = appointment.patient
    child = patient.age_on(appointment.start.astimezone(appointment.location.tz).date()) < ADULT
    people: dict[str, tuple[Person, Audience]] = {}
    if not child:
        people[f"patient:{patient.pk}"] = (patient, Audience.PATIENT)
    for related in patient.related_persons.all():
        if related.may_be_told:
            guardian = child and related.relationship == Relationship.GUARDIAN
            people[f"related:{related.pk}"] = (related, Audience.PATIENT if guardian else Audience.CARER)
    return people


def contact_points(
    organization_id: int,
    people: Iterable[Person],
    *,
    known: Mapping[tuple[str, str], ContactPoint] | None = None,
) -> Mapping[tuple[str, str], ContactPoint]:
    """
    Return the people's addresses as this organization knows them, by system and value; new ones are stored.

    `known` are those that somebody has read already.
    """
    wanted = {pair for person in people for pair in addresses(person).items()}
    values = {value for _, value in wanted}
    if known is None:
        known = _stored(organization_id, values)
    missing = sorted(wanted - known.keys())
    if missing:
        ContactPoint.objects.bulk_create(
            [ContactPoint(organization_id=organization_id, system=s, value=v) for s, v in missing],
            ignore_conflicts=True,
        )
        known = _stored(organization_id, values)
    return known


def _stored(organization_id: int, values: Iterable[str]) -> dict[tuple[str, str], ContactPoint]:
    # Naming the systems lets the index of the unique constraint find the values.
    points = ContactPoint.objects.filter(
        organization_id=organization_id, system__in=ContactSystem.values, value__in=values
    )
    return {(point.system, point.value): point for point in points}


def recipient_ids(
    appointment: Appointment, keys: Iterable[str], *, known: Mapping[str, int]
) -> Mapping[str, int]:
    """Return the ids of the recipients by key, creating those that are not among the `known`."""
    missing = [key for key in keys if key not in known]
    if missing:
        Recipient.objects.bulk_create(
            [Recipient(patient=appointment.patient, related_person_id=_related_id(key)) for key in missing],
            ignore_conflicts=True,
        )
        return {row.key: row.pk for row in Recipient.objects.filter(patient=appointment.patient)}
    return known


def _related_id(key: str) -> int | None:
    kind, _, number = key.partition(":")
    return int(number) if kind == "related" else None


def planned_recipients(
    appointment: Appointment,
    people: Mapping[str, tuple[Person, Audience]],
    points: Mapping[tuple[str, str], ContactPoint],
) -> tuple[PlannedRecipient, ...]:
    """Return the people as the planner reads them; a channel counts while its address works and may be used."""
    location = appointment.location
    return tuple(
        PlannedRecipient(
            key=key,
            audience=audience,
            zone=zone_of(person, location.tz),
            language=person.language,
            channels=tuple(
                system
                for system, value in sorted(addresses(person).items(), reverse=True)
                if points[system, value].state == ContactState.USABLE
            ),
            quiet_from=location.quiet_from,
            quiet_until=location.quiet_until,
        )
        for key, (person, audience) in people.items()
    )


def zone_of(person: Person, clinic: ZoneInfo) -> ZoneInfo:
    """Return the zone a person lives in: their own, or the clinic's."""
    return ZoneInfo(person.zone) if person.zone else clinic


def mark_contact_point(*, point: ContactPoint, state: ContactState, now: dt.datetime) -> bool:
    """
    Record what became of an address; True if that is news. `now` is aware.

    The database raises the plan revision of everybody who gave the address, so other channels take over.
    """
    changed = ContactPoint.objects.filter(pk=point.pk).exclude(state=state)
    return changed.update(state=state, state_changed_at=now) > 0

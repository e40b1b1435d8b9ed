"""Who is behind an address that somebody wrote from: everybody who shares it, and what we asked them."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace

from django.conf import settings
from django.db.models import Q

from cryoclinic.accounts.models import Organization
from notifications.codes import AttemptStatus
from notifications.models import Communication, ContactPoint, Recipient
from notifications.operations.page_answers import ANSWERABLE
from notifications.operations.people import people_told
from notifications.planning import facts_from_json
from procedures.steps import Answer, Audience
from scheduling.models import Appointment


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """A visit somebody at the address was asked about, and the start (aware) they were told."""

    appointment: Appointment
    recipient: Recipient
    start: dt.datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Correspondents:
    """
    What we know of an address.

    `appointments` are the visits ahead of everybody who gave it; `asked` those of them somebody there was asked
    about and may answer for. `organization` and `language` are those of our last message to it.
    """

    points: tuple[ContactPoint, ...]
    organization: Organization | None
    language: str
    appointments: tuple[Appointment, ...]
    asked: tuple[Asked, ...]


def correspondents_at(*, system: str, address: str, now: dt.datetime) -> Correspondents:
    """Return who is behind an address, over all organizations that write to it. `now` is aware."""
    points = tuple(
        ContactPoint.objects.filter(system=system, value=address)
        .select_related("organization")
        .order_by("id")
    )
    last = (
        Communication.objects.filter(contact_point__in=points)
        .select_related("request__organization")
        .order_by("-attempted_at", "-id")
        .first()
    )
    appointments = _ahead(points, address, now)
    return Correspondents(
        points=points,
        organization=last.request.organization if last else next((p.organization for p in points), None),
        language=last.request.language if last else "en",
        appointments=appointments,
        asked=_asked(points, appointments),
    )


def read_by_somebody(who: Correspondents) -> Correspondents:
    """
    Return who is behind an address, read by the clinic that reads strangers where nobody knows the address.

    The only clinic reads them; where several share one number, the one that the settings name, and without one nobody.
    """
    return who if who.organization is not None else replace(who, organization=_reads_strangers())


def _reads_strangers() -> Organization | None:
    named = settings.UNKNOWN_SENDERS_TO
    if named:
        return Organization.objects.filter(slug=named).first()
    few = list(Organization.objects.order_by("id")[:2])
    return few[0] if len(few) == 1 else None


def _ahead(points: Iterable[ContactPoint], address: str, now: dt.datetime) -> tuple[Appointment, ...]:
    """Return the visits ahead of everybody who gave the address, the next first."""
    given = (
        Q(patient__phone=address)
        | Q(patient__email=address)
        | Q(patient__related_persons__phone=address)
        | Q(patient__related_persons__email=address)
    )
    found = (
        Appointment.objects.filter(
            given,
            organization__in={point.organization_id for point in points},
            status__in=ANSWERABLE,
            start__gt=now,
        )
        .select_related("organization", "location", "patient")
        .prefetch_related("patient__related_persons")
        .distinct()
        .order_by("start", "id")
    )
    return tuple(found)


def _asked(points: Iterable[ContactPoint], appointments: Iterable[Appointment]) -> tuple[Asked, ...]:
    """Return what was asked at the address of people who may answer, the newest question of each."""
    ahead = {appointment.pk: appointment for appointment in appointments}
    questions = (
        Communication.objects.filter(
            contact_point__in=points, request__appointment__in=ahead, request__answer=Answer.CONFIRM
        )
        .exclude(status=AttemptStatus.NOT_DONE)
        .select_related("request", "recipient__patient", "recipient__related_person")
        .order_by("-attempted_at", "-id")
    )
    newest: dict[tuple[int, int], Asked] = {}
    for question in questions:
        appointment = ahead[question.request.appointment_id]
        if _may_answer(appointment, question.recipient):
            told = facts_from_json(question.request.facts).get("start")
            start = told if isinstance(told, dt.datetime) else appointment.start
            newest.setdefault(
                (appointment.pk, question.recipient_id),
                Asked(appointment=appointment, recipient=question.recipient, start=start),
            )
    return tuple(newest.values())


def _may_answer(appointment: Appointment, recipient: Recipient) -> bool:
    _, audience = people_told(appointment).get(recipient.key, (None, None))
    return audience is Audience.PATIENT

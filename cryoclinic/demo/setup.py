"""Everything the demo needs, made once; a second run finds it and changes nothing."""

import datetime as dt
import re
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction

from cryoclinic.accounts.models import Organization
from cryoclinic.demo.access import ClientAccess, SignIn, open_client, open_sign_ins
from cryoclinic.demo.clinic import Clinic, clinic_as_it_is, furnish
from cryoclinic.demo.diary import Diary
from cryoclinic.demo.furniture import LONDON, SKIN, SLUG
from cryoclinic.demo.people import personas
from cryoclinic.demo.registry import register
from cryoclinic.demo.visits import visits
from notifications.models import Communication, OutboxMessage
from scheduling.codes import AppointmentStatus
from scheduling.models import Patient, ProcedureOffering

SEED = 20
# Long enough before today that every booking of the diary lies after it.
OPENED_DAYS_AGO = 60
_OUTBOX = "notifications.channels.outbox.OutboxChannel"
_LINK = re.compile(r"https?://[^/\s]+(/p/\S+)")


class NotADemo(Exception):
    """The demo clinic has passwords that are printed; it is made only with CRYOCLINIC_DEMO=1, as `make demo` sets it."""


class WouldReallySend(Exception):
    """The demo writes to made-up people: every channel must be the outbox. Unset SMS_CHANNEL and EMAIL_CHANNEL."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Example:
    """One patient's page: its address without the site, and the date of birth that opens it."""

    path: str
    given_name: str
    birth_date: dt.date


@dataclass(frozen=True, kw_only=True, slots=True)
class DemoAccess:
    """What somebody needs to look around."""

    is_new: bool
    sign_ins: tuple[SignIn, ...]
    client: ClientAccess
    offering: ProcedureOffering
    example: Example | None


def check_is_demo() -> None:
    """
    Refuse to make a demo clinic where real people could be reached.

    :raises NotADemo: unless the settings say that this is a demo
    :raises WouldReallySend: if a channel would reach a provider
    """
    if not settings.DEMO:
        raise NotADemo
    if any(entry != _OUTBOX for entry in settings.CHANNELS.values()):
        raise WouldReallySend


def set_up(*, now: dt.datetime) -> DemoAccess:
    """
    Make the demo clinic as it would stand at `now` (aware), or find the one there is.

    All or nothing; the same for the same `now`, apart from ids.

    :raises NotADemo, WouldReallySend: if this is no place for a demo
    """
    check_is_demo()
    is_new = not Organization.objects.filter(slug=SLUG).exists()
    with transaction.atomic():
        if is_new:
            _make(now=now)
        clinic = clinic_as_it_is()
        return DemoAccess(
            is_new=is_new,
            sign_ins=open_sign_ins(),
            client=open_client(clinic.organization),
            offering=clinic.offerings[LONDON.name, SKIN],
            example=_example(clinic, now=now),
        )


def _make(*, now: dt.datetime) -> None:
    opened_at = now - dt.timedelta(days=OPENED_DAYS_AGO)
    clinic = furnish(now=opened_at)
    people = personas(seed=SEED, today=now.date())
    patients = register(people, organization=clinic.organization, now=opened_at)
    diary = Diary(clinic=clinic, seed=SEED, opened_at=opened_at, now=now)
    diary.live([(visit, patients[visit.persona.number]) for visit in visits(people, seed=SEED)])


def _example(clinic: Clinic, *, now: dt.datetime) -> Example | None:
    """Return the page of somebody with medicines whose visit is ahead; the newest link they were sent."""
    told = Communication.objects.filter(
        request__organization=clinic.organization,
        request__appointment__status=AppointmentStatus.BOOKED,
        request__appointment__start__gt=now,
        recipient__related_person=None,
    ).select_related("recipient__patient")
    for attempt in told.order_by("-request__appointment__decisions", "-attempted_at")[:40]:
        found = _link_of(attempt)
        if found:
            patient: Patient = attempt.recipient.patient
            return Example(path=found, given_name=patient.given_name, birth_date=patient.birth_date)
    return None


def _link_of(attempt: Communication) -> str:
    message = OutboxMessage.objects.filter(uid=attempt.uid).first()
    found = _LINK.search(message.text) if message else None
    return found[1] if found else ""

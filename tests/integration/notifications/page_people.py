"""Whoever opens the page behind a link in these tests."""

import datetime as dt
import html
import re
import secrets
from typing import Any

from builders import DAY, NOW, Clinic, make_clinic, make_resource
from django.test import Client
from django.utils import timezone

from notifications.dispatch.compose import token_sha256
from notifications.models import AccessLink, Recipient
from notifications.operations.access import Reader, reader_of
from notifications.operations.today import Page, page_of
from procedures.catalogue import builtin_files
from procedures.models import Protocol
from procedures.operations.catalogue import load_catalogue
from procedures.operations.protocols import approve_protocol, submit_protocol
from scheduling.codes import DecisionKind
from scheduling.models import Appointment, MedicationDecision, RelatedPerson
from scheduling.models.case import basis_of
from scheduling.operations import sign_decision

BORN = {"day": "14", "month": "3", "year": "1961"}
WRONG = {"day": "15", "month": "3", "year": "1961"}
WORDS = "Eliquis (apixaban). Take your last tablet on Saturday 13 March, in the evening."


def clinic_with_texts() -> Clinic:
    """Return the clinic of `builders`, following the starter protocol for the kidney, approved by two people."""
    clinic = make_clinic()
    renal = [path for path in builtin_files() if path.stem == "renal_cryo"]
    load_catalogue(organization=clinic.organization, files=renal, loaded_by=clinic.cleo, now=NOW - 30 * DAY)
    protocol = Protocol.objects.get(organization=clinic.organization, status="draft")
    submit_protocol(protocol=protocol, by=clinic.cleo, now=NOW - 29 * DAY)
    approve_protocol(protocol=protocol, by=clinic.dov, active_from=dt.date(2027, 2, 1), now=NOW - 28 * DAY)
    for leg in protocol.procedure_type.legs.all():
        make_resource(clinic.london, kind=leg.role, name=f"For the {leg.key}", skills=[leg.skill])
    clinic.offering.protocol = Protocol.objects.get(pk=protocol.pk)
    clinic.offering.save()
    return clinic


def make_link(
    appointment: Appointment, *, person: RelatedPerson | None = None, **fields: Any
) -> tuple[str, AccessLink]:
    """Give somebody a link, valid from long ago to long after the visit; return its key too."""
    recipient, _ = Recipient.objects.get_or_create(patient=appointment.patient, related_person=person)
    token = secrets.token_urlsafe(16)
    defaults = {
        "created_at": timezone.now() - dt.timedelta(days=365),
        "expires_at": max(appointment.planned_end, timezone.now()) + dt.timedelta(days=7),
    }
    link = AccessLink.objects.create(
        token_sha256=token_sha256(token),
        appointment=appointment,
        recipient=recipient,
        **{**defaults, **fields},
    )
    return token, link


def make_related(appointment: Appointment, *, relationship: str, **fields: Any) -> RelatedPerson:
    """Add somebody around the patient who may be told."""
    defaults = {"given_name": "Peter", "family_name": "Novak", "consented_at": NOW}
    return RelatedPerson.objects.create(
        patient=appointment.patient, relationship=relationship, **{**defaults, **fields}
    )


def reader(link: AccessLink, *, now: dt.datetime = NOW) -> Reader:
    """Return who is at the page of a link."""
    return reader_of(link_id=link.pk, token_sha256=link.token_sha256, now=now)


def page_at(link: AccessLink, now: dt.datetime) -> Page:
    """Return what the page says at a moment."""
    return page_of(reader(link, now=now), now=now)


def said(page: Page) -> str:
    """Return everything the page could print of this visit, as one text."""
    return repr(page).replace(repr(page.words), "")


def browser(token: str) -> Client:
    """Return a browser that has opened the page with the right date."""
    client = Client()
    response = client.post("/p/open/", {"token": token, **BORN})
    assert response.status_code == 303, response.content.decode()
    return client


def words_of(response: Any) -> str:
    """Return a page's text without its tags."""
    body = re.sub(r"<(head|script)\b.*?</\1>", " ", response.content.decode(), flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())


def sign(
    clinic: Clinic, appointment: Appointment, *, words: str = WORDS, **fields: Any
) -> MedicationDecision:
    """Have Cleo sign that apixaban stops on the Saturday before."""
    current = Appointment.objects.with_facts().get(pk=appointment.pk)
    defaults = {
        "drug": "apixaban",
        "kind": DecisionKind.HOLD,
        "last_dose_on": dt.date(2027, 3, 13),
        "sentences": {"en": words},
        "basis_sha256": basis_of(current),
        "by": clinic.cleo,
        "now": NOW,
    }
    return sign_decision(appointment=appointment, **{**defaults, **fields})

"""One row of every model the admin shows, for a clinic of its own."""

import datetime as dt
from typing import Any

from builders import DAY, HOUR, NOW, START, Clinic, book, make_medication, make_user
from django.utils import timezone

from cryoclinic.accounts.codes import Role
from cryoclinic.accounts.models import ApiClient, User
from cryoclinic.models import IdempotencyKey
from notifications.models import (
    AccessLink,
    ChannelPause,
    Communication,
    CommunicationRequest,
    ContactPoint,
    InboundMessage,
    ProviderEvent,
    Recipient,
)
from procedures.codes import ProtocolStatus
from procedures.models import ProcedureCode, Protocol, ProtocolDerivedFact, ProtocolNotice, ProtocolStep
from scheduling.codes import DecisionKind, TaskKind, TaskSeverity
from scheduling.models import (
    Appointment,
    BackfillPolicy,
    Evidence,
    Hold,
    OpeningException,
    PatientAnswer,
    PatientCondition,
    RelatedPerson,
    Resource,
    ResourceHours,
    RestartDecision,
)
from scheduling.models.case import basis_of
from scheduling.operations import open_task, sign_decision


def staff_member(clinic: Clinic, role: Role, *, username: str = "staff") -> User:
    """Make somebody who may open the admin, with one role at the clinic."""
    user = make_user(clinic.organization, role=role, username=username)
    user.is_staff = True
    user.set_password("a long pass phrase")
    user.save()
    return user


def record_everything(clinic: Clinic) -> Appointment:
    """Make at least one row of every model the admin shows, and return the appointment they are about."""
    make_medication(clinic.pia, "apixaban", brand="Eliquis", form="5 mg tablet")
    PatientCondition.objects.create(patient=clinic.pia, code="atrial_fibrillation")
    Evidence.objects.create(
        patient=clinic.pia, item="creatinine_clearance", done_on=START.date() - 14 * DAY, value=95
    )
    carer = RelatedPerson.objects.create(
        patient=clinic.pia, given_name="Peter", family_name="Novak", relationship="carer", consented_at=NOW
    )
    BackfillPolicy.objects.create(offering=clinic.offering)
    room = clinic.resource("room")
    bay = Resource.objects.get(location=clinic.london, name="Bay 2")
    ResourceHours.objects.create(resource=bay, weekday="tue", opens=dt.time(7), closes=dt.time(20))
    OpeningException.objects.create(
        location=clinic.london, resource=room, period=(NOW, NOW + DAY), reason="Maintenance"
    )
    appointment = book(clinic)
    Hold.objects.create(
        organization=clinic.organization, offering=clinic.offering, start=START, expires_at=NOW + HOUR
    )
    PatientAnswer.objects.create(
        appointment=appointment, question="confirm", answer="accepted", about_start=START, answered_at=NOW
    )
    sign_apixaban(clinic, appointment)
    RestartDecision.objects.create(
        appointment=appointment,
        drug="apixaban",
        kind="ask-again",
        bleeding_stopped=False,
        ask_again_at=START + DAY,
        sentences={},
        basis_sha256="0" * 64,
        signed_by=clinic.cleo,
        signed_at=START + HOUR,
    )
    _task(clinic, appointment)
    _messages(clinic, appointment, carer=carer)
    _protocol(clinic)
    ApiClient.objects.create(
        name="Portal", organization=clinic.organization, authorization_grant_type="client-credentials"
    )
    IdempotencyKey.objects.create(
        organization=clinic.organization,
        user=clinic.nora,
        key="k",
        method="POST",
        path="/",
        request_sha256="0" * 64,
        claimed_at=NOW,
        created_at=NOW,
    )
    return appointment


def sign_apixaban(clinic: Clinic, appointment: Appointment, *, now: dt.datetime = NOW) -> None:
    """Have Cleo sign that apixaban goes on."""
    current = Appointment.objects.with_facts().get(pk=appointment.pk)
    sign_decision(
        appointment=current,
        drug="apixaban",
        kind=DecisionKind.CONTINUE,
        sentences={"en": "Eliquis (apixaban). Go on as now."},
        basis_sha256=basis_of(current),
        by=clinic.cleo,
        now=now,
    )


def owe(appointment: Appointment, **fields: Any) -> CommunicationRequest:
    """Make a message owed to the patient of an appointment."""
    recipient, _ = Recipient.objects.get_or_create(patient=appointment.patient, related_person=None)
    defaults: dict[str, Any] = {
        "organization": appointment.organization,
        "appointment": appointment,
        "recipient": recipient,
        "notice": "fasting",
        "trigger": "scheduled",
        "facts_sha256": "1" * 64,
        "language": "en",
        "channels": ["sms"],
        "purpose": "preparation",
        "safety": "safety",
        "answer": "none",
        "rank": 1,
        "due_at": NOW,
        "next_at": NOW,
        "expires_at": START,
        "status": "active",
        "created_at": NOW,
    }
    return CommunicationRequest.objects.create(**{**defaults, **fields})


def attempt(request: CommunicationRequest, **fields: Any) -> Communication:
    """Make a settled attempt to send a request."""
    point, _ = ContactPoint.objects.get_or_create(
        organization=request.organization, system="sms", value=request.appointment.patient.phone
    )
    defaults: dict[str, Any] = {
        "request": request,
        "recipient": request.recipient,
        "contact_point": point,
        "channel": "sms",
        "text": "No food after Tue 16 March, 3am.",
        "status": "completed",
        "attempted_at": NOW,
        "lease_until": NOW + HOUR,
        "settled_at": NOW,
    }
    return Communication.objects.create(**{**defaults, **fields})


def _task(clinic: Clinic, appointment: Appointment) -> None:
    open_task(
        organization=clinic.organization,
        kind=TaskKind.PHONE_PATIENT,
        about=f"appointment:{appointment.uid}",
        severity=TaskSeverity.URGENT,
        reason="The visit moved.",
        due_at=timezone.now() + HOUR,
        now=timezone.now(),
        appointment=appointment,
    )


def _messages(clinic: Clinic, appointment: Appointment, *, carer: RelatedPerson) -> None:
    Recipient.objects.create(patient=clinic.pia, related_person=carer)
    request = owe(appointment)
    sent = attempt(request)
    ProviderEvent.objects.create(
        provider="twilio", event_id=f"event-{sent.pk}", attempt_uid=sent.uid, attempt=sent, raw={},
        delivery="delivered", received_at=NOW, applied_at=NOW,
    )  # fmt: skip
    InboundMessage.objects.create(
        provider="twilio", provider_id=f"reply-{sent.pk}", system="sms", address=clinic.pia.phone, text="1",
        received_at=NOW, organization=clinic.organization, appointment=appointment, recipient=request.recipient,
    )  # fmt: skip
    ChannelPause.objects.create(
        organization=clinic.organization, channel="sms", reason="Test", paused_by=clinic.nora, paused_at=NOW
    )
    AccessLink.objects.create(
        token_sha256=f"{appointment.pk:064}",
        appointment=appointment,
        recipient=request.recipient,
        created_at=NOW,
        expires_at=START,
    )


def _protocol(clinic: Clinic) -> Protocol:
    defaults = {"version": 2, "title": "Draft", "status": ProtocolStatus.DRAFT, "languages": ["en"]}
    draft = Protocol.objects.create(
        organization=clinic.organization, procedure_type=clinic.protocol.procedure_type, **defaults
    )
    step = ProtocolStep.objects.create(protocol=draft, position=1, code="come", section="day", source="ops")
    ProtocolNotice.objects.create(
        protocol=draft,
        step=step,
        code="come_in",
        trigger="cancellation",
        purpose="preparation",
        safety="routine",
        answer="none",
        gate="approved",
    )
    ProtocolDerivedFact.objects.create(
        protocol=draft, name="bath_on", anchor="end", elapsed=DAY, source="ops"
    )
    ProcedureCode.objects.get_or_create(
        procedure_type=clinic.protocol.procedure_type, system="cpt", code="", verification="unverified"
    )
    return draft

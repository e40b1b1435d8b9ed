"""Messages owed without a plan, for what happens to them after planning."""

import datetime as dt
import hashlib
from itertools import count
from typing import Any

from builders import DAY, NOW, START, Clinic, book, make_patient
from django.db.models import F

from notifications.codes import Rank, RequestStatus
from notifications.models import CommunicationRequest, Recipient, Timeline
from notifications.operations.people import contact_points
from notifications.planning import facts_as_json
from scheduling.models import Appointment, Task

_number = count(1)
SAFETY = {
    "notice": "food-first",
    "safety": "safety",
    "rank": Rank.SAFETY,
    "facts": {"solids_stop": START - DAY / 4, "fatty_meal_stop": START - DAY / 3, "clear_liquids_stop": START - DAY / 12},
}  # fmt: skip
ROUTINE = {"notice": "visit-booked", "safety": "routine", "rank": Rank.ROUTINE, "facts": {"start": START}}


def planned(appointment: Appointment) -> Appointment:
    """Count the appointment's plan as made, whatever it would say."""
    Timeline.objects.filter(appointment=appointment).update(planned_revision=F("wanted_revision"))
    return appointment


def owe(appointment: Appointment, kind: dict[str, Any] = SAFETY, **changes: Any) -> CommunicationRequest:
    """Owe the patient of an appointment a message, from now until a day before the start."""
    patient = appointment.patient
    contact_points(appointment.organization_id, [patient])
    recipient, _ = Recipient.objects.get_or_create(patient=patient, related_person=None)
    fields = {
        "organization_id": appointment.organization_id,
        "appointment": appointment,
        "recipient": recipient,
        "trigger": "scheduled",
        "parts": [kind["notice"]],
        "facts_sha256": hashlib.sha256(str(next(_number)).encode()).hexdigest(),
        "language": "en",
        "channels": ["sms", "email"],
        "purpose": "preparation",
        "answer": "none",
        "due_at": NOW,
        "next_at": NOW,
        "expires_at": START - DAY,
        "status": RequestStatus.ACTIVE,
        "created_at": NOW,
        **kind,
        **changes,
    }
    fields["facts"] = facts_as_json(fields["facts"])
    return CommunicationRequest.objects.create(**fields)


def owe_many(clinic: Clinic, number: int, **changes: Any) -> list[CommunicationRequest]:
    """Owe one message each to `number` patients, each with a booking of their own on another day."""
    found = []
    for index in range(number):
        patient = make_patient(clinic.organization)
        start = START + (index // 5) * DAY * 7 + (index % 5 - 1) * DAY
        appointment = planned(book(clinic, patient=patient, start=start))
        found.append(owe(appointment, **changes))
    return found


def state(request: CommunicationRequest) -> tuple[str, str]:
    """Its status and reason as stored."""
    return CommunicationRequest.objects.values_list("status", "status_reason").get(pk=request.pk)


def attempts(request: CommunicationRequest) -> list[tuple[str, str, str, bool]]:
    """Its attempts as (channel, status, reason, resend), in order."""
    rows = request.attempts.order_by("id").values_list("channel", "status", "status_reason", "resend")
    return list(rows)


def tasks(request: CommunicationRequest) -> list[str]:
    """The kinds of the open tasks of its appointment, sorted."""
    found = Task.objects.still_open().filter(appointment=request.appointment)
    return sorted(found.values_list("kind", flat=True))


def minutes(number: float) -> dt.timedelta:
    """So many minutes."""
    return dt.timedelta(minutes=number)

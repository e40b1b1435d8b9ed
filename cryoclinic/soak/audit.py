"""What must hold of a simulated year, looked for in everything that was written down."""

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Mapping
from uuid import UUID

from django.db.models import F, Q

from notifications.codes import AttemptStatus, RequestReason, RequestStatus
from notifications.models import Communication, CommunicationRequest, Timeline
from notifications.operations.people import zone_of
from notifications.planning import facts_as_json
from notifications.rules import quiet
from procedures.steps import Trigger
from scheduling.codes import SILENT_REASONS
from scheduling.models import Appointment, AppointmentChange, Task

CHANGES = (Trigger.CORRECTION, Trigger.AMENDMENT, Trigger.CANCELLATION)
_CHUNK = 2000


def repeated(copies: Mapping[UUID, int]) -> Iterator[str]:
    """Yield what was said more than once, but for listed resends."""
    said: Counter[tuple[int, int, str, str]] = Counter()
    allowed: Counter[tuple[int, int, str, str]] = Counter()
    rows = Communication.objects.values_list(
        "uid",
        "resend",
        "request__appointment",
        "request__recipient",
        "request__notice",
        "request__facts_sha256",
    )
    for uid, resend, appointment, recipient, notice, facts in rows.iterator(chunk_size=_CHUNK):
        key = (appointment, recipient, notice, facts)
        said[key] += copies.get(uid, 0)
        allowed[key] += resend
    yield from (f"{key[2]} of {key[0]}" for key, number in said.items() if number > 1 + allowed[key])


def outside_window() -> Iterator[str]:
    """Yield attempts made before their message was due, or when it was too late, or when the person sleeps."""
    late = Q(attempted_at__gte=F("request__expires_at")) | Q(attempted_at__lt=F("request__due_at"))
    for attempt in Communication.objects.filter(late).select_related("request"):
        owed = attempt.request
        window = f"{owed.due_at.isoformat()} to {owed.expires_at.isoformat()}"
        yield f"window {attempt.uid}: {owed.notice} at {attempt.attempted_at.isoformat()}, {window}"
    attempts = Communication.objects.filter(request__time_critical=False).select_related(
        "request__appointment__location", "recipient__patient", "recipient__related_person"
    )
    for attempt in attempts.iterator(chunk_size=_CHUNK):
        location = attempt.request.appointment.location
        zone = zone_of(attempt.recipient.person, location.tz)
        begins, ends = location.quiet_from, location.quiet_until
        if quiet(attempt.attempted_at, zone=zone, quiet_from=begins, quiet_until=ends):
            yield f"night {attempt.uid}"


def unexplained(now: dt.datetime) -> Iterator[str]:
    """Yield requests that are closed unsent without a reason, or still open after their time."""
    closed = CommunicationRequest.objects.filter(
        status__in=[RequestStatus.COMPLETED, RequestStatus.REVOKED], status_reason=""
    )
    silent = closed.exclude(attempts__status=AttemptStatus.COMPLETED)
    yield from (f"no reason {uid}" for uid in silent.values_list("uid", flat=True))
    late = CommunicationRequest.objects.open().filter(expires_at__lte=now)
    stuck = late.exclude(status_reason=RequestReason.IN_DOUBT)
    yield from (f"still open {uid}" for uid in stuck.values_list("uid", flat=True))
    behind = Timeline.objects.filter(planned_revision__lt=F("wanted_revision"))
    yield from (f"unplanned {pk}" for pk in behind.values_list("appointment_id", flat=True))


def after_cancellation() -> Iterator[str]:
    """Yield what was still attempted after a visit was off, but for the word that it is off."""
    for change in AppointmentChange.objects.filter(kind="cancelled").iterator():
        attempts = Communication.objects.filter(
            request__appointment_id=change.appointment_id, attempted_at__gt=change.changed_at
        ).exclude(request__trigger=Trigger.CANCELLATION)
        yield from (f"after the end of {uid}" for uid in attempts.values_list("uid", flat=True))


def untrue(now: dt.datetime) -> Iterator[str]:
    """Yield people who were last told something else than what is so, with no correction and no call on its way."""
    ahead = Appointment.objects.filter(start__gt=now).exclude(cancellation_reason__in=SILENT_REASONS)
    for appointment in ahead.iterator():
        live = appointment.status == "booked"
        true_now = facts_as_json({"start": appointment.start})["start"] if live else None
        wrong = [
            recipient for recipient, told in _told_last(appointment).items() if told not in (true_now, "")
        ]
        if wrong and not Task.objects.filter(appointment=appointment).exists():
            taking_back = CommunicationRequest.objects.open().filter(recipient__in=wrong, trigger__in=CHANGES)
            if not taking_back.exists():
                yield f"untrue {appointment.uid}"


def _told_last(appointment: Appointment) -> dict[int, str | None]:
    """Return the start each person was told last; None after the word that it is off."""
    told: dict[int, str | None] = {}
    left = Communication.objects.filter(status=AttemptStatus.COMPLETED, request__appointment=appointment)
    for attempt in left.select_related("request").order_by("attempted_at", "id"):
        request = attempt.request
        if request.trigger == Trigger.CANCELLATION:
            told[request.recipient_id] = None
        elif "start" in request.facts:
            told[request.recipient_id] = request.facts["start"]
    return told

"""The timeline of a visit as staff read it: what was told, what will be, and why anything was not."""

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from uuid import UUID

from cryoclinic.dashboard import words
from cryoclinic.dashboard.words import Tag
from notifications.codes import AttemptStatus, RequestReason, RequestStatus
from notifications.models import Communication, CommunicationRequest, Timeline
from notifications.operations.explain import Line, explain_appointment
from scheduling.models import Appointment

PERHAPS_TOLD = frozenset({AttemptStatus.COMPLETED, AttemptStatus.UNKNOWN, AttemptStatus.PREPARATION})
OUTCOMES = {
    RequestStatus.ACTIVE: Tag(family="neutral", word="Planned"),
    RequestStatus.ON_HOLD: Tag(family="attention", word="Waiting"),
    RequestStatus.COMPLETED: Tag(family="neutral", word="Sent"),
    RequestStatus.REVOKED: Tag(family="void", word="Not sent"),
}
CHANNELS = {"sms": "Text message", "email": "Email", "outbox": "Outbox"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    """One message owed to one person, and what became of it and why. `corrects` are the messages it takes back, in words."""

    request: CommunicationRequest
    role: str
    name: str
    channels: str
    outcome: Tag
    reason: str
    attempts: tuple[Communication, ...]
    corrects: tuple[str, ...]
    corrected: bool
    explained: tuple[Line, ...]

    @property
    def title(self) -> str:
        """What it says, in a word or two."""
        return _title(self.request.notice)

    @property
    def at(self) -> dt.datetime:
        """When it was tried last, else when it is due."""
        return self.attempts[-1].attempted_at if self.attempts else self.request.due_at


@dataclass(frozen=True, kw_only=True, slots=True)
class Silence:
    """A notice that is not owed to somebody, and why."""

    notice: str
    role: str
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Story:
    """The timeline of a visit, the latest first. `is_current` is False while a change has not been planned yet."""

    ahead: tuple[Message, ...]
    past: tuple[Message, ...]
    silences: tuple[Silence, ...]
    is_current: bool
    failure: str

    @property
    def told(self) -> tuple[str, ...]:
        """Whom we have told something, or perhaps have, with how many messages."""
        counts = Counter(
            (each.role, each.name)
            for each in (*self.past, *self.ahead)
            if any(attempt.status in PERHAPS_TOLD for attempt in each.attempts)
        )
        return tuple(
            f"{name} ({role.lower()}), {'1 message' if count == 1 else f'{count} messages'}"
            for (role, name), count in counts.items()
        )

    @property
    def waiting(self) -> tuple[Message, ...]:
        """What may still go out."""
        still = {RequestStatus.ACTIVE, RequestStatus.ON_HOLD}
        return tuple(each for each in (*self.ahead, *self.past) if each.request.status in still)


def story_of(appointment: Appointment, *, now: dt.datetime) -> Story:
    """Return what was told and will be about an appointment read with its facts, in a fixed number of queries."""
    timeline = Timeline.objects.filter(appointment=appointment).first()
    requests = list(CommunicationRequest.objects.about(appointment).with_attempts())
    named = {each.uid: _title(each.notice) for each in requests}
    corrected = {uid for each in requests for uid in each.corrects}
    why = {each.about: each.lines for each in explain_appointment(appointment).requests}
    messages = sorted(
        (
            _message(
                each, appointment, named=named, corrected=each.uid in corrected, why=why.get(each.uid, ())
            )
            for each in requests
        ),
        key=lambda each: (each.at, each.request.pk),
        reverse=True,
    )
    return Story(
        ahead=tuple(each for each in messages if each.at > now),
        past=tuple(each for each in messages if each.at <= now),
        silences=_silences(timeline, appointment),
        is_current=timeline is not None and timeline.planned_revision == appointment.plan_revision,
        failure=timeline.failure if timeline is not None else "",
    )


def _message(
    request: CommunicationRequest,
    appointment: Appointment,
    *,
    named: dict[UUID, str],
    corrected: bool,
    why: tuple[Line, ...],
) -> Message:
    attempts = tuple(sorted(request.attempts.all(), key=lambda each: (each.attempted_at, each.pk)))
    related = request.recipient.related_person
    person = related or appointment.patient
    return Message(
        request=request,
        role=related.get_relationship_display() if related is not None else "Patient",
        name=f"{person.given_name} {person.family_name}",
        channels=", ".join(CHANNELS.get(each, each) for each in request.channels),
        outcome=_outcome(request, attempts, corrected=corrected),
        reason=_reason(request),
        attempts=attempts,
        corrects=tuple(named.get(uid, "an earlier message") for uid in request.corrects),
        corrected=corrected,
        explained=why,
    )


def _outcome(request: CommunicationRequest, attempts: tuple[Communication, ...], *, corrected: bool) -> Tag:
    last = attempts[-1].status if attempts else ""
    if corrected:
        return Tag(family="void", word="Corrected")
    if last == AttemptStatus.UNKNOWN:
        return Tag(family="unknown", word="Unknown")
    if last == AttemptStatus.NOT_DONE and request.status == RequestStatus.ACTIVE:
        return Tag(family="attention", word="Failed")
    return OUTCOMES[RequestStatus(request.status)]


def _reason(request: CommunicationRequest) -> str:
    """Return why it is not simply on its way, or nothing."""
    return "" if request.status_reason == RequestReason.NONE else f"{request.get_status_reason_display()}."


def _silences(timeline: Timeline | None, appointment: Appointment) -> tuple[Silence, ...]:
    if timeline is None:
        return ()
    related = appointment.patient.related_persons.all()
    roles = {f"related:{each.pk}": each.get_relationship_display() for each in related}
    return tuple(
        Silence(
            notice=_title(entry["notice"]),
            role=roles.get(entry["recipient"], "Patient"),
            reason=words.not_owed(entry["reason"]),
        )
        for entry in timeline.not_owed
    )


def _title(notice: str) -> str:
    said = notice.replace("-", " ").replace("_", " ")
    return said[:1].upper() + said[1:]

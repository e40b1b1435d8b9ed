"""Read what is recorded and tell it in order. Reads only; never an address, a name or a message's words."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from uuid import UUID

from notifications.codes import DeliveryStatus, RequestReason, RequestStatus
from notifications.models import Communication, CommunicationRequest, Recipient, Timeline
from notifications.operations.explain import words
from notifications.planning import BUILT_IN
from procedures.models import Protocol
from procedures.models.reading import steps_of
from procedures.steps import Moment, Step, Trigger
from scheduling.models import Appointment


class NothingToExplain(LookupError):
    """There is no message and no visit with this uid."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One thing that happened or was decided, when (aware; None where there is no such time) and under which code."""

    at: dt.datetime | None
    code: str
    sentence: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Story:
    """
    Everything about one request, or about one appointment with a story for each request.

    `about` is the uid, `zone` the clinic's time zone by name. `verdict` says in one sentence how things stand.
    """

    about: UUID
    kind: str
    title: str
    zone: str
    verdict: str
    lines: tuple[Line, ...]
    requests: tuple["Story", ...] = ()

    @property
    def sentences(self) -> tuple[str, ...]:
        """The story without its times."""
        return tuple(line.sentence for line in self.lines)


def explain(*, uid: UUID) -> Story:
    """
    Return the story of the request or the appointment with this uid.

    :raises NothingToExplain: if there is neither
    """
    request = CommunicationRequest.objects.with_story().filter(uid=uid).first()
    if request is not None:
        return explain_request(request)
    appointment = Appointment.objects.with_facts().filter(uid=uid).first()
    if appointment is None:
        raise NothingToExplain(uid)
    return explain_appointment(appointment)


def explain_request(request: CommunicationRequest) -> Story:
    """Return the story of one request; four queries."""
    later = CommunicationRequest.objects.filter(
        appointment=request.appointment_id, corrects__contains=[request.uid]
    )
    return _story(
        request, steps=steps_of(request.appointment.protocol), corrected_by=list(later.order_by("id"))
    )


def explain_appointment(appointment: Appointment) -> Story:
    """Return what is owed about an appointment, what is not and why, and the story of each request."""
    requests = list(CommunicationRequest.objects.about(appointment).with_story())
    timeline = Timeline.objects.filter(appointment=appointment).first()
    steps = steps_of(appointment.protocol)
    stories = tuple(
        _story(each, steps=steps, corrected_by=[other for other in requests if each.uid in other.corrects])
        for each in requests
    )
    return Story(
        about=appointment.uid,
        kind="appointment",
        title="Messages about one visit",
        zone=appointment.location.zone,
        verdict=_plan_verdict(timeline),
        lines=tuple(_silences(timeline, appointment)),
        requests=stories,
    )


def told_facts(request: CommunicationRequest) -> tuple[str, ...]:
    """Return the names of the facts a request asserts, never their values."""
    return tuple(sorted(request.facts))


def _story(
    request: CommunicationRequest, *, steps: Iterable[Step], corrected_by: Iterable[CommunicationRequest]
) -> Story:
    lines = [
        *_planned(request, steps),
        *_attempts(request),
        *_ending(request),
        *(_correction(each) for each in corrected_by),
    ]
    return Story(
        about=request.uid,
        kind="request",
        title=f"{words.name(request.notice).capitalize()}, to the {_role(request.recipient)}",
        zone=request.appointment.location.zone,
        verdict=lines[-1].sentence if request.closed_at or len(lines) > 1 else lines[0].sentence,
        lines=tuple(lines),
    )


def _planned(request: CommunicationRequest, steps: Iterable[Step]) -> Iterator[Line]:
    by_notice = {notice.code: (step, notice) for step in steps for notice in step.notices}
    step, notice = by_notice.get(request.notice, (None, None))
    where = (
        f"step {words.name(step.code)}, source {step.source}" if step else "a step the protocol no longer has"
    )
    protocol: Protocol = request.appointment.protocol
    why = words.ASKED_AGAIN if request.rung == 1 else words.TRIGGERS[Trigger(request.trigger)]
    planned = f"{why} Protocol version {protocol.version}, {where}."
    yield Line(
        at=request.created_at,
        code="planned",
        sentence=words.OFFERED if request.notice in BUILT_IN else planned,
    )
    rules = sorted({step.subject, *step.conditions} - {""}) if step else []
    if rules:
        yield Line(at=None, code="rules", sentence=f"It applies under: {', '.join(map(words.name, rules))}.")
    if notice is not None and notice.when is not None:
        yield Line(at=None, code="moment", sentence=f"The protocol says: {_moment(notice.when)}.")
    yield Line(at=request.due_at, code="due", sentence="From then on it may go.")
    yield Line(at=request.expires_at, code="expires", sentence="From then on it must not go any more.")
    if request.next_at > request.due_at and request.status == RequestStatus.ACTIVE:
        yield Line(
            at=request.next_at,
            code="put-off",
            sentence="It was put off until then: quiet hours, a cap, or a wait after a failure.",
        )
    if request.facts:
        names = ", ".join(words.name(each) for each in told_facts(request))
        yield Line(at=None, code="facts", sentence=f"It tells: {names}.")


def _moment(moment: Moment) -> str:
    """Return a moment as words: "booking, at once", "3 days before start at 17:00"."""
    if moment.elapsed is not None:
        hours = moment.elapsed / dt.timedelta(hours=1)
        if not hours:
            return f"at {moment.anchor.value}"
        return f"{abs(hours):g} hours {'before' if hours < 0 else 'after'} {moment.anchor.value}"
    days, at = moment.days or 0, moment.local_time or dt.time()
    when = f"{abs(days)} days {'before' if days < 0 else 'after'}" if days else "on the day of"
    return f"{when} {moment.anchor.value} at {at:%H:%M}"


def _attempts(request: CommunicationRequest) -> Iterator[Line]:
    for each in sorted(request.attempts.all(), key=lambda attempt: (attempt.attempted_at, attempt.pk)):
        again = " It repeats one that is in doubt." if each.resend else ""
        outcome = words.attempt(each.status, each.status_reason)
        sentence = f"Attempt over {words.name(each.channel)}{_through(each)}. {outcome}{again}"
        yield Line(at=each.attempted_at, code=f"attempt-{each.status}", sentence=sentence)
        yield from _receipts(each)


def _through(attempt: Communication) -> str:
    return f", through {attempt.provider}" if attempt.provider else ""


def _receipts(attempt: Communication) -> Iterator[Line]:
    for event in sorted(attempt.events.all(), key=lambda event: event.pk):
        if event.delivery:
            said = DeliveryStatus(event.delivery).label.lower()
            why = f" ({words.name(event.reason)})" if event.reason else ""
            yield Line(
                at=event.received_at,
                code=f"receipt-{event.delivery}",
                sentence=f"The provider reports: {said}{why}.",
            )


def _ending(request: CommunicationRequest) -> Iterator[Line]:
    status, reason = RequestStatus(request.status), request.status_reason
    if status is RequestStatus.ON_HOLD:
        yield Line(at=None, code=f"waits-{reason}", sentence=words.waiting(reason))
    elif status is RequestStatus.REVOKED:
        yield Line(at=request.closed_at, code=f"never-{reason}", sentence=words.never(reason))
    elif status is RequestStatus.COMPLETED and reason == RequestReason.IN_DOUBT:
        doubt = "It was perhaps sent; the provider cannot tell. It counts as told and is listed."
        yield Line(at=request.closed_at, code="in-doubt", sentence=doubt)
    elif status is RequestStatus.COMPLETED:
        yield Line(at=request.closed_at, code="sent", sentence="It was sent.")
    elif not request.attempts.all():
        yield Line(
            at=request.next_at, code="planned-for", sentence="It has not been tried yet; it is planned."
        )
    else:
        yield Line(at=request.next_at, code="again", sentence="It will be tried again.")


def _correction(request: CommunicationRequest) -> Line:
    return Line(
        at=request.created_at,
        code="corrected",
        sentence=f"It was taken back by {words.name(request.notice)} ({request.uid}).",
    )


def _plan_verdict(timeline: Timeline | None) -> str:
    if timeline is None or timeline.planned_at is None:
        return "Nothing has been planned yet."
    if timeline.failure:
        return f"The plan could not be made ({timeline.failure}); nothing is sent until it can."
    if timeline.planned_revision < timeline.wanted_revision:
        return "The plan is being made again after a change; until then nothing is sent."
    return "The plan is the one for the visit as it is now."


def _silences(timeline: Timeline | None, appointment: Appointment) -> Iterator[Line]:
    entries = timeline.not_owed if timeline is not None else []
    roles = _roles(appointment)
    for entry in entries:
        said = (
            f"{words.name(entry['notice']).capitalize()}, to the {roles.get(entry['recipient'], 'patient')}"
        )
        yield Line(at=None, code=entry["reason"], sentence=f"{said}: {words.not_owed(entry['reason'])}")


def _roles(appointment: Appointment) -> Mapping[str, str]:
    related = appointment.patient.related_persons.all()
    return {f"related:{each.pk}": each.relationship for each in related}


def _role(recipient: Recipient) -> str:
    return recipient.related_person.relationship if recipient.related_person else "patient"

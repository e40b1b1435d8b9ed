"""The end of the story: every message owed with why it went, and every one not sent with why not."""

from collections.abc import Iterator

from cryoclinic.rehearsal.narrator import Narrator
from cryoclinic.rehearsal.words import why_closed, why_not_owed, why_sent, why_waiting
from notifications.codes import ContactSystem, RequestStatus
from notifications.models import CommunicationRequest, Recipient, Timeline
from procedures.models.reading import steps_of
from procedures.steps import Notice
from scheduling.models import Appointment, Task

_CHANNELS = {ContactSystem.SMS.value: "text", ContactSystem.EMAIL.value: "email"}


def write_ledger(appointment: Appointment, *, narrator: Narrator) -> None:
    """Write the closing lists of an appointment."""
    notices = {notice.code: notice for step in steps_of(appointment.protocol) for notice in step.notices}
    requests = list(CommunicationRequest.objects.about(appointment).with_attempts())
    narrator.chapter("What was sent, and why")
    narrator.listed(_sent(requests, notices, narrator))
    narrator.chapter("What was owed and not sent, and why")
    narrator.listed(_unsent(requests, narrator))
    narrator.chapter("What was not owed, and why")
    narrator.listed(_not_owed(appointment))
    narrator.chapter("What staff were asked to do")
    narrator.listed(_tasks(appointment, narrator))


def _sent(
    requests: list[CommunicationRequest], notices: dict[str, Notice], narrator: Narrator
) -> Iterator[str]:
    for request in requests:
        for attempt in request.attempts.all():
            why = why_sent(trigger=request.trigger, notice=notices.get(request.notice))
            yield (
                f"{narrator.when(attempt.attempted_at)}  {_CHANNELS[attempt.channel]} to {_whom(request.recipient)}, "
                f"{attempt.get_status_display().lower()}: {request.notice}, because: {why}."
            )


def _unsent(requests: list[CommunicationRequest], narrator: Narrator) -> Iterator[str]:
    for request in requests:
        if request.attempts.all():
            continue
        what = f"{request.notice} to {_whom(request.recipient)}"
        if request.status == RequestStatus.REVOKED:
            yield f"{what}: {why_closed(request.status_reason)}"
        elif request.status == RequestStatus.ON_HOLD:
            yield f"{what}: {why_waiting(request.status_reason)}"
        else:
            yield f"{what}: Not due before {narrator.when(request.due_at)}."


def _not_owed(appointment: Appointment) -> Iterator[str]:
    timeline = Timeline.objects.get(appointment=appointment)
    people = {row.key: _whom(row) for row in Recipient.objects.filter(patient=appointment.patient)}
    by_reason: dict[tuple[str, str], list[str]] = {}
    for entry in timeline.not_owed:
        key = (people.get(entry["recipient"], entry["recipient"]), why_not_owed(entry["reason"]))
        by_reason.setdefault(key, []).append(entry["notice"])
    for (whom, why), notices in sorted(by_reason.items()):
        yield f"To {whom}: {', '.join(sorted(set(notices)))}: {why}"


def _tasks(appointment: Appointment, narrator: Narrator) -> Iterator[str]:
    for task in Task.objects.filter(appointment=appointment).order_by("opened_at", "pk"):
        outcome = f" {task.outcome}" if task.outcome else ""
        yield f"{narrator.when(task.opened_at)}  {task.get_kind_display()}: {task.get_status_display().lower()}.{outcome}"


def _whom(recipient: Recipient) -> str:
    related = recipient.related_person
    if related is None:
        return recipient.patient.given_name
    return f"{related.given_name} ({related.get_relationship_display().lower()})"

"""Wall-clock times of the story and what was sent, as short rows."""

import datetime as dt
from collections.abc import Iterable

from builders import LONDON, NOW
from django.db.models import Q

from notifications import dispatch
from notifications.models import Communication, CommunicationRequest, OutboxMessage, Timeline
from notifications.operations import reconcile_timeline
from scheduling.codes import AnswerCode
from scheduling.models import Appointment, Task
from scheduling.operations import record_answer


def london(day: int, hour: int, minute: int = 0, month: int = 3) -> dt.datetime:
    """A wall-clock time in London in 2027."""
    return dt.datetime(2027, month, day, hour, minute, tzinfo=LONDON)


def tick(now: dt.datetime) -> None:
    """What the beat does, in its order: plan what is behind, send, settle, expire."""
    for behind in (Timeline.objects.to_plan(now), Timeline.objects.calls_to_open(now)):
        for appointment_id in behind.values_list("appointment_id", flat=True):
            reconcile_timeline(appointment_id=appointment_id, now=now)
    dispatch.deliver_due(now=now)
    dispatch.settle_lapsed(now=now)
    dispatch.expire_overdue(now=now)


def live(first: dt.datetime, last: dt.datetime) -> None:
    """Let the clinic's clock run from `first` to `last`, from one moment at which something is due to the next."""
    now = first
    while now <= last:
        tick(now)
        ahead = CommunicationRequest.objects.open().filter(Q(next_at__gt=now) | Q(expires_at__gt=now))
        moments = [at for pair in ahead.values_list("next_at", "expires_at") for at in pair if at > now]
        calls = Timeline.objects.filter(call_opens_at__gt=now)
        moments.extend(at for at in calls.values_list("call_opens_at", flat=True) if at)
        now = min(moments, default=last + dt.timedelta(1))


def sent(*appointments: Appointment) -> list[str]:
    """Every attempt that left, as "month-day hour:minute channel who notice+parts"."""
    attempts = (
        Communication.objects.filter(status="completed", request__appointment__in=appointments)
        .select_related("request", "recipient__related_person")
        .order_by("attempted_at", "id")
    )
    return [_row(attempt) for attempt in attempts]


def _row(attempt: Communication) -> str:
    related = attempt.recipient.related_person
    who = related.relationship if related else "patient"
    request = attempt.request
    others = [part for part in request.parts if part != request.notice]
    at = attempt.attempted_at.astimezone(LONDON)
    return f"{at:%m-%d %H:%M} {attempt.channel} {who} {'+'.join([request.notice, *others])}"


def confirmed(appointment: Appointment, *, at: dt.datetime = NOW) -> Appointment:
    """Let the patient say that they are coming, so that nobody asks again."""
    record_answer(appointment=appointment, question="confirm", answer=AnswerCode.ACCEPTED, now=at)
    return appointment


def texts() -> list[str]:
    """The outbox, oldest first."""
    return list(OutboxMessage.objects.order_by("id").values_list("text", flat=True))


def work(appointment: Appointment) -> list[tuple[str, str]]:
    """What staff must do: kind and the end of the matter, sorted."""
    tasks = Task.objects.still_open().filter(appointment=appointment)
    return sorted((task.kind, task.about.rpartition(":")[2]) for task in tasks)


def states(appointment: Appointment, notices: Iterable[str] = ()) -> list[tuple[str, str, str]]:
    """Every request as (notice, status, reason), in the order in which they were made."""
    found = CommunicationRequest.objects.filter(appointment=appointment).order_by("due_at", "id")
    wanted = set(notices)
    return [(r.notice, r.status, r.status_reason) for r in found if not wanted or r.notice in wanted]

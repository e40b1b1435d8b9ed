"""What a message cannot do becomes work for a person, with a deadline."""

import datetime as dt
import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable

from django.db.models import Q

from notifications.codes import RequestReason
from notifications.models import CommunicationRequest
from notifications.operations.inputs import Inputs, state_of
from notifications.planning import UNANSWERED, CallOwed, PlannedMessage
from procedures.steps import SafetyClass
from scheduling.codes import TaskKind, TaskSeverity
from scheduling.models import Appointment, Task
from scheduling.operations import about_appointment, cancel_tasks_about, open_task
from scheduling.operations.tasks import is_settled

# Why somebody must phone, in a sentence for the worklist. No names: the page shows the person from the appointment.
CALL_REASONS = {
    "too-late-to-send": "It is too late to send this message. Tell the person by phone.",
    "quiet-hours-do-not-fit": "There is no humane hour left to send this message. Tell the person by phone.",
    "no-channel": "We have no address that works for this person.",
    "may-have-stopped-a-medicine": "The visit changed and the person may already have stopped a medicine.",
    "decided-to-phone": "A clinician decided to tell the person about a medicine by phone.",
    "no-text": "The protocol has no text for this. Tell the person by phone.",
    "no-language": "There is no approved text in the person's language. Phone with an interpreter.",
    "fact-has-passed": "A time we told this person has passed and was wrong. Phone now.",
    "expired": "A safety message could not be sent in time. Tell the person by phone.",
    "gave-up": "A safety message was refused by every channel. Tell the person by phone.",
    "unrenderable": "The text of this message could not be filled in. Tell the person by phone.",
    "unreachable": "The address for a safety message does not work. Tell the person by phone.",
    "breaker": "Messages to this person repeat themselves and were stopped. Find out why, then let them go.",
    "reworded": "The protocol was corrected after we told this person something. Tell the person what changed by phone.",
    UNANSWERED: "Nobody has told us whether the patient is coming. Phone and ask; record the answer on the visit.",
    "in-doubt": "We do not know whether a safety message arrived. Check with the person by phone.",
}
_KINDS = {
    "may-have-stopped-a-medicine": (TaskKind.MAY_HAVE_STOPPED, TaskSeverity.URGENT),
    "no-language": (TaskKind.INTERPRETER, TaskSeverity.ATTENTION),
    "in-doubt": (TaskKind.IN_DOUBT, TaskSeverity.ATTENTION),
}

# Not urgent: there is time until the deadline, and nothing wrong was told.
_CAN_WAIT = frozenset({UNANSWERED})
# One call does for every notice: the trouble is with the person's address or language.
ABOUT_THE_PERSON = frozenset({"no-channel", "no-language"})


def open_calls(
    *, appointment: Appointment, calls: Iterable[CallOwed], settle: bool = True, now: dt.datetime
) -> None:
    """
    Open a task for every call the plan owes by now, once: one that a person has closed stays closed for its cause.

    Idempotent. A task once open stays until a person closes it, but for the question whether the patient is coming,
    which an answer or another start settles. Without `settle` no task can be open.
    """
    matters: dict[str, list[CallOwed]] = defaultdict(list)
    for call in calls:
        if call.opens_at is None or call.opens_at <= now:
            matters[_matter(call)].append(call)
    for matter, owed in matters.items():
        open_call(
            appointment=appointment,
            matter=matter,
            reason=owed[0].reason,
            due_at=max(min(call.by for call in owed), now),
            now=now,
            pressing=owed[0].reason not in _CAN_WAIT,
            cause=_cause(owed),
        )
    if settle and UNANSWERED not in matters:
        cancel_tasks_about(
            organization=appointment.organization,
            kind=TaskKind.PHONE_PATIENT,
            about=f"{appointment.uid}:{UNANSWERED}",
            outcome="Somebody has answered, or the visit has changed.",
            now=now,
        )


def settle_calls_outlived(
    *, appointment: Appointment, messages: Iterable[PlannedMessage], now: dt.datetime
) -> None:
    """
    Close the calls that would tell somebody what a visit that has ended, or will not be, does not ask of them.

    What must still be told, such as aftercare, stays; so does the question whether a medicine was stopped.
    """
    if state_of(appointment) == "live":
        return
    prefix = f"{appointment.uid}:"
    told = Task.objects.still_open().filter(
        Q(about__startswith=f"{prefix}patient:") | Q(about__startswith=f"{prefix}related:"),
        appointment=appointment,
        kind__in=(TaskKind.PHONE_PATIENT, TaskKind.IN_DOUBT),
    )
    still_said = {f"{prefix}{message.recipient}:{message.notice}"[:120] for message in messages}
    for about in told.exclude(about__in=still_said).values_list("about", flat=True):
        if about.rpartition(":")[2] not in ABOUT_THE_PERSON:
            cancel_tasks_about(
                organization=appointment.organization,
                about=about,
                outcome="The visit is over, or will not be; this was for before it.",
                now=now,
            )


def _matter(call: CallOwed) -> str:
    if call.reason == UNANSWERED:
        return UNANSWERED
    return f"{call.recipient}:{call.reason if call.reason in ABOUT_THE_PERSON else call.notice}"


def _cause(calls: Iterable[CallOwed]) -> str:
    """Return a hash of why somebody phones and about what; never of when."""
    told = sorted((call.reason, call.recipient, call.notice, *map(list, call.facts)) for call in calls)
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def open_call(
    *,
    appointment: Appointment,
    matter: str,
    reason: str,
    due_at: dt.datetime,
    now: dt.datetime,
    pressing: bool = True,
    cause: str = "",
) -> None:
    """
    Open one task to phone about `matter` of the appointment; what is not `pressing` is never urgent.

    With a `cause`, nothing is opened once a person has done the call for that very cause.
    """
    code = reason.partition(":")[0]
    kind, severity = _KINDS.get(code, (TaskKind.PHONE_PATIENT, TaskSeverity.URGENT))
    # One call about the medicines is enough, whoever asks for it: the diary asks under this matter too.
    medicines = kind == TaskKind.MAY_HAVE_STOPPED
    about = about_appointment(appointment) if medicines else f"{appointment.uid}:{matter}"[:120]
    organization = appointment.organization
    if cause and is_settled(organization=organization, kind=kind, about=about, cause=cause):
        return
    open_task(
        organization=organization,
        location=appointment.location,
        appointment=appointment,
        kind=kind,
        about=about,
        severity=severity if pressing else TaskSeverity.ATTENTION,
        reason=CALL_REASONS[code],
        due_at=due_at,
        now=now,
        cause=cause,
    )


def phone_instead(*, request: CommunicationRequest, reason: RequestReason, now: dt.datetime) -> None:
    """
    Open a task for a message that did not go, due when the message would have lost its sense.

    None after a death or an admission: nobody is phoned then.
    """
    if state_of(request.appointment) == "silent":
        return
    open_call(
        appointment=request.appointment,
        matter=f"{request.recipient.key}:{request.notice}",
        reason=reason,
        due_at=max(request.expires_at, now) if reason != RequestReason.EXPIRED else now,
        now=now,
        pressing=request.safety == SafetyClass.SAFETY,
    )


def settle_medicine_tasks(
    *,
    appointment: Appointment,
    inputs: Inputs,
    messages: Iterable[PlannedMessage],
    settle: bool = True,
    now: dt.datetime,
) -> None:
    """
    Ask for the signature that texts wait for while there is time; phone where a clinician decided so.

    Without `settle` no task can be open.
    """
    waiting = [message for message in messages if message.held == RequestReason.UNSIGNED]
    wanted = inputs.booking.state == "live" and bool(waiting)
    if wanted and inputs.undecided:
        _ask_for_signature(appointment, inputs, waiting, now)
    elif settle:
        cancel_tasks_about(
            organization=appointment.organization,
            # While the visit stands, a call that a clinician asked for is still owed.
            kind=TaskKind.SIGN_MEDICINES if inputs.booking.state == "live" else None,
            about=f"{appointment.uid}:medicines",
            outcome="No text waits for a signature any more.",
            now=now,
        )
    if wanted and inputs.phone_instead and not inputs.undecided:
        open_call(
            appointment=appointment,
            matter="medicines",
            reason="decided-to-phone",
            due_at=max(sign_by(appointment, inputs, waiting), now),
            now=now,
            cause=hashlib.sha256(f"decided-to-phone:{inputs.basis}".encode()).hexdigest(),
        )


def _ask_for_signature(
    appointment: Appointment, inputs: Inputs, waiting: list[PlannedMessage], now: dt.datetime
) -> None:
    open_task(
        organization=appointment.organization,
        location=appointment.location,
        appointment=appointment,
        kind=TaskKind.SIGN_MEDICINES,
        about=f"{appointment.uid}:medicines",
        severity=TaskSeverity.ATTENTION,
        reason=f"{len(inputs.undecided)} of this patient's medicines wait for a clinician's decision.",
        due_at=max(sign_by(appointment, inputs, waiting), now),
        now=now,
    )


def sign_by(appointment: Appointment, inputs: Inputs, waiting: Iterable[PlannedMessage]) -> dt.datetime:
    """
    Return by when the medicines should be signed (aware).

    The location's days for signing after the start became known; sooner if the first text would be too late, or
    if the patient could not be told `delivery_buffer_days` before the day of the earliest last dose.
    """
    location = appointment.location
    zone = location.tz
    known = appointment.known_at.astimezone(zone)
    allowed = dt.datetime.combine(
        known.date() + dt.timedelta(location.signing_days), known.time(), tzinfo=zone
    )
    last_doses = [o.last_dose_on for hold in inputs.plan.holds for o in hold.candidates if o.last_dose_on]
    told_on = [day - dt.timedelta(location.delivery_buffer_days) for day in last_doses]
    days = [dt.datetime.combine(day, dt.time(), tzinfo=zone) for day in told_on]
    return min([allowed, *days, *(message.expires_at for message in waiting)])

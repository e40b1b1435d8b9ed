"""The work that replies make for staff. What somebody wrote stands in the record of replies, never in a task."""

import datetime as dt
from collections.abc import Iterable
from uuid import UUID

from cryoclinic.accounts.models import Organization
from notifications.codes import RequestStatus
from notifications.models import CommunicationRequest, InboundMessage
from notifications.operations.correspondents import Asked
from notifications.operations.page_answers import CALL_WITHIN, READ_WITHIN
from notifications.replies import Kind
from procedures.steps import SafetyClass
from scheduling.codes import AnswerCode, TaskKind, TaskSeverity
from scheduling.models import Appointment, Task
from scheduling.operations import open_task

MAY_MEAN_VISIT = (
    "Somebody texted CANCEL. That ended our text messages, and it may mean the visit. Phone and ask."
)
OPTED_OUT = "Text messages were refused from this person's number. Tell them by phone about food, drink and medicines."
WHICH_VISIT = (
    "A text message from this number answers: {answer}. It may be about another visit. Phone and ask."
)
DANGER = "Somebody texted words that may mean danger. Read it in the replies and phone now."
READ = "Somebody wrote back. Read it in the replies, then phone."
READ_WHOSE = "Somebody wrote back from an address that we cannot match to one person. Read it in the replies and find out who."
READ_STRANGER = (
    "Somebody texted from a number that no patient of ours gave. Read it in the replies and find out who."
)
_SAID = {Kind.COMING: "I am coming", Kind.NOT_COMING: "I cannot come", Kind.CALL_ME: "please call me"}
ANSWERED = {
    AnswerCode.DECLINED: "The answer by text message is: I cannot come. Phone about another time.",
    AnswerCode.TENTATIVE: "The answer by text message is: please call me.",
}


def phone_about_opt_out(
    *, message: InboundMessage, appointments: Iterable[Appointment], may_mean_visit: bool, now: dt.datetime
) -> None:
    """Open a call for each visit ahead that may have been meant, or for which something that matters is still owed."""
    for appointment in appointments:
        if may_mean_visit:
            _open(
                appointment,
                matter=f"reply:{message.uid}",
                severity=TaskSeverity.URGENT,
                reason=MAY_MEAN_VISIT,
                due_at=now + READ_WITHIN,
                now=now,
            )
        elif _is_owed_safety(appointment):
            _open(
                appointment,
                matter="opted-out",
                severity=TaskSeverity.ATTENTION,
                reason=OPTED_OUT,
                due_at=now + CALL_WITHIN,
                now=now,
            )


def ask_which_visit(*, message: InboundMessage, asked: Iterable[Asked], kind: Kind, now: dt.datetime) -> None:
    """Open a call for each visit an answer may be about."""
    for each in asked:
        _open(
            each.appointment,
            matter=f"reply:{message.uid}",
            severity=TaskSeverity.ATTENTION,
            reason=WHICH_VISIT.format(answer=_SAID[kind]),
            due_at=now + CALL_WITHIN,
            now=now,
        )


def phone_after_answer(*, appointment: Appointment, answer: AnswerCode, now: dt.datetime) -> None:
    """Open the call that an answer asks for; the page's answers ask under the same matter."""
    if answer in ANSWERED:
        _open(
            appointment,
            matter=f"answer-{answer}",
            severity=TaskSeverity.ATTENTION,
            reason=ANSWERED[answer],
            due_at=now + CALL_WITHIN,
            now=now,
        )


def read_reply(
    *,
    message: InboundMessage,
    organization: Organization,
    appointment: Appointment | None,
    danger: bool,
    now: dt.datetime,
) -> None:
    """Have somebody read what was written: at once where words may mean danger, else within the hour."""
    open_task(
        organization=organization,
        appointment=appointment,
        kind=TaskKind.PHONE_PATIENT,
        about=about_reply(message.uid),
        severity=TaskSeverity.URGENT if danger else TaskSeverity.ATTENTION,
        reason=DANGER if danger else READ if appointment else READ_WHOSE,
        due_at=now if danger else now + READ_WITHIN,
        now=now,
    )


def read_stranger(
    *, message: InboundMessage, organization: Organization, danger: bool, now: dt.datetime
) -> None:
    """
    Have somebody read what came from a number that nobody of ours gave.

    One open task for each number, however much it writes: whoever reads finds all of it in the replies. Words that
    may mean danger are asked about every time.
    """
    same_number = InboundMessage.objects.filter(system=message.system, address=message.address)
    abouts = [about_reply(uid) for uid in same_number.values_list("uid", flat=True)]
    waiting = (
        Task.objects.of(organization).still_open().filter(kind=TaskKind.UNKNOWN_SENDER, about__in=abouts)
    )
    if waiting.exists() and not danger:
        return
    open_task(
        organization=organization,
        kind=TaskKind.UNKNOWN_SENDER,
        about=about_reply(message.uid),
        severity=TaskSeverity.URGENT if danger else TaskSeverity.ATTENTION,
        reason=DANGER if danger else READ_STRANGER,
        due_at=now if danger else now + READ_WITHIN,
        now=now,
    )


def about_reply(uid: UUID) -> str:
    """Return what a task about something written to us is about."""
    return f"reply:{uid}"


def _is_owed_safety(appointment: Appointment) -> bool:
    owed = CommunicationRequest.objects.open().filter(appointment=appointment, safety=SafetyClass.SAFETY)
    planned = CommunicationRequest.objects.filter(appointment=appointment).exclude(
        status=RequestStatus.REVOKED
    )
    # Before its first plan, nobody knows what an appointment will owe.
    return owed.exists() or not planned.exists()


def _open(
    appointment: Appointment,
    *,
    matter: str,
    severity: TaskSeverity,
    reason: str,
    due_at: dt.datetime,
    now: dt.datetime,
) -> None:
    open_task(
        organization=appointment.organization,
        appointment=appointment,
        kind=TaskKind.PHONE_PATIENT,
        about=f"{appointment.uid}:{matter}"[:120],
        severity=severity,
        reason=reason,
        due_at=due_at,
        now=now,
    )

"""What people tell us on the page behind a link: whether they come, and what is wrong."""

import datetime as dt
from uuid import UUID

from django.db import transaction

from notifications.models import AccessLink, ProblemReport
from notifications.operations.access import Reader
from procedures.steps import Audience
from scheduling.codes import AnswerCode, AppointmentStatus, TaskKind, TaskSeverity
from scheduling.models import Appointment, PatientAnswer
from scheduling.operations import open_task, record_answer

CONFIRM = "confirm"
ANSWERABLE = frozenset({AppointmentStatus.BOOKED})
# [ops] How soon somebody phones after an answer that asks for it, and how soon somebody reads a problem.
CALL_WITHIN = dt.timedelta(hours=4)
READ_WITHIN = dt.timedelta(hours=1)
REPORT_REASON = "Somebody reported a problem from the patient page. Read what they wrote, then phone."
ANSWER_REASONS = {
    AnswerCode.DECLINED: "The answer on the patient page is: I cannot come. Phone about another time.",
    AnswerCode.TENTATIVE: "The answer on the patient page is: please call me.",
}


class NotYoursToAnswer(Exception):
    """Only the patient, or a child's parent, can answer this."""


class VisitChanged(Exception):
    """Your visit has changed since you opened this page. Your answer was not saved. Look at the new time first."""


def answer_visit(
    *, reader: Reader, answer: AnswerCode, about_start: dt.datetime, now: dt.datetime
) -> PatientAnswer:
    """
    Store whether the patient comes; the same answer about the same start again is the same answer.

    `about_start` (aware) is the start the page showed. An answer that asks for a call opens a task.

    :raises NotYoursToAnswer: if the reader is a carer
    :raises VisitChanged: if the visit starts at another time by now, or can no longer be answered for
    """
    if reader.audience is not Audience.PATIENT:
        raise NotYoursToAnswer
    with transaction.atomic():
        # Two presses of one button wait for each other here.
        AccessLink.objects.select_for_update().get(pk=reader.link.pk)
        appointment = Appointment.objects.select_for_update(no_key=True, of=("self",)).get(
            pk=reader.appointment.pk
        )
        if appointment.start != about_start or appointment.status not in ANSWERABLE:
            raise VisitChanged
        earlier = latest_answer(appointment)
        related = reader.link.recipient.related_person
        if earlier and earlier.answer == answer and earlier.related_person_id == (related and related.pk):
            return earlier
        _ask_to_phone(appointment, answer=answer, now=now)
        return record_answer(
            appointment=appointment,
            question=CONFIRM,
            answer=answer,
            related_person=related,
            about_start=about_start,
            now=now,
        )


def latest_answer(appointment: Appointment) -> PatientAnswer | None:
    """Return the newest answer about the start as it is now."""
    return appointment.answers.filter(question=CONFIRM, about_start=appointment.start).order_by("id").last()


def report_problem(*, reader: Reader, uid: UUID, text: str, now: dt.datetime) -> None:
    """Keep a problem in the person's own words and ask staff to read it; the same `uid` again changes nothing."""
    appointment = reader.appointment
    with transaction.atomic():
        _, is_new = ProblemReport.objects.get_or_create(
            uid=uid,
            defaults={
                "appointment": appointment,
                "recipient": reader.link.recipient,
                "text": text,
                "reported_at": now,
            },
        )
        if not is_new:
            return
        open_task(
            organization=appointment.organization,
            appointment=appointment,
            kind=TaskKind.PHONE_PATIENT,
            about=f"problem:{uid}",
            severity=TaskSeverity.URGENT,
            reason=REPORT_REASON,
            due_at=now + READ_WITHIN,
            now=now,
        )


def _ask_to_phone(appointment: Appointment, *, answer: AnswerCode, now: dt.datetime) -> None:
    if answer not in ANSWER_REASONS:
        return
    open_task(
        organization=appointment.organization,
        appointment=appointment,
        kind=TaskKind.PHONE_PATIENT,
        about=f"{appointment.uid}:answer-{answer}",
        severity=TaskSeverity.ATTENTION,
        reason=ANSWER_REASONS[answer],
        due_at=now + CALL_WITHIN,
        now=now,
    )

"""
What people write back: stored first, then applied once, never guessed.

An opt-out is about the address, so it holds for everybody who shares it; an answer is about one visit, so where more
than one could be meant a person asks. No text is judged: whatever is not one of our words is read by somebody.
"""

import datetime as dt
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from notifications.codes import ContactState, ContactSystem, InboundStatus
from notifications.models import ContactPoint, InboundMessage, Recipient
from notifications.operations import reply_tasks
from notifications.operations.correspondents import (
    Asked,
    Correspondents,
    correspondents_at,
    read_by_somebody,
)
from notifications.operations.page_answers import CONFIRM
from notifications.operations.people import mark_contact_point
from notifications.operations.replying import said
from notifications.operations.unsubscribing import refuse_routine
from notifications.replies import Answer, Kind, Reply, parse
from scheduling.codes import AnswerCode
from scheduling.models import Appointment
from scheduling.operations import record_answer

BATCH = 100
log = logging.getLogger(__name__)
_CODES = {
    Kind.COMING: AnswerCode.ACCEPTED,
    Kind.NOT_COMING: AnswerCode.DECLINED,
    Kind.CALL_ME: AnswerCode.TENTATIVE,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Incoming:
    """
    A message from a person, as a provider's channel reads it.

    `address` is an E.164 number or an email address. `carrier_word` is the keyword a carrier says it has acted on.
    """

    provider: str
    provider_id: str
    system: ContactSystem
    address: str
    our_address: str
    text: str
    carrier_word: str = ""
    carrier_answers: bool = False


@dataclass(slots=True)
class _Outcome:
    """What a reply was about and what we answer, filled in while it is applied."""

    answer: Answer | None = None
    appointment: Appointment | None = None
    recipient: Recipient | None = None


def hear(*, incoming: Incoming, now: dt.datetime) -> str:
    """
    Store a message, apply it, and return what to answer; empty for nothing. `now` is aware.

    The same message again is not applied again and not answered again.
    """
    message, _ = InboundMessage.objects.get_or_create(
        provider=incoming.provider,
        provider_id=incoming.provider_id,
        defaults={
            "system": incoming.system,
            "address": incoming.address,
            "our_address": incoming.our_address,
            # The one character that a text in PostgreSQL cannot hold.
            "text": incoming.text.replace("\0", ""),
            "carrier_word": incoming.carrier_word,
            "carrier_answered": incoming.carrier_answers,
            "received_at": now,
        },
    )
    return apply_reply(uid=message.uid, now=now, can_answer=incoming.system == ContactSystem.SMS)


def apply_waiting_replies(*, now: dt.datetime) -> int:
    """Apply what was stored and not applied, because a process died in between; return how many. Answers nobody."""
    waiting = list(InboundMessage.objects.waiting().values_list("uid", flat=True)[:BATCH])
    for uid in waiting:
        apply_reply(uid=uid, now=now, can_answer=False)
    return len(waiting)


def apply_reply(*, uid: UUID, now: dt.datetime, can_answer: bool) -> str:
    """
    Apply a stored message once, in one transaction, and return what to answer.

    :raises InboundMessage.DoesNotExist: if there is no such message
    """
    with transaction.atomic():
        message = InboundMessage.objects.select_for_update(no_key=True).get(uid=uid)
        if message.status != InboundStatus.RECEIVED:
            return ""
        reply = parse(message.text, carrier_word=message.carrier_word)
        who = correspondents_at(system=message.system, address=message.address, now=now)
        if message.system == ContactSystem.SMS:
            who = read_by_somebody(who)
        outcome = _act(message, reply, who, now)
        words = (
            said(message=message, reply=reply, who=who, answer=outcome.answer, now=now) if can_answer else ""
        )
        message.status, message.applied_at = InboundStatus.APPLIED, max(now, message.received_at)
        message.understood_as, message.organization = reply.kind, who.organization
        message.appointment, message.recipient = outcome.appointment, outcome.recipient
        message.answered_at = now if words else None
        message.save()
    return words


def _act(message: InboundMessage, reply: Reply, who: Correspondents, now: dt.datetime) -> _Outcome:
    if message.system == ContactSystem.EMAIL:
        return _act_on_email(message, reply, who, now)
    if reply.is_opt_out:
        return _opt_out(message, reply, who, now)
    if reply.is_answer:
        return _answer(message, reply, who, now)
    if reply.kind is Kind.HELP:
        return _Outcome(answer=Answer.HELP)
    if reply.kind in {Kind.START, Kind.YES}:
        return _let_begin(message, reply, who, now)
    return _read(message, reply, who, now)


def _let_begin(message: InboundMessage, reply: Reply, who: Correspondents, now: dt.datetime) -> _Outcome:
    """Lift an opt-out. Where there is none, START asks for nothing, and YES is for a person to read: yes to what?"""
    if _lift(who, now):
        return _Outcome(answer=Answer.STARTED)
    return _Outcome() if reply.kind is Kind.START else _read(message, reply, who, now)


def _act_on_email(message: InboundMessage, reply: Reply, who: Correspondents, now: dt.datetime) -> _Outcome:
    """No carrier stands between: a word for "no more" is about routine email, and all else is as it says."""
    if reply.kind is Kind.STOP:
        for point in who.points:
            refuse_routine(point_id=point.pk, now=now)
        return _Outcome()
    return _answer(message, reply, who, now) if reply.is_answer else _read(message, reply, who, now)


def _opt_out(message: InboundMessage, reply: Reply, who: Correspondents, now: dt.datetime) -> _Outcome:
    """Stop for everybody at the address; have somebody phone where a visit is being prepared, or was perhaps meant."""
    news = _mark(who.points, ContactState.OPTED_OUT, now)
    may_mean_visit = reply.kind is Kind.CANCEL
    reply_tasks.phone_about_opt_out(
        message=message, appointments=who.appointments, may_mean_visit=may_mean_visit, now=now
    )
    answer = Answer.STOPPED_MAYBE_VISIT if may_mean_visit else Answer.STOPPED
    return _Outcome(answer=answer if news else None)


def _lift(who: Correspondents, now: dt.datetime) -> bool:
    """Let messages go to the address again; True if they did not."""
    stopped = [point for point in who.points if point.state == ContactState.OPTED_OUT]
    return _mark(stopped, ContactState.USABLE, now)


def _mark(points: Iterable[ContactPoint], state: ContactState, now: dt.datetime) -> bool:
    """Mark every one of the addresses; True if that was news of any."""
    return sum(mark_contact_point(point=point, state=state, now=now) for point in points) > 0


def _answer(message: InboundMessage, reply: Reply, who: Correspondents, now: dt.datetime) -> _Outcome:
    """Store an answer where only one visit of one person can be meant; else have somebody ask."""
    if len(who.asked) != 1:
        if not who.asked:
            return _read(message, reply, who, now)
        reply_tasks.ask_which_visit(message=message, asked=who.asked, kind=reply.kind, now=now)
        return _Outcome(answer=Answer.WHICH_VISIT)
    [asked] = who.asked
    _record(asked, _CODES[reply.kind], now)
    return _Outcome(appointment=asked.appointment, recipient=asked.recipient)


def _record(asked: Asked, code: AnswerCode, now: dt.datetime) -> None:
    reply_tasks.phone_after_answer(appointment=asked.appointment, answer=code, now=now)
    record_answer(
        appointment=asked.appointment,
        question=CONFIRM,
        answer=code,
        related_person=asked.recipient.related_person,
        about_start=asked.start,
        now=now,
    )


def _read(message: InboundMessage, reply: Reply, who: Correspondents, now: dt.datetime) -> _Outcome:
    """Have a person read it."""
    if who.organization is None:
        # Kept with what was written; the number stays out of the log.
        log.warning("notifications.reply.read_by_nobody message=%s", message.uid)
        return _Outcome()
    danger = reply.kind is Kind.DANGER
    answer = Answer.DANGER if danger else Answer.WILL_READ
    if not who.points:
        reply_tasks.read_stranger(message=message, organization=who.organization, danger=danger, now=now)
        return _Outcome(answer=answer)
    patients = {appointment.patient_id for appointment in who.appointments}
    appointment = who.appointments[0] if len(patients) == 1 else None
    reply_tasks.read_reply(
        message=message,
        organization=who.organization,
        appointment=appointment,
        danger=danger,
        now=now,
    )
    return _Outcome(answer=answer, appointment=appointment)

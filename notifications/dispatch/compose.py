"""A request in words: texts of its protocol, facts of its plan, a link of its own."""

import datetime as dt
import hashlib
import math
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from django.conf import settings

from notifications.channels import OutgoingMessage, without_links
from notifications.dispatch.beside import asks_for_reply, invitation_of, unsubscribe_url
from notifications.models import AccessLink, CommunicationRequest, ContactPoint
from notifications.planning import BUILT_IN, facts_from_json
from notifications.rendering import (
    CannotRender,
    Invitation,
    Letterhead,
    NothingToSay,
    Rendered,
    Rendering,
    SubjectMissing,
    render,
)
from procedures.models.reading import steps_of
from procedures.steps import Answer, Notice, NoticeText
from procedures.wording import NoWording, UnknownPlaceholder

# Links stop working this long after the visit (ux.md 4.5, row 18) [ops].
LINK_DAYS_AFTER_VISIT = 7


class TextMissing(LookupError):
    """The protocol has no text for this notice in this language."""


# What keeps a request from being put into words: a text, a fact or a language that is not there.
CANNOT_BE_SAID = (CannotRender, NothingToSay, NoWording, SubjectMissing, TextMissing, UnknownPlaceholder)


@dataclass(frozen=True, kw_only=True, slots=True)
class Composed:
    """
    A request in words, with the address it goes to and the link it carries (not yet stored).

    `says_everything` is False when parts were left out because the channel has no room for them.
    """

    request: CommunicationRequest
    channel: str
    point: ContactPoint
    rendered: Rendered
    link: AccessLink
    says_everything: bool
    calendar: Invitation | None = None

    @property
    def text_without_link(self) -> str:
        """What is kept as sent: the personal link is a key and is not stored."""
        return without_links(self.rendered.text)

    def outgoing(self, uid: UUID, *, call_before: float = math.inf) -> OutgoingMessage:
        """Return what the channel is given for the attempt with this uid; `call_before` is on the monotonic clock."""
        return OutgoingMessage(
            uid=uid,
            to=self.point.value,
            sender_name=self.request.appointment.organization.name,
            subject=self.rendered.subject,
            text=self.rendered.text,
            html=self.rendered.html,
            expires_at=self.request.expires_at,
            calendar=self.calendar.text if self.calendar else "",
            calendar_method=self.calendar.method if self.calendar else "",
            unsubscribe_url=unsubscribe_url(request=self.request, channel=self.channel, point=self.point),
            call_before=call_before,
        )


def compose_somehow(
    *, request: CommunicationRequest, ways: Sequence[tuple[str, ContactPoint]], now: dt.datetime
) -> Composed:
    """
    Put a request into words over the first way that has room for all of it.

    What a message leaves out has not been told, though the plan counts on it. So where the parts do not fit a text
    message of two segments they go over another channel; and with no other, as a longer text message, because the
    whole truth in three segments is better than half of it in two. `now` is as in `compose`.

    :raises CANNOT_BE_SAID: if a text, a fact or the language is missing
    """
    for channel, point in ways:
        letter = compose(request=request, channel=channel, point=point, now=now)
        if letter.says_everything:
            return letter
    channel, point = ways[0]
    return compose(request=request, channel=channel, point=point, now=now, as_one_part=True)


def compose(
    *,
    request: CommunicationRequest,
    channel: str,
    point: ContactPoint,
    now: dt.datetime,
    as_one_part: bool = False,
) -> Composed:
    """
    Put a request into words for one channel. `now` is aware and makes "today", in the clinic's zone.

    With `as_one_part` nothing is left out, however long it gets.

    :raises CANNOT_BE_SAID: if a text, a fact or the language is missing
    """
    token = secrets.token_urlsafe(16)
    rendering = rendering_of(request=request, channel=channel, link=page_address(token), now=now)
    parts = len(rendering.parts)
    if as_one_part:
        rendering = replace(rendering, parts=(" ".join(rendering.parts),))
    rendered = render(rendering)
    link = AccessLink(
        token_sha256=token_sha256(token),
        appointment_id=request.appointment_id,
        recipient_id=request.recipient_id,
        created_at=now,
        expires_at=max(request.appointment.planned_end, now) + dt.timedelta(days=LINK_DAYS_AFTER_VISIT),
    )
    says_everything = as_one_part or rendered.parts_said == parts
    return Composed(
        request=request,
        channel=channel,
        point=point,
        rendered=rendered,
        link=link,
        says_everything=says_everything,
        calendar=invitation_of(request=request, now=now) if channel == "email" else None,
    )


def token_sha256(token: str) -> str:
    """Return what is stored of a link's token."""
    return hashlib.sha256(token.encode()).hexdigest()


def page_address(token: str) -> str:
    """Return the patient page's address for a token."""
    return f"{settings.PUBLIC_BASE_URL}/p/{token}"


def rendering_of(*, request: CommunicationRequest, channel: str, link: str, now: dt.datetime) -> Rendering:
    """
    Return a request as the renderer reads it.

    :raises TextMissing: if the protocol has no text for a part in the request's language
    """
    appointment, person = request.appointment, request.recipient.person
    organization, location = appointment.organization, appointment.location
    notices = {notice.code: notice for step in steps_of(appointment.protocol) for notice in step.notices}
    notices |= BUILT_IN
    own = _text(notices, request.notice, request.language)
    helpline = organization.helpline_at(location)
    parts = [_text(notices, code, request.language) for code in _codes_said(notices, request)]
    return Rendering(
        channel=channel,
        language=request.language,
        zone=location.tz,
        today=now.astimezone(location.tz).date(),
        facts=_sayable(request),
        parts=tuple(_words(parts, channel)),
        subject=own.subject,
        sender=Letterhead(
            clinic_name=organization.name,
            phone=helpline.phone,
            phone_hours=helpline.phone_hours,
            address=location.address,
        ),
        first_name=person.given_name if person.first_name_in_messages else "",
        link=link,
        asks_for_reply=asks_for_reply(request=request, channel=channel),
    )


def _codes_said(notices: dict[str, Notice], request: CommunicationRequest) -> list[str]:
    """
    Return the notices to put into words, the request's own first.

    A change, or several notices in one, is introduced by a text of its own; a part that asserts nothing beyond
    that text would only say it twice, unless it asks for an answer that the text does not ask for.
    """
    own = notices.get(request.notice)
    codes = dict.fromkeys(code for code in request.parts if code != request.notice)
    return [request.notice, *(code for code in codes if not _says_no_more(notices.get(code), own))]


def _says_no_more(notice: Notice | None, own: Notice | None) -> bool:
    if notice is None or own is None or notice.answer not in {Answer.NONE, own.answer}:
        return False
    return bool(notice.facts) and set(notice.facts) <= set(own.facts)


def _words(texts: Iterable[NoticeText], channel: str) -> Iterable[str]:
    said = (text.sms if channel == "sms" else text.email for text in texts)
    return [text for text in dict.fromkeys(said) if text.strip()]


def _text(notices: dict[str, Notice], code: str, language: str) -> NoticeText:
    notice = notices.get(code)
    found = next((text for text in notice.texts if text.language == language), None) if notice else None
    if found is None:
        raise TextMissing
    return found


def _sayable(request: CommunicationRequest) -> dict[str, dt.datetime | dt.date | str]:
    organization = request.appointment.organization
    helpline = organization.helpline_at(request.appointment.location)
    facts = facts_from_json(request.facts)
    if "procedure" in facts:
        procedure_type = request.appointment.offering.procedure_type
        facts = {**facts, "procedure": procedure_type.patient_name_in(request.language)}
    return {
        "clinic": organization.name,
        "phone": helpline.phone,
        "phone_hours": helpline.phone_hours,
        "emergency_number": helpline.emergency_number,
        **facts,
    }

"""What goes with a message besides its words: a calendar entry, the way out, the offer to answer by text."""

import datetime as dt
from email.utils import parseaddr

from django.conf import settings

from notifications.channels import UnknownChannel, replies_reach_us
from notifications.codes import Rank
from notifications.models import CommunicationRequest, ContactPoint
from notifications.operations.people import addresses
from notifications.operations.unsubscribing import unsubscribe_token
from notifications.rendering import Invitation, Visit, invitation
from procedures.steps import Answer, SafetyClass, Trigger

# A message that says when to come brings its calendar entry; so does one that takes the visit back.
_WHEN = frozenset({"start", "arrive_at"})


def is_routine(request: CommunicationRequest) -> bool:
    """Return whether a person may refuse such a message: nothing that corrects, cancels or keeps them safe."""
    return request.rank == Rank.ROUTINE and request.safety != SafetyClass.SAFETY


def unsubscribe_url(*, request: CommunicationRequest, channel: str, point: ContactPoint) -> str:
    """Return where one POST ends routine email to an address; empty where mail programs would not use it (RFC 8058)."""
    if channel != "email" or not is_routine(request) or not settings.PUBLIC_BASE_URL.startswith("https://"):
        return ""
    token = unsubscribe_token(point_id=point.pk, language=request.language)
    return f"{settings.PUBLIC_BASE_URL}/hooks/unsubscribe/{token}"


def asks_for_reply(*, request: CommunicationRequest, channel: str) -> bool:
    """Return whether a text message may ask for 1, 2 or 3: something is asked, and the answer would reach us."""
    if channel != "sms" or request.answer != Answer.CONFIRM:
        return False
    try:
        return replies_reach_us(channel, to=addresses(request.recipient.person).get(channel, ""))
    except UnknownChannel:
        return False


def invitation_of(*, request: CommunicationRequest, now: dt.datetime) -> Invitation | None:
    """
    Return the calendar entry of a message about a visit ahead. `now` is aware.

    Its sequence is the appointment's revision, which the database lets only rise; call it with the appointment locked.
    """
    appointment = request.appointment
    cancelled = request.trigger == Trigger.CANCELLATION
    if appointment.start <= now or not (cancelled or _WHEN & set(request.facts)):
        return None
    organization, location = appointment.organization, appointment.location
    related = request.recipient.related_person
    return invitation(
        Visit(
            uid=f"{appointment.uid}-{request.recipient_id}@cryoclinic",
            sequence=appointment.revision,
            stamped_at=now,
            start=appointment.arrive_at,
            end=appointment.planned_end,
            clinic=organization.name,
            address=location.address,
            phone=organization.helpline_at(location).phone,
            organizer=parseaddr(settings.DEFAULT_FROM_EMAIL)[1],
            attendee=request.recipient.person.email if related is None else "",
            language=request.language,
            cancelled=cancelled,
        )
    )

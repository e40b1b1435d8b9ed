"""What we answer to a text message, in whose name and language; and when we say nothing."""

import datetime as dt

from cryoclinic.accounts.models import Helpline, Location, Organization
from notifications.models import InboundMessage
from notifications.operations.correspondents import Correspondents
from notifications.replies import OPT_OUTS, Answer, Facts, Kind, Reply, words_for
from notifications.rules import ONE_DAY
from procedures.wording import Medium, phone, say

# [ops] Answers to one number in a day: enough for a person, and an end to two machines that answer each other.
ANSWERS_PER_DAY = 5
KEYWORDS = OPT_OUTS | {Kind.START, Kind.HELP}


def said(
    *, message: InboundMessage, reply: Reply, who: Correspondents, answer: Answer | None, now: dt.datetime
) -> str:
    """Return the words of an answer; empty where there is none, the carrier has answered, or it would be too many."""
    if answer is None or who.organization is None:
        return ""
    if message.carrier_answered and reply.kind in KEYWORDS:
        return ""
    given = InboundMessage.objects.filter(
        system=message.system, address=message.address, answered_at__gt=now - ONE_DAY
    )
    if given.count() >= ANSWERS_PER_DAY:
        return ""
    return words_for(answer, facts=_facts(who, who.organization, now), language=who.language)


def _facts(who: Correspondents, organization: Organization, now: dt.datetime) -> Facts:
    helpline = _helpline(who, organization)
    return Facts(
        clinic=organization.name,
        phone=phone(helpline.phone),
        emergency_number=helpline.emergency_number,
        visit_day=_visit_day(who, now),
    )


def _helpline(who: Correspondents, organization: Organization) -> Helpline:
    """Return whom to call: the numbers of the place of the next visit, if there is one there."""
    for appointment in who.appointments:
        if appointment.organization_id == organization.pk:
            return organization.helpline_at(appointment.location)
    return organization.helpline_at(Location())


def _visit_day(who: Correspondents, now: dt.datetime) -> str:
    """Return the day of the visit if only one can be meant."""
    if len(who.appointments) != 1:
        return ""
    [appointment] = who.appointments
    zone = appointment.location.tz
    return say(
        appointment.start,
        medium=Medium.SMS,
        zone=zone,
        today=now.astimezone(zone).date(),
        spec="date",
        language=who.language,
    )

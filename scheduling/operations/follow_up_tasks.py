"""
What the protocol wants after a procedure is work with a deadline: a call to make, or a visit to agree on.

Level-triggered and asked for once: what somebody has done, or what is booked, is not asked for again.
"""

import datetime as dt
from itertools import groupby
from operator import itemgetter

from django.db import connection

from cryoclinic.accounts.models import Location
from procedures.care import Contact
from procedures.preparation.clock import wall_instant
from procedures.wording import staff
from scheduling.codes import TaskKind, TaskSeverity, TaskStatus
from scheduling.models import Appointment, Task
from scheduling.operations.business_hours import open_between
from scheduling.operations.follow_ups import FollowUpProposal, follow_ups_of
from scheduling.operations.tasks import about_follow_up, open_task

# How long before its first day somebody is asked to agree on a visit, imaging or test [ops].
AGREED_AHEAD = dt.timedelta(days=28)
# How long before its first day it should be agreed on, and how soon where that has passed already [ops].
AGREED_BY = dt.timedelta(days=7)
AGREED_WITHIN = dt.timedelta(days=1)
# How long after its last day a follow-up that nobody asked about is still asked for [ops].
ASKED_AFTER = dt.timedelta(days=30)
AT_ONCE = 200
ONE_DAY = dt.timedelta(days=1)

_OWED = """
    SELECT ended.id, wanted.code
    FROM scheduling_appointment ended
    JOIN scheduling_patient patient ON patient.id = ended.patient_id AND patient.deceased_on IS NULL
    JOIN accounts_location place ON place.id = ended.location_id
    JOIN procedures_protocol protocol ON protocol.id = ended.protocol_id
    CROSS JOIN jsonb_to_recordset(protocol.care -> 'follow_ups')
        AS wanted (code text, contact text, day_from integer, day_until integer)
    CROSS JOIN LATERAL (SELECT
        (%(now)s AT TIME ZONE place.zone)::date - (ended.ended_at AT TIME ZONE place.zone)::date AS today
    ) AS since
    WHERE ended.status = 'fulfilled'
        AND jsonb_typeof(protocol.care -> 'follow_ups') = 'array'
        AND since.today >= wanted.day_from - CASE wanted.contact WHEN 'call' THEN 0 ELSE %(ahead)s END
        AND since.today <= wanted.day_until + %(after)s
        AND NOT EXISTS (
            SELECT FROM scheduling_task task
            WHERE task.appointment_id = ended.id AND task.status <> %(cancelled)s
                AND task.about = 'follow-up:' || ended.uid || ':' || wanted.code
        )
        AND NOT EXISTS (
            SELECT FROM scheduling_followup link
            JOIN scheduling_appointment booked ON booked.id = link.appointment_id
            WHERE link.first_id = ended.id AND link.code = wanted.code
                AND booked.status IN ('proposed', 'booked', 'arrived', 'fulfilled')
        )
    ORDER BY ended.id
    LIMIT %(most)s
"""


def ask_for_follow_ups(*, now: dt.datetime) -> int:
    """
    Open a task for every follow-up whose time has come at `now` (aware), and return how many.

    A call: from its first day on, due when the clinic closes on its last open day. Anything else: four weeks ahead,
    due a week before its first day. One statement finds them; the dead and visits that never were have none.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _OWED,
            {
                "now": now,
                "ahead": AGREED_AHEAD.days,
                "after": ASKED_AFTER.days,
                "cancelled": TaskStatus.CANCELLED,
                "most": AT_ONCE,
            },
        )
        owed = cursor.fetchall()
    wanted = {pk: {code for _, code in rows} for pk, rows in groupby(owed, key=itemgetter(0))}
    found = Appointment.objects.with_facts().filter(pk__in=wanted).order_by("pk")
    for appointment in found:
        for proposal in follow_ups_of(appointment, now=now):
            if proposal.wanted.code in wanted[appointment.pk]:
                _ask(appointment, proposal, now=now)
    return len(owed)


def _ask(appointment: Appointment, proposal: FollowUpProposal, *, now: dt.datetime) -> Task:
    is_call = proposal.wanted.contact == Contact.CALL
    window, wanted = proposal.window, proposal.wanted
    days = f"{staff.day(window.first_on)} to {staff.day(window.last_on)}"
    what = "Follow-up call" if is_call else f"Agree on a time for the follow-up ({wanted.contact.value})"
    return open_task(
        organization=appointment.organization,
        kind=TaskKind.PHONE_PATIENT,
        about=about_follow_up(appointment, code=wanted.code),
        severity=TaskSeverity.ATTENTION if is_call else TaskSeverity.ROUTINE,
        reason=f"{what}, {days}: {wanted.text}"[:300],
        due_at=_call_by(appointment.location, proposal) if is_call else _agree_by(proposal, appointment, now),
        now=now,
        appointment=appointment,
    )


def _call_by(location: Location, proposal: FollowUpProposal) -> dt.datetime:
    """Return when the clinic closes on the last open day of the window; the end of that day where none is open."""
    begin = _midnight(proposal.window.first_on, location)
    end = _midnight(proposal.window.last_on + ONE_DAY, location)
    hours = open_between(location, begin=begin, end=end)
    return hours[-1][1] if hours else end


def _agree_by(proposal: FollowUpProposal, appointment: Appointment, now: dt.datetime) -> dt.datetime:
    location = appointment.location
    first = _midnight(proposal.window.first_on, location)
    last = _midnight(proposal.window.last_on + ONE_DAY, location)
    return min(max(first - AGREED_BY, now + AGREED_WITHIN), last)


def _midnight(day: dt.date, location: Location) -> dt.datetime:
    return wall_instant(day=day, at=dt.time(0), zone=location.tz)

"""When somebody answers, and so when somebody reads what is written to us."""

import datetime as dt

from notifications.operations.page_answers import READ_WITHIN
from notifications.operations.today.saying import Speaker
from notifications.operations.today.values import Clinic
from procedures.wording import PhoneNow, phone_at, read_hours, say_hours
from procedures.wording.hours import DAYS_AHEAD, Period
from scheduling.models import Appointment, OpeningException
from scheduling.operations.opening import RegionUnknown, public_holidays


def phone_now(appointment: Appointment, *, now: dt.datetime) -> PhoneNow | None:
    """
    Return whether somebody answers the clinic's phone at `now` (aware).

    None if the clinic's hours are written in words of their own. Days on which the location is shut and public
    holidays count as no hours, whoever may still be there: what is said here is a promise.
    """
    location = appointment.location
    spans = read_hours(appointment.organization.helpline_at(location).phone_hours)
    if not spans:
        return None
    end = now + dt.timedelta(days=DAYS_AHEAD)
    shut = (
        OpeningException.objects.in_force()
        .filter(
            location=location, resource=None, is_open=False, period__overlap=(now - dt.timedelta(days=1), end)
        )
        .values_list("period", flat=True)
    )
    closed = [(period.lower, period.upper) for period in shut]
    try:
        closed += _holidays(appointment, now, end)
    except RegionUnknown:
        # Nobody knows the holidays there, so nothing is promised; the hours stand as they are written.
        return None
    return phone_at(now, spans=spans, zone=location.tz, closed=closed)


def phone_said(found: PhoneNow | None, *, speaker: Speaker) -> str:
    """Return "We answer the phone today until 6:00 in the evening", or from when on; nothing if that is unknown."""
    words = speaker.words.shell
    if found is not None and found.until is not None:
        return speaker.put(words.open_until, time=speaker.at(found.until, "time"))
    if found is not None and found.again is not None:
        return speaker.put(words.opens_again, at=speaker.at(found.again))
    return ""


def reading_said(found: PhoneNow | None, *, clinic: Clinic, speaker: Speaker) -> str:
    """
    Return who reads what is written to us and when: no more than the clinic's hours make true.

    While the clinic answers for long enough, the person may call if nobody has called within the time staff have.
    """
    words = speaker.words.problem
    if found is not None and found.until is not None and found.until - speaker.now >= READ_WITHIN:
        return speaker.put(
            words.reads_today, time=speaker.at(found.until, "time"), length=speaker.say(READ_WITHIN)
        )
    if found is not None and found.until is None and found.again is not None:
        return speaker.put(words.reads_then, at=speaker.at(found.again))
    if not clinic.phone_hours:
        return words.reads_some_time
    hours = say_hours(clinic.phone_hours, language=speaker.words.language)
    return speaker.put(words.reads_in_hours, hours=hours)


def _holidays(appointment: Appointment, now: dt.datetime, end: dt.datetime) -> list[Period]:
    location = appointment.location
    first, last = (moment.astimezone(location.tz).date() for moment in (now, end))
    days = {day for year in {first.year, last.year} for day in public_holidays(location.region, year)}
    return [
        (
            dt.datetime.combine(day, dt.time(), tzinfo=location.tz),
            dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), tzinfo=location.tz),
        )
        for day in days
        if first <= day <= last
    ]

"""What is known of the answer a visit asks for, and when somebody is there to phone about it."""

import datetime as dt
from collections.abc import Sequence

from cryoclinic.accounts.models import Location
from notifications.planning import Answering
from scheduling.codes import AppointmentStatus
from scheduling.models import Appointment
from scheduling.operations.business_hours import open_between


def answering_of(appointment: Appointment, *, has_answer: bool | None = None) -> Answering:
    """
    Return whether somebody has answered for the start as it is now, or has come, and by when the clinic must know.

    The opening hours are read only when they are asked for, the answers unless it is known whether one `has_answer`.
    """
    if has_answer is None:
        has_answer = _has_answer(appointment)
    return Answering(
        answered=appointment.status == AppointmentStatus.ARRIVED or has_answer,
        notice=dt.timedelta(hours=appointment.offering.notice_hours),
        open_between=lambda begin, end: _hours(appointment.location, begin, end),
    )


def _has_answer(appointment: Appointment) -> bool:
    # Whatever notice it answers: every answer says whether the person comes.
    return appointment.answers.filter(about_start=appointment.start).exists()


def _hours(
    location: Location, begin: dt.datetime, end: dt.datetime
) -> Sequence[tuple[dt.datetime, dt.datetime]]:
    return open_between(location, begin=begin, end=end)

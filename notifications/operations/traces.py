"""What an appointment has left behind so far: one question that saves a new booking several."""

from dataclasses import dataclass

from django.db import connection

_TRACES = """
    SELECT EXISTS (SELECT FROM notifications_communicationrequest WHERE appointment_id = %(id)s),
           EXISTS (
               SELECT FROM notifications_communicationrequest AS request
               JOIN notifications_communication AS attempt ON attempt.request_id = request.id
               WHERE request.appointment_id = %(id)s
           ),
           EXISTS (
               SELECT FROM scheduling_task
               WHERE appointment_id = %(id)s AND status IN ('requested', 'in-progress')
           )
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Traces:
    """Whether there are requests, attempts and open tasks of an appointment."""

    requests: bool
    attempts: bool
    tasks: bool


def traces_of(appointment_id: int) -> Traces:
    """
    Return what there is.

    Whoever holds the appointment's lock can rely on it: requests come from the plan alone, attempts from a sender
    that shares the lock.
    """
    with connection.cursor() as cursor:
        cursor.execute(_TRACES, {"id": appointment_id})
        ((requests, attempts, tasks),) = cursor.fetchall()
    return Traces(requests=requests, attempts=attempts, tasks=tasks)

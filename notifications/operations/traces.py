"""What an appointment has left behind so far, and who is known around it: one question in place of a dozen."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db import connection

from notifications.models import ContactPoint

_TRACES = """
    SELECT EXISTS (SELECT FROM notifications_communicationrequest WHERE appointment_id = a.id),
           EXISTS (
               SELECT FROM notifications_communicationrequest AS request
               JOIN notifications_communication AS attempt ON attempt.request_id = request.id
               WHERE request.appointment_id = a.id
           ),
           EXISTS (
               SELECT FROM scheduling_task
               WHERE appointment_id = a.id AND status IN ('requested', 'in-progress')
           ),
           EXISTS (
               SELECT FROM notifications_communicationrequest
               WHERE appointment_id = a.id AND status = 'completed' AND status_reason = 'rerouted'
           ),
           EXISTS (
               SELECT FROM notifications_communicationrequest AS request
               JOIN notifications_recipient AS recipient ON recipient.id = request.recipient_id
               WHERE request.appointment_id = a.id AND recipient.patient_id <> a.patient_id
           ),
           EXISTS (SELECT FROM scheduling_appointmentchange WHERE appointment_id = a.id AND kind = 'protocol'),
           EXISTS (
               SELECT FROM scheduling_patientanswer WHERE appointment_id = a.id AND about_start = a.start
           ),
           (
               SELECT coalesce(json_agg(json_build_array(id, related_person_id)), '[]')::text
               FROM notifications_recipient WHERE patient_id = a.patient_id
           ),
           (
               SELECT coalesce(json_agg(json_build_array(point.id, point.system, point.value, point.state)), '[]')::text
               FROM (
                   SELECT 'sms' AS system, phone AS value FROM scheduling_patient WHERE id = a.patient_id
                   UNION SELECT 'email', email FROM scheduling_patient WHERE id = a.patient_id
                   UNION SELECT 'sms', phone FROM scheduling_relatedperson WHERE patient_id = a.patient_id
                   UNION SELECT 'email', email FROM scheduling_relatedperson WHERE patient_id = a.patient_id
               ) AS given
               JOIN notifications_contactpoint AS point
                   ON point.organization_id = a.organization_id
                   AND point.system = given.system AND point.value = given.value
           ),
           a.patient_id, a.organization_id
    FROM scheduling_appointment AS a WHERE a.id = %s
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Traces:
    """
    What there is about an appointment.

    `requests`, `attempts` and open `tasks`; requests that go `rerouted` another way; requests for `strangers`, the
    recipients of another record than the patient's. `reworded` is whether the booking went on under another version of
    its protocol. `answered` is whether somebody has answered for the start as it is
    now. `recipients` are the patient's, id by planner key; `points` the addresses of everybody around the patient
    that the organization knows, by system and value.
    """

    requests: bool = False
    attempts: bool = False
    tasks: bool = False
    rerouted: bool = False
    strangers: bool = False
    reworded: bool = False
    answered: bool = False
    recipients: Mapping[str, int] = field(default_factory=dict)
    points: Mapping[tuple[str, str], ContactPoint] = field(default_factory=dict)


def traces_of(appointment_id: int) -> Traces:
    """
    Return what there is.

    Whoever holds the appointment's lock can rely on it: requests come from the plan alone, attempts from a sender
    that shares the lock, answers raise the appointment's revision.
    """
    with connection.cursor() as cursor:
        cursor.execute(_TRACES, [appointment_id])
        (row,) = cursor.fetchall()
    requests, attempts, tasks, rerouted, strangers, reworded, answered, *around = row
    recipients, points, patient, organization = around
    return Traces(
        requests=requests,
        attempts=attempts,
        tasks=tasks,
        rerouted=rerouted,
        strangers=strangers,
        reworded=reworded,
        answered=answered,
        recipients={
            f"related:{related}" if related else f"patient:{patient}": pk
            for pk, related in json.loads(recipients)
        },
        points={
            (system, value): ContactPoint(
                pk=pk, organization_id=organization, system=system, value=value, state=state
            )
            for pk, system, value, state in json.loads(points)
        },
    )

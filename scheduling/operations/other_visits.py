"""The other visits of a patient, for whoever judges how near two of them are. Reads only, in one statement."""

import datetime as dt
from dataclasses import dataclass

from scheduling.codes import OCCUPYING, AppointmentStatus
from scheduling.models import Appointment
from scheduling.models.prepared import Prepared

STANDS = (*OCCUPYING, AppointmentStatus.FULFILLED)

_OTHERS = Prepared(
    name="other_visits",
    text="""
        SELECT
            other.id,
            other.start,
            other.status,
            theirs.procedure_type_id = ours.procedure_type_id,
            EXISTS (
                SELECT FROM scheduling_seriessession AS mine
                JOIN scheduling_seriessession AS its ON its.series_id = mine.series_id
                WHERE mine.appointment_id = %(appointment)s AND its.appointment_id = other.id
            )
        FROM scheduling_appointment AS other
        JOIN scheduling_procedureoffering AS theirs ON theirs.id = other.offering_id
        JOIN scheduling_procedureoffering AS ours ON ours.id = %(offering)s
        WHERE other.patient_id = %(patient)s AND other.id <> %(appointment)s AND other.status = ANY(%(statuses)s)
        ORDER BY other.start, other.id
    """,
    types={"appointment": "bigint", "offering": "bigint", "patient": "bigint", "statuses": "text[]"},
)


@dataclass(frozen=True, kw_only=True, slots=True)
class OtherVisit:
    """A visit that stands: not over yet (`is_open`) or done, of the same kind or not, of the same series or not."""

    appointment_id: int
    start: dt.datetime
    is_open: bool
    is_same_kind: bool
    is_same_series: bool


def other_visits(appointment: Appointment) -> tuple[OtherVisit, ...]:
    """Return the patient's visits but this one, by their start: offered, booked, arrived or done."""
    found = _OTHERS.rows(
        appointment=appointment.pk,
        offering=appointment.offering_id,
        patient=appointment.patient_id,
        statuses=[status.value for status in STANDS],
    )
    return tuple(
        OtherVisit(
            appointment_id=pk,
            start=start,
            is_open=status in OCCUPYING,
            is_same_kind=same_kind,
            is_same_series=same_series,
        )
        for pk, start, status, same_kind, same_series in found
    )

"""What remains to be done about medicines when a visit does not take place as it was signed for."""

import datetime as dt

from scheduling.codes import TaskKind, TaskSeverity
from scheduling.models import Appointment
from scheduling.operations.held import begun_by
from scheduling.operations.tasks import about_appointment, open_task

NOT_TAKING_PLACE = "The visit does not take place, and the last dose before it was already due. Does the patient start again?"
MOVED = (
    "The visit moved, and the last dose before its old start was already due. What does the patient do now?"
)


def ask_about_medicines(
    appointment: Appointment, *, now: dt.datetime, reason: str = NOT_TAKING_PLACE
) -> None:
    """
    Open an urgent call, due at once, if the patient may have stopped or reduced a medicine by `now` (aware).

    Also for a signature that no longer stands because the booking changed or somebody withdrew it: the patient may
    have acted on it. Idempotent.
    """
    if not begun_by(appointment, now=now):
        return
    open_task(
        organization=appointment.organization,
        kind=TaskKind.MAY_HAVE_STOPPED,
        about=about_appointment(appointment),
        severity=TaskSeverity.URGENT,
        reason=reason,
        due_at=now,
        now=now,
        appointment=appointment,
    )

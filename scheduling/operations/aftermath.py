"""What remains to be done when an appointment does not take place."""

import datetime as dt

from scheduling.codes import DecisionKind, TaskKind, TaskSeverity
from scheduling.models import Appointment
from scheduling.operations.tasks import about_appointment, open_task

# How soon somebody phones who may be without a medicine for nothing [ops].
CALL_WITHIN = dt.timedelta(hours=2)


def ask_about_medicines(appointment: Appointment, *, now: dt.datetime) -> None:
    """
    Open an urgent call if the last dose before a signed hold has been due, by the location's date.

    Also for a signature that no longer stands because the booking changed: the patient may have acted on it.
    """
    today = now.astimezone(appointment.location.tz).date()
    begun = appointment.decisions.filter(kind=DecisionKind.HOLD, withdrawn_at=None, last_dose_on__lte=today)
    if not begun.exists():
        return
    open_task(
        organization=appointment.organization,
        kind=TaskKind.MAY_HAVE_STOPPED,
        about=about_appointment(appointment),
        severity=TaskSeverity.URGENT,
        reason="The visit does not take place, and the last dose before it was already due.",
        due_at=now + CALL_WITHIN,
        now=now,
        appointment=appointment,
    )

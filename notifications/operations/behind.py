"""Plans that are behind: to be made again, or impossible to make."""

import datetime as dt

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from notifications.models import Timeline
from scheduling.codes import TaskKind, TaskSeverity
from scheduling.models import Appointment
from scheduling.operations import cancel_tasks_about, open_task
from scheduling.operations.tasks import about_appointment

# [ops] Waits between two tries of a plan that cannot be made: doubled each time, up to the longest.
FIRST_WAIT = dt.timedelta(seconds=15)
LONGEST_WAIT = dt.timedelta(minutes=15)
# [ops] Until when somebody should have looked at a plan that cannot be made.
LOOK_WITHIN = dt.timedelta(hours=1)


def plan_again(*, appointment_id: int) -> None:
    """Have a plan made again although nothing it reads has changed; until then nothing of it is deliverable."""
    Timeline.objects.filter(
        appointment_id=appointment_id, planned_revision__gt=0, planned_revision=F("wanted_revision")
    ).update(planned_revision=F("planned_revision") - 1, wanted_since=Now())


def record_planning_failure(*, appointment_id: int, failure: str, now: dt.datetime) -> None:
    """
    Put an appointment that cannot be planned aside for a while, with the reason and a task. `now` is aware.

    Its messages stay hidden; the back-off keeps it from starving the others. `failure` is a code without
    anything personal.

    :raises Timeline.DoesNotExist: if there is no such appointment
    """
    with transaction.atomic():
        appointment = Appointment.objects.select_related("organization", "location").get(pk=appointment_id)
        timeline = Timeline.objects.select_for_update().get(appointment=appointment)
        # No more doublings than lead to the longest wait.
        wait = min(FIRST_WAIT * 2 ** min(timeline.failures, 10), LONGEST_WAIT)
        timeline.failures = min(timeline.failures + 1, 1000)
        timeline.failure = failure[:200]
        timeline.next_try_at = now + wait
        timeline.save(update_fields=["failures", "failure", "next_try_at"])
        open_task(
            organization=appointment.organization,
            kind=TaskKind.CANNOT_PLAN,
            about=about_appointment(appointment),
            severity=TaskSeverity.URGENT,
            reason="No messages can be planned for this visit. Check what is recorded about the patient.",
            due_at=now + LOOK_WITHIN,
            now=now,
            appointment=appointment,
        )


def planned_after_all(*, appointment: Appointment, now: dt.datetime) -> None:
    """Close the task about a plan that could not be made."""
    cancel_tasks_about(
        organization=appointment.organization,
        kind=TaskKind.CANNOT_PLAN,
        about=about_appointment(appointment),
        outcome="The plan was made.",
        now=now,
    )

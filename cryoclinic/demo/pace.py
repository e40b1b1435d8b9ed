"""Time that is told, not read: plan and send as the worker would have, at simulated moments."""

import datetime as dt

from django.db.models import Min, Q

from notifications.codes import RequestStatus
from notifications.dispatch import deliver_due, expire_overdue
from notifications.models import CommunicationRequest, Timeline
from notifications.operations import reconcile_timeline
from scheduling.operations import open_overdue_tasks


class Pace:
    """
    A clock that moves only forward, and everything that becomes due on the way.

    `grain` is how long the simulated worker waits after the first message that is due; with zero it sends each at
    its very moment.
    """

    def __init__(self, *, now: dt.datetime, grain: dt.timedelta = dt.timedelta(0)) -> None:
        """Begin at `now` (aware)."""
        self.now = now
        self.grain = grain
        self._looked_at = now

    def reach(self, moment: dt.datetime) -> None:
        """Let time pass until `moment` (aware), sending on the way what is due. The past is not revisited."""
        while (due_at := self._next_due(until=moment)) is not None:
            self.now = max(self.now, min(due_at + self.grain, moment))
            self.settle()
        self.now = max(self.now, moment)

    def plan(self) -> None:
        """Plan now what has changed, as the nudge after a change does."""
        behind = Timeline.objects.to_plan(self.now).values_list("appointment_id", flat=True)
        for appointment_id in list(behind):
            reconcile_timeline(appointment_id=appointment_id, now=self.now)

    def settle(self) -> None:
        """Do now what the worker does at every tick: plan, send, close what is too late, ask for what is missing."""
        self.plan()
        deliver_due(now=self.now)
        expire_overdue(now=self.now)
        open_overdue_tasks(now=self.now)
        self._looked_at = self.now

    def _next_due(self, *, until: dt.datetime) -> dt.datetime | None:
        """Return when the next message is due that the last look could not have sent."""
        unseen = Q(next_at__gt=self._looked_at) | Q(created_at__gt=self._looked_at)
        waiting = CommunicationRequest.objects.filter(unseen, status=RequestStatus.ACTIVE, next_at__lte=until)
        found: dt.datetime | None = waiting.aggregate(first=Min("next_at"))["first"]
        return found

"""Time that is told, not read: plan and send as the worker would have, at simulated moments."""

import datetime as dt
from collections.abc import Iterable

from django.conf import settings
from django.db import connection

from notifications.dispatch import deliver_batch, expire_overdue, settle_lapsed
from notifications.models import Timeline
from notifications.operations import reconcile_timeline
from scheduling.operations import open_overdue_tasks

# One question each instead of a sweep each: a sweep that finds nothing still costs its many statements.
_NEXT = """
    SELECT min(at) FROM (
        SELECT min(next_at) FROM notifications_communicationrequest
        WHERE status = 'active' AND next_at <= %(until)s AND (next_at > %(seen)s OR created_at > %(seen)s)
        UNION ALL
        SELECT min(expires_at) FROM notifications_communicationrequest
        WHERE status IN ('active', 'on-hold') AND expires_at > %(seen)s AND expires_at <= %(until)s
        UNION ALL
        SELECT min(call_opens_at) FROM notifications_timeline
        WHERE call_opens_at > %(seen)s AND call_opens_at <= %(until)s
    ) AS moments (at)
"""
_TO_PLAN = """
    EXISTS (SELECT FROM notifications_timeline
            WHERE planned_revision < wanted_revision OR call_opens_at <= %(now)s)
"""
_TO_SEND = """
    EXISTS (SELECT FROM notifications_communicationrequest
            WHERE status = 'active' AND next_at <= %(now)s AND expires_at > %(now)s)
"""
_TO_CLOSE = """
    EXISTS (SELECT FROM notifications_communicationrequest
            WHERE status IN ('active', 'on-hold') AND expires_at <= %(now)s)
"""
_IN_DOUBT = """
    (EXISTS (SELECT FROM notifications_communicationrequest
             WHERE status = 'on-hold' AND status_reason = 'in-doubt')
     OR EXISTS (SELECT FROM notifications_communication
                WHERE status = 'preparation' AND lease_until <= %(now)s))
"""
_UNRECORDED = """
    EXISTS (SELECT FROM scheduling_appointment
            WHERE status IN ('booked', 'arrived') AND planned_end <= %(now)s)
"""


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
        """
        Let time pass until `moment` (aware), doing on the way what is due. The past is not revisited.

        Due are messages, calls that open, and windows that end with nothing said.
        """
        while (due_at := self._next_due(until=moment)) is not None:
            self.now = max(self.now, min(due_at + self.grain, moment))
            self.settle()
        self.now = max(self.now, moment)

    def plan(self) -> None:
        """Plan now what has changed, as the nudge after a change does, and open the calls whose time has come."""
        if not self._is_there(_TO_PLAN):
            return
        self._plan_all(Timeline.objects.to_plan(self.now).values_list("appointment_id", flat=True))
        self._plan_all(Timeline.objects.calls_to_open(self.now).values_list("appointment_id", flat=True))

    def settle(self) -> None:
        """Do now what the worker does at every tick: plan, send, look after doubts, close what is too late, ask."""
        self._tick()
        while self._is_there(_IN_DOUBT) and settle_lapsed(now=self.now):
            self._tick()
        self._looked_at = self.now

    def _tick(self) -> None:
        self.plan()
        while self._is_there(_TO_SEND) and deliver_batch(now=self.now, batch=settings.DELIVERY_BATCH):
            pass
        if self._is_there(_TO_CLOSE):
            expire_overdue(now=self.now)
        if self._is_there(_UNRECORDED):
            open_overdue_tasks(now=self.now)

    def _plan_all(self, appointments: Iterable[int]) -> None:
        for appointment_id in list(appointments):
            reconcile_timeline(appointment_id=appointment_id, now=self.now)

    def _is_there(self, something: str) -> bool:
        return bool(_asked(f"SELECT {something}", now=self.now))

    def _next_due(self, *, until: dt.datetime) -> dt.datetime | None:
        """Return when the next thing is due that the last look could not have seen to."""
        found = _asked(_NEXT, until=until, seen=self._looked_at)
        return found if isinstance(found, dt.datetime) else None


def _asked(statement: str, **values: dt.datetime) -> object:
    """Return the one value a statement finds."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        row = cursor.fetchone()
    return row[0] if row else None

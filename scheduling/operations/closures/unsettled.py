"""
A closure whose visits nobody has settled is work with a deadline, until the last of them is settled.

Level-triggered: what a closure hits is read anew each time, so a booking that was being written while somebody
closed is found like any other, and one moved, swapped or cancelled from wherever counts no more.
"""

import datetime as dt
import hashlib
from collections.abc import Iterable

from django.db.models import Exists, OuterRef, Q

from scheduling.codes import OCCUPYING, TaskKind, TaskSeverity
from scheduling.models import Allocation, OpeningException, Task
from scheduling.models.resource import OpeningExceptionQuerySet
from scheduling.operations.closures.hits import Hit, closure_hits
from scheduling.operations.closures.kept import all_closures_ahead, settle_offers_of
from scheduling.operations.tasks import cancel_tasks_about, is_settled, open_task

# The visits a closure hits are settled so long before it begins [ops].
SETTLED_AHEAD = dt.timedelta(days=1)
# How soon they are settled when that has passed already [ops].
SETTLED_WITHIN = dt.timedelta(hours=1)
PREFIX = "closure:"
NOTHING_LEFT = "Every visit it hit is settled, or it was opened again."


def about_closure(closure: OpeningException) -> str:
    """Return what a task about a closure is about."""
    return f"{PREFIX}{closure.uid}"


def ask_about_closures(*, now: dt.datetime) -> int:
    """
    Make the tasks about closures what they should be at `now` (aware); return how many closures have visits to settle.

    Idempotent. What an outside calendar blocks is asked about for each visit by itself, not here. Offers that lie in a
    closed time, imported ones too, are kept with something else or withdrawn.
    """
    settle_offers_of(all_closures_ahead(now=now), now=now)
    waiting = 0
    for closure in _of_interest(now):
        waiting += settle_closure_task(closure, now=now)
    return waiting


def settle_closure_task(closure: OpeningException, *, now: dt.datetime) -> bool:
    """Open or close the one task about a closure; return whether visits are still to be settled."""
    unsettled = [hit for hit in closure_hits(closure, now=now) if not hit.left]
    if not unsettled:
        cancel_tasks_about(
            organization=closure.location.organization,
            kind=TaskKind.CLOSURE_HITS,
            about=about_closure(closure),
            outcome=NOTHING_LEFT,
            now=now,
        )
        return False
    cause = _cause(unsettled)
    about = about_closure(closure)
    organization = closure.location.organization
    if not is_settled(organization=organization, kind=TaskKind.CLOSURE_HITS, about=about, cause=cause):
        _ask(closure, count=len(unsettled), cause=cause, now=now)
    return True


def _ask(closure: OpeningException, *, count: int, cause: str, now: dt.datetime) -> None:
    begin = closure.period.lower
    reason = (
        f"{count} {'visit is' if count == 1 else 'visits are'} in a time that was closed. "
        "Say for each what becomes of it, on the page of the closure."
    )
    due_at = begin - SETTLED_AHEAD
    if due_at <= now:
        due_at = max(now, min(begin, now + SETTLED_WITHIN))
    task = open_task(
        organization=closure.location.organization,
        location=closure.location,
        kind=TaskKind.CLOSURE_HITS,
        about=about_closure(closure),
        severity=TaskSeverity.ATTENTION,
        reason=reason,
        due_at=due_at,
        now=now,
        cause=cause,
    )
    # A task that was open already says how many are left now.
    Task.objects.still_open().filter(pk=task.pk).exclude(reason=reason).update(reason=reason)


def _of_interest(now: dt.datetime) -> Iterable[OpeningException]:
    """Return the closures that may hit somebody, or of which a task is open: found by the database, not one by one."""
    booked = Allocation.objects.unfinished(now).filter(
        Q(resource=OuterRef("resource")) | Q(resource__location=OuterRef("location")),
        period__overlap=OuterRef("period"),
        appointment__status__in=OCCUPYING,
    )
    ahead = OpeningException.objects.closures().in_force().filter(period__endswith__gt=now, busy_time=None)
    hit = ahead.filter(Exists(booked)).order_by("id")
    return [*hit, *_asked_about().exclude(pk__in=[each.pk for each in hit])]


def _asked_about() -> OpeningExceptionQuerySet:
    open_ones = Task.objects.still_open().filter(kind=TaskKind.CLOSURE_HITS).values_list("about", flat=True)
    uids = [about.removeprefix(PREFIX) for about in open_ones]
    return OpeningException.objects.closures().filter(uid__in=uids).order_by("id")


def _cause(hits: Iterable[Hit]) -> str:
    """Return a hash of which visits are hit at which starts: a task that was closed by hand stays closed for those."""
    starts = sorted(f"{hit.appointment.uid}:{hit.appointment.start.astimezone(dt.UTC)}" for hit in hits)
    return hashlib.sha256("|".join(starts).encode()).hexdigest()

"""
Watch over delivery: is anything that we owe stuck, and does somebody know?

What is measured here is shown at /metrics and judged by `watch`, which opens one task for each alarm and clinic, and
closes it when the alarm is over. The thresholds are settings; all of them are the clinic's own [ops].
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Count, Exists, F, Min, OuterRef, Q

from cryoclinic.accounts.models import Organization
from notifications.codes import AttemptStatus, RequestReason, RequestStatus
from notifications.models import Communication, CommunicationRequest, Heartbeat, ProviderState, Timeline
from scheduling.codes import TaskKind, TaskSeverity
from scheduling.operations import cancel_tasks_about, open_task

# The sweeps that must not stand still.
SWEEPS = ("notifications.reconcile_due", "notifications.deliver_due")
# [ops] How soon somebody should have looked.
LOOK_WITHIN = dt.timedelta(hours=1)
# [ops] How far back breaker trips and capped messages are counted.
LATELY = dt.timedelta(days=1)

SENTENCES = {
    "unplanned": "A change to a visit has waited too long to be planned. Until then nothing is sent about it.",
    "overdue": "Messages are overdue and have not been sent. Look at the delivery processes.",
    "sweep": "The sweep that sends messages has stopped. Look at the worker and beat processes.",
    "unknown": "Messages are in doubt for longer than they should be. Look at the provider's own list.",
    "breaker": "Messages to somebody repeated themselves and were stopped. Find out why, then let them go.",
    "capped": "Many messages were not sent because of the clinic's caps. Check whether the caps are too low.",
    "provider": "A channel's provider does not answer and rests. Messages wait or go another way.",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Vitals:
    """
    How delivery is doing for one organization, or for all of them together.

    Ages are in seconds and 0 where there is nothing to wait for; counts are of rows.
    """

    unplanned_age: float
    overdue_age: float
    overdue: int
    unknown_age: float
    unknown: int
    breaker: int
    capped: int
    on_hold: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Health:
    """Everything that is measured at one moment. Sweep ages are None for one that has never run."""

    by_organization: Mapping[int, Vitals]
    sweep_ages: Mapping[str, float | None]
    resting: Mapping[str, float]


def measure(*, now: dt.datetime) -> Health:
    """Return how delivery is doing at `now` (aware), in six queries whatever there is."""
    ids = list(Organization.objects.order_by("pk").values_list("pk", flat=True))
    unplanned, overdue = _unplanned(now), _overdue(now)
    doubtful, stopped = _doubtful(now), _stopped(now)
    return Health(
        by_organization={
            pk: Vitals(
                unplanned_age=unplanned.get(pk, 0.0),
                overdue_age=overdue.get(pk, (0.0, 0))[0],
                overdue=overdue.get(pk, (0.0, 0))[1],
                unknown_age=doubtful.get(pk, (0.0, 0))[0],
                unknown=doubtful.get(pk, (0.0, 0))[1],
                breaker=stopped.get(pk, (0, 0, 0))[0],
                capped=stopped.get(pk, (0, 0, 0))[1],
                on_hold=stopped.get(pk, (0, 0, 0))[2],
            )
            for pk in ids
        },
        sweep_ages=_sweep_ages(now),
        resting={
            state.channel: (state.paused_until - now).total_seconds()
            for state in ProviderState.objects.filter(paused_until__gt=now)
            if state.paused_until is not None
        },
    )


def alarms(vitals: Vitals, *, health: Health) -> tuple[str, ...]:
    """Return the codes of what is wrong, judged by the thresholds of the settings."""
    limits = settings.WATCH
    wrong = {
        "unplanned": vitals.unplanned_age > limits["unplanned_seconds"],
        "overdue": vitals.overdue_age > limits["overdue_seconds"],
        "sweep": any(age is not None and age > limits["sweep_seconds"] for age in health.sweep_ages.values()),
        "unknown": vitals.unknown_age > limits["unknown_seconds"],
        "breaker": vitals.breaker > 0,
        "capped": vitals.capped > limits["capped_per_day"],
        "provider": bool(health.resting),
    }
    return tuple(code for code, holds in wrong.items() if holds)


def watch(*, now: dt.datetime) -> int:
    """Open a task for every alarm of every clinic and close those that are over; returns how many alarms stand."""
    health = measure(now=now)
    standing = 0
    for organization in Organization.objects.filter(pk__in=health.by_organization).order_by("pk"):
        found = alarms(health.by_organization[organization.pk], health=health)
        standing += len(found)
        for code in found:
            _open(organization, code, now=now)
        for code in SENTENCES.keys() - set(found):
            _close(organization, code, now=now)
    return standing


def _open(organization: Organization, code: str, *, now: dt.datetime) -> None:
    open_task(
        organization=organization,
        kind=TaskKind.DELIVERY_TROUBLE,
        about=f"delivery:{code}",
        severity=TaskSeverity.ATTENTION if code == "capped" else TaskSeverity.URGENT,
        reason=SENTENCES[code],
        due_at=now + LOOK_WITHIN,
        now=now,
    )


def _close(organization: Organization, code: str, *, now: dt.datetime) -> None:
    cancel_tasks_about(
        organization=organization,
        kind=TaskKind.DELIVERY_TROUBLE,
        about=f"delivery:{code}",
        outcome="It is over.",
        now=now,
    )


def _age(since: dt.datetime | None, now: dt.datetime) -> float:
    return max((now - since).total_seconds(), 0.0) if since is not None else 0.0


def _unplanned(now: dt.datetime) -> dict[int, float]:
    """How long the oldest change that has not been planned has waited: since the visit or its plan last changed."""
    behind = Timeline.objects.filter(planned_revision__lt=F("wanted_revision"))
    rows = behind.values("appointment__organization").annotate(since=Min("wanted_since"))
    return {row["appointment__organization"]: _age(row["since"], now) for row in rows}


def _overdue(now: dt.datetime) -> dict[int, tuple[float, int]]:
    in_flight = Communication.objects.in_flight().filter(request=OuterRef("pk"))
    due = CommunicationRequest.objects.deliverable(now).filter(~Exists(in_flight))
    rows = due.values("organization").annotate(since=Min("next_at"), many=Count("pk"))
    return {row["organization"]: (_age(row["since"], now), row["many"]) for row in rows}


def _doubtful(now: dt.datetime) -> dict[int, tuple[float, int]]:
    waiting = CommunicationRequest.objects.filter(
        status=RequestStatus.ON_HOLD,
        status_reason=RequestReason.IN_DOUBT,
        attempts__status=AttemptStatus.UNKNOWN,
    )
    rows = waiting.values("organization").annotate(since=Min("attempts__attempted_at"), many=Count("pk"))
    return {row["organization"]: (_age(row["since"], now), row["many"]) for row in rows}


def _stopped(now: dt.datetime) -> dict[int, tuple[int, int, int]]:
    """Requests the breaker holds, those capped lately, and all on hold."""
    held = Q(status=RequestStatus.ON_HOLD)
    capped = Q(status=RequestStatus.REVOKED, status_reason=RequestReason.CAPPED, closed_at__gt=now - LATELY)
    rows = (
        CommunicationRequest.objects.filter(held | capped)
        .values("organization")
        .annotate(
            breaker=Count("pk", filter=held & Q(status_reason=RequestReason.BREAKER)),
            capped=Count("pk", filter=capped),
            held=Count("pk", filter=held),
        )
    )
    return {row["organization"]: (row["breaker"], row["capped"], row["held"]) for row in rows}


def _sweep_ages(now: dt.datetime) -> dict[str, float | None]:
    beats: Iterable[Heartbeat] = Heartbeat.objects.filter(name__in=SWEEPS)
    known = {each.name: _age(each.beat_at, now) for each in beats}
    return {name: known.get(name) for name in SWEEPS}

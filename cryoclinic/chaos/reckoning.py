"""The provider's ledger against the database: what was lost, what came twice, what is in doubt and not listed."""

import datetime as dt
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from cryoclinic.chaos.reports import Fate
from notifications.codes import AttemptStatus, RequestReason, RequestStatus
from notifications.models import Communication, CommunicationRequest, ProviderEvent, Timeline
from procedures.steps import SafetyClass
from scheduling.models import Task

_FOUND_OUT = ("by-look-up", "by-receipt")
# A request due by then and still untouched has been forgotten.
GRACE = dt.timedelta(seconds=10)
Identity = tuple[int, int, str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """
    What came of it.

    `sent` are messages the provider has; `lost` are owed and neither there nor accounted for; `repeated` are copies
    beyond listed resends and what did not arrive; `unknown` are attempts that were in doubt; `unlisted` are those of
    them, or messages the provider has, that the database does not say so of.
    """

    sent: int
    lost: int
    repeated: int
    unknown: int
    unlisted: int


def reckon(ledger: Path, *, now: dt.datetime) -> Found:
    """Compare the ledger with the database, which has come to rest. `now` is aware."""
    accepted = Counter(_uids(ledger))
    attempts = list(Communication.objects.select_related("request"))
    return Found(
        sent=sum(accepted.values()),
        lost=len(_lost(attempts, accepted, now)),
        repeated=len(_repeated(attempts, accepted, not_arrived(ledger))),
        unknown=sum(_was_in_doubt(attempt) for attempt in attempts),
        unlisted=len(_unlisted(attempts, accepted)),
    )


def explained(ledger: Path, *, now: dt.datetime) -> list[str]:
    """Return a line for each thing that should not be, by the request's uid."""
    accepted = Counter(_uids(ledger))
    attempts = list(Communication.objects.select_related("request"))
    lost = [f"lost {what}" for what in _lost(attempts, accepted, now)]
    repeated = [f"repeated {what}" for what in _repeated(attempts, accepted, not_arrived(ledger))]
    return [*lost, *repeated, *(f"unlisted {what}" for what in _unlisted(attempts, accepted))]


def at_rest(now: dt.datetime) -> bool:
    """Return whether everything due is decided: planned, no report unread, nothing under way, in doubt or to go."""
    if Timeline.objects.to_plan(now).exists() or Communication.objects.in_flight().exists():
        return False
    if ProviderEvent.objects.waiting().exists():
        return False
    waiting = CommunicationRequest.objects.deliverable(now).exists()
    doubtful = CommunicationRequest.objects.filter(
        status=RequestStatus.ON_HOLD, status_reason=RequestReason.IN_DOUBT
    )
    return not waiting and not doubtful.exists()


def not_arrived(ledger: Path) -> set[str]:
    """Return the messages that the provider accepted and could not deliver: nobody has read those."""
    return {uid for uid, fate in fates(ledger).items() if fate is not Fate.DELIVERED}


def fates(ledger: Path) -> dict[str, Fate]:
    """Return what became of each message, as the provider has it."""
    lines = map(json.loads, reversed(ledger.read_text(encoding="utf-8").splitlines()))
    return {line["uid"]: Fate(line["fate"]) for line in lines}


def receipts_lost(ledger: Path) -> list[str]:
    """Return the messages of which the database says something else than the provider's last word."""
    known = {str(uid): delivery for uid, delivery in Communication.objects.values_list("uid", "delivery")}
    return [
        f"receipt-lost message={uid} state={known.get(uid) or 'none'} provider={fate}"
        for uid, fate in fates(ledger).items()
        if known.get(uid) != fate
    ]


def _uids(ledger: Path) -> Iterable[str]:
    for line in ledger.read_text(encoding="utf-8").splitlines():
        yield json.loads(line)["uid"]


def _lost(attempts: list[Communication], accepted: Counter[str], now: dt.datetime) -> list[str]:
    arrived = {attempt.request_id for attempt in attempts if accepted[str(attempt.uid)]}
    due = CommunicationRequest.objects.filter(due_at__lte=now - GRACE).exclude(pk__in=arrived)
    said_but_not_there = due.filter(status=RequestStatus.COMPLETED).exclude(
        status_reason__in=[RequestReason.IN_DOUBT]
    )
    forgotten = CommunicationRequest.objects.deliverable(now).filter(next_at__lte=now - GRACE)
    unplanned = Timeline.objects.to_plan(now).values_list("appointment_id", flat=True)
    lost = [f"request={uid}" for uid in said_but_not_there.values_list("uid", flat=True)]
    lost += [f"forgotten={uid}" for uid in forgotten.values_list("uid", flat=True)]
    return lost + [f"unplanned={pk}" for pk in unplanned]


def _repeated(attempts: list[Communication], accepted: Counter[str], not_arrived: set[str]) -> list[str]:
    """Return the copies beyond one and the listed resends of everything that is said."""
    copies: Counter[Identity] = Counter()
    allowed: Counter[Identity] = Counter()
    for attempt in attempts:
        request = attempt.request
        same = (request.appointment_id, request.recipient_id, request.notice, request.facts_sha256)
        copies[same] += 0 if str(attempt.uid) in not_arrived else accepted[str(attempt.uid)]
        allowed[same] += attempt.resend
    return [
        f"appointment={same[0]} notice={same[2]}"
        for same, number in copies.items()
        for _ in range(number - 1 - allowed[same])
    ]


def _was_in_doubt(attempt: Communication) -> bool:
    return attempt.status == AttemptStatus.UNKNOWN or attempt.status_reason.endswith(_FOUND_OUT)


def _unlisted(attempts: list[Communication], accepted: Counter[str]) -> list[str]:
    known: dict[str, Communication] = {str(attempt.uid): attempt for attempt in attempts}
    strangers = [f"message={uid}" for uid in accepted if uid not in known]
    denied = [
        f"attempt={uid}"
        for uid in accepted
        if uid in known and known[uid].status != AttemptStatus.COMPLETED and not _was_in_doubt(known[uid])
    ]
    return strangers + denied + [f"task-missing={uid}" for uid in _doubts_nobody_asks_about()]


def _doubts_nobody_asks_about() -> Iterable[UUID]:
    """
    Return safety requests that were perhaps never sent and are nobody's task.

    What has been taken back since needs no call: its correction is owed in its place.
    """
    asked = Task.objects.filter(appointment__isnull=False).values("appointment")
    lists = CommunicationRequest.objects.exclude(corrects=[]).values_list("corrects", flat=True)
    taken_back = {uid for uids in lists for uid in uids}
    doubtful = CommunicationRequest.objects.filter(
        status=RequestStatus.COMPLETED, status_reason=RequestReason.IN_DOUBT, safety=SafetyClass.SAFETY
    )
    unasked = doubtful.exclude(appointment__in=asked).values_list("uid", flat=True)
    return [uid for uid in unasked if uid not in taken_back]

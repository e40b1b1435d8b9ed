"""The rules of the program have changed: nothing changes by itself, and a clinician is asked to look again."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace

from procedures.codes import ProtocolStatus
from procedures.models import Protocol
from procedures.preparation import InvalidCase, PreparationPlan, prepare, rule_set
from scheduling.codes import TaskKind, TaskSeverity
from scheduling.models import Appointment, Task
from scheduling.models.case import case_of
from scheduling.operations.decisions import standing_decisions
from scheduling.operations.tasks import open_task

# How long a clinician has to look again at a protocol, and at a booking unless it comes before [ops].
PROTOCOL_WITHIN = dt.timedelta(days=14)
BOOKING_WITHIN = dt.timedelta(days=7)
AT_A_TIME = 500

PROTOCOL_REASON = (
    "the medicine and fasting rules changed since its approval. It stays under the earlier ones until a new version "
    "is approved."
)
SIGNED_REASON = (
    "The medicine and fasting rules changed since this visit was booked, and medicines are signed under the earlier "
    "ones. Nothing was changed. Look at the plan again."
)
UNSIGNED_REASON = (
    "The medicine and fasting rules changed since this visit was booked, and the new ones would prepare it otherwise. "
    "Nothing was changed. Look at the plan again."
)


@dataclass(frozen=True, kw_only=True, slots=True)
class RuleReview:
    """How many tasks were opened, about protocols and about bookings."""

    protocols: int
    bookings: int


def review_rule_set(*, now: dt.datetime) -> RuleReview:
    """
    Ask a clinician about every active protocol and every affected booking that stands on other rules than the program's.

    Changes nothing else: bookings go on under the rules they were made under. A booking that is ahead is affected
    when something is signed on it or the new rules would prepare it otherwise. Asked once for each set of rules;
    only a person closes what was asked. `now` is aware.
    """
    sha256 = rule_set().sha256
    return RuleReview(
        protocols=_ask_about_protocols(sha256, now=now), bookings=_ask_about_bookings(sha256, now=now)
    )


def _ask_about_protocols(sha256: str, *, now: dt.datetime) -> int:
    found = (
        Protocol.objects.filter(status=ProtocolStatus.ACTIVE)
        .exclude(rule_set_sha256=sha256)
        .select_related("organization")
    )
    asked = _asked(sha256)
    due = [each for each in found.order_by("id") if _about_protocol(each, sha256) not in asked]
    for protocol in due:
        open_task(
            organization=protocol.organization,
            kind=TaskKind.RE_REVIEW_PROTOCOL,
            about=_about_protocol(protocol, sha256),
            severity=TaskSeverity.ATTENTION,
            reason=f"{protocol.title}, version {protocol.version}: {PROTOCOL_REASON}",
            due_at=now + PROTOCOL_WITHIN,
            now=now,
        )
    return len(due)


def _ask_about_bookings(sha256: str, *, now: dt.datetime) -> int:
    opened = 0
    for appointment, reason in _affected(sha256, now=now):
        open_task(
            organization=appointment.organization,
            kind=TaskKind.RE_REVIEW_PROTOCOL,
            about=_about_booking(appointment, sha256),
            severity=TaskSeverity.ATTENTION,
            reason=reason,
            due_at=min(now + BOOKING_WITHIN, appointment.start),
            now=now,
            appointment=appointment,
        )
        opened += 1
    return opened


def _affected(sha256: str, *, now: dt.datetime) -> Iterator[tuple[Appointment, str]]:
    asked = _asked(sha256)
    others = Appointment.objects.ahead(now).exclude(rule_set_sha256=sha256).with_facts().order_by("id")
    for appointment in others.iterator(chunk_size=AT_A_TIME):
        if _about_booking(appointment, sha256) in asked:
            continue
        reason = _why_affected(appointment, sha256)
        if reason:
            yield appointment, reason


def _why_affected(appointment: Appointment, sha256: str) -> str:
    try:
        if standing_decisions(appointment):
            return SIGNED_REASON
        case = case_of(appointment)
        same = _substance(prepare(case)) == _substance(prepare(replace(case, rule_set_sha256=sha256)))
    except (InvalidCase, ValueError):
        # What cannot be planned, under the earlier rules or at all, is looked at by somebody in any case.
        return UNSIGNED_REASON
    return "" if same else UNSIGNED_REASON


def _substance(plan: PreparationPlan) -> PreparationPlan:
    """Return the plan without the names of the rules it stands on."""
    holds = tuple(replace(hold, rule_ids=()) for hold in plan.holds)
    fasting = None if plan.fasting is None else replace(plan.fasting, rule_ids=())
    return replace(
        plan, holds=holds, fasting=fasting, notes=(), rule_ids=(), rule_set_version="", rule_set_sha256=""
    )


def _asked(sha256: str) -> frozenset[str]:
    """Return what was asked about these rules, answered or not."""
    tasks = Task.objects.filter(kind=TaskKind.RE_REVIEW_PROTOCOL, about__endswith=_rules(sha256))
    return frozenset(tasks.values_list("about", flat=True))


def _about_protocol(protocol: Protocol, sha256: str) -> str:
    return f"protocol:{protocol.uid}:{_rules(sha256)}"


def _about_booking(appointment: Appointment, sha256: str) -> str:
    return f"appointment:{appointment.uid}:{_rules(sha256)}"


def _rules(sha256: str) -> str:
    return f"rules:{sha256[:16]}"

"""The plan as a list to read: who is told what and when, what moved it, and why anything is not said."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from notifications.planning.facts import facts_from_json
from notifications.planning.values import Booking, CallOwed, NotOwed, PlannedMessage, Recipient, TimelinePlan
from notifications.rules import next_allowed, room_at
from procedures.steps import FactValue, SafetyClass, Step, Trigger

Outcome = Literal["message", "part", "held", "not-owed", "call"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Caps:
    """The most routine messages to one person in 24 hours and in seven days."""

    per_day: int
    per_week: int


@dataclass(frozen=True, kw_only=True, slots=True)
class SimulatedRow:
    """
    One line of a simulation.

    `at` is when it goes or by when somebody phones, `wanted_at` when the notice itself would go (both in the
    clinic's zone; None where there is no such time). `reason` says what lies between the two, why it is held,
    not owed or phoned. Corrections belong to no time of a step, so they have no `wanted_at`.
    """

    recipient: str
    step: str
    notice: str
    outcome: Outcome
    at: dt.datetime | None
    wanted_at: dt.datetime | None
    reason: str
    facts: Mapping[str, FactValue]


def simulate(
    plan: TimelinePlan,
    *,
    booking: Booking,
    steps: Iterable[Step],
    recipients: Iterable[Recipient],
    caps: Caps | None = None,
) -> tuple[SimulatedRow, ...]:
    """
    Return one row for every message, every part of one, every notice not owed and every call.

    `booking`, `steps` and `recipients` are those the plan was made from. With `caps`, what exceeds them is put off
    or left out as it would be, if everything else goes at its time. Rows come in order of time, those without a
    time last.
    """
    recipients = tuple(recipients)
    put_off: dict[int, dt.datetime] = {}
    if caps is not None:
        plan, put_off = _capped(plan, caps=caps, recipients={each.key: each for each in recipients})
    known = _Known(
        booking=booking,
        step_of={notice.code: step.code for step in steps for notice in step.notices},
        wanted_at={
            notice.code: notice.when.resolve(booking.anchors, booking.zone).astimezone(booking.zone)
            for step in steps
            for notice in step.notices
            if notice.when is not None
        },
    )
    rows = [
        row
        for number, message in enumerate(plan.messages)
        for row in _message_rows(message, known, put_off_to=put_off.get(number))
    ]
    rows.extend(_not_owed_row(entry, known) for entry in plan.not_owed)
    rows.extend(_call_row(call, known) for call in plan.calls)
    addressed = {recipient.key: number for number, recipient in enumerate(recipients)}
    return tuple(sorted(rows, key=lambda row: _order(row, addressed)))


@dataclass(frozen=True, kw_only=True, slots=True)
class _Known:
    booking: Booking
    step_of: Mapping[str, str]
    wanted_at: Mapping[str, dt.datetime]

    def row(
        self,
        entry: PlannedMessage | NotOwed | CallOwed,
        *,
        outcome: Outcome,
        reason: str,
        at: dt.datetime | None = None,
        notice: str = "",
        facts: Mapping[str, FactValue] | None = None,
    ) -> SimulatedRow:
        code = notice or entry.notice
        return SimulatedRow(
            recipient=entry.recipient,
            step=self.step_of.get(code, ""),
            notice=code,
            outcome=outcome,
            at=at.astimezone(self.booking.zone) if at else None,
            wanted_at=self.wanted_at.get(code),
            reason=reason,
            facts=facts or {},
        )


def _capped(
    plan: TimelinePlan, *, caps: Caps, recipients: Mapping[str, Recipient]
) -> tuple[TimelinePlan, dict[int, dt.datetime]]:
    """Return the plan without what a cap leaves no room for, and by number when the others go instead."""
    sent: dict[str, list[dt.datetime]] = defaultdict(list)
    kept: list[PlannedMessage] = []
    left_out: list[NotOwed] = []
    put_off: dict[int, dt.datetime] = {}
    for message in sorted(
        plan.messages, key=lambda each: (each.due_at, each.safety is not SafetyClass.SAFETY)
    ):
        at = message.due_at
        if message.safety is not SafetyClass.SAFETY and not message.held:
            at = _room(message, sent[message.recipient], caps=caps, recipient=recipients[message.recipient])
        if at >= message.expires_at:
            left_out.append(NotOwed(recipient=message.recipient, notice=message.notice, reason="capped"))
            continue
        if at > message.due_at:
            put_off[len(kept)] = at
        if not message.held:
            sent[message.recipient].append(at)
        kept.append(message)
    return replace(plan, messages=tuple(kept), not_owed=(*plan.not_owed, *left_out)), put_off


def _room(
    message: PlannedMessage, sent: Iterable[dt.datetime], *, caps: Caps, recipient: Recipient
) -> dt.datetime:
    free_at = room_at(sent, now=message.due_at, per_day=caps.per_day, per_week=caps.per_week)
    if free_at <= message.due_at:
        return message.due_at
    return next_allowed(
        free_at, zone=recipient.zone, quiet_from=recipient.quiet_from, quiet_until=recipient.quiet_until
    )


def _message_rows(
    message: PlannedMessage, known: _Known, *, put_off_to: dt.datetime | None
) -> list[SimulatedRow]:
    at = put_off_to or message.due_at
    whole = known.row(
        message,
        outcome="held" if message.held else "message",
        reason=message.held or ("capped" if put_off_to else _why_then(message, known)),
        at=at,
        facts=facts_from_json(dict(message.facts)),
    )
    parts = [part for part in message.parts if part != message.notice]
    return [
        whole,
        *(
            known.row(message, outcome="part", reason=f"part-of:{message.notice}", at=at, notice=part)
            for part in parts
        ),
    ]


def _why_then(message: PlannedMessage, known: _Known) -> str:
    """Return what made a message go at its time and no other; nothing if it goes when its notice says."""
    if message.rung:
        return f"unanswered:{message.rung}"
    if message.time_critical:
        return "time-critical"
    if message.corrects:
        return "corrects:" + ",".join(message.corrects)
    if message.trigger is Trigger.COLLAPSED:
        return "already-due"
    wanted_at = known.wanted_at.get(message.notice)
    if wanted_at is None or wanted_at.astimezone(dt.UTC) == message.due_at:
        return ""
    return "already-due" if wanted_at <= known.booking.known_at else "quiet-hours"


def _not_owed_row(entry: NotOwed, known: _Known) -> SimulatedRow:
    return known.row(entry, outcome="not-owed", reason=entry.reason)


def _call_row(call: CallOwed, known: _Known) -> SimulatedRow:
    return known.row(call, outcome="call", reason=call.reason, at=call.by)


def _order(row: SimulatedRow, addressed: Mapping[str, int]) -> tuple[bool, str, int, str, str, str]:
    at = row.at.astimezone(dt.UTC).isoformat() if row.at else ""
    number = addressed.get(row.recipient, len(addressed))
    # A message comes before its parts.
    return (
        row.at is None,
        at,
        number,
        row.recipient,
        "" if row.outcome == "message" else row.outcome,
        row.notice,
    )

"""Protocols as the planner's values. Frozen versions are read once per process."""

import datetime as dt
import json
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from pydantic import TypeAdapter

from procedures.care import Care
from procedures.catalogue import ProtocolContent
from procedures.codes import ProtocolStatus
from procedures.models.protocol import Protocol, ProtocolDerivedFact, ProtocolNotice, ProtocolStep
from procedures.steps import (
    Anchor,
    Answer,
    Audience,
    Days,
    DerivedFact,
    Gate,
    Moment,
    Notice,
    NoticeText,
    PageText,
    Purpose,
    SafetyClass,
    Step,
    Trigger,
)

FROZEN = frozenset({ProtocolStatus.ACTIVE, ProtocolStatus.RETIRED})
CACHED_VERSIONS = 512
_CARE = TypeAdapter(Care)


def steps_of(protocol: Protocol) -> tuple[Step, ...]:
    """Return the steps in order, in two queries; none for a frozen version this process has read before."""
    if protocol.status in FROZEN:
        return _frozen_steps(protocol.pk, protocol.approved_at)
    return _steps(protocol.pk)


def derived_facts_of(protocol: Protocol) -> tuple[DerivedFact, ...]:
    """Return the protocol's own facts, in one query; none for a frozen version this process has read before."""
    if protocol.status in FROZEN:
        return _frozen_derived_facts(protocol.pk, protocol.approved_at)
    return _derived_facts(protocol.pk)


def content_of(protocol: Protocol) -> ProtocolContent:
    """Return everything patients are told under this version."""
    return ProtocolContent(
        title=protocol.title,
        languages=tuple(protocol.languages),
        derived_facts=derived_facts_of(protocol),
        steps=steps_of(protocol),
        care=care_of(protocol),
    )


def care_of(protocol: Protocol) -> Care:
    """Return what the version says to the clinic; a frozen version is read once per process."""
    if protocol.status in FROZEN:
        return _frozen_care(_Version(id=protocol.pk, approved_at=protocol.approved_at, row=protocol))
    return _CARE.validate_json(json.dumps(protocol.care))


@dataclass(frozen=True, kw_only=True, slots=True)
class _Version:
    """A frozen version: what it says does not tell it from another, its approval does."""

    id: int
    approved_at: dt.datetime | None
    # Asked for what it says only if nobody has read it before: the column is wide, and often left out.
    row: Protocol = field(compare=False)


# The moment of approval is part of the key: an approval that was rolled back leaves nothing behind.
@lru_cache(maxsize=CACHED_VERSIONS)
def _frozen_steps(protocol_id: int, approved_at: dt.datetime) -> tuple[Step, ...]:
    return _steps(protocol_id)


@lru_cache(maxsize=CACHED_VERSIONS)
def _frozen_care(version: _Version) -> Care:
    return _CARE.validate_json(json.dumps(version.row.care))


@lru_cache(maxsize=CACHED_VERSIONS)
def _frozen_derived_facts(protocol_id: int, approved_at: dt.datetime) -> tuple[DerivedFact, ...]:
    return _derived_facts(protocol_id)


def _steps(protocol_id: int) -> tuple[Step, ...]:
    notices: dict[int, list[Notice]] = {}
    for notice in ProtocolNotice.objects.filter(protocol_id=protocol_id).order_by("id"):
        notices.setdefault(notice.step_id, []).append(_notice(notice))
    rows = ProtocolStep.objects.filter(protocol_id=protocol_id).order_by("position")
    return tuple(_step(row, notices=tuple(notices.get(row.pk, ()))) for row in rows)


def _derived_facts(protocol_id: int) -> tuple[DerivedFact, ...]:
    rows = ProtocolDerivedFact.objects.filter(protocol_id=protocol_id).order_by("id")
    return tuple(
        DerivedFact(
            name=row.name,
            moment=Moment(
                anchor=Anchor(row.anchor), elapsed=row.elapsed, days=row.days, local_time=row.local_time
            ),
            as_date=row.as_date,
            source=row.source,
        )
        for row in rows
    )


def _step(row: ProtocolStep, *, notices: tuple[Notice, ...]) -> Step:
    return Step(
        code=row.code,
        section=row.section,
        conditions=tuple(row.conditions),
        subject=row.subject,
        days=None if row.days is None else Days(**row.days),
        source=row.source,
        texts=tuple(PageText(language=language, **text) for language, text in sorted(row.texts.items())),
        notices=notices,
    )


def _notice(row: ProtocolNotice) -> Notice:
    return Notice(
        code=row.code,
        trigger=Trigger(row.trigger),
        when=None if row.when is None else _moment(row.when),
        latest=None if row.latest is None else _moment(row.latest),
        purpose=Purpose(row.purpose),
        safety=SafetyClass(row.safety),
        audiences=frozenset(Audience(audience) for audience in row.audiences),
        answer=Answer(row.answer),
        gate=Gate(row.gate),
        facts=tuple(row.facts),
        channels=tuple(row.channels),
        texts=tuple(NoticeText(language=language, **text) for language, text in sorted(row.texts.items())),
    )


def _moment(stored: dict[str, Any]) -> Moment:
    anchor = Anchor(stored["anchor"])
    if "elapsed_minutes" in stored:
        return Moment(anchor=anchor, elapsed=dt.timedelta(minutes=stored["elapsed_minutes"]))
    return Moment(anchor=anchor, days=stored["days"], local_time=dt.time.fromisoformat(stored["local_time"]))

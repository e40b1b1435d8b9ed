"""
A protocol as a FHIR R4 PlanDefinition.

A step is an action, a message an action within it; moments are offsets from four actions that stand for the booking,
the arrival, the start and the end. What FHIR has no place for is kept in extensions.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from procedures.catalogue import ProtocolContent
from procedures.exchange.entries import entry_of
from procedures.exchange.fhir import (
    ANCHORS,
    CONDITION_LANGUAGE,
    PROCEDURES,
    SECTIONS,
    UCUM,
    extensions_of,
    translated,
)
from procedures.steps import Anchor, Audience, Trigger

ANCHOR_TITLES = {
    Anchor.BOOKING: "Booked, or last moved",
    Anchor.ARRIVE: "Arrival",
    Anchor.START: "Start of sedation or of the procedure",
    Anchor.END: "End of the procedure",
}
PARTICIPANTS = {Audience.PATIENT: "patient", Audience.CARER: "related-person"}
# FHIR knows no review between draft and active.
STATUSES = {"draft": "draft", "in-review": "draft", "active": "active", "retired": "retired"}
_TYPE_SYSTEM = "http://terminology.hl7.org/CodeSystem/plan-definition-type"


@dataclass(frozen=True, kw_only=True, slots=True)
class Publication:
    """What is known of a version beside its content. `status` is the code of the version's own state."""

    uid: UUID
    version: int
    status: str
    publisher: str
    procedure: str
    approved_on: dt.date | None
    active_from: dt.date | None


def plan_definition(content: ProtocolContent, publication: Publication) -> dict[str, Any]:
    """
    Return the resource as JSON values; `read_plan_definition` gives the same content back.

    :raises MomentBetweenMinutes: if a moment is not in whole minutes
    """
    entry = entry_of(content)
    language = content.languages[0]
    steps = entry.pop("steps", [])
    title = entry.pop("title")
    dates = {"approvalDate": publication.approved_on, "effectivePeriod": publication.active_from}
    return {
        "resourceType": "PlanDefinition",
        "id": str(publication.uid),
        "language": language,
        "extension": extensions_of(entry),
        "url": f"urn:uuid:{publication.uid}",
        "version": str(publication.version),
        "name": f"Protocol_{publication.procedure}_{publication.version}",
        "title": title,
        "type": {"coding": [{"system": _TYPE_SYSTEM, "code": "clinical-protocol"}]},
        "status": STATUSES[publication.status],
        "publisher": publication.publisher,
        **{name: _date(name, day) for name, day in dates.items() if day is not None},
        "topic": [{"coding": [{"system": PROCEDURES, "code": publication.procedure}]}],
        "action": [
            *(_anchor_action(anchor) for anchor in Anchor),
            *(_step_action(step, language=language) for step in steps),
        ],
    }


def anchor_id(anchor: Anchor) -> str:
    """Return the id of the action that stands for an anchor."""
    return f"anchor-{anchor.value}"


def _date(name: str, day: dt.date) -> str | dict[str, str]:
    return {"start": day.isoformat()} if name == "effectivePeriod" else day.isoformat()


def _anchor_action(anchor: Anchor) -> dict[str, Any]:
    return {
        "id": anchor_id(anchor),
        "title": ANCHOR_TITLES[anchor],
        "code": [{"coding": [{"system": ANCHORS, "code": anchor.value}]}],
    }


def _step_action(step: dict[str, Any], *, language: str) -> dict[str, Any]:
    known = {name: step.pop(name, None) for name in ("code", "section", "conditions", "source", "notices")}
    texts = step.pop("texts", {})
    optional = {
        "documentation": [{"type": "citation", "citation": known["source"]}] if known["source"] else [],
        "condition": [_condition(each) for each in known["conditions"] or ()],
        "action": [_notice_action(each, language=language) for each in known["notices"] or ()],
        "extension": extensions_of(step),
    }
    return {
        "id": known["code"],
        **translated(_each(texts, "title"), name="title", language=language),
        **translated(_each(texts, "body"), name="textEquivalent", language=language),
        "code": [{"coding": [{"system": SECTIONS, "code": known["section"]}]}],
        **{name: value for name, value in optional.items() if value},
    }


def _condition(name: str) -> dict[str, Any]:
    return {"kind": "applicability", "expression": {"language": CONDITION_LANGUAGE, "expression": name}}


def _notice_action(notice: dict[str, Any], *, language: str) -> dict[str, Any]:
    texts = notice.pop("texts", {})
    code, when = notice.pop("code"), notice.pop("when", None)
    trigger, audiences = notice.pop("trigger"), notice.pop("audiences")
    notice["sms"] = _each(texts, "sms")
    return {
        "id": code,
        **translated(_each(texts, "subject"), name="title", language=language),
        **translated(_each(texts, "email"), name="textEquivalent", language=language),
        "participant": [{"type": PARTICIPANTS[Audience(each)]} for each in audiences],
        **(_timing(when) if when else {}),
        **({} if trigger == Trigger.SCHEDULED else {"trigger": [{"type": "named-event", "name": trigger}]}),
        "extension": extensions_of(notice),
    }


def _timing(when: Mapping[str, Any]) -> dict[str, Any]:
    """Return a moment as an offset from its anchor; with a clock time where it counts days."""
    by_clock = "local_time" in when
    count, unit = (when["days"], "d") if by_clock else (when["elapsed_minutes"], "min")
    related: dict[str, Any] = {
        "actionId": anchor_id(Anchor(when["anchor"])),
        "relationship": "concurrent" if count == 0 else "before" if count < 0 else "after",
        "offsetDuration": {"value": abs(count), "unit": unit, "system": UCUM, "code": unit},
    }
    timing = {"timingTiming": {"repeat": {"timeOfDay": [f"{when['local_time']}:00"]}}} if by_clock else {}
    return {"relatedAction": [related], **timing}


def _each(texts: Mapping[str, Mapping[str, str]], name: str) -> dict[str, str]:
    return {language: text[name] for language, text in texts.items() if name in text}

"""A protocol read from a PlanDefinition that this program wrote."""

from collections.abc import Iterable, Iterator
from typing import Any

from pydantic import ValidationError
from pydantic_core import to_json

from procedures.catalogue import problems
from procedures.catalogue.reading import unknown_sources
from procedures.catalogue.vocabulary import procedures as known_procedures
from procedures.exchange.fhir import (
    ANCHORS,
    PROCEDURES,
    SECTIONS,
    Action,
    PlanDefinition,
    texts_of,
    values_of,
)
from procedures.exchange.plan_definition import PARTICIPANTS, anchor_id
from procedures.exchange.yaml_file import ProtocolFile, ProtocolFileEntry
from procedures.steps import Anchor, Trigger

_AUDIENCES = {participant: audience for audience, participant in PARTICIPANTS.items()}
_ANCHORS = {anchor_id(anchor): anchor for anchor in Anchor}


class PlanDefinitionRefused(Exception):
    """This PlanDefinition cannot be read as a protocol."""

    def __init__(self, reasons: Iterable[str]) -> None:
        self.reasons = tuple(reasons)
        super().__init__("; ".join(self.reasons))


def read_plan_definition(text: str) -> ProtocolFile:
    """
    Return the protocol in a PlanDefinition's JSON.

    :raises PlanDefinitionRefused: with every reason
    """
    try:
        resource = PlanDefinition.model_validate_json(text)
        if resource.resourceType != "PlanDefinition":
            raise PlanDefinitionRefused([f"resourceType is {resource.resourceType[:40]}"])
        entry = _entry(resource)
        read = ProtocolFileEntry.model_validate_json(to_json(entry))
    except ValidationError as error:
        raise PlanDefinitionRefused(_sentences(error)) from error
    file = ProtocolFile(procedure=read.procedure, content=read.protocol.as_content())
    found = tuple(_cross_checks(file, entry))
    if found:
        raise PlanDefinitionRefused(found)
    return file


def _sentences(error: ValidationError) -> Iterator[str]:
    for detail in error.errors(include_url=False):
        where = ".".join(str(part) for part in detail["loc"]) or "the resource"
        yield f"{where}: {detail['msg'].removeprefix('Value error, ')}"


def _cross_checks(file: ProtocolFile, entry: dict[str, Any]) -> Iterator[str]:
    if file.procedure not in known_procedures():
        yield f"nobody knows the procedure {file.procedure}"
    for problem in problems(file.content):
        yield f"{'.'.join(str(part) for part in problem.path)}: {problem.reason}"
    for where, reason in unknown_sources(entry, path=()):
        yield f"{'.'.join(str(part) for part in where)}: {reason}"


def _entry(resource: PlanDefinition) -> dict[str, Any]:
    codes = (topic.code_in(PROCEDURES) for topic in resource.topic)
    steps = [each for each in resource.action if _code_in(each, ANCHORS) is None]
    return {
        "procedure": next((code for code in codes if code), ""),
        "protocol": {
            "title": resource.title,
            **values_of(resource.extension),
            "steps": [_step(each, language=resource.language) for each in steps],
        },
    }


def _step(action: Action, *, language: str) -> dict[str, Any]:
    titles = texts_of(action.title, action.title_translations, language=language)
    bodies = texts_of(action.textEquivalent, action.text_translations, language=language)
    cited = [each.citation for each in action.documentation if each.citation]
    return {
        "code": action.id,
        "section": _code_in(action, SECTIONS) or "",
        **values_of(action.extension),
        "conditions": [each.expression.expression for each in action.condition],
        **({"source": cited[0]} if cited else {}),
        "texts": _together(title=titles, body=bodies),
        "notices": [_notice(each, language=language) for each in action.action],
    }


def _notice(action: Action, *, language: str) -> dict[str, Any]:
    own = values_of(action.extension)
    sms = own.pop("sms", {})
    subjects = texts_of(action.title, action.title_translations, language=language)
    emails = texts_of(action.textEquivalent, action.text_translations, language=language)
    return {
        "code": action.id,
        **own,
        "trigger": next((each.name for each in action.trigger), Trigger.SCHEDULED.value),
        "audiences": [_AUDIENCES.get(each.type, each.type) for each in action.participant],
        **_when(action),
        "texts": _together(sms=sms if isinstance(sms, dict) else {}, subject=subjects, email=emails),
    }


def _when(action: Action) -> dict[str, Any]:
    """Return the moment of a message, if it has one; what is no anchor of ours is named, and refused for it."""
    if not action.relatedAction:
        return {}
    related = action.relatedAction[0]
    anchor = _ANCHORS.get(related.actionId, related.actionId)
    count = related.offsetDuration.value if related.offsetDuration else 0
    signed = -count if related.relationship == "before" else count
    if action.timingTiming is None:
        return {"when": {"anchor": anchor, "elapsed_minutes": signed}}
    clock = next(iter(action.timingTiming.repeat.timeOfDay), "")[:5]
    return {"when": {"anchor": anchor, "days": signed, "local_time": clock}}


def _together(**by_name: dict[str, str]) -> dict[str, dict[str, str]]:
    """Return texts by language and then by name."""
    languages = dict.fromkeys(language for texts in by_name.values() for language in texts)
    return {
        language: {name: texts[language] for name, texts in by_name.items() if language in texts}
        for language in languages
    }


def _code_in(action: Action, system: str) -> str | None:
    return next((code for concept in action.code if (code := concept.code_in(system))), None)

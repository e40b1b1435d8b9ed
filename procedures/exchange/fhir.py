"""The parts of FHIR R4 that a protocol is written in: extensions, translations, the shape of a PlanDefinition."""

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

# Names of our own. They are URNs because the project owns no address on the net.
NAMESPACE = "urn:cryoclinic:protocol"
SECTIONS = f"{NAMESPACE}:section"
ANCHORS = f"{NAMESPACE}:anchor"
PROCEDURES = f"{NAMESPACE}:procedure"
CONDITION_LANGUAGE = "text/x-cryoclinic-condition"
TRANSLATION = "http://hl7.org/fhir/StructureDefinition/translation"
UCUM = "http://unitsofmeasure.org"
_LIST_ITEM = "list-item"
_NO_VALUE = "no-value"


class Lenient(BaseModel):
    """What is read from others: what we do not know is left aside."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Extension(Lenient):
    """A value of our own, or several below one name."""

    url: str
    valueString: str | None = None  # noqa: N815 # FHIR's name
    valueCode: str | None = None  # noqa: N815
    valueBoolean: bool | None = None  # noqa: N815
    valueInteger: int | None = None  # noqa: N815
    extension: tuple["Extension", ...] = ()


class Coding(Lenient):
    system: str = ""
    code: str = ""


class Concept(Lenient):
    coding: tuple[Coding, ...] = ()

    def code_in(self, system: str) -> str | None:
        """Return the concept's code in a system."""
        return next((coding.code for coding in self.coding if coding.system == system), None)


class Translated(Lenient):
    """What stands beside a text: its translations."""

    extension: tuple[Extension, ...] = ()


class Expression(Lenient):
    language: str = ""
    expression: str = ""


class Condition(Lenient):
    expression: Expression = Expression()


class Citation(Lenient):
    citation: str = ""


class Participant(Lenient):
    type: str = ""


class Event(Lenient):
    name: str = ""


class Duration(Lenient):
    value: int
    code: str


class RelatedAction(Lenient):
    actionId: str  # noqa: N815
    relationship: str
    offsetDuration: Duration | None = None  # noqa: N815


class Repeat(Lenient):
    timeOfDay: tuple[str, ...] = ()  # noqa: N815


class Timing(Lenient):
    repeat: Repeat = Repeat()


class Action(Lenient):
    """A step, or a message of a step."""

    id: str = ""
    title: str | None = None
    title_translations: Translated = Field(default=Translated(), alias="_title")
    textEquivalent: str | None = None  # noqa: N815
    text_translations: Translated = Field(default=Translated(), alias="_textEquivalent")
    code: tuple[Concept, ...] = ()
    condition: tuple[Condition, ...] = ()
    documentation: tuple[Citation, ...] = ()
    participant: tuple[Participant, ...] = ()
    trigger: tuple[Event, ...] = ()
    relatedAction: tuple[RelatedAction, ...] = ()  # noqa: N815
    timingTiming: Timing | None = None  # noqa: N815
    extension: tuple[Extension, ...] = ()
    action: tuple["Action", ...] = ()


class PlanDefinition(Lenient):
    """What we read of a PlanDefinition."""

    resourceType: str  # noqa: N815
    language: str = ""
    title: str = ""
    topic: tuple[Concept, ...] = ()
    extension: tuple[Extension, ...] = ()
    action: tuple[Action, ...] = ()


def extensions_of(values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return values that FHIR has no place for, each under a name of ours."""
    return [_extension(f"{NAMESPACE}:{name}", value) for name, value in values.items()]


def values_of(extensions: Iterable[Extension]) -> dict[str, Any]:
    """Return what `extensions_of` was given; what is not ours is left aside."""
    prefix = f"{NAMESPACE}:"
    return {each.url.removeprefix(prefix): _value(each) for each in extensions if each.url.startswith(prefix)}


def translated(texts: Mapping[str, str], *, name: str, language: str) -> dict[str, Any]:
    """Return a text under `name` in the resource's language, with its translations beside it."""
    others = [
        {
            "url": TRANSLATION,
            "extension": [{"url": "lang", "valueCode": code}, {"url": "content", "valueString": text}],
        }
        for code, text in texts.items()
        if code != language
    ]
    own = {name: texts[language]} if language in texts else {}
    return own | ({f"_{name}": {"extension": others}} if others else {})


def texts_of(text: str | None, translations: Translated, *, language: str) -> dict[str, str]:
    """Return a text by language, the reverse of `translated`."""
    found = {} if text is None else {language: text}
    for each in translations.extension:
        parts = {part.url: part for part in each.extension}
        if each.url == TRANSLATION and {"lang", "content"} <= parts.keys():
            found[parts["lang"].valueCode or ""] = parts["content"].valueString or ""
    return found


def _extension(url: str, value: object) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"url": url, "valueBoolean": value}
    if isinstance(value, int):
        return {"url": url, "valueInteger": value}
    if isinstance(value, Mapping):
        return {"url": url, "extension": [_extension(name, each) for name, each in value.items()]}
    if isinstance(value, list):
        return {"url": url, "extension": [_extension(_LIST_ITEM, each) for each in value]}
    if value is None:
        return {"url": url, "extension": [{"url": _NO_VALUE, "valueBoolean": True}]}
    return {"url": url, "valueString": value}


def _value(extension: Extension) -> Any:
    names = {each.url for each in extension.extension}
    if names == {_LIST_ITEM}:
        return [_value(each) for each in extension.extension]
    if names == {_NO_VALUE}:
        return None
    if names:
        return {each.url: _value(each) for each in extension.extension}
    simple = (extension.valueString, extension.valueBoolean, extension.valueInteger)
    return next((each for each in simple if each is not None), None)

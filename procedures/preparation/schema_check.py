"""
A JSON Schema, compiled to plain functions: the part of draft 2020-12 that the schema of a case uses.

A general validator takes a millisecond for a case, twice what planning it takes; these take a twentieth. A keyword
that is not known here stops the compilation, so that the schema cannot ask for what is not checked.
Pure: no framework, no database, no clock.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True, kw_only=True, slots=True)
class Breach:
    """Where a document breaks its schema, and which rule; keys only, never a value."""

    rule: str
    path: tuple[str | int, ...] = ()

    def inside(self, step: str | int) -> "Breach":
        """Return the same breach seen from one level further out."""
        return replace(self, path=(step, *self.path))


Check = Callable[[Any], Breach | None]
Compile = Callable[[Any], Check]

ANNOTATIONS = frozenset({"$schema", "$defs", "title", "description", "then"})
TYPES: Mapping[str, Callable[[Any], bool]] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "null": lambda value: value is None,
}


def compiled(schema: Mapping[str, Any], *, definitions: Mapping[str, Any]) -> Check:
    """
    Return a function that gives the first breach of `schema` in a document, or None.

    References are followed into `definitions`.

    :raises KeyError: if the schema uses a keyword or type not known here
    """
    if "$ref" in schema:
        return compiled(definitions[schema["$ref"].rpartition("/")[2]], definitions=definitions)

    def inner(node: Mapping[str, Any]) -> Check:
        return compiled(node, definitions=definitions)

    checks = [_check(keyword, schema=schema, inner=inner) for keyword in schema if keyword not in ANNOTATIONS]
    return _all(checks)


def _check(keyword: str, *, schema: Mapping[str, Any], inner: Compile) -> Check:
    argument = schema[keyword]
    if keyword in SIMPLE:
        return SIMPLE[keyword](argument)
    if keyword == "additionalProperties":
        return {False: _no_other_keys}[argument](frozenset(schema["properties"]))
    if keyword == "if":
        return _if(condition=inner(argument), consequence=inner(schema["then"]))
    return NESTED[keyword](argument, inner)


def _all(checks: list[Check]) -> Check:
    def check(value: Any) -> Breach | None:
        for one in checks:
            breach = one(value)
            if breach is not None:
                return breach
        return None

    return check


def _rule(name: str, passes: Callable[[Any], bool]) -> Check:
    breach = Breach(rule=name)
    return lambda value: None if passes(value) else breach


def _pattern(text: str) -> Check:
    search = re.compile(text).search
    return _rule("pattern", lambda value: not isinstance(value, str) or search(value) is not None)


def _unique(asked: bool) -> Check:
    return _rule(
        "uniqueItems",
        lambda value: (
            not (asked and isinstance(value, list)) or len({repr(item) for item in value}) == len(value)
        ),
    )


def _at_least(name: str, kind: str, measure: Callable[[Any], Any]) -> Compile:
    is_kind = TYPES[kind]
    return lambda least: _rule(name, lambda value: not is_kind(value) or measure(value) >= least)


def _required(names: list[str]) -> Check:
    breaches = [(name, Breach(rule=f"{name} is required")) for name in names]

    def check(value: Any) -> Breach | None:
        if not isinstance(value, dict):
            return None
        return next((breach for name, breach in breaches if name not in value), None)

    return check


def _no_other_keys(known: frozenset[str]) -> Check:
    return _rule(
        "it has a key that is not known", lambda value: not isinstance(value, dict) or value.keys() <= known
    )


def _properties(schemas: Mapping[str, Any], inner: Compile) -> Check:
    checks = [(name, inner(schema)) for name, schema in schemas.items()]

    def check(value: Any) -> Breach | None:
        if not isinstance(value, dict):
            return None
        for name, one in checks:
            breach = one(value[name]) if name in value else None
            if breach is not None:
                return breach.inside(name)
        return None

    return check


def _items(schema: Mapping[str, Any], inner: Compile) -> Check:
    one = inner(schema)

    def check(value: Any) -> Breach | None:
        for place, item in enumerate(value if isinstance(value, list) else ()):
            breach = one(item)
            if breach is not None:
                return breach.inside(place)
        return None

    return check


def _counted(name: str, allowed: Callable[[int], bool]) -> Callable[[list[Any], Compile], Check]:
    def build(schemas: list[Any], inner: Compile) -> Check:
        checks = [inner(schema) for schema in schemas]
        return _rule(name, lambda value: allowed(sum(check(value) is None for check in checks)))

    return build


def _every(schemas: list[Any], inner: Compile) -> Check:
    return _all([inner(schema) for schema in schemas])


def _not(schema: Mapping[str, Any], inner: Compile) -> Check:
    refused = inner(schema)
    return _rule("not", lambda value: refused(value) is not None)


def _if(*, condition: Check, consequence: Check) -> Check:
    return lambda value: consequence(value) if condition(value) is None else None


SIMPLE: Mapping[str, Compile] = {
    "type": lambda name: _rule("type", TYPES[name]),
    "enum": lambda codes: _rule("enum", lambda value: value in codes),
    "const": lambda code: _rule("const", lambda value: value == code),
    "pattern": _pattern,
    "minLength": _at_least("minLength", "string", len),
    "minItems": _at_least("minItems", "array", len),
    "minimum": _at_least("minimum", "number", lambda value: value),
    "uniqueItems": _unique,
    "required": _required,
}
NESTED: Mapping[str, Callable[[Any, Compile], Check]] = {
    "properties": _properties,
    "items": _items,
    "allOf": _every,
    "anyOf": _counted("anyOf", lambda fitting: fitting >= 1),
    "oneOf": _counted("oneOf", lambda fitting: fitting == 1),
    "not": _not,
}

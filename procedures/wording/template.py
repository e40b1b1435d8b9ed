"""
Texts with placeholders, `{fact}` or `{fact:spec}`.

Strict on purpose: an unknown name or a stray brace is an error, nothing is looked up on a value, and a value
is never read as a template.
"""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from zoneinfo import ZoneInfo

from procedures.wording.languages import in_language
from procedures.wording.media import Medium
from procedures.wording.saying import Sayable, say

_PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)(?::([a-z]+))?\}")


class UnknownPlaceholder(LookupError):
    """The text asks for a fact that this message does not have."""


class StrayBrace(ValueError):
    """The text has a curly bracket that is not part of a placeholder."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Placeholder:
    """A place where a fact goes, and how it is said."""

    name: str
    spec: str


@lru_cache(maxsize=8192)
def parse(template: str) -> tuple[str | Placeholder, ...]:
    """
    Return the template's texts and placeholders in order.

    :raises StrayBrace: if a bracket is left over
    """
    pieces: list[str | Placeholder] = []
    end = 0
    for match in _PLACEHOLDER.finditer(template):
        pieces.append(template[end : match.start()])
        pieces.append(Placeholder(name=match[1], spec=match[2] or ""))
        end = match.end()
    pieces.append(template[end:])
    if any("{" in piece or "}" in piece for piece in pieces if isinstance(piece, str)):
        raise StrayBrace(template)
    return tuple(piece for piece in pieces if piece)


def placeholders(template: str) -> frozenset[str]:
    """
    Return the names of the facts the template asks for.

    :raises StrayBrace: if a bracket is left over
    """
    return frozenset(piece.name for piece in parse(template) if isinstance(piece, Placeholder))


def fill(
    template: str,
    *,
    facts: Mapping[str, Sayable],
    medium: Medium,
    zone: ZoneInfo,
    language: str,
    today: dt.date,
) -> str:
    """
    Return the template with every fact said as `say` says it.

    :raises UnknownPlaceholder: if a fact is missing; carries its name
    :raises StrayBrace: if a bracket is left over
    :raises UnknownSpec: if a fact cannot be said that way
    :raises NoWording: if we do not speak `language`
    """
    said = []
    for piece in parse(template):
        if isinstance(piece, str):
            said.append(piece)
        elif piece.name not in facts:
            raise UnknownPlaceholder(piece.name)
        else:
            fact = facts[piece.name]
            said.append(say(fact, spec=piece.spec, medium=medium, zone=zone, today=today, language=language))
    text = "".join(said)
    return in_language(language).typeset(text) if medium is Medium.FULL else text

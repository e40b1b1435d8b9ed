"""Which languages we can speak. A language is one module that has what `Language` asks; add it to the table."""

import datetime as dt
from typing import Protocol

from procedures.wording import en
from procedures.wording.frame import Frame


class NoWording(LookupError):
    """We have no words in this language yet. Choose another, and have a person call."""


class Language(Protocol):
    """What a language module must have. Days and times arrive in the zone they are to be read in."""

    @property
    def FRAME(self) -> Frame: ...  # noqa: N802 - a module constant

    def weekday(self, day: dt.date, *, short: bool) -> str: ...

    def date(self, day: dt.date, *, with_year: bool) -> str: ...

    def clock(self, time: dt.time, *, short: bool) -> str: ...

    def moment(self, *, day: str, time: str) -> str: ...

    def night(self, *, before: str, after: str) -> str: ...

    def repeated(self, time: str, *, first: bool) -> str: ...

    def length(self, duration: dt.timedelta) -> str: ...

    def number(self, count: int) -> str: ...


_LANGUAGES: dict[str, Language] = {"en": en}


def languages() -> frozenset[str]:
    """Return the codes we have words for."""
    return frozenset(_LANGUAGES)


def in_language(code: str) -> Language:
    """
    Return the words of a language; a regional code such as en-GB falls back to its language.

    :raises NoWording: if there are none
    """
    found = _LANGUAGES.get(code) or _LANGUAGES.get(code.partition("-")[0])
    if found is None:
        raise NoWording(code)
    return found

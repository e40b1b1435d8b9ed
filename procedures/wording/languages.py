"""Which languages we can speak. A language is one module that has what `Language` asks; add it to the table."""

import datetime as dt
from typing import Protocol

from procedures.wording import en, es, fr, pl
from procedures.wording.frame import Frame
from procedures.wording.plurals import Category


class NoWording(LookupError):
    """We have no words in this language yet. Choose another, and have a person call."""


class Language(Protocol):
    """
    What a language module must have. Days and times arrive in the zone they are to be read in.

    `weekday` and `date` are the bare names; `day` says when, `end_day` what begins or ends with a day; `moment`
    and `end` join them with a time; `hours` takes weekdays from 0, Monday; `plural` names the form beside a number; `typeset` prepares a whole text for
    page and email.
    """

    @property
    def FRAME(self) -> Frame: ...  # noqa: N802 - a module constant

    def weekday(self, day: dt.date, *, short: bool) -> str: ...

    def date(self, day: dt.date, *, with_year: bool) -> str: ...

    def day(self, value: dt.date, *, short: bool, with_year: bool) -> str: ...

    def end_day(self, value: dt.date, *, short: bool, with_year: bool) -> str: ...

    def clock(self, time: dt.time, *, short: bool) -> str: ...

    def moment(self, *, day: str, time: str) -> str: ...

    def end(self, *, day: str, time: str) -> str: ...

    def night(self, *, before: dt.date, after: dt.date, short: bool) -> str: ...

    def repeated(self, time: str, *, first: bool) -> str: ...

    def hours(self, *, first: int, last: int, opens: str, closes: str) -> str: ...

    def length(self, duration: dt.timedelta) -> str: ...

    def number(self, count: int) -> str: ...

    def plural(self, count: int) -> Category: ...

    def typeset(self, text: str) -> str: ...


_LANGUAGES: dict[str, Language] = {"en": en, "es": es, "fr": fr, "pl": pl}


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

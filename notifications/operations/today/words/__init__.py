"""The page's own sentences. A language is one module with one value; add it to the table."""

from dataclasses import fields, is_dataclass, replace
from typing import TypeVar, cast

from notifications.operations.today.words import en, es, fr, pl
from notifications.operations.today.words.values import PageWords, Stop
from procedures.wording import Forms, in_language

T = TypeVar("T")


def _typeset(value: T, *, language: str) -> T:
    """Return a value of words with every text set as its language sets it."""
    if isinstance(value, str):
        return cast("T", in_language(language).typeset(value))
    if is_dataclass(value) and not isinstance(value, type):
        names = [field.name for field in fields(value)]
        changed = {name: _typeset(getattr(value, name), language=language) for name in names}
        return cast("T", replace(value, **changed))
    return value


_WORDS: dict[str, PageWords] = {
    module.WORDS.language: _typeset(module.WORDS, language=module.WORDS.language)
    for module in (en, es, fr, pl)
}
FALLBACK = _WORDS["en"]


def words_in(language: str) -> PageWords:
    """Return the page's sentences in a language, a regional code falling back to its language; else in English."""
    return _WORDS.get(language) or _WORDS.get(language.partition("-")[0]) or FALLBACK


def all_words() -> tuple[PageWords, ...]:
    """Return the sentences in every language we have, English first."""
    return tuple(_WORDS.values())


def put(words: PageWords, template: str, **facts: str) -> str:
    """Return one of the page's sentences with what belongs in it, as its language sets it."""
    return in_language(words.language).typeset(template.format(**facts))


def counted(words: PageWords, forms: Forms, count: int) -> str:
    """Return the form beside a number, the number in it."""
    language = in_language(words.language)
    return put(words, forms.beside(language.plural(count)), count=language.number(count))


__all__ = ["FALLBACK", "PageWords", "Stop", "all_words", "counted", "put", "words_in"]

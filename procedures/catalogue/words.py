"""
What the words of a patient text may not be.

These are the clinic's house rules for texts: no time that can be taken for another, no word that a phone company
reads as a command, no advice about a medicine without a signature, nothing private where others can read along.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from procedures.catalogue.vocabulary import drug_names
from procedures.catalogue.word_lists import WordList, lists_for

_PLACEHOLDER = re.compile(r"\{[^{}]*\}")
_CLOCK_TIME = r"\d{1,2}[:.]\d{2}"
# What other languages hang on a drug's name, as in metformina or warfarine.
_ENDING = r"\w{0,3}"
_WORD = re.compile(r"\w+")
# Protocols share most of their texts.
TEXTS = 16384
_SPELLINGS = (("x", "ks"), ("y", "i"), ("v", "w"), ("c", "k"), ("ph", "f"), ("th", "t"))


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """What is wrong with a text: a code, and a phrase that names the words."""

    code: str
    reason: str


@lru_cache(maxsize=TEXTS)
def in_any_text(text: str, *, language: str = "en") -> tuple[Fault, ...]:
    """Return what no patient text may have, whatever its medium."""
    return tuple(_in_any_text(text, language))


def _in_any_text(text: str, language: str) -> Iterator[Fault]:
    bare = _PLACEHOLDER.sub(" ", text)
    if found := _listed("unclear", language).search(bare):
        yield Fault(code="misread-time", reason=f'"{found[0]}" can be misread; say the day and the time')
    if found := _listed("clock_times", language).search(bare):
        yield Fault(code="fixed-time", reason=f'"{found[0]}" is a fixed clock time; use a placeholder')
    if drug := _drug_in(bare, language=language):
        yield Fault(
            code="medicine-name",
            reason=f'"{drug}" is a medicine\'s name; it comes from the signed plan only',
        )
    if "!" in bare or "¡" in bare:
        yield Fault(code="exclamation", reason="an exclamation mark")


@lru_cache(maxsize=TEXTS)
def in_page(text: str, *, language: str = "en") -> tuple[Fault, ...]:
    """Return what a page text may not have: pages show the signed plan, their own texts give no advice on it."""
    return tuple(_in_page(text, language))


def _in_page(text: str, language: str) -> Iterator[Fault]:
    yield from in_any_text(text, language=language)
    if found := _listed("medicine_form", language).search(_PLACEHOLDER.sub(" ", text)):
        yield Fault(
            code="medicine-in-page", reason=f'"{found[0]}" speaks about a medicine; only a signed plan does'
        )


@lru_cache(maxsize=TEXTS)
def in_sms(text: str, *, language: str = "en") -> tuple[Fault, ...]:
    """Return what an SMS may not have."""
    return tuple(_in_sms(text, language))


def _in_sms(text: str, language: str) -> Iterator[Fault]:
    bare = _PLACEHOLDER.sub(" ", text)
    if found := _commands(language).search(bare):
        yield Fault(
            code="carrier-word", reason=f'"{found[0]}" is a command to phone companies; ask for a digit'
        )
    if found := _listed("diagnosis", language).search(bare):
        yield Fault(code="told-by-sms", reason=f'"{found[0]}" tells others what the visit is for')
    if "{procedure" in text:
        yield Fault(code="told-by-sms", reason="{procedure} tells others what the visit is for")


@lru_cache(maxsize=TEXTS)
def in_subject(text: str, *, language: str = "en") -> tuple[Fault, ...]:
    """Return what the subject of an email may not have."""
    return tuple(_in_subject(text, language))


def _in_subject(text: str, language: str) -> Iterator[Fault]:
    if found := _listed("health", language).search(_PLACEHOLDER.sub(" ", text)):
        yield Fault(
            code="told-by-subject",
            reason=f'"{found[0]}" is a word about health; the subject is seen by others',
        )


def speaks_of_medicine(text: str, *, language: str = "en") -> bool:
    """Return whether a text is about medicine at all."""
    return _listed("medicine", language).search(_PLACEHOLDER.sub(" ", text)) is not None


def states_number(text: str) -> bool:
    """Return whether a text has a number of its own, so that somebody must say where it comes from."""
    return re.search(r"\d", _PLACEHOLDER.sub(" ", text)) is not None


# What is looked for together with the words of another kind.
_WITH = {"medicine": "medicine_form", "health": "diagnosis"}


@lru_cache(maxsize=256)
def _listed(kind: str, language: str) -> re.Pattern[str]:
    kinds = [kind, _WITH[kind]] if kind in _WITH else [kind]
    parts = [getattr(words, each) for words in lists_for(language) for each in kinds]
    if kind == "clock_times":
        parts.append(_CLOCK_TIME)
    return re.compile(rf"\b(?:{'|'.join(parts)})\b", re.IGNORECASE)


@lru_cache(maxsize=64)
def _commands(language: str) -> re.Pattern[str]:
    lists = lists_for(language)
    every = "|".join(words.commands for words in lists)
    return re.compile("|".join([rf"\b(?:{every})\b", *(_asked(words, every) for words in lists)]))


def _asked(words: WordList, commands: str) -> str:
    """Return what asks for a command whatever its letters: small ones are a command too, once they are asked for."""
    return rf"(?i:\b{words.asking}\s+[\"'«„]?(?:{commands})\b)"


def _drug_in(text: str, *, language: str) -> str:
    """Return the first medicine that a text names, as it is written there; nothing if it names none."""
    if found := _drugs().search(text):
        return found[0]
    if language.partition("-")[0] == "en":
        return ""
    return next((word for word in _WORD.findall(text) if _drugs_abroad().fullmatch(_respelled(word))), "")


@lru_cache(maxsize=1)
def _drugs() -> re.Pattern[str]:
    names = "|".join(re.escape(name) for name in sorted(drug_names(), key=len, reverse=True))
    return re.compile(rf"\b(?:{names})\b", re.IGNORECASE)


@lru_cache(maxsize=1)
def _drugs_abroad() -> re.Pattern[str]:
    names = "|".join(sorted(re.escape(_respelled(name)) for name in drug_names() if name.isalpha()))
    return re.compile(rf"(?:{names}){_ENDING}")


@lru_cache(maxsize=8192)
def _respelled(word: str) -> str:
    """Return a word in one spelling for all languages: warfaryna and warfarina are the same, so are x and ks."""
    letters = unicodedata.normalize("NFD", word.lower())
    plain = "".join(letter for letter in letters if not unicodedata.combining(letter))
    for theirs, ours in _SPELLINGS:
        plain = plain.replace(theirs, ours)
    return plain

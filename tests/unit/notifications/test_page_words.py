"""The page's own sentences: every language has every one, asks for the same facts, and repeats no English."""

import dataclasses
import string
from collections.abc import Iterator
from typing import Any

import pytest

from notifications.operations.access import WrongDate
from notifications.operations.page_answers import VisitChanged
from notifications.operations.today import PageWords, all_words, counted, words_in
from procedures.wording import grade, languages

FORBIDDEN = ("midnight", "medianoche", "północ", "minuit", "!", " - ", "\N{EN DASH}")
HARDEST_GRADE = 6.0
ENGLISH, *OTHERS = all_words()


def sentences(words: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Walk every text of a language by its place."""
    for field in dataclasses.fields(words):
        value, place = getattr(words, field.name), f"{path}{field.name}"
        if dataclasses.is_dataclass(value):
            yield from sentences(value, f"{place}.")
        else:
            yield place, value


def facts_in(template: str) -> list[str]:
    return sorted(name for _, name, _, _ in string.Formatter().parse(template) if name)


TEXTS = {words.language: dict(sentences(words)) for words in all_words()}
# A form for 2 to 4 is written where the language has one.
PLACES = [place for place in TEXTS["en"] if place != "language" and not place.endswith(".few")]


def test_page_speaks_every_language_we_have() -> None:
    assert frozenset(TEXTS) == languages()


@pytest.mark.parametrize("place", PLACES)
def test_sentence_stands_in_every_language_with_the_same_facts(place: str) -> None:
    texts = {language: found[place] for language, found in TEXTS.items()}

    assert all(text.strip() for text in texts.values())
    assert {language: facts_in(text) for language, text in texts.items()} == dict.fromkeys(
        texts, facts_in(texts["en"])
    )


@pytest.mark.parametrize("words", OTHERS, ids=lambda words: words.language)
def test_no_sentence_is_left_in_english(words: PageWords) -> None:
    own, english = TEXTS[words.language], TEXTS["en"]

    left = {place for place in PLACES if own[place] == english[place] and len(own[place].split()) > 1}

    assert left <= {"shell.error_title", "changes.line"}


@pytest.mark.parametrize("language", sorted(TEXTS))
def test_no_sentence_shouts_or_names_an_hour_of_two_nights(language: str) -> None:
    found = {
        place: text
        for place, text in TEXTS[language].items()
        if any(word in text.lower() for word in FORBIDDEN)
    }

    assert found == {}


def test_english_sentences_are_easy_to_read() -> None:
    joined = " ".join(
        text if text.endswith((".", "?")) else f"{text}." for place, text in TEXTS["en"].items() if text
    )

    assert grade(joined) <= HARDEST_GRADE


def test_refusals_are_said_as_their_errors_say_them() -> None:
    said = (ENGLISH.door.wrong_date, ENGLISH.plan.visit_changed)

    assert said == (WrongDate.__doc__, VisitChanged.__doc__)


@pytest.mark.parametrize(
    ("language", "tries"),
    [
        ("en", ["You have 1 try left.", "You have 2 tries left.", "You have 5 tries left."]),
        ("es", ["Le queda 1 intento.", "Le quedan 2 intentos.", "Le quedan 5 intentos."]),
        ("pl", ["Masz jeszcze 1 próbę.", "Masz jeszcze 2 próby.", "Masz jeszcze 5 prób."]),
        ("fr", ["Il vous reste 1 essai.", "Il vous reste 2 essais.", "Il vous reste 5 essais."]),
    ],
)
def test_tries_left_are_counted_in_the_languages_own_forms(language: str, tries: list[str]) -> None:
    words = words_in(language)

    assert [counted(words, words.door.tries_left, count) for count in (1, 2, 5)] == tries


def test_language_we_do_not_speak_is_english() -> None:
    assert [words_in(code).language for code in ("pl-PL", "de", "")] == ["pl", "en", "en"]

"""How hard an English text is to read."""

import re
from functools import lru_cache

import pyphen

# Kincaid et al. 1975, Naval Technical Training Command, Research Branch Report 8-75.
_PER_WORD_IN_SENTENCE = 0.39
_PER_SYLLABLE_IN_WORD = 11.8
_OFFSET = 15.59

_ADDRESS = re.compile(r"https?://\S+")
_WORD = re.compile(r"[A-Za-z]+(?:['\u2019][A-Za-z]+)*|\d[\d:.,]*")
_SENTENCE_END = re.compile(r"[.!?:](?:\s|$)|\n\s*\n")
_VOWELS = re.compile(r"[aeiouy]+")
_SILENT_END = re.compile(r"(?:[^aeioutd]ed|[^aeioulcgsxz]es|[^aeioul]e|[aeiou]le)$")
_HYPHENATION = pyphen.Pyphen(lang="en_US")


def grade(text: str) -> float:
    """
    Return the Flesch-Kincaid grade of an English text, 0.0 for one without words; indicative, it may be negative.

    Web addresses are left out, a number counts as one word of one syllable. Source: Kincaid 1975.
    """
    prose = _ADDRESS.sub("", text)
    words = _WORD.findall(prose)
    if not words:
        return 0.0
    sentences = sum(1 for sentence in _SENTENCE_END.split(prose) if _WORD.search(sentence))
    syllables = sum(_syllables(word.lower()) for word in words)
    return (
        _PER_WORD_IN_SENTENCE * len(words) / sentences
        + _PER_SYLLABLE_IN_WORD * syllables / len(words)
        - _OFFSET
    )


@lru_cache(maxsize=16384)
def _syllables(word: str) -> int:
    """
    Return the syllables of a lower-case word.

    Hyphenation never splits off a single letter ("about", "area"), so it counts too few; groups of vowels
    are the second opinion and the larger count stands: a text is rather called too hard.
    """
    if not word[0].isalpha():
        return 1
    hyphenated = len(_HYPHENATION.positions(word)) + 1
    vowels = len(_VOWELS.findall(word)) - bool(_SILENT_END.search(word))
    return max(hyphenated, vowels, 1)

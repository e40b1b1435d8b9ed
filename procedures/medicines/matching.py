"""
Which drug a line of free text may mean, and how sure that is.

A match is shown to a person and never taken by itself: whatever the confidence, somebody confirms it. Pure: no
framework, no database, no clock; the same text always gives the same matches.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from enum import StrEnum

from procedures.medicines.vocabulary import Medicine, Vocabulary, parts_of, vocabulary
from procedures.medicines.writing import normal, read

# [ops] How sure a match can be at most, by what it rests on. Only the drug's own name is certain.
CERTAIN, LISTED, BRAND, SPELLING = 1.0, 0.98, 0.95, 0.9
# [ops] Words of the line that the match does not explain, one word that means several drugs, part of a tablet.
WITH_OTHER_WORDS, SEVERAL, ONLY_PART = 0.8, 0.5, 0.3
# [ops] Names less alike than this are not shown, and at most so many are.
ALIKE_FROM, SHOWN_AT_MOST = 0.78, 5
# [ops] Two drugs whose names are about equally like the text: neither is likelier than this.
TOO_CLOSE, EQUALLY_LIKELY = 0.08, 0.6
_JOINT = re.compile(r"\s+(?:and|with|plus|y|con|i|z|et|avec)\s+")
_LONGEST_NAME = 5
_SHORTEST_GUESSED = 4


class MatchKind(StrEnum):
    """What a match rests on."""

    EXACT = "exact"
    BRAND = "brand"
    SYNONYM = "synonym"
    COMBINATION = "combination"
    SPELLING = "spelling"
    PART = "part"
    NONE = "none"


@dataclass(frozen=True, kw_only=True, slots=True)
class Match:
    """
    One drug that a text may mean; `drug` is empty when it means none the rules know.

    `name` is the listed name it came by, `regions` where that brand is sold. `part` says that the text names more
    than this drug: each part is then written down by itself.
    """

    drug: str
    kind: MatchKind
    confidence: float
    name: str
    regions: tuple[str, ...] = ()


def match(text: str, *, names: Vocabulary | None = None) -> tuple[Match, ...]:
    """
    Return what a text may mean, likeliest first; always at least one entry, of kind `none` when nothing fits.

    `names` is the program's own vocabulary unless another is given.
    """
    known = names or vocabulary()
    written = normal(_JOINT.sub(" / ", f" {read(text).name.casefold()} "))
    whole = normal(text)
    found = (
        _named(written, known)
        or (_named(whole, known) if whole != written else ())
        or (() if written in known.others else (_within(written, known) or _alike(written, known)))
    )
    if not found:
        return (Match(drug="", kind=MatchKind.NONE, confidence=0.0, name=""),)
    return tuple(sorted(found, key=lambda each: (-each.confidence, each.drug))[:SHOWN_AT_MOST])


def _named(written: str, known: Vocabulary) -> tuple[Match, ...]:
    """Return what the whole text is a name of."""
    if written in known.drugs_of:
        return (_by_name(written, known),)
    if written in known.ambiguous:
        return tuple(
            Match(drug=drug, kind=MatchKind.SYNONYM, confidence=SEVERAL, name=written)
            for drug in known.ambiguous[written]
        )
    return _tablet(written, known)


def _by_name(written: str, known: Vocabulary) -> Match:
    drug = known.drugs_of[written]
    medicine = known.medicines[drug]
    if written == normal(drug):
        return Match(drug=drug, kind=MatchKind.EXACT, confidence=CERTAIN, name=drug)
    brand = next((brand for brand in medicine.regions_of if normal(brand) == written), None)
    if brand is None:
        return Match(drug=drug, kind=MatchKind.SYNONYM, confidence=LISTED, name=_listed(written, medicine))
    return Match(
        drug=drug, kind=MatchKind.BRAND, confidence=BRAND, name=brand, regions=medicine.regions_of[brand]
    )


def _listed(written: str, medicine: Medicine) -> str:
    every = (name for names in medicine.names.values() for name in names)
    return next((name for name in every if normal(name) == written), written)


def _tablet(written: str, known: Vocabulary) -> tuple[Match, ...]:
    """Return the tablet of the parts the text joins, or the parts alone if the rules know no such tablet."""
    if "/" not in written:
        return ()
    parts = [known.drugs_of.get(part.strip()) for part in written.split("/")]
    drugs = frozenset(part for part in parts if part is not None)
    tablet = known.tablet_of(drugs) if None not in parts else None
    if tablet is not None:
        return (Match(drug=tablet, kind=MatchKind.COMBINATION, confidence=LISTED, name=tablet),)
    return tuple(_part(drug) for drug in sorted(drugs))


def _part(drug: str) -> Match:
    return Match(drug=drug, kind=MatchKind.PART, confidence=ONLY_PART, name=drug)


def _within(written: str, known: Vocabulary) -> tuple[Match, ...]:
    """Return what stands somewhere in the text: one drug with other words, or the parts of a tablet."""
    found = {phrase: _by_name(phrase, known) for phrase in _phrases(written) if phrase in known.drugs_of}
    matches: dict[str, Match] = {}
    for each in found.values():
        matches.setdefault(each.drug, each)
    drugs = _largest(matches, known)
    tablet = known.tablet_of(drugs)
    if tablet is not None:
        return (Match(drug=tablet, kind=MatchKind.COMBINATION, confidence=BRAND, name=tablet),)
    if len(drugs) > 1 or (drugs and not known.others.isdisjoint(_phrases(written))):
        return tuple(_part(drug) for drug in sorted(drugs))
    explained = {word for phrase in found for word in phrase.split()}
    others = [word for word in written.split() if word not in explained and not word.isdigit()]
    return tuple(_weakened(matches[drug], WITH_OTHER_WORDS if others else 1.0) for drug in drugs)


def _largest(matches: Iterable[str], known: Vocabulary) -> frozenset[str]:
    """Return the drugs found, without those that are but part of a tablet found as well."""
    found = frozenset(matches)
    within = {
        part
        for drug in found
        for part in parts_of(known.medicines[drug].drug)
        if part != drug and len(parts_of(known.medicines[drug].drug)) > 1
    }
    return found - within


def _phrases(written: str) -> Iterator[str]:
    """Yield the runs of words in a text, the longest first."""
    words = written.replace("/", " ").split()
    for length in range(min(_LONGEST_NAME, len(words)), 0, -1):
        for start in range(len(words) - length + 1):
            yield " ".join(words[start : start + length])


def _weakened(found: Match, factor: float) -> Match:
    return replace(found, confidence=round(found.confidence * factor, 2))


def _alike(written: str, known: Vocabulary) -> tuple[Match, ...]:
    """Return the drugs with a name spelled nearly so; nearer to a medicine the rules do not know, none is likely."""
    if len(written) < _SHORTEST_GUESSED:
        return ()
    best: dict[str, tuple[float, str]] = {}
    for name, drug in known.drugs_of.items():
        likeness = _likeness(written, name)
        if likeness >= ALIKE_FROM and likeness > best.get(drug, (0.0, ""))[0]:
            best[drug] = (likeness, name)
    if not best:
        return ()
    rival = max((_likeness(written, other) for other in known.others), default=0.0)
    ranked = sorted((likeness for likeness, _ in best.values()), reverse=True)
    close = len(ranked) > 1 and ranked[0] - ranked[1] < TOO_CLOSE
    ceiling = EQUALLY_LIKELY if close or ranked[0] - rival < TOO_CLOSE else SPELLING
    return tuple(
        replace(
            _by_name(name, known),
            kind=MatchKind.SPELLING,
            confidence=round(min(ceiling, SPELLING * likeness), 2),
        )
        for likeness, name in best.values()
    )


def _likeness(one: str, other: str) -> float:
    """Return how alike two names are, 0 to 1; 0 where the first look already rules it out."""
    # The order matters to difflib; sorted, the answer is the same whichever came first.
    first, second = sorted((one, other))
    compared = SequenceMatcher(None, first, second, autojunk=False)
    if compared.real_quick_ratio() < ALIKE_FROM or compared.quick_ratio() < ALIKE_FROM:
        return 0.0
    return compared.ratio()

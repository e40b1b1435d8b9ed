"""
What the words of a patient text may not be.

These are the clinic's house rules for texts: no time that can be taken for another, no word that a phone company
reads as a command, no advice about a medicine without a signature, nothing private where others can read along.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from procedures.catalogue.vocabulary import drug_names

_PLACEHOLDER = re.compile(r"\{[^{}]*\}")
_CLOCK_TIME = re.compile(
    r"\b\d{1,2}[:.]\d{2}\b|\b\d{1,2}\s?(?:am|pm|a\.m\.|p\.m\.|o'clock)\b|\bnoon\b", re.IGNORECASE
)
_UNCLEAR = re.compile(
    r"\bmidnight\b|\b12\s?am\b|\bpre-?op\b|\bpost-?op\b|\bnil by mouth\b|\bnbm\b|\bnpo\b|\bas directed\b",
    re.IGNORECASE,
)
_CARRIER_WORDS = "CANCEL|STOP|END|QUIT|YES|START"
_CARRIER_COMMAND = re.compile(
    rf"\b(?:{_CARRIER_WORDS})\b|(?i:\b(?:reply|answer|send|text)\s+(?:with\s+)?[\"']?(?:{_CARRIER_WORDS})\b)"
)
_MEDICINE = re.compile(
    r"\b(?:medicines?|medications?|tablets?|pills?|doses?|drugs?|blood thinners?|painkillers?|insulin|injections?)\b",
    re.IGNORECASE,
)
_MEDICINE_FORM = re.compile(
    r"\b(?:tablets?|pills?|doses?|drugs?|blood thinners?|painkillers?|insulin)\b", re.IGNORECASE
)
_HEALTH = re.compile(
    r"\b(?:treatments?|procedures?|operations?|surgery|biops(?:y|ies)|ablations?|cryo\w*|freez\w*|scans?|medicines?"
    r"|fast(?:ing)?|food|drink|pain|cancer|tumou?rs?|kidneys?|liver|lungs?|prostate|breast|bones?|heart|nerves?"
    r"|spine|back pain|knees?|hips?|skin|cervix|eyes?|blood|fever)\b",
    re.IGNORECASE,
)
_DIAGNOSIS = re.compile(
    r"\b(?:operations?|surgery|biops(?:y|ies)|ablations?|cryo\w*|freez\w*|cancer|tumou?rs?|kidneys?|liver|lungs?"
    r"|prostate|breast|bones?|heart|nerves?|spine|knees?|hips?|skin|cervix)\b",
    re.IGNORECASE,
)


def in_any_text(text: str) -> Iterator[str]:
    """Yield what no patient text may have, whatever its medium."""
    bare = _PLACEHOLDER.sub(" ", text)
    if found := _UNCLEAR.search(bare):
        yield f'"{found[0]}" can be misread; say the day and the time'
    if found := _CLOCK_TIME.search(bare):
        yield f'"{found[0]}" is a fixed clock time; use a placeholder'
    if found := _drugs().search(bare):
        yield f'"{found[0]}" is a medicine\'s name; it comes from the signed plan only'
    if "!" in bare:
        yield "an exclamation mark"


def in_page(text: str) -> Iterator[str]:
    """Yield what a page text may not have: pages show the signed plan, their own texts give no advice on it."""
    yield from in_any_text(text)
    if found := _MEDICINE_FORM.search(_PLACEHOLDER.sub(" ", text)):
        yield f'"{found[0]}" speaks about a medicine; only a signed plan does'


def in_sms(text: str) -> Iterator[str]:
    """Yield what an SMS may not have."""
    bare = _PLACEHOLDER.sub(" ", text)
    if found := _CARRIER_COMMAND.search(bare):
        yield f'"{found[0]}" is a command to phone companies; ask for a digit'
    if found := _DIAGNOSIS.search(bare):
        yield f'"{found[0]}" tells others what the visit is for'
    if "{procedure" in text:
        yield "{procedure} tells others what the visit is for"


def in_subject(text: str) -> Iterator[str]:
    """Yield what the subject of an email may not have."""
    if found := _HEALTH.search(_PLACEHOLDER.sub(" ", text)):
        yield f'"{found[0]}" is a word about health; the subject is seen by others'


def speaks_of_medicine(text: str) -> bool:
    """Return whether a text is about medicine at all."""
    return _MEDICINE.search(_PLACEHOLDER.sub(" ", text)) is not None


def states_number(text: str) -> bool:
    """Return whether a text has a number of its own, so that somebody must say where it comes from."""
    return re.search(r"\d", _PLACEHOLDER.sub(" ", text)) is not None


@lru_cache(maxsize=1)
def _drugs() -> re.Pattern[str]:
    names = "|".join(re.escape(name) for name in sorted(drug_names(), key=len, reverse=True))
    return re.compile(rf"\b(?:{names})\b", re.IGNORECASE)

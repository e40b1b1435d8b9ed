"""
What stands in a line such as "Eliquis 5 mg tablet twice a day": the name, the strength, the form, how often.

English, Spanish, Polish and French. What is read besides the name is shown to a person; no dose time is worked out
from "twice a day". Pure: no framework, no database, no clock.
"""

import re
import unicodedata
from dataclasses import dataclass

_UNIT = r"(?:mg|mcg|µg|μg|ug|micrograms?|mikrogram(?:ów|y)?|microgramos?|microgrammes?|milligrams?|g|ml|units?|iu|ui|j\.?m\.?|j\.|unidades|jednostek|unités|%)"
_NUMBER = r"\d+(?:[.,]\d+)?"
_STRENGTH = re.compile(
    rf"(?<![\w/]){_NUMBER}\s*{_UNIT}?(?:\s*/\s*{_NUMBER}\s*{_UNIT}|\s*/\s*(?:ml|h))*(?![\w])", re.IGNORECASE
)
_FORM = re.compile(
    r"\b(?:film[- ]coated\s+)?(?:tablets?|tabs?|capsules?|caps?|pens?|injections?|syringes?|patch(?:es)?|inhaler|puffs?|drops|"
    r"comprimidos?|cápsulas?|pluma|inyección|tabletk[aię]|tabletek|kapsułk[aię]|kapsułek|wstrzykiwacz|zastrzyki?|"
    r"comprimés?|cp|gélules?|stylo|sachets?|saszetk[aię])\b\.?",
    re.IGNORECASE,
)
_TIMES = r"(?:once|twice|one|two|three|four|three times|four times|[1-4]\s*(?:x|\u00d7|times?)?)"
_OFTEN = re.compile(
    rf"\b(?:take\s+)?(?:{_TIMES}\s+(?:(?:a|per|every)\s+(?:day|week|night)|daily|weekly)|daily|weekly|every\s+(?:day|week|morning|evening|night)|"
    r"in the (?:morning|evening)|at (?:night|bedtime)|as needed|when needed|prn|od|bd|bid|tds|tid|qid|nocte|mane|"
    r"(?:una|dos|tres|1|2|3)\s+ve(?:z|ces)\s+(?:al|por)\s+(?:día|semana)|cada\s+(?:día|\d+\s*h(?:oras)?|noche|mañana)|por la (?:mañana|noche)|"
    r"(?:raz|(?:1|2|3|dwa|trzy)\s*(?:x|razy))\s+(?:dziennie|na dobę|w tygodniu|na tydzień)|codziennie|rano|wieczorem|"
    r"(?:une|deux|trois|1|2|3)\s+fois\s+par\s+(?:jour|semaine)|le (?:matin|soir)|tous les (?:jours|soirs|matins))(?!\w)",
    re.IGNORECASE,
)
_PUNCTUATION = re.compile(r"[^\w/+%]+")
# Letters that Unicode does not take apart.
_LETTERS = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ß": "ss", "œ": "oe", "æ": "ae"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Written:
    """The parts of a line; each is as it was written, empty where it was not. `name` is what is left."""

    name: str
    strength: str
    form: str
    frequency: str

    @property
    def box(self) -> str:
        """Return strength and form as they stand on a box: "5 mg tablet"."""
        return " ".join(part for part in (self.strength, self.form) if part)


def read(text: str) -> Written:
    """Return the parts of a line as written. A number without a unit counts as part of the name, such as "Mix 30"."""
    rest, frequency = _taken(" ".join(text.split()), _OFTEN)
    strength = next((found.group() for found in _STRENGTH.finditer(rest) if _has_unit(found.group())), "")
    rest = rest.replace(strength, " ", 1) if strength else rest
    rest, form = _taken(rest, _FORM)
    return Written(
        name=" ".join(rest.strip(" ,;.-").replace("(", " ").replace(")", " ").split()),
        strength=strength.strip(),
        form=form.strip(" ."),
        frequency=frequency.strip(),
    )


def normal(name: str) -> str:
    """Return a name for comparison: no accents, no case, no punctuation but slashes, parts of a tablet joined by one."""
    folded = unicodedata.normalize("NFKD", name.casefold().translate(_LETTERS))
    plain = "".join(letter for letter in folded if not unicodedata.combining(letter))
    words = _PUNCTUATION.sub(" ", plain.replace("'", "")).replace("+", "/")
    return re.sub(r"\s*/\s*", "/", " ".join(words.split()))


def _taken(text: str, pattern: re.Pattern[str]) -> tuple[str, str]:
    """Return the text without the first thing that fits, and that thing."""
    found = pattern.search(text)
    if found is None:
        return text, ""
    return f"{text[: found.start()]} {text[found.end() :]}", found.group()


def _has_unit(strength: str) -> bool:
    return not strength.replace(",", "").replace(".", "").replace("/", "").replace(" ", "").isdigit()

"""
What somebody who looks for a person has typed: names in any order, a birth date, part of a phone number, a number.

Pure: no framework, no database, no clock. Names are spelled here as the database's function `scheduling_found_by`
spells them; a test compares the two.
"""

import datetime as dt
import re
import unicodedata
from dataclasses import dataclass

# Letters that Unicode does not take apart, as people type them.
LETTERS = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "\u0131": "i", "þ": "th", "ß": "ss", "æ": "ae", "œ": "oe"}
)
# The German and Nordic way to write them without the marks.
IN_TWO = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa"})
ACCENTS = re.compile("[\u0300-\u036f]")
# What stands inside a name or a number, and what stands between words.
INSIDE = "-\u2010\u2011\u2013\u2019\u2018\u02bc\u00b4'`."
BETWEEN = ',;:/()"_'
_TOGETHER = str.maketrans(dict.fromkeys(INSIDE, ""))
_APART = str.maketrans(dict.fromkeys(BETWEEN, " "))
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
# [ops] Fewer digits than these are in nearly every phone number.
LEAST_OF_A_PHONE = 3
# Stands before every end of a phone number in the database, so that it is none of the clinic's own numbers.
PHONE_MARK = "+"
# [ops] Nobody is older; a date before is something else, or mistyped.
OLDEST = 130
_YEAR_OF_TWO = 2
_BIRTH = re.compile(
    r"(?<![\w.-])(?:"
    r"(?P<year>\d{4})(?P<sep>[-./ ])(?P<month>\d{1,2})(?P=sep)(?P<day>\d{1,2})"
    r"|(?P<one>\d{1,2})(?:(?P<gap>[-./] ?)(?P<two>\d{1,2})(?P=gap)(?P<last>\d{4}|\d{2})"
    r"| (?P<second>\d{1,2}) (?P<third>\d{4}))"
    r"|(?P<joined>\d{8})"
    r"|(?P<before>\d{1,2})(?:st|nd|rd|th)?[-. ]*(?P<named>[a-z]{3,9})[-., ]*(?P<then>\d{4})"
    r"|(?P<name>[a-z]{3,9})[-. ]*(?P<after>\d{1,2})(?:st|nd|rd|th)?[-., ]+(?P<since>\d{4})"
    r")(?![\w-])",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"(?<![\w.-])\+?\(?\d[\d\s().+/-]*(?!\w)")
# The digit that is not dialed from abroad: +44 (0)20.
_TRUNK = re.compile(r"\(0\)")


@dataclass(frozen=True, kw_only=True, slots=True)
class Clue:
    """One thing that was typed: it fits who is born on this date, or has a word that begins in one of these ways."""

    born_on: dt.date | None = None
    beginnings: tuple[str, ...] = ()


def clues(text: str, *, today: dt.date, month_first: bool = False) -> tuple[Clue, ...]:
    """
    Return what was typed, clue by clue; a record must fit them all.

    `today` tells to which century two digits belong, `month_first` how 3/4/1961 is read. A date may be a number, too.
    """
    rest = _TRUNK.sub("", text)
    found: list[Clue] = []
    for match in _BIRTH.finditer(rest):
        born_on = _date(match, today=today, month_first=month_first)
        if born_on is not None:
            found.append(Clue(born_on=born_on, beginnings=_number(match.group())))
            rest = rest.replace(match.group(), " ", 1)
    for match in _NUMBER.finditer(rest):
        found.append(Clue(beginnings=_number(match.group())))
        rest = rest.replace(match.group(), " ", 1)
    words = [spellings(word) for word in rest.translate(_APART).split()]
    return (*found, *(Clue(beginnings=spelled) for spelled in words if spelled))


def date_in(text: str, *, today: dt.date, month_first: bool = False) -> dt.date | None:
    """Return the date that a text is; None if it is none on which somebody alive by `today` can be born."""
    match = _BIRTH.fullmatch(text.strip())
    return None if match is None else _date(match, today=today, month_first=month_first)


def spellings(word: str) -> tuple[str, ...]:
    """Return a word without case and marks, as people write it: "Müller" is "muller" and "mueller"."""
    lowered = unicodedata.normalize("NFC", word).lower()
    ways = (_bare(lowered).translate(_TOGETHER), _bare(lowered.translate(IN_TWO)).translate(_TOGETHER))
    return tuple(dict.fromkeys(way for way in ways if way))


def _bare(lowered: str) -> str:
    return ACCENTS.sub("", unicodedata.normalize("NFKD", lowered.translate(LETTERS)))


def _number(text: str) -> tuple[str, ...]:
    digits = "".join(letter for letter in text if letter.isdecimal())
    phone = digits.lstrip("0")
    return (digits, PHONE_MARK + phone) if len(phone) >= LEAST_OF_A_PHONE else (digits,)


def _date(match: re.Match[str], *, today: dt.date, month_first: bool) -> dt.date | None:
    readings = (_born(*parts, today=today) for parts in _readings(match.groupdict(), month_first=month_first))
    return next((found for found in readings if found is not None), None)


def _readings(part: dict[str, str | None], *, month_first: bool) -> list[tuple[str, str, str]]:
    """Return year, month and day as they may be meant, the likeliest first."""
    if part["year"] and part["month"] and part["day"]:
        return [(part["year"], part["month"], part["day"])]
    if joined := part["joined"]:
        short = _either(joined[4:], joined[:2], joined[2:4], month_first=month_first)
        return [*short, (joined[:4], joined[4:6], joined[6:])]
    if one := part["one"]:
        year, two = part["last"] or part["third"] or "", part["two"] or part["second"] or ""
        return _either(year, one, two, month_first=month_first)
    name = (part["named"] or part["name"] or "")[:3].lower()
    if name not in MONTHS:
        return []
    day, year = part["before"] or part["after"] or "", part["then"] or part["since"] or ""
    return [(year, str(MONTHS.index(name) + 1), day)]


def _either(year: str, one: str, two: str, *, month_first: bool) -> list[tuple[str, str, str]]:
    """Return the date in the order of the place; in the other one only if the place's has no such month."""
    day, month = (two, one) if month_first else (one, two)
    return [(year, month, day) if int(month) <= len(MONTHS) else (year, day, month)]


def _born(year: str, month: str, day: str, *, today: dt.date) -> dt.date | None:
    full = int(year)
    if len(year) == _YEAR_OF_TWO:
        full += today.year // 100 * 100
        full -= 100 if full > today.year else 0
    try:
        found = dt.date(full, int(month), int(day))
    except ValueError:
        return None
    return found if today.year - OLDEST <= full and found <= today else None

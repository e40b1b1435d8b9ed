"""Which records may be of the same person. Pure: no framework, no database, no clock."""

import datetime as dt
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations

from scheduling.likeness.seeking import LETTERS


class Likeness(StrEnum):
    """What two records have in common."""

    NAME_AND_BIRTH = "name-and-birth-date"
    NUMBER = "number"
    PHONE = "phone"


@dataclass(frozen=True, kw_only=True, slots=True)
class Identity:
    """How a record names somebody; `key` tells records apart."""

    key: int
    given_name: str
    family_name: str
    birth_date: dt.date
    identifier: str
    phone: str


def plain(text: str) -> str:
    """Return letters and digits alone, without case and accents: "Müller-Żak" becomes "mullerzak"."""
    if text.isascii():
        return "".join(filter(str.isalnum, text.casefold()))
    folded = unicodedata.normalize("NFKD", text.casefold().translate(LETTERS))
    return "".join(letter for letter in folded if letter.isalnum())


def name_of(identity: Identity) -> tuple[str, ...]:
    """
    Return both names for comparing, in an order of their own: people are entered with the names swapped.

    "Mueller" compares as "Müller" does.
    """
    return tuple(sorted(_in_one(plain(name)) for name in (identity.given_name, identity.family_name)))


def _in_one(name: str) -> str:
    return name.replace("ae", "a").replace("oe", "o").replace("ue", "u").replace("aa", "a")


def likeness(one: Identity, other: Identity) -> frozenset[Likeness]:
    """
    Return what two records have in common.

    A family shares a phone, so that counts only with the birth date or the whole name.
    """
    same_name = name_of(one) == name_of(other)
    same_birth = one.birth_date == other.birth_date
    found = set()
    if same_name and same_birth:
        found.add(Likeness.NAME_AND_BIRTH)
    if plain(one.identifier) == plain(other.identifier):
        found.add(Likeness.NUMBER)
    if one.phone and one.phone == other.phone and (same_birth or same_name):
        found.add(Likeness.PHONE)
    return frozenset(found)


def likely_pairs(records: Iterable[Identity]) -> tuple[tuple[int, int, frozenset[Likeness]], ...]:
    """Return the keys of all pairs that are alike, and in what; the smaller key first, sorted."""
    boxes: dict[tuple[object, ...], list[Identity]] = defaultdict(list)
    for record in records:
        boxes["name", name_of(record), record.birth_date].append(record)
        boxes["number", plain(record.identifier)].append(record)
        if record.phone:
            boxes["phone", record.phone].append(record)
    pairs: dict[tuple[int, int], frozenset[Likeness]] = {}
    for together in boxes.values():
        for one, other in combinations(sorted(together, key=lambda each: each.key), 2):
            found = likeness(one, other)
            if found:
                pairs[one.key, other.key] = found
    return tuple((one, other, pairs[one, other]) for one, other in sorted(pairs))

"""
Which records may be of the same person. A likeness is a question to a human being, never an answer.

Pure: no framework, no database, no clock.
"""

import datetime as dt
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations


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
    folded = unicodedata.normalize("NFKD", text.replace("ł", "l").replace("Ł", "L").casefold())
    return "".join(letter for letter in folded if letter.isalnum())


def name_of(identity: Identity) -> tuple[str, ...]:
    """Return both names for comparing, in an order of their own: people are entered with the names swapped."""
    return tuple(sorted((plain(identity.given_name), plain(identity.family_name))))


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

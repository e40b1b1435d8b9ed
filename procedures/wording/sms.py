"""
How many parts a text takes as SMS.

The 7-bit default alphabet and its extension table are those of 3GPP TS 23.038, section 6.2.1; the sizes of
single and joined parts those of TS 23.040 with a header of 6 octets.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = "\f^{}\\[~]|€"
_SEPTETS = dict.fromkeys(_BASIC, 1) | dict.fromkeys(_EXTENSION, 2)
_PLAIN = frozenset(_BASIC)
_BEYOND_BMP = 0x10000


class Alphabet(StrEnum):
    """A text outside the small alphabet goes as a whole into the large one and fits less than half."""

    GSM_7 = "GSM-7"
    UCS_2 = "UCS-2"


_SINGLE, _JOINED = 160, 153
_SINGLE_AND_JOINED = {Alphabet.GSM_7: (_SINGLE, _JOINED), Alphabet.UCS_2: (70, 67)}


@dataclass(frozen=True, kw_only=True, slots=True)
class SmsSize:
    """
    `units` are septets or 16-bit units; `segments` the parts that are sent and paid.

    `forcing` holds the characters that force the large alphabet, each once, in order.
    """

    alphabet: Alphabet
    units: int
    segments: int
    forcing: tuple[str, ...]


def segments(text: str) -> SmsSize:
    """Return what `text` takes; a character of two units is never split between parts."""
    if _PLAIN.issuperset(text):
        # Every character is one septet, as in most texts: nothing to add up.
        parts = -(-len(text) // (_SINGLE if len(text) <= _SINGLE else _JOINED))
        return SmsSize(alphabet=Alphabet.GSM_7, units=len(text), segments=parts, forcing=())
    forcing = tuple(dict.fromkeys(character for character in text if character not in _SEPTETS))
    if forcing:
        alphabet = Alphabet.UCS_2
        costs = [2 if ord(character) >= _BEYOND_BMP else 1 for character in text]
    else:
        alphabet = Alphabet.GSM_7
        costs = [_SEPTETS[character] for character in text]
    single, joined = _SINGLE_AND_JOINED[alphabet]
    units = sum(costs)
    parts = min(units, 1) if units <= single else _parts(costs, room=joined)
    return SmsSize(alphabet=alphabet, units=units, segments=parts, forcing=forcing)


def _parts(costs: Iterable[int], *, room: int) -> int:
    parts, left = 1, room
    for cost in costs:
        if cost > left:
            parts, left = parts + 1, room
        left -= cost
    return parts

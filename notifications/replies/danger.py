"""
Words at which an answer to a text message names the emergency number first.

No triage: a text without them may be as urgent, and every text is read by a person. The words are those of the signs
that the protocols of `procedures/catalogue` tell people to call about, as people write them. [ops]
"""

import re
import unicodedata

_WORDS = {
    "en": (
        "bleed", "blood", "breath", "chest pain", "pain in my chest", "faint", "passed out", "collapse", "unconscious",
        "seizure", "fever", "stroke", "emergency", "ambulance", "dying", "suicid", "kill myself", "severe pain",
        "allergic",
    ),
    "es": (
        "sangr", "respir", "dolor en el pecho", "dolor de pecho", "desmay", "inconsciente", "convulsi", "fiebre",
        "emergencia", "urgencia", "ambulancia", "me muero", "suicid", "mucho dolor", "ictus", "alergi",
    ),
    "fr": (
        "saign", "sang ", "respir", "mal a la poitrine", "douleur a la poitrine", "douleur dans la poitrine",
        "evanoui", "malaise", "inconscient", "convulsi", "fievre", "urgence", "ambulance", "samu", "suicid", "avc",
        "tres mal", "allergi",
    ),
    "pl": (
        "krew", "krwi", "krwaw", "oddech", "oddych", "duszno", "bol w klatce", "zemdl", "nieprzytomn", "drgawk",
        "goraczk", "karetk", "pogotowi", "umieram", "samoboj", "udar", "silny bol", "uczuleni",
    ),
}  # fmt: skip
_ANY = tuple(word for words in _WORDS.values() for word in words)
# NFKD leaves it whole.
_STROKES = str.maketrans({"ł": "l", "Ł": "l"})


def names_danger(text: str) -> bool:
    """Return whether a text, in whatever language, holds one of the words."""
    spread = unicodedata.normalize("NFKD", text.translate(_STROKES)).casefold()
    letters = "".join(character for character in spread if not unicodedata.combining(character))
    plain = re.sub(r"[\W_]+", " ", letters) + " "
    return any(word in plain for word in _ANY)

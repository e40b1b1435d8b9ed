"""
Which kind of reply a text is.

Carriers act on a keyword only when it is the whole text, whatever its case; so do we, but for marks and spaces
around it. Sources of the words: Twilio's default and advanced opt-out lists; AWS End User Messaging's required keywords
(ARRET, OPT-OUT, REMOVE, TD); the FCC's rule on revoking consent ("opt out"), which also wants "no más" understood.
"""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from notifications.replies.danger import names_danger


class Kind(StrEnum):
    """What a reply is taken for."""

    STOP = "stop"
    CANCEL = "cancel"
    START = "start"
    YES = "yes"
    HELP = "help"
    COMING = "coming"
    NOT_COMING = "not-coming"
    CALL_ME = "call-me"
    TEXT = "text"
    DANGER = "danger"


# The carrier takes them for "no more messages"; so every one of them is that, and CANCEL may mean the visit as well.
OPT_OUTS = frozenset({Kind.STOP, Kind.CANCEL})
ANSWERS = frozenset({Kind.COMING, Kind.NOT_COMING, Kind.CALL_ME})

_KINDS: dict[Kind, frozenset[str]] = {
    Kind.STOP: frozenset(
        {
            "STOP", "STOPALL", "STOP ALL", "UNSUBSCRIBE", "END", "QUIT", "REVOKE", "OPTOUT", "OPT OUT", "ARRET",
            "REMOVE", "TD", "NO MAS",
        }
    ),
    Kind.CANCEL: frozenset({"CANCEL"}),
    Kind.START: frozenset({"START", "UNSTOP"}),
    Kind.YES: frozenset({"YES"}),
    Kind.HELP: frozenset({"HELP", "INFO"}),
    Kind.COMING: frozenset({"1"}),
    Kind.NOT_COMING: frozenset({"2"}),
    Kind.CALL_ME: frozenset({"3"}),
}  # fmt: skip
_KIND_OF = {word: kind for kind, words in _KINDS.items() for word in words}
_NOT_A_WORD = re.compile(r"[\W_]+")


@dataclass(frozen=True, kw_only=True, slots=True)
class Reply:
    """A text as it was understood."""

    kind: Kind

    @property
    def is_opt_out(self) -> bool:
        """Whether it asks for no more messages."""
        return self.kind in OPT_OUTS

    @property
    def is_answer(self) -> bool:
        """Whether it answers what a message asked."""
        return self.kind in ANSWERS


def parse(text: str, *, carrier_word: str = "") -> Reply:
    """
    Return what a text is.

    `carrier_word` is STOP, START or HELP where the carrier says that it acted on one; it knows best what it has done,
    but a CANCEL that it took for a STOP stays one that may mean the visit.
    """
    words = _plain(text)
    kind = _KIND_OF.get(words)
    acted = _KIND_OF.get(carrier_word.upper())
    if acted is Kind.STOP:
        return Reply(kind=Kind.CANCEL if kind is Kind.CANCEL else Kind.STOP)
    if acted is not None:
        return Reply(kind=acted)
    if kind is not None:
        return Reply(kind=kind)
    return Reply(kind=Kind.DANGER if names_danger(text) else Kind.TEXT)


def _plain(text: str) -> str:
    """Return a text in capitals without accents, marks and surplus spaces; full-width digits become plain ones."""
    spread = unicodedata.normalize("NFKD", text)
    letters = "".join(character for character in spread if not unicodedata.combining(character))
    return _NOT_A_WORD.sub(" ", letters).strip().upper()

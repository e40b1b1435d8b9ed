"""What goes into a message and what comes out."""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from procedures.wording import Medium, Sayable, fill

# Spaces that do not break are not among them: they are how a language keeps a time together.
_WHITESPACE = re.compile(r"[ \t\r\n]+")


class NothingToSay(ValueError):
    """A message without a core would say nothing."""


class SubjectMissing(ValueError):
    """An email needs a subject."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Letterhead:
    """
    Who writes: the clinic as its patients know it.

    `phone` is an E.164 number (or a short one such as 111), `phone_hours` words such as "Monday to Friday,
    8:00 in the morning to 6:00 in the evening", or empty.
    """

    clinic_name: str
    phone: str
    phone_hours: str
    address: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Rendering:
    """
    A message before it is put into words.

    `parts` are core texts with placeholders, the most important first; several make a collapsed message.
    `subject` is one too, and used by email only. `asks_for_reply` offers the three answers by text message. `today` is the date in `zone`. `first_name` and `link` may be
    empty; a link is a full address.
    """

    channel: str
    language: str
    zone: ZoneInfo
    today: dt.date
    facts: Mapping[str, Sayable]
    parts: tuple[str, ...]
    sender: Letterhead
    first_name: str
    link: str
    subject: str = ""
    asks_for_reply: bool = False

    def said(self, template: str, *, medium: Medium) -> str:
        """
        Return a core text with its facts, on one line.

        :raises UnknownPlaceholder: if a fact is missing
        """
        words = fill(
            template,
            facts=self.facts,
            medium=medium,
            zone=self.zone,
            language=self.language,
            today=self.today,
        )
        return _WHITESPACE.sub(" ", words).strip()


@dataclass(frozen=True, kw_only=True, slots=True)
class Rendered:
    """
    A message as it leaves; `subject` and `html` are empty for SMS.

    `parts_said` counts the parts that stand in the text, from the first: what was left for the page has not
    been told. `segments` are the parts of an SMS; None for email.
    """

    subject: str
    text: str
    html: str
    parts_said: int
    segments: int | None = None

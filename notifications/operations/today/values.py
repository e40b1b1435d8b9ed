"""What the page behind a link says, as values: every sentence is ready, the template only arranges them."""

from dataclasses import dataclass
from typing import Literal

from notifications.operations.today.words import PageWords

# `plan`: the visit is ahead or under way. `over`: aftercare. `cancelled`: nothing but that. `phone`: there is
# nothing we can say here, and a person must.
PageKind = Literal["plan", "over", "cancelled", "phone"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Clinic:
    """Whom to call: `phone` as E.164 for the link, `phone_said` in groups."""

    name: str
    phone: str
    phone_said: str
    phone_hours: str
    emergency_number: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Text:
    """A heading and its paragraphs, in the language they are written in."""

    title: str
    paragraphs: tuple[str, ...]
    language: str = "en"


@dataclass(frozen=True, kw_only=True, slots=True)
class Now:
    """
    The instruction itself, what belongs to it, how long it is until then, and whether it is to call.

    `language` is set where it is not the page's.
    """

    title: str
    details: tuple[str, ...] = ()
    countdown: str = ""
    call: bool = False
    language: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Clock:
    """Food or drink: the end in large type, the end in full, and the word that says whether it is still allowed."""

    name: str
    time: str
    until: str
    word: str
    allowed: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """Whether the patient comes; `about_start` is what the answer will be about, ISO 8601 in UTC."""

    about_start: str
    asked: str
    answer: str = ""
    told_at: str = ""
    what_next: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Medicine:
    """The exact words a clinician signed, in the language they were signed in, and who signed when."""

    words: str
    language: str
    signed: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Medicines:
    """What is signed; and a sentence for what waits, what no longer holds, and what is told by phone."""

    signed: tuple[Medicine, ...] = ()
    waiting: str = ""
    void: str = ""
    by_phone: str = ""
    again: tuple[Medicine, ...] = ()

    @property
    def any(self) -> bool:
        """Whether there is anything to say."""
        return bool(self.signed or self.waiting or self.void or self.by_phone)


@dataclass(frozen=True, kw_only=True, slots=True)
class Day:
    """What is on one day of the clinic's calendar; `title` says if that is today."""

    title: str
    is_today: bool
    lines: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """
    Today's truth for one reader, in the language of `words`.

    `no_text_in_language` says that some of the protocol's texts stand in another language.
    """

    kind: PageKind
    words: PageWords
    clinic: Clinic
    as_of: str
    now: Now
    carer: bool = False
    for_whom: str = ""
    no_text_in_language: bool = False
    zone_note: str = ""
    clock_change: bool = False
    changes_now: tuple[Text, ...] = ()
    old_time: str = ""
    next: str = ""
    question: Question | None = None
    clocks: tuple[Clock, ...] = ()
    food: tuple[Text, ...] = ()
    medicines: Medicines = Medicines()
    medicine_texts: tuple[Text, ...] = ()
    visit: tuple[tuple[str, str], ...] = ()
    visit_texts: tuple[Text, ...] = ()
    going_home: str = ""
    going_home_texts: tuple[Text, ...] = ()
    days: tuple[Day, ...] = ()
    more: tuple[Text, ...] = ()
    aftercare: tuple[Text, ...] = ()
    help: tuple[Text, ...] = ()
    history: tuple[str, ...] = ()
    phone_now: str = ""

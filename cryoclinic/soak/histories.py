"""
A history: a booking, and what happens to it until it is over.

Pure: no framework, no database, no clock. Number and seed make the history; nothing else does.
"""

import datetime as dt
import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Literal
from zoneinfo import ZoneInfo

from cryoclinic.soak import draws
from notifications.planning import Recipient
from procedures.catalogue import ProtocolContent, builtin_files, read_catalogue
from procedures.preparation import Case, Medication
from procedures.steps import Audience

What = Literal["booked", "signed", "unsigned", "moved", "medicine", "cancelled", "ended"]
QUIET = (
    (dt.time(21), dt.time(8)),
    (dt.time(20), dt.time(9)),
    (dt.time(0), dt.time(6)),
    (dt.time(22, 30), dt.time(7)),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """Something that happens at an instant (UTC); `start` and `medication` are what a move and a new drug bring."""

    what: What
    at: dt.datetime
    start: dt.datetime | None = None
    medication: Medication | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class History:
    """
    One booking and everything that happens to it, in order; the first event is the booking itself.

    `answers` says whether a message arrives for certain, perhaps or not at all, one letter of `tp-` after the other.
    """

    number: int
    case: Case
    content: ProtocolContent
    recipients: tuple[Recipient, ...]
    length: dt.timedelta
    arrive_before: dt.timedelta
    events: tuple[Event, ...]
    answers: str


@cache
def contents() -> tuple[tuple[str, ProtocolContent], ...]:
    """Return the starter protocols, by the code of their type."""
    return tuple(
        (entry.content.type.id, entry.content.protocol.as_content())
        for entry in read_catalogue(builtin_files())
        if entry.content.protocol is not None
    )


def history(*, seed: int, number: int) -> History:
    """Return the history of that number; it is the same on every machine."""
    chance = random.Random(f"{seed}/{number}")  # noqa: S311 - nothing secret is drawn
    case = draws.case(chance, name=str(number))
    own = [content for code, content in contents() if code == case.procedure]
    content = own[0] if own else chance.choice(contents())[1]
    # Nobody can book a visit that has begun, whatever date a case may state.
    booked_at = min(_moment_on(case.booked_on, case.zone, chance), case.start - dt.timedelta(minutes=5))
    return History(
        number=number,
        case=case,
        content=content,
        recipients=tuple(_recipients(chance, home=case.zone, languages=content.languages)),
        length=dt.timedelta(minutes=chance.randrange(15, 400, 5)),
        arrive_before=dt.timedelta(minutes=chance.choice((0, 30, 60, 120))),
        events=tuple(_events(case, booked_at=booked_at, chance=chance)),
        answers="".join(chance.choices("tp-", weights=(8, 1, 1), k=7)),
    )


def _moment_on(day: dt.date, zone: ZoneInfo, chance: random.Random) -> dt.datetime:
    at = dt.time(chance.randrange(24), chance.randrange(60))
    return dt.datetime.combine(day, at, tzinfo=zone).astimezone(dt.UTC)


def _recipients(chance: random.Random, *, home: ZoneInfo, languages: tuple[str, ...]) -> Iterator[Recipient]:
    audiences = (Audience.PATIENT, Audience.CARER)[: chance.choice((1, 1, 2))]
    for number, audience in enumerate(audiences):
        quiet_from, quiet_until = chance.choice(QUIET)
        yield Recipient(
            key=f"{'related' if number else 'patient'}:{number}",
            audience=audience,
            zone=home if chance.random() < 0.8 else draws.zone(chance),  # noqa: PLR2004 - most are at home
            language=chance.choice(languages),
            channels=chance.choice((("sms", "email"), ("email",), ("sms",), ("sms", "email"))),
            quiet_from=quiet_from,
            quiet_until=quiet_until,
        )


def _events(case: Case, *, booked_at: dt.datetime, chance: random.Random) -> Iterator[Event]:
    """Yield up to six things in order; who is booked late has little time for them."""
    yield Event(what="booked", at=booked_at)
    at, start = booked_at, case.start
    for _ in range(chance.choice((0, 1, 2, 3, 4))):
        at += dt.timedelta(minutes=chance.randrange(1, max(2, int((start - at) / dt.timedelta(minutes=2)))))
        what: What = chance.choice(("signed", "signed", "unsigned", "moved", "medicine"))
        if what == "moved":
            moved_by = dt.timedelta(minutes=5 * chance.randrange(-2000, 6000))
            start = max(start + moved_by, at + dt.timedelta(minutes=5))
            yield Event(what=what, at=at, start=start)
        elif what == "medicine":
            yield Event(what=what, at=at, medication=draws.medication(chance))
        else:
            yield Event(what=what, at=at)
    yield _last(start, at=at, chance=chance)


def _last(start: dt.datetime, *, at: dt.datetime, chance: random.Random) -> Event:
    if chance.random() < 0.3:  # noqa: PLR2004 - some are cancelled
        left = max(2, int((start - at) / dt.timedelta(minutes=1)))
        return Event(what="cancelled", at=at + dt.timedelta(minutes=chance.randrange(1, left)))
    return Event(what="ended", at=max(start, at) + dt.timedelta(minutes=chance.randrange(10, 500)))

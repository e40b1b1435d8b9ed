"""Which question each person has been asked, or will be: the first one about the start as it is now."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from notifications.planning.facts import facts_from_json
from notifications.planning.owed import channels_for
from notifications.planning.values import Booking, Recipient, TimelinePlan, Told
from procedures.steps import Answer, Audience, Notice


@dataclass(frozen=True, kw_only=True, slots=True)
class Ask:
    """
    A message that asks for an answer: asked at `asked_at`, worth answering until `expires_at` (UTC).

    `facts` are JSON values. `other_channels` are those it did not go over.
    """

    recipient: Recipient
    notice: Notice
    parts: tuple[str, ...]
    facts: Mapping[str, str]
    asked_at: dt.datetime
    expires_at: dt.datetime
    other_channels: tuple[str, ...]


def asks_of(
    plan: TimelinePlan,
    *,
    booking: Booking,
    notices: Mapping[str, Notice],
    facts_now: Mapping[str, str],
    recipients: Sequence[Recipient],
    told: Iterable[Told],
) -> tuple[Ask, ...]:
    """
    Return the first question to each person who may answer, about the start as it is now, told or planned.

    What was told about an earlier start, or has been corrected since, asks for nothing any more.
    """
    readers = {recipient.key: recipient for recipient in recipients if recipient.audience is Audience.PATIENT}
    found = [
        *_told(told, readers=readers, booking=booking, notices=notices, facts_now=facts_now),
        *_planned(plan, readers=readers, booking=booking, notices=notices),
    ]
    first: dict[str, Ask] = {}
    for ask in sorted(found, key=lambda ask: (ask.asked_at, ask.notice.code)):
        first.setdefault(ask.recipient.key, ask)
    return tuple(first[key] for key in sorted(first))


def _told(
    told: Iterable[Told],
    *,
    readers: Mapping[str, Recipient],
    booking: Booking,
    notices: Mapping[str, Notice],
    facts_now: Mapping[str, str],
) -> Iterator[Ask]:
    for entry in told:
        notice, recipient = notices.get(entry.notice), readers.get(entry.recipient)
        if notice is None or recipient is None or entry.told_at < booking.known_at:
            continue
        parts = entry.parts or (entry.notice,)
        asks = any(
            notices[code].answer is Answer.CONFIRM for code in (notice.code, *parts) if code in notices
        )
        if asks and all(facts_now.get(name) == value for name, value in entry.facts.items()):
            channels = channels_for(notice, recipient=recipient)
            others = (
                tuple(each for each in channels if each != entry.channel) if entry.channel else channels[1:]
            )
            yield _ask(recipient, notice, parts, entry.facts, booking=booking, notices=notices,
                       asked_at=entry.told_at, others=others)  # fmt: skip


def _planned(
    plan: TimelinePlan,
    *,
    readers: Mapping[str, Recipient],
    booking: Booking,
    notices: Mapping[str, Notice],
) -> Iterator[Ask]:
    for message in plan.messages:
        recipient = readers.get(message.recipient)
        if recipient is None or message.answer is not Answer.CONFIRM or message.held:
            continue
        yield _ask(recipient, notices[message.notice], message.parts, dict(message.facts), booking=booking,
                   notices=notices, asked_at=message.due_at, others=message.channels[1:])  # fmt: skip


def _ask(
    recipient: Recipient,
    notice: Notice,
    parts: tuple[str, ...],
    facts: Mapping[str, str],
    *,
    booking: Booking,
    notices: Mapping[str, Notice],
    asked_at: dt.datetime,
    others: tuple[str, ...],
) -> Ask:
    said = [notices[code] for code in dict.fromkeys((notice.code, *parts)) if code in notices]
    latest = [each.latest.resolve(booking.anchors, booking.zone) for each in said if each.latest is not None]
    stops = [value for name, value in facts_from_json(facts).items() if name.endswith("_stop")]
    ends = [booking.start, *latest, *(value for value in stops if isinstance(value, dt.datetime))]
    return Ask(
        recipient=recipient,
        notice=notice,
        parts=tuple(parts),
        facts=facts,
        asked_at=asked_at.astimezone(dt.UTC),
        expires_at=min(end.astimezone(dt.UTC) for end in ends),
        other_channels=others,
    )

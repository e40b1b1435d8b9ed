"""Several providers behind one channel, in order: who refuses or is down hands over to the next."""

import datetime as dt
import time
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from notifications.channels.base import (
    Channel,
    LookUp,
    NotSent,
    OutgoingMessage,
    Presence,
    Receipt,
    TryLater,
    Undeliverable,
)


@dataclass(kw_only=True, slots=True)
class Chain:
    """
    A channel made of others.

    A message goes to the next provider only when the one before certainly did not take it. One in doubt is never
    given to another, nor is one whose address is bad: what a person refused at one provider is refused at all.
    """

    name: str
    links: tuple[Channel, ...]

    def send(self, message: OutgoingMessage, *, now: dt.datetime) -> Receipt:
        """
        Hand the message to the first provider that takes it. `now` is aware.

        :raises TryLater: if none took it and one of them may later, or no call may start any more
        :raises Undeliverable: if all refused it for good, or its address is bad
        :raises Doubtful: if one of them may have taken it
        """
        began = time.monotonic()
        refusals: list[NotSent] = []
        for link in self.links:
            elapsed = time.monotonic() - began
            if refusals and began + elapsed >= message.call_before:
                raise TryLater("provider-down")
            try:
                return link.send(message, now=now + dt.timedelta(seconds=elapsed))
            except TryLater as refusal:
                refusals.append(refusal)
            except Undeliverable as refusal:
                if refusal.address_is_bad:
                    raise
                refusals.append(refusal)
        raise _mildest(refusals)

    def look_up(self, message_uid: UUID, *, to: str, since: dt.datetime, text: str = "") -> LookUp:
        """Ask all providers: found at one is found, absent is what is absent at every one."""
        answers = [link.look_up(message_uid, to=to, since=since, text=text) for link in self.links]
        for answer in answers:
            if answer.presence is Presence.FOUND:
                return answer
        absent = all(answer.presence is Presence.ABSENT for answer in answers)
        return LookUp(presence=Presence.ABSENT if absent else Presence.CANNOT_TELL)

    def takes_replies(self, to: str) -> bool:
        """Return whether an answer reaches us whichever provider sends."""
        return all(takes_replies(link, to) for link in self.links)


def takes_replies(link: Channel, to: str) -> bool:
    """Return whether what a person answers over a channel reaches us; one that does not say so takes none."""
    asked = getattr(link, "takes_replies", None)
    return bool(asked and asked(to))


def _mildest(refusals: Sequence[NotSent]) -> NotSent:
    """Return the refusal that leaves the most hope: where one provider says "later", it is not "never"."""
    return next((each for each in refusals if isinstance(each, TryLater)), refusals[-1])

"""The carrier of the simulated year: takes most messages, is busy for some, leaves some in doubt, knows some addresses not."""

import datetime as dt
import random
from dataclasses import dataclass, field
from uuid import UUID

from notifications.channels import (
    Doubtful,
    LookUp,
    OutgoingMessage,
    Presence,
    Receipt,
    TryLater,
    Undeliverable,
)

# Out of a thousand messages.
_BUSY, _DOUBTFUL, _UNKNOWN_ADDRESS = 20, 30, 32
_FORGETS = 0.3


@dataclass(slots=True)
class Log:
    """How often each attempt was handed over, and the chance by which trouble comes."""

    copies: dict[UUID, int] = field(default_factory=dict)
    chance: random.Random = field(default_factory=lambda: random.Random(1))  # noqa: S311 - the same year in every run


class Carrier:
    """Stands in for any channel; all of them write into the one log of this process."""

    log = Log()

    def __init__(self, *, name: str) -> None:
        """Stand in for the channel `name`."""
        self.name = name

    def send(self, message: OutgoingMessage, *, now: dt.datetime) -> Receipt:
        """
        Take the message, most of the time.

        :raises TryLater: now and then
        :raises Doubtful: now and then; every other one of these was taken
        :raises Undeliverable: seldom, because of the address
        """
        del now
        log = Carrier.log
        drawn = log.chance.randrange(1000)
        if drawn < _BUSY:
            raise TryLater("provider-busy")
        if drawn < _DOUBTFUL:
            if log.chance.random() < 0.5:  # noqa: PLR2004 - every other one
                self._take(message)
            raise Doubtful("no-answer")
        if drawn < _UNKNOWN_ADDRESS:
            raise Undeliverable("no-such-address", address_is_bad=True)
        self._take(message)
        return Receipt(provider_ref=str(message.uid))

    def look_up(self, message_uid: UUID, *, to: str, since: dt.datetime, text: str = "") -> LookUp:
        """Return the truth, unless it is forgotten."""
        del to, since, text
        log = Carrier.log
        if log.chance.random() < _FORGETS:
            return LookUp(presence=Presence.CANNOT_TELL)
        return LookUp(presence=Presence.FOUND if message_uid in log.copies else Presence.ABSENT)

    @staticmethod
    def _take(message: OutgoingMessage) -> None:
        copies = Carrier.log.copies
        copies[message.uid] = copies.get(message.uid, 0) + 1

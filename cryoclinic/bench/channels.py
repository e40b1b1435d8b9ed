"""Providers that are not there: they answer at once, or after as long as a real one takes."""

import datetime as dt
import time
from uuid import UUID

from notifications.channels import LookUp, OutgoingMessage, Presence, Receipt


class NullChannel:
    """Takes every message at once and keeps none."""

    def __init__(self, *, name: str, seconds: float = 0.0) -> None:
        """Stand in for the channel `name`; every call takes `seconds`."""
        self.name = name
        self.seconds = seconds

    def send(self, message: OutgoingMessage, *, now: dt.datetime) -> Receipt:
        """Take the message."""
        del now
        if self.seconds:
            time.sleep(self.seconds)
        return Receipt(provider_ref=str(message.uid))

    def look_up(self, message_uid: UUID, *, to: str, since: dt.datetime, text: str = "") -> LookUp:
        """Know nothing."""
        del message_uid, to, since, text
        return LookUp(presence=Presence.CANNOT_TELL)


class SlowChannel(NullChannel):
    """Takes 50 ms for every message, as providers do."""

    def __init__(self, *, name: str) -> None:
        super().__init__(name=name, seconds=0.05)

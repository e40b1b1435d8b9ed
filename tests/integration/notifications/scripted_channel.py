"""A channel that answers as a test says: the only stand-in for a provider."""

import datetime as dt
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

from notifications.channels import Doubtful, LookUp, OutgoingMessage, Presence, Receipt

PATH = "scripted_channel.ScriptedChannel"


@dataclass(slots=True)
class Script:
    """
    What was tried and what was handed over, and what to answer: errors in turn (None: taken), then always taken.

    What is in doubt was handed over.
    """

    handed_over: list[tuple[str, OutgoingMessage]] = field(default_factory=list)
    tried: list[str] = field(default_factory=list)
    errors: list[Exception | None] = field(default_factory=list)
    presence: Presence | None = Presence.CANNOT_TELL
    during: Callable[[OutgoingMessage], None] | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def channels(self) -> list[str]:
        """The channels that were tried, in order."""
        return list(self.tried)


class ScriptedChannel:
    """Stands in for any channel; all of them follow the one script."""

    script = Script()

    def __init__(self, *, name: str) -> None:
        """Stand in for the channel `name`."""
        self.name = name

    def send(self, message: OutgoingMessage, *, now: dt.datetime) -> Receipt:
        """Note the message and answer what the script says."""
        del now
        script = ScriptedChannel.script
        with script.lock:
            error = script.errors.pop(0) if script.errors else None
            if error is None or isinstance(error, Doubtful):
                script.handed_over.append((self.name, message))
            script.tried.append(self.name)
        if script.during:
            script.during(message)
        if error:
            raise error
        return Receipt(provider_ref=f"ref-{message.uid}")

    def look_up(self, message_uid: UUID, *, to: str, since: dt.datetime, text: str = "") -> LookUp:
        """Answer what the script says; the truth, if it says nothing."""
        del to, since, text
        script = ScriptedChannel.script
        if script.presence is not None:
            return LookUp(presence=script.presence)
        found = any(message.uid == message_uid for _, message in script.handed_over)
        return LookUp(presence=Presence.FOUND if found else Presence.ABSENT)

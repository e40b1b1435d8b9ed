"""The channel that speaks to the provider of `cryoclinic.chaos.provider`."""

import datetime as dt
import http.client
import json
import os
from uuid import UUID

from django.conf import settings

from notifications.channels import (
    Doubtful,
    LookUp,
    OutgoingMessage,
    Presence,
    Receipt,
    TryLater,
    Undeliverable,
)

# The variable that says at which port of this machine the provider listens.
PORT = "CHAOS_PROVIDER_PORT"
_TAKEN, _FOUND, _ABSENT, _TOO_MANY, _GATEWAY_TIMEOUT, _SERVER_ERROR = 201, 200, 404, 429, 504, 500


class ProviderChannel:
    """Stands in for any channel."""

    def __init__(self, *, name: str) -> None:
        """Stand in for the channel `name`."""
        self.name = name

    def send(self, message: OutgoingMessage, *, now: dt.datetime) -> Receipt:
        """
        Hand the message over.

        :raises TryLater: if it was not taken
        :raises Doubtful: if no answer came after it was handed over
        :raises Undeliverable: if it was refused
        """
        del now
        status, wait = _ask("POST", "/messages", {"uid": str(message.uid)})
        if status == _TAKEN:
            return Receipt(provider_ref=str(message.uid))
        if status == _GATEWAY_TIMEOUT:
            raise Doubtful("no-answer")
        if status == _TOO_MANY or status >= _SERVER_ERROR:
            raise TryLater("provider-busy", after=dt.timedelta(seconds=int(wait)) if wait else None)
        raise Undeliverable(f"refused-{status}", address_is_bad=False)

    def look_up(self, message_uid: UUID, *, to: str, since: dt.datetime, text: str = "") -> LookUp:
        """Ask by the attempt's uid."""
        del to, since, text
        try:
            status, _ = _ask("GET", f"/messages/{message_uid}")
        except (Doubtful, TryLater):
            return LookUp(presence=Presence.CANNOT_TELL)
        if status == _FOUND:
            return LookUp(presence=Presence.FOUND, provider_ref=str(message_uid))
        return LookUp(presence=Presence.ABSENT if status == _ABSENT else Presence.CANNOT_TELL)


def _ask(method: str, path: str, body: dict[str, str] | None = None) -> tuple[int, str]:
    """
    Return the status and how long we shall wait.

    :raises TryLater: if there is no connection
    :raises Doubtful: if the connection ended without an answer
    """
    wire = http.client.HTTPConnection(
        "127.0.0.1", int(os.environ[PORT]), timeout=settings.CHANNEL_TIMEOUT_SECONDS
    )
    try:
        try:
            wire.connect()
        except OSError:
            raise TryLater("provider-down") from None
        try:
            wire.request(method, path, json.dumps(body) if body else None)
            answer = wire.getresponse()
        except (OSError, http.client.HTTPException):
            raise Doubtful("no-answer") from None
        return answer.status, answer.getheader("Retry-After", "") or ""
    finally:
        wire.close()

"""One entrance for every channel."""

from collections.abc import Callable

from notifications.rendering.email import email
from notifications.rendering.letter import NothingToSay, Rendered, Rendering
from notifications.rendering.sms import sms


class CannotRender(LookupError):
    """We do not know how a message on this channel looks."""


_LOOKS: dict[str, Callable[[Rendering], Rendered]] = {"sms": sms, "email": email}


def render(message: Rendering) -> Rendered:
    """
    Return the message as it leaves on its channel.

    :raises CannotRender: if the channel is neither "sms" nor "email"
    :raises NothingToSay: if it has no part
    :raises SubjectMissing: if an email has no subject
    :raises procedures.wording.UnknownPlaceholder: if a text asks for a fact that is not there
    :raises procedures.wording.NoWording: if we do not speak the language
    """
    if not any(part.strip() for part in message.parts):
        raise NothingToSay
    if message.channel not in _LOOKS:
        raise CannotRender(message.channel)
    return _LOOKS[message.channel](message)

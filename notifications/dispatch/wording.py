"""The words of a message before it goes, for somebody who looks."""

from notifications.dispatch.compose import CANNOT_BE_SAID, rendering_of
from notifications.dispatch.preview import LINK
from notifications.models import CommunicationRequest
from notifications.rendering import render


def words_ahead(request: CommunicationRequest) -> str:
    """
    Return what a request would say over its first channel when it is due, with a placeholder for the personal link.

    Empty where it cannot be said yet, for want of a signature, a text or an address.
    """
    if not request.channels:
        return ""
    try:
        rendered = render(
            rendering_of(request=request, channel=request.channels[0], link=LINK, now=request.due_at)
        )
    except CANNOT_BE_SAID:
        return ""
    return f"{rendered.subject}\n\n{rendered.text}".strip()

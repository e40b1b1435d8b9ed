"""An email: the same words in plain text and in HTML."""

import re
from functools import lru_cache
from typing import Any

from django.template import loader

from notifications.rendering.letter import Rendered, Rendering, SubjectMissing
from procedures.wording import Medium, in_language, phone, say_hours

TEMPLATE = "notifications/email.html"
_PARAGRAPH_END = re.compile(r"\n\s*\n")


def email(message: Rendering) -> Rendered:
    """
    Return the email; every part in full, its paragraphs divided by blank lines.

    :raises SubjectMissing: if there is no subject
    """
    subject = message.said(message.subject, medium=Medium.FULL)
    if not subject:
        raise SubjectMissing
    language = in_language(message.language)
    frame = language.FRAME
    sender = message.sender
    words = {
        "clinic_name": sender.clinic_name,
        "greeting": frame.greeting.replace("{first_name}", message.first_name) if message.first_name else "",
        "subject": subject,
        "paragraphs": _paragraphs(message),
        "link": message.link,
        "open_plan": language.typeset(frame.open_plan),
        "call": language.typeset(frame.call),
        "phone": phone(sender.phone),
        "phone_hours": say_hours(sender.phone_hours, language=message.language),
        "address": sender.address,
    }
    html = _template().render(
        {**words, "language": message.language, "direction": frame.direction, "phone_link": sender.phone}
    )
    return Rendered(subject=subject, text=_plain(words), html=html, parts_said=len(message.parts))


@lru_cache
def _template() -> Any:
    return loader.get_template(TEMPLATE)


def _paragraphs(message: Rendering) -> list[str]:
    texts = (text for part in message.parts for text in _PARAGRAPH_END.split(part))
    said = (message.said(text, medium=Medium.FULL) for text in texts)
    return [text for text in said if text]


def _plain(words: dict[str, Any]) -> str:
    """Return the plain part: block for block what the HTML template shows, an empty block left out."""
    hours = f" ({words['phone_hours']})" if words["phone_hours"] else ""
    blocks = (
        words["clinic_name"],
        words["greeting"],
        words["subject"],
        *words["paragraphs"],
        f"{words['open_plan']}\n{words['link']}" if words["link"] else "",
        f"{words['call']} {words['phone']}{hours}",
        f"{words['clinic_name']}\n{words['address']}".rstrip(),
    )
    return "\n\n".join(block for block in blocks if block) + "\n"

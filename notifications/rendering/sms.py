"""An SMS: who, the core, where more is, and the phone number."""

from notifications.rendering.letter import Rendered, Rendering
from procedures.wording import Medium, in_language, phone, segments

# Two parts are what every handset joins without trouble and a reader takes in at once.
MOST_SEGMENTS = 2


def sms(message: Rendering) -> Rendered:
    """
    Return the text: all parts if they fit two segments or there is no link, else as many as fit, from the first.

    The first part always stands, however long it is. The three answers are offered where they fit beside the rest.
    """
    cores = [message.said(part, medium=Medium.SMS) for part in message.parts]
    shortest = len(cores) if not message.link else 1
    for count in range(len(cores), shortest, -1):
        rendered = _rendered(message, cores, count)
        if rendered.segments is not None and rendered.segments <= MOST_SEGMENTS:
            return rendered
    return _rendered(message, cores, shortest)


def _rendered(message: Rendering, cores: list[str], count: int) -> Rendered:
    said, complete = cores[:count], count == len(cores)
    text = _text(message, said, complete=complete)
    size = segments(text).segments
    if message.asks_for_reply:
        asking = _text(message, [*said, in_language(message.language).FRAME.reply], complete=complete)
        size_asking = segments(asking).segments
        if size_asking <= MOST_SEGMENTS:
            text, size = asking, size_asking
    return Rendered(subject="", text=text, html="", parts_said=count, segments=size)


def _text(message: Rendering, cores: list[str], *, complete: bool) -> str:
    frame = in_language(message.language).FRAME
    sender = message.sender
    who = f"{message.first_name}, {sender.clinic_name}." if message.first_name else f"{sender.clinic_name}."
    # Replaced, not filled: names and addresses are anything.
    plan = (frame.plan if complete else frame.more).replace("{link}", message.link) if message.link else ""
    questions = frame.questions.replace("{phone}", phone(sender.phone))
    return " ".join(piece for piece in (who, *cores, plan, questions) if piece)

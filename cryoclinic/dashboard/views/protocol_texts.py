"""Every text of a protocol version, as whoever approves it must have read it."""

from dataclasses import dataclass
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from cryoclinic.dashboard import words
from cryoclinic.dashboard.access import Desk, staff_page
from cryoclinic.dashboard.views.protocols import version_at
from procedures.comparison.words import moment
from procedures.models.linting import findings_of
from procedures.models.reading import content_of
from procedures.steps import Gate, Notice, NoticeText, PageText, SafetyClass, Step, Trigger

TRIGGERS = {
    Trigger.CORRECTION: "When the visit moves",
    Trigger.AMENDMENT: "When something else that was told changes",
    Trigger.CANCELLATION: "When the visit is cancelled",
    Trigger.COLLAPSED: "In place of several that are due at once",
    Trigger.UNANSWERED: "When the patient has not answered",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    """One message: when it goes and to whom, in words, and its text; None where there is none in the language."""

    notice: Notice
    goes: str
    text: NoticeText | None

    @property
    def is_safety(self) -> bool:
        """Whether somebody phones when it cannot be sent."""
        return self.notice.safety is SafetyClass.SAFETY

    @property
    def is_signed(self) -> bool:
        """Whether it waits for a clinician's signature for each booking."""
        return self.notice.gate is Gate.SIGNATURE


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """One step: what the page says of it, None where there is nothing in the language, and its messages."""

    step: Step
    page: PageText | None
    messages: tuple[Message, ...]


@require_safe
@staff_page
def texts(request: HttpRequest, desk: Desk, *, uid: UUID) -> HttpResponse:
    """Show all that patients read under a version, in one language, with what the linter finds."""
    protocol = version_at(desk, uid)
    content = content_of(protocol)
    language = request.GET.get("language", "")
    if language not in content.languages:
        language = content.languages[0]
    context = {
        "desk": desk,
        "protocol": protocol,
        "language": language,
        "languages": [(code, words.language(code), code == language) for code in content.languages],
        "parts": [_part(step, language) for step in content.steps],
        "findings": findings_of(protocol),
    }
    return render(request, "cryoclinic/work/protocol_texts.html", context)


def _part(step: Step, language: str) -> Part:
    return Part(
        step=step,
        page=next((text for text in step.texts if text.language == language), None),
        messages=tuple(_message(notice, language) for notice in step.notices),
    )


def _message(notice: Notice, language: str) -> Message:
    goes = TRIGGERS.get(notice.trigger, "") if notice.when is None else moment(notice.when)
    return Message(
        notice=notice,
        goes=goes[:1].upper() + goes[1:],
        text=next((text for text in notice.texts if text.language == language), None),
    )

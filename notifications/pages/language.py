"""In which language a page is, and its sentences with what belongs in them."""

from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString
from django.utils.translation.trans_real import parse_accept_lang_header

from notifications.models import AccessLink
from notifications.operations.today import Clinic, PageWords, all_words, put, words_in
from procedures.wording import in_language, say_hours

PARAMETER = "language"


@dataclass(frozen=True, kw_only=True, slots=True)
class Calls:
    """Whom to call, as the page says it: sentences with the numbers as links, empty without a clinic."""

    hours: str
    emergency: SafeString
    or_call: SafeString
    locked: SafeString
    failed: SafeString
    sent_worse: SafeString
    emergency_now: str


def words_of(request: HttpRequest, link: AccessLink | None = None) -> PageWords:
    """
    Return the sentences in the language of the link's reader; while that is unknown, in the browser's.

    Somebody at the door may choose another.
    """
    if link is not None:
        return words_in(link.recipient.person.language)
    chosen = request.POST.get(PARAMETER) or request.GET.get(PARAMETER) or ""
    asked = [code for code, _ in parse_accept_lang_header(request.headers.get("Accept-Language", ""))]
    known = {words.language: words for words in all_words()}
    found = (known.get(code.partition("-")[0]) for code in (chosen, *asked))
    return next((words for words in found if words is not None), words_in(""))


def calls_of(clinic: Clinic | None, *, words: PageWords) -> Calls:
    """Return whom to call; without a clinic the emergency number is named by no figures."""
    if clinic is None:
        return Calls(
            hours="",
            emergency=escape(words.shell.emergency_unknown),
            or_call=SafeString(),
            locked=SafeString(),
            failed=SafeString(),
            sent_worse=SafeString(),
            emergency_now="",
        )
    phone = _number(clinic.phone, said=clinic.phone_said)
    emergency = _number(clinic.emergency_number, said=clinic.emergency_number)
    hours = say_hours(clinic.phone_hours, language=words.language)
    brackets = f" ({hours})" if hours else ""
    number = format_html("{}{}", phone, brackets)
    return Calls(
        hours=put(words, words.shell.hours_as_written, hours=hours) if hours else "",
        emergency=_linked(words.shell.emergency, number=emergency),
        or_call=_linked(words.shell.or_call, phone=phone),
        locked=_linked(words.refusal.locked_call, phone=phone),
        failed=_linked(words.refusal.failed_number, phone=number),
        sent_worse=_linked(words.problem.sent_worse, number=emergency),
        emergency_now=put(words, words.shell.emergency_now, number=clinic.emergency_number),
    )


def tongues() -> list[tuple[str, str]]:
    """Return the languages to choose from, each by its own name."""
    return [(words.language, in_language(words.language).FRAME.name) for words in all_words()]


def _number(number: str, *, said: str) -> SafeString:
    return format_html('<a class="together" href="tel:{}">{}</a>', number, said)


def _linked(template: str, **links: SafeString) -> SafeString:
    # The templates are our own sentences and hold no markup; what is put into them is a link made here.
    return format_html(template, **links)

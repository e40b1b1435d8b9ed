"""What a text about safety must have: a number to call, and the days on which it holds."""

from collections.abc import Iterator

from procedures.catalogue import ProtocolContent
from procedures.lint.finding import Finding, Place
from procedures.steps import PageText, SafetyClass, Step

RED_FLAGS = "red-flags"


def safety_findings(content: ProtocolContent) -> Iterator[Finding]:
    """
    Yield safety texts without a number, and red flags without their days.

    SMS and email have the clinic's number from their frame, whatever their core; pages say it where it is needed.
    """
    for step in content.steps:
        if step.section == RED_FLAGS and step.days is None:
            yield Place(step=step.code).error(
                "red-flag-without-days", "A red flag belongs to days after the procedure, and none are given."
            )
        if step.section == RED_FLAGS or _is_safety(step):
            for page in step.texts:
                yield from _numbers(step, page)


def _is_safety(step: Step) -> bool:
    return any(notice.safety is SafetyClass.SAFETY for notice in step.notices)


def _numbers(step: Step, page: PageText) -> Iterator[Finding]:
    place = Place(step=step.code, language=page.language)
    whole = page.title + page.body
    if "{emergency_number" in whole or "{phone" in whole:
        return
    if step.section == RED_FLAGS:
        yield place.error("no-phone", "The page says when to get help and not whom to call.")
    else:
        yield place.warning("no-phone", "The page is about safety and says no number to call.")

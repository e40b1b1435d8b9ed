"""
What a protocol may not say, whoever wrote it: in a catalogue file or in the editor.

A problem carries the path of what is wrong, as a catalogue file would have it.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from procedures.catalogue import words
from procedures.catalogue.content import ProtocolContent
from procedures.catalogue.facts import ALWAYS_KNOWN, NEVER_SAID, SPECS, Kind, known_facts
from procedures.catalogue.vocabulary import never_send_codes
from procedures.catalogue.yaml_lines import Path
from procedures.rules import CONDITIONS
from procedures.steps import Answer, Audience, Gate, Notice, Step, Trigger
from procedures.wording import Placeholder, StrayBrace, parse

# Where these two are announced, a change or a cancellation has to ask about medicines: silence would be the danger.
MAY_ASK_ABOUT_MEDICINES = frozenset({Trigger.CORRECTION, Trigger.AMENDMENT, Trigger.CANCELLATION})
ANNOUNCED_CHANGES = (Trigger.CORRECTION, Trigger.AMENDMENT, Trigger.CANCELLATION, Trigger.COLLAPSED)


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """One thing that is wrong: where, a phrase that says what, and a code for the kind of it."""

    path: Path
    reason: str
    code: str = "catalogue"


def problems(content: ProtocolContent) -> Iterator[Problem]:
    """Yield everything a protocol must not have, in reading order."""
    facts = known_facts(content.derived_facts)
    yield from _repeated("derived_facts", [fact.name for fact in content.derived_facts], kind="fact")
    yield from _repeated("steps", [step.code for step in content.steps], kind="step")
    for index, step in enumerate(content.steps):
        yield from _in_step(step, path=("steps", index), facts=facts, languages=content.languages)
    yield from _repeated_notices(content.steps)
    yield from _unannounced_changes(content.steps)


def _repeated(key: str, names: list[str], *, kind: str) -> Iterator[Problem]:
    for index, name in enumerate(names):
        if name in names[:index]:
            yield Problem(path=(key, index), reason=f"the {kind} {name} is listed twice", code="listed-twice")


def _repeated_notices(steps: Iterable[Step]) -> Iterator[Problem]:
    seen: set[str] = set()
    for position, step in enumerate(steps):
        for index, notice in enumerate(step.notices):
            if notice.code in seen:
                path: Path = ("steps", position, "notices", index)
                yield Problem(
                    path=path, reason=f"the notice {notice.code} is listed twice", code="listed-twice"
                )
            seen.add(notice.code)


def _unannounced_changes(steps: Iterable[Step]) -> Iterator[Problem]:
    notices = [notice for step in steps for notice in step.notices]
    told = {audience for notice in notices for audience in notice.audiences} | {Audience.PATIENT}
    counts = Counter((notice.trigger, audience) for notice in notices for audience in notice.audiences)
    for trigger in ANNOUNCED_CHANGES:
        for audience in sorted(told):
            count = counts[trigger, audience]
            if count != 1:
                reason = f"the {audience} needs one {trigger} notice, and there are {count}"
                yield Problem(path=("steps",), reason=reason, code="change-not-told")


def _in_step(
    step: Step, *, path: Path, facts: dict[str, Kind], languages: tuple[str, ...]
) -> Iterator[Problem]:
    for index, condition in enumerate(step.conditions):
        if condition not in CONDITIONS:
            yield Problem(
                path=(*path, "conditions", index),
                reason=f"nobody can check the condition {condition}",
                code="unknown-condition",
            )
    if step.subject and not _is_subject(step.subject):
        yield Problem(
            path=(*path, "subject"),
            reason=f"no plan lists {step.subject} under never_send",
            code="unknown-subject",
        )
    if not step.source and any(words.states_number(text) for text in _every_text(step)):
        yield Problem(
            path=path,
            reason=f"the step {step.code} states a number without a source",
            code="number-without-source",
        )
    yield from _missing_languages([text.language for text in step.texts], path=path, languages=languages)
    for page in step.texts:
        where: Path = (*path, "texts", page.language)
        for key, text in (("title", page.title), ("body", page.body)):
            yield from _placed((*where, key), words.in_page(text, language=page.language))
            yield from _placed((*where, key), _placeholder_reasons(text, facts=facts, listed=None))
    for index, notice in enumerate(step.notices):
        yield from _in_notice(notice, path=(*path, "notices", index), facts=facts, languages=languages)


def _in_notice(
    notice: Notice, *, path: Path, facts: dict[str, Kind], languages: tuple[str, ...]
) -> Iterator[Problem]:
    for index, name in enumerate(notice.facts):
        if name not in facts:
            yield Problem(
                path=(*path, "facts", index), reason=f"nobody knows the fact {name}", code="unknown-fact"
            )
    if Audience.CARER in notice.audiences and (notice.answer, notice.gate) != (Answer.NONE, Gate.APPROVED):
        yield Problem(
            path=path,
            reason="a carer is neither asked for an answer nor told about medicines",
            code="carer-asked",
        )
    yield from _missing_languages([text.language for text in notice.texts], path=path, languages=languages)
    for text in notice.texts:
        where: Path = (*path, "texts", text.language)
        yield from _placed((*where, "sms"), words.in_sms(text.sms, language=text.language))
        yield from _placed((*where, "subject"), words.in_subject(text.subject, language=text.language))
        for key, wording in (("sms", text.sms), ("subject", text.subject), ("email", text.email)):
            yield from _placed((*where, key), words.in_any_text(wording, language=text.language))
            yield from _placed((*where, key), _placeholder_reasons(wording, facts=facts, listed=notice.facts))
            yield from _placed((*where, key), _unsigned_reasons(notice, wording, language=text.language))


def _unsigned_reasons(notice: Notice, text: str, *, language: str) -> Iterator[words.Fault]:
    if not words.speaks_of_medicine(text, language=language):
        return
    if Audience.CARER in notice.audiences:
        yield words.Fault(code="unsigned-medicine", reason="speaks about medicine to a carer")
    elif notice.gate is not Gate.SIGNATURE and notice.trigger not in MAY_ASK_ABOUT_MEDICINES:
        yield words.Fault(code="unsigned-medicine", reason="speaks about medicine and needs no signature")


def _placeholder_reasons(
    text: str, *, facts: dict[str, Kind], listed: tuple[str, ...] | None
) -> Iterator[words.Fault]:
    try:
        found = [piece for piece in parse(text) if isinstance(piece, Placeholder)]
    except StrayBrace:
        yield words.Fault(code="stray-bracket", reason="a curly bracket that belongs to no placeholder")
        return
    for placeholder in found:
        name = placeholder.name
        kind = Kind.TEXT if name in ALWAYS_KNOWN else facts.get(name)
        if kind is None or name in NEVER_SAID:
            yield words.Fault(code="unknown-placeholder", reason=f"no text can say {{{name}}}")
        elif placeholder.spec not in SPECS[kind]:
            reason = f"{{{name}}} cannot be said as {placeholder.spec or 'it is'}"
            yield words.Fault(code="unknown-placeholder", reason=reason)
        elif listed is not None and name not in ALWAYS_KNOWN and name not in listed:
            yield words.Fault(code="fact-not-listed", reason=f"{{{name}}} is not among the notice's facts")


def _missing_languages(written: list[str], *, path: Path, languages: tuple[str, ...]) -> Iterator[Problem]:
    for language in languages:
        if language not in written:
            yield Problem(
                path=(*path, "texts", language),
                reason=f"the text in {language} is missing",
                code="missing-language",
            )


def _is_subject(subject: str) -> bool:
    code, colon, _ = subject.partition(":")
    return code + colon in never_send_codes()


def _every_text(step: Step) -> Iterator[str]:
    for page in step.texts:
        yield from (page.title, page.body)
    for notice in step.notices:
        for text in notice.texts:
            yield from (text.sms, text.subject, text.email)


def _placed(path: Path, faults: Iterable[words.Fault]) -> Iterator[Problem]:
    return (Problem(path=path, reason=fault.reason, code=fault.code) for fault in faults)

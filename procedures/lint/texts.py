"""What shows when the texts are put into words: length, alphabet, grade, and what was typed by hand."""

import re
from collections.abc import Iterable, Iterator

from procedures.catalogue import ProtocolContent
from procedures.catalogue.word_lists import listed_languages
from procedures.lint.finding import Finding, Place
from procedures.lint.reader import Reader
from procedures.steps import Notice, NoticeText, PageText
from procedures.wording import Medium, SmsSize, StrayBrace, grade, languages, placeholders, segments

MOST_SEGMENTS = 2
# Grade 6 is what patient texts aim at; beyond grade 8 nobody approves them [ops].
EASY_GRADE, HARD_GRADE = 6.0, 8.0
SUBJECT_LENGTH = 78  # What a phone shows [ops].
TYPED = re.compile(r"https?://\S+|\bwww\.\S+|\S+@\S+\.\w+|\+?\d[\d ()-]{6,}\d")
PERSONS = frozenset({"escort_name"})
SMS = "sms"


def language_findings(content: ProtocolContent) -> Iterator[Finding]:
    """Yield the languages that cannot be said, or not be looked through for words to avoid."""
    for language in content.languages:
        place, spoken = Place(language=language), language.partition("-")[0]
        if spoken not in languages():
            yield place.error("no-wording", f"Dates and times have no words in {language}.")
        if spoken not in listed_languages():
            yield place.warning("no-word-list", f"There is no list of words to avoid in {language}.")


def text_findings(content: ProtocolContent, *, reader: Reader) -> Iterator[Finding]:
    """Yield what is wrong with texts as patients would read them."""
    for step in content.steps:
        for page in step.texts:
            yield from _in_page(page, place=Place(step=step.code, language=page.language), reader=reader)
        for notice in step.notices:
            for text in notice.texts:
                place = Place(step=step.code, notice=notice.code, language=text.language)
                yield from _in_notice(notice, text, place=place, reader=reader)


def _in_page(page: PageText, *, place: Place, reader: Reader) -> Iterator[Finding]:
    yield from _empty(place, title=page.title, body=page.body)
    yield from _typed(place, (page.title, page.body))
    whole = f"{page.title}.\n\n{page.body}"
    yield from _hard(place, reader.said(whole, medium=Medium.FULL, language=page.language))


def _in_notice(notice: Notice, text: NoticeText, *, place: Place, reader: Reader) -> Iterator[Finding]:
    yield from _empty(place, sms=text.sms, subject=text.subject, email=text.email)
    yield from _typed(place, (text.sms, text.subject, text.email))
    if SMS in notice.channels:
        yield from _in_sms(text, place=place, reader=reader)
    subjects = reader.said(text.subject, medium=Medium.FULL, language=text.language)
    longest = max(map(len, subjects), default=0)
    if longest > SUBJECT_LENGTH:
        sentence = f"The subject has up to {longest} characters; a phone shows {SUBJECT_LENGTH}."
        yield place.warning("subject-too-long", sentence)
    yield from _hard(place, reader.said(text.email, medium=Medium.FULL, language=text.language))


def _in_sms(text: NoticeText, *, place: Place, reader: Reader) -> Iterator[Finding]:
    sizes = [segments(sms) for sms in reader.sms(text.sms, language=text.language)]
    longest = max(sizes, key=lambda size: (size.segments, size.units), default=None)
    if longest is not None and longest.segments > MOST_SEGMENTS:
        yield place.warning("sms-too-long", _size_sentence(longest))
    named = sorted(PERSONS & _named(text.sms))
    if named:
        yield place.error("person-in-sms", f"The SMS says {{{named[0]}}}, and others can read along.")
    yield from _hard(place, reader.said(text.sms, medium=Medium.SMS, language=text.language))


def _size_sentence(size: SmsSize) -> str:
    forced = f"; {' '.join(size.forcing)} force it" if size.forcing else ""
    return (
        f"With name, link and phone number the SMS takes up to {size.segments} parts "
        f"({size.units} units of {size.alphabet}{forced}); {MOST_SEGMENTS} is the most."
    )


def _named(template: str) -> frozenset[str]:
    try:
        return placeholders(template)
    except StrayBrace:
        return frozenset()


def _hard(place: Place, texts: tuple[str, ...]) -> Iterator[Finding]:
    """Yield how hard an English text is at its hardest; there is no such scale for the others here."""
    if place.language.partition("-")[0] != "en" or not texts:
        return
    hardest = max(grade(text) for text in texts)
    sentence = f"It reads at grade {hardest:.1f}; {EASY_GRADE:.0f} is the aim."
    if hardest > HARD_GRADE:
        yield place.error("too-hard-to-read", sentence)
    elif hardest > EASY_GRADE:
        yield place.warning("hard-to-read", sentence)


def _empty(place: Place, **texts: str) -> Iterator[Finding]:
    for kind, text in texts.items():
        if not text.strip():
            yield place.error("empty-text", f"The {kind} is empty.")


def _typed(place: Place, texts: Iterable[str]) -> Iterator[Finding]:
    found = next((match[0] for text in texts if (match := TYPED.search(text))), None)
    if found is not None:
        yield place.error("typed-address", f'"{found}" is typed into the text.')

"""The words of the starter protocols, rendered for sample patients."""

import datetime as dt
from collections.abc import Iterable, Iterator
from zoneinfo import ZoneInfo

import pytest

from procedures.catalogue import ProtocolContent, builtin_files, read_catalogue
from procedures.steps import Anchor, Audience, FactValue, Gate, Notice, Trigger
from procedures.wording import Medium, fill, grade, segments

LONDON = ZoneInfo("Europe/London")
PREFIX = "Christopher, Northside Clinic. "
# A link holds a token of 22 characters.
SUFFIX = " Your plan: https://go.northside.example/p/q2Xw0bT5m1Rk8cV4nZ7jLg Questions: +44 20 7946 0000"
GRADE = 6.0

LANGUAGES = ("en", "es", "pl", "fr")
ENTRIES = {entry.content.type.id: entry for entry in read_catalogue(builtin_files())}
CONTENTS = {
    code: entry.content.protocol.as_content()
    for code, entry in ENTRIES.items()
    if entry.content.protocol is not None
}
# In the second, every end of eating and drinking falls into the night, which makes the longest texts.
STARTS = [
    dt.datetime(2027, 3, 16, 9, 0, tzinfo=LONDON),
    dt.datetime(2027, 9, 22, 7, 45, tzinfo=LONDON),
    dt.datetime(2027, 9, 22, 18, 30, tzinfo=LONDON),
]


def facts_for(procedure: str, start: dt.datetime, language: str = "en") -> dict[str, FactValue]:
    end = start + dt.timedelta(hours=2)
    anchors = {Anchor.START: start, Anchor.ARRIVE: start, Anchor.BOOKING: start, Anchor.END: end}
    facts: dict[str, FactValue] = {
        "start": start,
        "arrive_at": start - dt.timedelta(hours=1),
        "solids_stop": start - dt.timedelta(hours=6),
        "fatty_meal_stop": start - dt.timedelta(hours=8),
        "clear_liquids_stop": start - dt.timedelta(hours=2),
        "breast_milk_stop": start - dt.timedelta(hours=4),
        "formula_stop": start - dt.timedelta(hours=6),
        "liquid_diet_from": start - dt.timedelta(hours=24),
        "medicine_first_step_on": start.date() - dt.timedelta(days=4),
        "place": "Northside Clinic, 2nd floor",
        "address": "14 Harbour Street, London N1 9QF",
        "procedure": ENTRIES[procedure].content.type.patient_names[language],
        "first_name": "Christopher",
        "clinic": "Northside Clinic",
        "phone": "+442079460000",
        "phone_hours": "Monday to Friday, 8:00 to 18:00",
        "emergency_number": "999",
    }
    for derived in CONTENTS[procedure].derived_facts:
        instant = derived.moment.resolve(anchors, LONDON)
        facts[derived.name] = instant.astimezone(LONDON).date() if derived.as_date else instant
    return facts


def said(template: str, *, procedure: str, start: dt.datetime, medium: Medium, language: str = "en") -> str:
    today = start.date() - dt.timedelta(days=3)
    facts = facts_for(procedure, start, language)
    return fill(template, facts=facts, medium=medium, zone=LONDON, language=language, today=today)


def notices_of(content: ProtocolContent) -> Iterator[Notice]:
    for step in content.steps:
        yield from step.notices


def once_each(words: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return (procedure, words) with the first procedure that has them: what is shared is read once."""
    first: dict[str, str] = {}
    for procedure, text in words:
        first.setdefault(text, procedure)
    return [(procedure, text) for text, procedure in first.items()]


TEXTS = [
    (procedure, text)
    for procedure, content in CONTENTS.items()
    for notice in notices_of(content)
    for text in notice.texts
]
ENGLISH_PAGES = once_each(
    (procedure, f"{page.title}.\n\n{page.body}")
    for procedure, content in CONTENTS.items()
    for step in content.steps
    for page in step.texts
    if page.language == "en"
)
ENGLISH_SMS = once_each((procedure, text.sms) for procedure, text in TEXTS if text.language == "en")
ENGLISH_EMAILS = once_each((procedure, text.email) for procedure, text in TEXTS if text.language == "en")


def test_every_procedure_has_a_protocol_in_every_language() -> None:
    assert {code: set(content.languages) for code, content in CONTENTS.items()} == {
        code: set(LANGUAGES) for code in ENTRIES
    }
    assert all(set(entry.content.type.patient_names) == set(LANGUAGES) for entry in ENTRIES.values())


@pytest.mark.parametrize("procedure", CONTENTS)
def test_protocol_covers_every_section(procedure: str) -> None:
    sections = {step.section for step in CONTENTS[procedure].steps}

    assert sections == {"preparation", "day", "aftercare", "red-flags", "changes"}


@pytest.mark.parametrize("procedure", CONTENTS)
def test_every_red_flag_says_on_which_days_it_holds(procedure: str) -> None:
    without = [s.code for s in CONTENTS[procedure].steps if s.section == "red-flags" and s.days is None]

    assert without == []


@pytest.mark.parametrize("procedure", CONTENTS)
def test_clinic_is_told_who_qualifies_what_is_used_and_what_follows(procedure: str) -> None:
    care = CONTENTS[procedure].care

    assert all((care.criteria, care.qualification, care.consumables, care.checklist))
    assert all((care.pain, care.effect, care.late_effects, care.repeat, care.follow_ups))


def test_sms_fits_two_segments_with_its_frame() -> None:
    too_long = [
        core
        for start in STARTS
        for procedure, text in ENGLISH_SMS
        if segments(
            PREFIX + (core := said(text, procedure=procedure, start=start, medium=Medium.SMS)) + SUFFIX
        ).segments
        > 2
    ]

    assert too_long == []


@pytest.mark.parametrize(
    ("medium", "texts"),
    [(Medium.SMS, ENGLISH_SMS), (Medium.FULL, ENGLISH_EMAILS), (Medium.FULL, ENGLISH_PAGES)],
)
def test_english_reads_easily(medium: Medium, texts: list[tuple[str, str]]) -> None:
    read = [said(text, procedure=procedure, start=STARTS[0], medium=medium) for procedure, text in texts]

    assert [(grade(text), text) for text in read if grade(text) > GRADE] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_subject_fits_a_phone_in_full(language: str) -> None:
    subjects = once_each((procedure, text.subject) for procedure, text in TEXTS if text.language == language)

    full = [
        said(text, procedure=procedure, start=STARTS[1], medium=Medium.FULL, language=language)
        for procedure, text in subjects
    ]

    assert [subject for subject in full if len(subject) > 78] == []


@pytest.mark.parametrize("procedure", CONTENTS)
def test_only_signed_notices_assert_medicine_facts(procedure: str) -> None:
    unsigned = [notice for notice in notices_of(CONTENTS[procedure]) if notice.gate is not Gate.SIGNATURE]

    asserted = {name for notice in unsigned for name in notice.facts}

    assert not {"medicine_plan", "medicine_first_step_on", "restart_plan"} & asserted


@pytest.mark.parametrize("procedure", CONTENTS)
def test_carers_hear_of_every_change(procedure: str) -> None:
    to_carers = [notice for notice in notices_of(CONTENTS[procedure]) if Audience.CARER in notice.audiences]

    triggers = {notice.trigger for notice in to_carers}

    assert triggers == set(Trigger)


def test_fasting_notice_can_still_be_obeyed_when_it_goes_last() -> None:
    start = STARTS[0]
    facts = facts_for("renal_cryo", start)
    anchors = {Anchor.START: start, Anchor.ARRIVE: start, Anchor.BOOKING: start, Anchor.END: start}
    telling = [n for n in notices_of(CONTENTS["renal_cryo"]) if n.trigger is Trigger.SCHEDULED]

    for notice in telling:
        stops = [facts[name] for name in notice.facts if name.endswith("_stop") or name == "liquid_diet_from"]
        if stops:
            assert notice.latest is not None
            latest = notice.latest.resolve(anchors, LONDON)
            assert all(latest <= stop for stop in stops), notice.code


def test_last_told_words_of_the_fasting_message() -> None:
    notice = next(n for n in notices_of(CONTENTS["renal_cryo"]) if n.code == "food-day-before")

    english = next(text for text in notice.texts if text.language == "en")
    core = said(english.sms, procedure="renal_cryo", start=STARTS[0], medium=Medium.SMS)

    assert core == (
        "No food after Tue 16 March, 3am (the night from Mon to Tue). Keep the last meal light. "
        "Water is fine until Tue 16 March, 7am."
    )

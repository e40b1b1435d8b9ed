"""The words of the starter protocols, rendered for sample patients."""

import datetime as dt
from collections.abc import Iterator
from zoneinfo import ZoneInfo

import pytest

from procedures.catalogue import ProtocolContent, builtin_files, read_catalogue
from procedures.steps import Anchor, Audience, FactValue, Gate, Notice, PageText, Trigger
from procedures.wording import Medium, fill, grade, segments

LONDON = ZoneInfo("Europe/London")
PREFIX = "Christopher, Northside Clinic. "
# A link holds a token of 22 characters.
SUFFIX = " Your plan: https://go.northside.example/p/q2Xw0bT5m1Rk8cV4nZ7jLg Questions: +44 20 7946 0000"
GRADE = 6.0

CONTENTS = {
    entry.content.type.id: entry.content.protocol.as_content()
    for entry in read_catalogue(builtin_files())
    if entry.content.protocol is not None
}
PATIENT_NAMES = {
    entry.content.type.id: entry.content.type.patient_names["en"] for entry in read_catalogue(builtin_files())
}
# In the second, every end of eating and drinking falls into the night, which makes the longest texts.
STARTS = [
    dt.datetime(2027, 3, 16, 9, 0, tzinfo=LONDON),
    dt.datetime(2027, 9, 22, 7, 45, tzinfo=LONDON),
    dt.datetime(2027, 9, 22, 18, 30, tzinfo=LONDON),
]


def facts_for(procedure: str, start: dt.datetime) -> dict[str, FactValue]:
    end = start + dt.timedelta(hours=2)
    anchors = {Anchor.START: start, Anchor.ARRIVE: start, Anchor.BOOKING: start, Anchor.END: end}
    facts: dict[str, FactValue] = {
        "start": start,
        "arrive_at": start - dt.timedelta(hours=1),
        "solids_stop": start - dt.timedelta(hours=6),
        "fatty_meal_stop": start - dt.timedelta(hours=8),
        "clear_liquids_stop": start - dt.timedelta(hours=2),
        "liquid_diet_from": start - dt.timedelta(hours=24),
        "medicine_first_step_on": start.date() - dt.timedelta(days=4),
        "place": "Northside Clinic, 2nd floor",
        "address": "14 Harbour Street, London N1 9QF",
        "procedure": PATIENT_NAMES[procedure],
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


def said(template: str, *, procedure: str, start: dt.datetime, medium: Medium) -> str:
    today = start.date() - dt.timedelta(days=3)
    facts = facts_for(procedure, start)
    return fill(template, facts=facts, medium=medium, zone=LONDON, language="en", today=today)


def notices_of(content: ProtocolContent) -> Iterator[Notice]:
    for step in content.steps:
        yield from step.notices


NOTICES = [
    pytest.param(procedure, notice, id=f"{procedure}:{notice.code}")
    for procedure, content in CONTENTS.items()
    for notice in notices_of(content)
]
PAGES = [
    pytest.param(procedure, page, id=f"{procedure}:{step.code}")
    for procedure, content in CONTENTS.items()
    for step in content.steps
    for page in step.texts
]


def test_three_procedures_have_a_protocol() -> None:
    assert set(CONTENTS) == {"renal_cryo", "cryoneurolysis_facet_lumbar", "skin_actinic_keratosis"}


@pytest.mark.parametrize("procedure", CONTENTS)
def test_protocol_covers_every_section(procedure: str) -> None:
    sections = {step.section for step in CONTENTS[procedure].steps}

    assert sections == {"preparation", "day", "aftercare", "red-flags", "changes"}


@pytest.mark.parametrize(("procedure", "notice"), NOTICES)
def test_sms_fits_two_segments_with_its_frame(procedure: str, notice: Notice) -> None:
    for start in STARTS:
        for text in notice.texts:
            core = said(text.sms, procedure=procedure, start=start, medium=Medium.SMS)

            size = segments(PREFIX + core + SUFFIX)

            assert size.segments <= 2, (size.units, core)


@pytest.mark.parametrize(("procedure", "notice"), NOTICES)
def test_notice_reads_easily(procedure: str, notice: Notice) -> None:
    for text in notice.texts:
        sms = said(text.sms, procedure=procedure, start=STARTS[0], medium=Medium.SMS)
        email = said(text.email, procedure=procedure, start=STARTS[0], medium=Medium.FULL)

        assert grade(sms) <= GRADE, sms
        assert grade(email) <= GRADE, email


@pytest.mark.parametrize(("procedure", "page"), PAGES)
def test_page_reads_easily(procedure: str, page: PageText) -> None:
    title, body = page.title, page.body

    whole = said(f"{title}.\n\n{body}", procedure=procedure, start=STARTS[0], medium=Medium.FULL)

    assert grade(whole) <= GRADE, whole


@pytest.mark.parametrize(("procedure", "notice"), NOTICES)
def test_subject_fits_a_phone_in_full(procedure: str, notice: Notice) -> None:
    for text in notice.texts:
        subject = said(text.subject, procedure=procedure, start=STARTS[1], medium=Medium.FULL)

        assert len(subject) <= 78, subject


@pytest.mark.parametrize("procedure", CONTENTS)
def test_only_signed_notices_assert_medicine_facts(procedure: str) -> None:
    unsigned = [notice for notice in notices_of(CONTENTS[procedure]) if notice.gate is not Gate.SIGNATURE]

    asserted = {name for notice in unsigned for name in notice.facts}

    assert not {"medicine_plan", "medicine_first_step_on"} & asserted


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

    core = said(notice.texts[0].sms, procedure="renal_cryo", start=STARTS[0], medium=Medium.SMS)

    assert core == (
        "No food after Tue 16 March, 3am (the night from Mon to Tue). Keep the last meal light. "
        "Water is fine until Tue 16 March, 7am."
    )

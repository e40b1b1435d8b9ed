"""What differs between two versions: part by part, moments in words, texts word by word."""

import datetime as dt
from dataclasses import replace

import pytest

from procedures.catalogue import ProtocolContent
from procedures.comparison import (
    Change,
    Difference,
    FieldChange,
    Kind,
    PartChange,
    Piece,
    difference,
    pieces_of,
)
from procedures.comparison.words import days, moment
from procedures.steps import (
    Anchor,
    Answer,
    Audience,
    Days,
    DerivedFact,
    Gate,
    Moment,
    Notice,
    NoticeText,
    PageText,
    Purpose,
    SafetyClass,
    Step,
    Trigger,
)

START, END = Anchor.START, Anchor.END


def hours(count: float, anchor: Anchor = START) -> Moment:
    return Moment(anchor=anchor, elapsed=dt.timedelta(hours=count))


def on_day(count: int, clock: str, anchor: Anchor = START) -> Moment:
    return Moment(anchor=anchor, days=count, local_time=dt.time.fromisoformat(clock))


REMINDER = Notice(
    code="reminder",
    trigger=Trigger.SCHEDULED,
    when=on_day(-2, "17:00"),
    latest=None,
    purpose=Purpose.PREPARATION,
    safety=SafetyClass.SAFETY,
    audiences=frozenset({Audience.PATIENT, Audience.CARER}),
    answer=Answer.NONE,
    gate=Gate.APPROVED,
    facts=("start",),
    channels=("sms", "email"),
    texts=(
        NoticeText(language="en", sms="Come at {start}.", subject="Your visit", email="Come at {start}."),
    ),
)
FOOD = Step(
    code="food",
    section="preparation",
    conditions=(),
    subject="",
    source="ops",
    texts=(PageText(language="en", title="Stop eating", body="Eat nothing after {solids_stop}."),),
    notices=(REMINDER,),
)
BATH = replace(FOOD, code="bath", section="aftercare", notices=(), days=Days(first=0, last=3))
CONTENT = ProtocolContent(title="Kidney", languages=("en",), derived_facts=(), steps=(FOOD, BATH))


def changed(**fields: object) -> Difference:
    return difference(CONTENT, replace(CONTENT, **fields))


def only_part(found: Difference) -> PartChange:
    (part,) = found.parts
    return part


def test_equal_versions_do_not_differ() -> None:
    assert difference(CONTENT, replace(CONTENT)).is_empty


def test_title_and_languages_are_properties_of_the_whole() -> None:
    found = changed(title="Kidney, freezing", languages=("en", "es"))

    assert found.fields == (
        FieldChange(name="Title", old="Kidney", new="Kidney, freezing"),
        FieldChange(name="Languages", old="en", new="en, es"),
    )


def test_changed_text_is_found_in_its_step_and_language() -> None:
    text = replace(FOOD.texts[0], body="Eat and drink nothing after {solids_stop}.")

    part = only_part(changed(steps=(replace(FOOD, texts=(text,)), BATH)))

    assert (part.change, part.what, part.key, part.fields) == (Change.CHANGED, "Step", "food", ())
    (page,) = part.parts
    assert (page.what, page.key) == ("Text on the page", "en")
    assert page.fields[0].name == "Body"
    assert page.fields[0].pieces == (
        Piece(kind=Kind.SAME, text="Eat"),
        Piece(kind=Kind.ADDED, text=" and drink"),
        Piece(kind=Kind.SAME, text=" nothing after {solids_stop}."),
    )


def test_changed_moment_is_said_in_words() -> None:
    notice = replace(REMINDER, when=hours(-24), latest=hours(-6.5))

    part = only_part(changed(steps=(replace(FOOD, notices=(notice,)), BATH)))

    (message,) = part.parts
    assert (message.what, message.key) == ("Message", "reminder")
    assert message.fields == (
        FieldChange(name="Goes", old="2 days before the start, at 17:00", new="24 h before the start"),
        FieldChange(name="Not after", old="", new="6 h 30 min before the start"),
    )


def test_added_and_removed_steps_are_shown_whole() -> None:
    walk = replace(BATH, code="walk")

    found = changed(steps=(FOOD, walk))

    added, removed = found.parts
    assert (added.change, added.key, removed.change, removed.key) == (
        Change.ADDED,
        "walk",
        Change.REMOVED,
        "bath",
    )
    assert {"Section", "Holds on", "Source"} == {field.name for field in added.fields}
    assert [(field.old, field.new) for field in added.parts[0].fields] == [
        ("", "Stop eating"),
        ("", "Eat nothing after {solids_stop}."),
    ]


def test_new_language_is_an_added_text() -> None:
    spanish = PageText(language="es", title="No coma", body="Nada.")

    part = only_part(changed(steps=(replace(FOOD, texts=(*FOOD.texts, spanish)), BATH)))

    assert [(text.change, text.key) for text in part.parts] == [(Change.ADDED, "es")]


def test_new_order_is_said() -> None:
    found = changed(steps=(BATH, FOOD))

    assert found.fields == (FieldChange(name="Order of steps", old="food, bath", new="bath, food"),)
    assert found.parts == ()


def test_facts_and_what_the_clinic_reads_are_compared_too() -> None:
    fact = DerivedFact(name="bath_from", moment=on_day(2, "08:00", END), as_date=True, source="L12")
    care = replace(CONTENT.care, pain=(*CONTENT.care.pain,), repeat=None)

    found = difference(replace(CONTENT, care=care), replace(CONTENT, derived_facts=(fact,)))

    (part,) = found.parts
    assert (part.change, part.what, part.key) == (Change.ADDED, "Worked-out fact", "bath_from")
    assert ("Moment", "2 days after the end of the procedure, at 08:00") in [
        (field.name, field.new) for field in part.fields
    ]


def test_first_version_is_all_added() -> None:
    found = difference(None, CONTENT)

    assert {part.change for part in found.parts} == {Change.ADDED}
    assert FieldChange(name="Title", old="", new="Kidney") in found.fields


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (hours(0), "at the start"),
        (hours(-1), "1 h before the start"),
        (hours(36, END), "36 h after the end of the procedure"),
        (hours(-168), "7 days of 24 hours before the start"),
        (hours(0.5, Anchor.BOOKING), "30 min after the booking or the last move"),
        (on_day(0, "07:30", Anchor.ARRIVE), "on the day of the time to arrive, at 07:30"),
        (on_day(-1, "18:00"), "1 day before the start, at 18:00"),
        (on_day(3, "09:00", END), "3 days after the end of the procedure, at 09:00"),
    ],
)
def test_moment_in_words(given: Moment, said: str) -> None:
    assert moment(given) == said


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        (0, 3, "day 0 to day 3 after the procedure"),
        (2, 2, "day 2 after the procedure"),
        (4, None, "day 4 after the procedure and from then on"),
    ],
)
def test_days_in_words(first: int, last: int | None, said: str) -> None:
    assert days(Days(first=first, last=last)) == said


@pytest.mark.parametrize(("old", "new"), [("a b", "a c d"), ("", "x y"), ("x\n\ny", ""), ("a  b ", "a b")])
def test_pieces_put_together_are_both_texts(old: str, new: str) -> None:
    pieces = pieces_of(old, new)

    assert "".join(each.text for each in pieces if each.kind != Kind.REMOVED) == new
    assert "".join(each.text for each in pieces if each.kind == Kind.REMOVED) <= old

"""What the linter finds: each kind of finding once, on a small protocol spoiled in one place."""

import datetime as dt
from dataclasses import replace

import pytest
from lint_samples import (
    CLEAN,
    DAY_BEFORE,
    KIDNEY,
    STEPS,
    codes,
    notice,
    page,
    step,
    with_step,
    without,
)

from notifications.rendering import Letterhead as Sender
from notifications.rendering import Rendering, render
from procedures.lint import Kind, Letterhead, has_errors, lint
from procedures.lint.reader import reader_of
from procedures.lint.remedies import REMEDIES
from procedures.lint.trials import trials
from procedures.steps import Anchor, DerivedFact, Moment, Purpose, SafetyClass, Step

FATAL, LOOK = "error", "warning"
LONG = "We would like to tell you about each of the many things that happen in the course of this day. " * 3
HARD = "Notwithstanding aforementioned considerations, participants necessitate comprehensive preparatory documentation."


def told(code: str = "visit", name: str = "visit-told", **fields: object) -> tuple[Step, ...]:
    """Return the steps with one notice written anew."""
    return with_step(code, notices=(notice(name, **fields),))  # type: ignore[arg-type]


def test_nothing_is_found_in_a_clean_protocol() -> None:
    assert lint(CLEAN, kind=KIDNEY) == ()


@pytest.mark.parametrize(
    ("steps", "finding"),
    [
        (told(sms="Come before midnight."), (FATAL, "misread-time", "visit", "visit-told", "en")),
        (told(sms="Come at 9:30."), (FATAL, "fixed-time", "visit", "visit-told", "en")),
        (told(sms="Come soon!"), (FATAL, "exclamation", "visit", "visit-told", "en")),
        (told(sms="Reply YES."), (FATAL, "carrier-word", "visit", "visit-told", "en")),
        (told(sms="It is about your kidney."), (FATAL, "told-by-sms", "visit", "visit-told", "en")),
        (told(subject="Your treatment"), (FATAL, "told-by-subject", "visit", "visit-told", "en")),
        (told(email="Take your tablet."), (FATAL, "unsigned-medicine", "visit", "visit-told", "en")),
        (told(email="Take apixaban."), (FATAL, "medicine-name", "visit", "visit-told", "en")),
        (told(sms="Ask {escort_name}.", facts=("escort_name",)), (FATAL, "person-in-sms", "visit", "visit-told", "en")),
        (told(sms="Call 020 7946 0000."), (FATAL, "typed-address", "visit", "visit-told", "en")),
        (told(email="See https://example.com/plan"), (FATAL, "typed-address", "visit", "visit-told", "en")),
        (told(sms="You are {nobody}."), (FATAL, "unknown-placeholder", "visit", "visit-told", "en")),
        (told(sms="You are due on {start}."), (FATAL, "fact-not-listed", "visit", "visit-told", "en")),
        (told(sms="Come {now"), (FATAL, "stray-bracket", "visit", "visit-told", "en")),
        (told(facts=("nothing",)), (FATAL, "unknown-fact", "visit", "visit-told", "")),
        (told(email=" "), (FATAL, "empty-text", "visit", "visit-told", "en")),
        (told(sms=LONG), (LOOK, "sms-too-long", "visit", "visit-told", "en")),
        (told(subject="A long way of saying that {place} waits for you at {address}", facts=("place", "address")), (LOOK, "subject-too-long", "visit", "visit-told", "en")),
        (told(email=HARD), (FATAL, "too-hard-to-read", "visit", "visit-told", "en")),
        (with_step("visit", conditions=("rich",)), (FATAL, "unknown-condition", "visit", "", "")),
        (with_step("visit", subject="weather"), (FATAL, "unknown-subject", "visit", "", "")),
        (with_step("visit", texts=page("Take it", "Your tablet.")), (FATAL, "medicine-in-page", "visit", "", "en")),
        (with_step("visit", source="", texts=page("Come", "Bring 2 cards.")), (FATAL, "number-without-source", "visit", "", "")),
        (with_step("help", texts=page("Get help", "Ask someone.")), (FATAL, "no-phone", "help", "", "en")),
        (with_step("help", days=None), (FATAL, "red-flag-without-days", "help", "", "")),
        (without("changes"), (FATAL, "change-not-told", "", "", "")),
        ((*STEPS, STEPS[0]), (FATAL, "listed-twice", "visit", "", "")),
        (without("visit-child"), (FATAL, "uncovered-child", "", "", "")),
        (without("food-by-phone"), (FATAL, "uncovered-fasting", "", "", "")),
        (without("drinks"), (FATAL, "uncovered-fasting", "", "", "")),
        (without("medicines"), (FATAL, "uncovered-holds", "", "", "")),
        (without("home"), (FATAL, "uncovered-escort", "", "", "")),
        (without("help"), (FATAL, "uncovered-red-flags", "", "", "")),
        (with_step("food", conditions=("adult", "fasting_times")), (FATAL, "contradiction", "drinks", "", "")),
        (with_step("food", conditions=("adult", "sedated", "not_liquid_diet")), (FATAL, "fact-not-there", "food", "", "")),
    ],
    ids=lambda value: f"{value[1]}" if isinstance(value[0], str) else "",
)  # fmt: skip
def test_finding_names_step_notice_and_language(
    steps: tuple[Step, ...], finding: tuple[str, str, str, str, str]
) -> None:
    assert finding in codes(*steps)


def test_every_finding_has_a_remedy() -> None:
    spoiled = (*told(sms="Come before midnight! Reply YES.", email=HARD), step("lost", subject="weather"))

    found = lint(replace(CLEAN, steps=spoiled, languages=("en", "es", "xx")), kind=KIDNEY)

    assert {each.code for each in found} <= REMEDIES.keys()
    assert all(each.remedy.endswith(".") and each.sentence.endswith(".") for each in found)


def test_errors_come_first_and_each_once() -> None:
    found = lint(replace(CLEAN, steps=told(sms=f"Come before midnight. {LONG}")), kind=KIDNEY)

    assert [each.severity for each in found] == sorted(each.severity for each in found)
    assert len(set(found)) == len(found)
    assert has_errors(found)


def test_missing_language_is_named_where_it_is_missing() -> None:
    found = codes(languages=("en", "es"))

    assert (FATAL, "missing-language", "visit", "", "es") in found
    assert (FATAL, "missing-language", "visit", "visit-told", "es") in found


def test_language_nobody_speaks_is_an_error() -> None:
    found = codes(languages=("en", "xx"))

    assert {(FATAL, "no-wording", "", "", "xx"), (LOOK, "no-word-list", "", "", "xx")} <= found


# --- moments --------------------------------------------------------------------------------------------------

MORNING_OF = Moment(anchor=Anchor.START, days=0, local_time=dt.time(6))
AT_START = Moment(anchor=Anchor.START, elapsed=dt.timedelta())


@pytest.mark.parametrize(
    ("when", "latest", "expected"),
    [
        (DAY_BEFORE, DAY_BEFORE, set()),
        # At six on the day, a morning patient has had to stop eating at 1:45.
        (MORNING_OF, None, {"told-after-fact"}),
        (DAY_BEFORE, AT_START, {"latest-after-fact"}),
    ],
)
def test_notice_comes_before_what_it_tells(when: Moment, latest: Moment | None, expected: set[str]) -> None:
    spoiled = notice(
        "food-told",
        sms="No food after {solids_stop:until}.",
        when=when,
        latest=latest,
        facts=("solids_stop",),
    )

    found = lint(replace(CLEAN, steps=with_step("food", notices=(spoiled,))), kind=KIDNEY)

    assert {each.code for each in found} == expected
    assert all((each.step, each.notice) == ("food", "food-told") for each in found)


@pytest.mark.parametrize(("name", "expected"), [("test_on", {"told-after-fact"}), ("driving_from", set())])
def test_derived_fact_is_told_by_its_day_unless_it_is_a_first_day(name: str, expected: set[str]) -> None:
    fact = DerivedFact(
        name=name, moment=Moment(anchor=Anchor.END, days=1, local_time=dt.time(8)), as_date=True, source="ops"
    )
    late = Moment(anchor=Anchor.END, days=2, local_time=dt.time(8))
    after = step(
        "after",
        notice("after-told", when=late, purpose=Purpose.AFTERCARE, facts=(name,)),
        section="aftercare",
    )

    found = lint(replace(CLEAN, steps=(*STEPS, after), derived_facts=(fact,)), kind=KIDNEY)

    assert {each.code for each in found} == expected


# --- sizes ----------------------------------------------------------------------------------------------------


def test_size_names_parts_alphabet_and_what_forces_it() -> None:
    found = lint(replace(CLEAN, steps=told(sms="Come to us, please. " * 3 + "łódź")), kind=KIDNEY)

    [size] = [each.sentence for each in found if each.code == "sms-too-long"]
    assert "takes up to 3 parts (185 units of UCS-2; ł ó ź force it)" in size


def test_sms_is_measured_as_the_renderer_writes_it() -> None:
    letterhead = Letterhead()
    tried = trials(KIDNEY, zone=letterhead.zone)
    reader = reader_of(CLEAN, kind=KIDNEY, tried=tried, letterhead=letterhead)
    today, facts = reader.samples[0]
    sent = render(
        Rendering(
            channel="sms",
            language="en",
            zone=letterhead.zone,
            today=today,
            facts=facts,
            parts=("You are due on {start}.",),
            sender=Sender(
                clinic_name=letterhead.clinic_name, phone=letterhead.phone, phone_hours="", address=""
            ),
            first_name=letterhead.first_name,
            link=letterhead.link,
        )
    )

    measured = reader.sms("You are due on {start}.", language="en")

    assert measured[0] == sent.text


def test_safety_page_without_a_number_asks_to_be_read() -> None:
    safe = notice("visit-told", safety=SafetyClass.SAFETY)

    found = codes(*with_step("visit", notices=(safe,), texts=page("Come", "Come in.")))

    assert found == {(LOOK, "no-phone", "visit", "", "en")}


# --- whom it is tried on --------------------------------------------------------------------------------------


def test_trials_cover_what_conditions_can_ask() -> None:
    tried = trials(KIDNEY, zone=Letterhead().zone)

    assert {trial.is_adult for trial in tried} == {True, False}
    assert {trial.plan.fasting is not None and trial.plan.fasting.individual_plan for trial in tried} == {
        True,
        False,
    }
    assert {"liquid_diet_from" in trial.facts for trial in tried} == {True, False}
    assert {bool(trial.plan.holds) for trial in tried} == {True, False}
    assert {name for trial in tried for name in trial.facts} >= {"breast_milk_stop", "formula_stop"}


def test_unsedated_kind_needs_no_text_about_food() -> None:
    skin = Kind(
        code="skin_actinic_keratosis",
        anaesthesia_options=("none",),
        planned_minutes=15,
        patient_names=(("en", "x"),),
    )

    found = codes(*without("food", "drinks", "food-by-phone", "home", "medicines"), kind=skin)

    assert found == set()


def test_kind_whose_target_must_be_named_is_tried_on_its_first() -> None:
    pain = Kind(
        code="cryoneurolysis_cancer_pain",
        anaesthesia_options=("local",),
        planned_minutes=60,
        patient_names=(("en", "x"),),
        targets=("superficial", "deep"),
    )

    assert {trial.case.target for trial in trials(pain, zone=Letterhead().zone)} == {"superficial"}

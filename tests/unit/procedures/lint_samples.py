"""A small protocol in which the linter finds nothing, and ways to spoil it."""

import datetime as dt
from dataclasses import replace
from typing import Any

from procedures.catalogue import ProtocolContent
from procedures.lint import Finding, Kind, lint
from procedures.steps import (
    Anchor,
    Answer,
    Audience,
    Days,
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

KIDNEY = Kind(
    code="renal_cryo",
    anaesthesia_options=("moderate_sedation", "general"),
    planned_minutes=150,
    patient_names=(("en", "a treatment of your kidney with cold"),),
)
DAY_BEFORE = Moment(anchor=Anchor.START, days=-1, local_time=dt.time(17))
NIGHT_BEFORE = Moment(anchor=Anchor.START, elapsed=dt.timedelta(hours=-10))
TWO_DAYS_BEFORE = Moment(anchor=Anchor.START, days=-2, local_time=dt.time(17))
BOOKED = Moment(anchor=Anchor.BOOKING, elapsed=dt.timedelta())


def notice(
    code: str, *, sms: str = "Please open your plan.", when: Moment | None = None, **fields: Any
) -> Notice:
    trigger = fields.pop("trigger", Trigger.SCHEDULED)
    return Notice(
        code=code,
        trigger=trigger,
        when=when or (BOOKED if trigger is Trigger.SCHEDULED else None),
        latest=fields.pop("latest", None),
        purpose=fields.pop("purpose", Purpose.PREPARATION),
        safety=fields.pop("safety", SafetyClass.ROUTINE),
        audiences=frozenset({Audience.PATIENT}),
        answer=Answer.NONE,
        gate=fields.pop("gate", Gate.APPROVED),
        facts=fields.pop("facts", ()),
        channels=("sms", "email"),
        texts=(
            NoticeText(
                language="en",
                sms=sms,
                subject=fields.pop("subject", "Please read this"),
                email=fields.pop("email", "Please open your plan."),
            ),
        ),
    )


def step(code: str, *notices: Notice, section: str = "preparation", **fields: Any) -> Step:
    return Step(
        code=code,
        section=section,
        conditions=tuple(fields.pop("conditions", ())),
        subject=fields.pop("subject", ""),
        source="ops",
        days=fields.pop("days", None),
        texts=(
            PageText(
                language="en",
                title=fields.pop("title", "Come to us"),
                body=fields.pop("body", "Call us on {phone}."),
            ),
        ),
        notices=notices,
    )


def food(code: str, fact: str, *conditions: str, when: Moment) -> Step:
    told = notice(
        f"{code}-told", sms=f"No food after {{{fact}:until}}.", when=when, facts=(fact,), latest=when
    )
    return step(code, told, conditions=("adult", *conditions), title=f"You may eat until {{{fact}:until}}")


STEPS = (
    step(
        "visit", notice("visit-told", facts=("start",), sms="You are due on {start}."), conditions=("adult",)
    ),
    step("visit-child", notice("child-told"), conditions=("child",)),
    food("food", "solids_stop", "fasting_times", "not_liquid_diet", when=DAY_BEFORE),
    food("drinks", "liquid_diet_from", "liquid_diet", when=TWO_DAYS_BEFORE),
    step("food-by-phone", notice("phone-told"), conditions=("adult", "fasting_individual")),
    step(
        "medicines",
        notice("signed", gate=Gate.SIGNATURE, facts=("medicine_plan",)),
        conditions=("adult", "has_holds"),
    ),
    step("home", conditions=("adult", "escort_needed"), title="An adult must take you home"),
    step(
        "help",
        section="red-flags",
        days=Days(first=0, last=None),
        body="Call {emergency_number} or us on {phone}.",
    ),
    step(
        "changes",
        *(notice(trigger.value, trigger=trigger) for trigger in Trigger if trigger is not Trigger.SCHEDULED),
        section="changes",
    ),
)
CLEAN = ProtocolContent(title="Sample", languages=("en",), derived_facts=(), steps=STEPS)


def codes(*steps: Step, kind: Kind = KIDNEY, **fields: Any) -> set[tuple[str, str, str, str, str]]:
    """Return what is found, as (severity, code, step, notice, language)."""
    return {place(found) for found in lint(replace(CLEAN, steps=steps or STEPS, **fields), kind=kind)}


def place(found: Finding) -> tuple[str, str, str, str, str]:
    return (str(found.severity), found.code, found.step, found.notice, found.language)


def with_step(code: str, **changes: Any) -> tuple[Step, ...]:
    """Return the steps with one of them changed."""
    assert any(each.code == code for each in STEPS)
    return tuple(replace(each, **changes) if each.code == code else each for each in STEPS)


def without(*left_out: str) -> tuple[Step, ...]:
    return tuple(each for each in STEPS if each.code not in left_out)


def page(title: str, body: str, *, language: str = "en") -> tuple[PageText, ...]:
    return (PageText(language=language, title=title, body=body),)

"""Texts with placeholders."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from procedures.wording import (
    Medium,
    Sayable,
    StrayBrace,
    UnknownPlaceholder,
    UnknownSpec,
    fill,
    placeholders,
)

LONDON = ZoneInfo("Europe/London")
TODAY = dt.date(2027, 3, 8)
FACTS: dict[str, Sayable] = {
    "solids_stop": dt.datetime(2027, 3, 16, 3, tzinfo=LONDON),
    "clear_liquids_stop": dt.datetime(2027, 3, 16, 7, tzinfo=LONDON),
    "escort": "{solids_stop} %s {0.__class__}",
    "decision_on": dt.date(2027, 3, 10),
}


def filled(template: str, *, medium: Medium = Medium.SMS) -> str:
    return fill(template, facts=FACTS, medium=medium, zone=LONDON, language="en", today=TODAY)


def test_fill_says_each_fact_in_place() -> None:
    template = "No food after {solids_stop:until}. Water is fine until {clear_liquids_stop:time}."

    text = filled(template)

    assert text == "No food after Tue 16 March, 3am (the night from Mon to Tue). Water is fine until 7am."


def test_fill_never_reads_a_value_as_a_template() -> None:
    assert filled("{escort} comes.") == "{solids_stop} %s {0.__class__} comes."


def test_fill_names_the_missing_fact() -> None:
    with pytest.raises(UnknownPlaceholder) as refused:
        filled("Come at {arrive_at:time}.")

    assert refused.value.args == ("arrive_at",)


def test_fill_refuses_a_spec_of_another_kind() -> None:
    with pytest.raises(UnknownSpec):
        filled("By {decision_on:time}.")


@pytest.mark.parametrize(
    "template",
    [
        "{",
        "}",
        "{}",
        "{{solids_stop}}",
        "{solids_stop.year}",
        "{solids_stop[0]}",
        "{solids_stop!r}",
        "{Solids}",
        "{solids_stop:}",
        "{solids_stop:%H}",
        "{ solids_stop }",
        "{solids_stop",
    ],
)
def test_stray_brace_is_refused(template: str) -> None:
    with pytest.raises(StrayBrace):
        filled(template)


def test_placeholders_lists_the_names_once() -> None:
    template = "{solids_stop:until}, {solids_stop:time} and {escort}"

    assert placeholders(template) == frozenset({"solids_stop", "escort"})


def test_text_without_placeholders_stays_as_it_is() -> None:
    assert filled("Please drink.") == "Please drink."

"""Codes as staff read them."""

import datetime as dt

import pytest

from cryoclinic.dashboard.forms import MoveForm
from cryoclinic.dashboard.views.today import _asked
from cryoclinic.templatetags import work

TODAY = dt.date(2027, 3, 1)


@pytest.mark.parametrize(
    ("code", "said"), [("pl", "Polish"), ("fr", "French"), ("fr-CA", "French"), ("zz", "zz")]
)
def test_language_is_named(code: str, said: str) -> None:
    assert work.tongue(code) == said


@pytest.mark.parametrize(
    ("codes", "said"),
    [
        (["sun"], "on Sundays"),
        (["mon", "wed"], "on Mondays and Wednesdays"),
        (["mon", "tue", "fri"], "on Mondays, Tuesdays and Fridays"),
    ],
)
def test_weekdays_are_joined(codes: list[str], said: str) -> None:
    assert work.weekdays(codes) == said


@pytest.mark.parametrize(
    ("mark", "said"), [("ops", "the clinic's own default"), ("AORN J 2011", "AORN J 2011")]
)
def test_source_of_a_rule_is_in_words(mark: str, said: str) -> None:
    assert work.source(mark) == said


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2027-03-16", dt.date(2027, 3, 16)),
        ("0001-01-01", TODAY),
        ("9999-12-31", TODAY),
        ("junk", TODAY),
        ("", TODAY),
    ],
)
def test_day_of_an_address_is_one_that_has_neighbors(text: str, day: dt.date) -> None:
    assert _asked(text, otherwise=TODAY) == day


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_mistyped_year_is_refused(day: str) -> None:
    form = MoveForm({"revision": 1, "day": day, "time": "09:00"}, zone=dt.UTC)  # type: ignore[arg-type] # any zone does

    assert form.errors["day"] == ["No visit is that far away. Check the year."]

"""What people fill in on the patient page."""

import datetime as dt
from typing import Any

from django import forms

from notifications.models import REPORT_CHARACTERS
from scheduling.codes import AnswerCode

TOKEN_CHARACTERS = 64
_EARLIEST_YEAR = 1900


def _number(label: str, *, autocomplete: str, digits: int) -> forms.CharField:
    attributes = {"inputmode": "numeric", "autocomplete": autocomplete, "class": f"digits-{digits}"}
    return forms.CharField(
        label=label, max_length=10, widget=forms.TextInput(attrs=attributes), required=False
    )


class BirthDateForm(forms.Form):
    """Day, month and year, and the key of the link they open."""

    token = forms.CharField(max_length=TOKEN_CHARACTERS, widget=forms.HiddenInput)
    day = _number("Day", autocomplete="bday-day", digits=2)
    month = _number("Month", autocomplete="bday-month", digits=2)
    year = _number("Year", autocomplete="bday-year", digits=4)

    def clean(self) -> dict[str, Any]:
        """Read the three as one date."""
        cleaned: dict[str, Any] = super().clean() or {}
        try:
            parts = [int(cleaned.get(name, "").strip()) for name in ("year", "month", "day")]
            cleaned["birth_date"] = dt.date(*parts)
        except ValueError as error:
            message = "Give the day, month and year as numbers. For example 27 3 1961."
            raise forms.ValidationError(message, code="date") from error
        if cleaned["birth_date"].year < _EARLIEST_YEAR:
            raise forms.ValidationError("Give the year with 4 numbers. For example 1961.", code="year")
        return cleaned


class AnswerForm(forms.Form):
    """One of three answers, and the start it is about."""

    answer = forms.ChoiceField(choices=AnswerCode.choices)
    about_start = forms.DateTimeField(input_formats=["%Y-%m-%dT%H:%M:%S%z"])


class ProblemForm(forms.Form):
    """A problem in the person's own words."""

    uid = forms.UUIDField(widget=forms.HiddenInput)
    text = forms.CharField(
        label="What is wrong?",
        max_length=REPORT_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 6, "aria-describedby": "text-hint"}),
        error_messages={
            "required": "Write what is wrong, in your own words.",
            "max_length": f"Use at most {REPORT_CHARACTERS:,} letters. We kept what you wrote.",
        },
    )

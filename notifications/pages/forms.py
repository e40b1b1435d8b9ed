"""What people fill in on the patient page."""

import datetime as dt
from typing import Any

from django import forms

from notifications.models import REPORT_CHARACTERS
from notifications.operations.today import PageWords, put
from procedures.wording import in_language
from scheduling.codes import AnswerCode

TOKEN_CHARACTERS = 64
_EARLIEST_YEAR = 1900


def _number(*, autocomplete: str, digits: int) -> forms.CharField:
    attributes = {"inputmode": "numeric", "autocomplete": autocomplete, "class": f"digits-{digits}"}
    return forms.CharField(max_length=10, widget=forms.TextInput(attrs=attributes), required=False)


class BirthDateForm(forms.Form):
    """Day, month and year, and the key of the link they open."""

    token = forms.CharField(max_length=TOKEN_CHARACTERS, widget=forms.HiddenInput)
    day = _number(autocomplete="bday-day", digits=2)
    month = _number(autocomplete="bday-month", digits=2)
    year = _number(autocomplete="bday-year", digits=4)

    def __init__(self, *args: Any, words: PageWords, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.words = words.door

    def clean(self) -> dict[str, Any]:
        """Read the three as one date."""
        cleaned: dict[str, Any] = super().clean() or {}
        try:
            parts = [int(cleaned.get(name, "").strip()) for name in ("year", "month", "day")]
            cleaned["birth_date"] = dt.date(*parts)
        except ValueError as error:
            raise forms.ValidationError(self.words.date_unread, code="date") from error
        if cleaned["birth_date"].year < _EARLIEST_YEAR:
            raise forms.ValidationError(self.words.year_unread, code="year")
        return cleaned


class AnswerForm(forms.Form):
    """One of three answers, and the start it is about."""

    answer = forms.ChoiceField(choices=AnswerCode.choices)
    about_start = forms.DateTimeField(input_formats=["%Y-%m-%dT%H:%M:%S%z"])


class ProblemForm(forms.Form):
    """A problem in the person's own words."""

    uid = forms.UUIDField(widget=forms.HiddenInput)
    text = forms.CharField(
        max_length=REPORT_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 6, "aria-describedby": "text-hint"}),
    )

    def __init__(self, *args: Any, words: PageWords, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["text"].error_messages |= {
            "required": words.problem.empty,
            "max_length": letters(words, words.problem.too_long),
        }


def letters(words: PageWords, template: str) -> str:
    """Return a sentence that names how long a report may be."""
    return put(words, template, count=in_language(words.language).number(REPORT_CHARACTERS))

"""What staff type on the work pages. Times are wall-clock times of the location."""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator

from scheduling.codes import CancellationReason

NO_SUCH_TIME = "The clocks go forward over this time; it does not exist that day. Choose another."


# [ops] A date beyond these is a year mistyped; calculating with the calendar's last days would fail.
FIRST_DAY, LAST_DAY = dt.date(2000, 1, 1), dt.date(2100, 12, 31)
CHECK_THE_YEAR = "No visit is that far away. Check the year."


def date_field(label: str) -> forms.DateField:
    """Return a field for a date, typed or picked."""
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(
        label=label,
        widget=widget,
        error_messages=_messages("a date such as 2027-03-16"),
        validators=[
            MinValueValidator(FIRST_DAY, CHECK_THE_YEAR),
            MaxValueValidator(LAST_DAY, CHECK_THE_YEAR),
        ],
    )


def number_field(
    label: str, *, least: int, most: int, initial: int | None = None, required: bool = True
) -> forms.IntegerField:
    """Return a field for a whole number from `least` to `most`."""
    said = f"Write a whole number from {least:,} to {most:,}."
    return forms.IntegerField(
        label=label,
        initial=initial,
        required=required,
        min_value=least,
        max_value=most,
        error_messages=dict.fromkeys(("required", "invalid", "min_value", "max_value"), said),
    )


def time_field(label: str) -> forms.TimeField:
    """
    Return a field for a clock time, typed.

    Not the browser's own kind of field: that shows 12 or 24 hours as the computer is set, and staff read 24.
    """
    widget = forms.TimeInput(
        attrs={"inputmode": "numeric", "size": "6", "autocomplete": "off"}, format="%H:%M"
    )
    return forms.TimeField(label=label, widget=widget, error_messages=_messages("a time such as 09:00"))


def on_the_clock(day: dt.date, at: dt.time, *, zone: ZoneInfo) -> dt.datetime:
    """
    Return the moment at which clocks in the zone show this; of a repeated hour the first.

    :raises ValidationError: if they never show it that day
    """
    moment = dt.datetime.combine(day, at, tzinfo=zone)
    if moment.astimezone(dt.UTC).astimezone(zone).replace(tzinfo=None) != moment.replace(tzinfo=None):
        raise ValidationError(NO_SUCH_TIME, code="no-such-time")
    return moment


def _messages(example: str) -> dict[str, str]:
    return {"required": f"Write {example}.", "invalid": f"This cannot be read. Write {example}."}


class OfZone(forms.Form):
    """A form that reads wall-clock times of one zone, about a revision somebody saw."""

    revision = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, zone: ZoneInfo, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zone = zone


class MoveForm(OfZone):
    """Where a visit moves to."""

    day = date_field("New date")
    time = time_field("New start (24 hours, such as 14:30)")
    reason = forms.CharField(label="Why (optional)", max_length=200, required=False)
    override_reason = forms.CharField(
        label="Book against notice or preparation, because (optional)",
        max_length=200,
        required=False,
        help_text="Leave this empty unless you were told that there is too little time.",
    )

    def clean(self) -> dict[str, Any]:
        """Add `start`, aware."""
        cleaned = super().clean() or {}
        if "day" in cleaned and "time" in cleaned:
            try:
                cleaned["start"] = on_the_clock(cleaned["day"], cleaned["time"], zone=self.zone)
            except ValidationError as error:
                self.add_error("time", error)
        return cleaned


class CancelForm(OfZone):
    """Why a visit is cancelled."""

    reason = forms.ChoiceField(
        label="Who or what ends it",
        choices=CancellationReason.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose a reason."},
    )
    note = forms.CharField(label="Note for colleagues (optional)", max_length=200, required=False)


class EndForm(OfZone):
    """When a procedure began and ended."""

    began_on = date_field("Began on")
    began_at = time_field("Began at")
    ended_on = date_field("Ended on")
    ended_at = time_field("Ended at")

    def clean(self) -> dict[str, Any]:
        """Add `began` and `ended`, aware."""
        cleaned = super().clean() or {}
        for name in ("began", "ended"):
            day, at = cleaned.get(f"{name}_on"), cleaned.get(f"{name}_at")
            if day is None or at is None:
                continue
            try:
                cleaned[name] = on_the_clock(day, at, zone=self.zone)
            except ValidationError as error:
                self.add_error(f"{name}_at", error)
        return cleaned

"""What is closed, from when to when, and why."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from cryoclinic.dashboard.access import Desk
from cryoclinic.dashboard.forms import date_field, on_the_clock, time_field
from scheduling.models import Resource


class ClosureForm(forms.Form):
    """Times are wall-clock times of the desk's location; nothing chosen means all of it."""

    resource = forms.ModelChoiceField(
        label="What is closed",
        queryset=Resource.objects.none(),
        to_field_name="uid",
        required=False,
        empty_label="The whole location",
        error_messages={"invalid_choice": "Choose one of the list.", "invalid": "Choose one of the list."},
    )
    from_day = date_field("Closed from")
    from_time = time_field("At (24 hours, such as 08:00)")
    until_day = date_field("Open again on")
    until_time = time_field("At (24 hours, such as 18:00)")
    reason = forms.CharField(
        label="Why (without names)",
        max_length=120,
        error_messages={"required": "Say why. Colleagues read it beside every visit that is hit."},
    )

    def __init__(self, *args: Any, desk: Desk, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.desk = desk
        self.fields["resource"].queryset = Resource.objects.at(desk.location)  # type: ignore[attr-defined] # a field of rows

    @property
    def wish(self) -> dict[str, Any]:
        """Return place and period as the operations take them."""
        cleaned = self.cleaned_data
        return {
            "location": self.desk.location,
            "resource": cleaned["resource"],
            "begin": cleaned["begin"],
            "end": cleaned["end"],
        }

    def clean(self) -> dict[str, Any]:
        """Add `begin` and `end`, aware."""
        cleaned = super().clean() or {}
        for name, prefix in (("begin", "from"), ("end", "until")):
            day, at = cleaned.get(f"{prefix}_day"), cleaned.get(f"{prefix}_time")
            if day is None or at is None:
                continue
            try:
                cleaned[name] = on_the_clock(day, at, zone=self.desk.zone)
            except ValidationError as error:
                self.add_error(f"{prefix}_time", error)
        return cleaned

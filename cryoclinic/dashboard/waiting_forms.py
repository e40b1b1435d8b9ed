"""What staff type about those who wait and about sessions. Dates and times are the location's."""

from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from cryoclinic.accounts.codes import Weekday
from cryoclinic.accounts.models import Location
from cryoclinic.dashboard.forms import date_field, number_field, on_the_clock, time_field
from scheduling.codes import SeriesMode, WaitlistPriority
from scheduling.models import Patient, ProcedureOffering
from scheduling.models.backfill import (
    ANSWER_MINUTES,
    LONGEST_ANSWER_MINUTES,
    MOST_AT_ONCE,
    OFFERS_AT_ONCE,
)
from scheduling.models.series import MOST_SESSIONS
from scheduling.operations.series import FEWEST_SESSIONS
from scheduling.operations.waitlist import NOTICE_HOURS
from scheduling.waiting import Wishes

# [ops] Sessions further apart than two years are no series.
MOST_DAYS_APART = 730


class _OfferingField(forms.ModelChoiceField):  # type: ignore[type-arg] # Django's own takes none
    def label_from_instance(self, obj: ProcedureOffering) -> str:
        return obj.procedure_type.name


def _offering() -> _OfferingField:
    return _OfferingField(
        label="Procedure",
        queryset=ProcedureOffering.objects.none(),
        empty_label="Choose a procedure",
        error_messages={"required": "Choose a procedure."},
    )


def offered_at(location: Location) -> QuerySet[ProcedureOffering]:
    """Return what a location offers, with its names."""
    found = ProcedureOffering.objects.in_use().filter(location=location)
    return found.select_related("procedure_type", "location")


class AtLocation(forms.Form):
    """A form about one location: its offerings, its clock."""

    def __init__(self, *args: Any, location: Location, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.location = location
        self.zone: ZoneInfo = location.tz
        field = self.fields["offering"]
        if isinstance(field, forms.ModelChoiceField):
            field.queryset = offered_at(location)

    def add_start(self, cleaned: dict[str, Any]) -> dict[str, Any]:
        """Return what was typed with `start`, aware."""
        if "day" in cleaned and "time" in cleaned:
            try:
                cleaned["start"] = on_the_clock(cleaned["day"], cleaned["time"], zone=self.zone)
            except ValidationError as error:
                self.add_error("time", error)
        return cleaned


class WishesForm(forms.Form):
    """Which times would suit, how urgently, and on what notice."""

    priority = forms.ChoiceField(label="How urgent", choices=WaitlistPriority.choices, initial="routine")
    first_on = date_field("From this date on (optional)")
    last_on = date_field("Until this date (optional)")
    weekdays = forms.MultipleChoiceField(
        label="Weekdays that suit (optional; none chosen means any)",
        choices=Weekday.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    from_time = time_field("Starts from this time on (optional)")
    until_time = time_field("Starts before this time (optional)")
    notice_hours = number_field("Hours of notice the patient needs", least=0, most=8760, initial=NOTICE_HOURS)
    agreed = forms.BooleanField(
        label="The patient agreed to be called about freed times",
        required=False,
        help_text="Nobody is called without it.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("first_on", "last_on", "from_time", "until_time"):
            self.fields[name].required = False

    def clean(self) -> dict[str, Any]:
        """Add `wishes`."""
        cleaned = super().clean() or {}
        cleaned["wishes"] = Wishes(
            first_on=cleaned.get("first_on"),
            last_on=cleaned.get("last_on"),
            weekdays=frozenset(cleaned.get("weekdays") or ()),
            from_time=cleaned.get("from_time"),
            until_time=cleaned.get("until_time"),
        )
        return cleaned


class WaitForm(WishesForm, AtLocation):
    """Who waits, for what, and which times would suit."""

    identifier = forms.CharField(
        label="The clinic's number of the patient",
        max_length=40,
        error_messages={"required": "Write the number, such as N-1001."},
    )
    offering = _offering()
    target = forms.CharField(
        label="Target, where the procedure has several (optional)", max_length=20, required=False
    )
    field_order = ("identifier", "offering", "target")

    def clean(self) -> dict[str, Any]:
        """Add `patient` and `wishes`."""
        cleaned = super().clean()
        patients = Patient.objects.filter(organization=self.location.organization_id)
        patients = patients.select_related("merged_into")
        cleaned["patient"] = patients.filter(identifier=cleaned.get("identifier", "")).first()
        if "identifier" in cleaned and cleaned["patient"] is None:
            self.add_error("identifier", "The clinic has no patient of this number. Check the number.")
        elif cleaned["patient"] is not None and cleaned["patient"].merged_into is not None:
            kept = cleaned["patient"].merged_into.identifier
            self.add_error("identifier", f"This record was merged into {kept}. Write that number.")
        return cleaned


class OfferForm(AtLocation):
    """A free start to be offered to those who wait."""

    offering = _offering()
    day = date_field("Date")
    time = time_field("Start (24 hours, such as 14:30)")
    offers_at_once = number_field(
        "How many to ask at once", least=1, most=MOST_AT_ONCE, initial=OFFERS_AT_ONCE
    )
    answer_minutes = number_field(
        "Minutes to answer", least=5, most=LONGEST_ANSWER_MINUTES, initial=ANSWER_MINUTES
    )

    def clean(self) -> dict[str, Any]:
        """Add `start`, aware."""
        return self.add_start(super().clean() or {})


class FollowUpForm(AtLocation):
    """When a follow-up takes place."""

    code = forms.CharField(widget=forms.HiddenInput, max_length=60)
    offering = _offering()
    day = date_field("Date")
    time = time_field("Start (24 hours, such as 14:30)")
    override_reason = forms.CharField(
        label="On another day than the protocol wants, because (optional)", max_length=200, required=False
    )

    def clean(self) -> dict[str, Any]:
        """Add `start`, aware."""
        return self.add_start(super().clean() or {})


class SeriesForm(forms.Form):
    """How many sessions in all, and how far apart."""

    sessions = number_field(
        "Sessions in all, with this visit", least=FEWEST_SESSIONS, most=MOST_SESSIONS, initial=3
    )
    gap_least_days = number_field("At least so many days apart", least=1, most=MOST_DAYS_APART)
    gap_most_days = number_field(
        "At most so many days apart (optional)", least=1, most=MOST_DAYS_APART, required=False
    )
    mode = forms.ChoiceField(
        label="If not all fit", choices=SeriesMode.choices, initial=SeriesMode.WHOLE, widget=forms.RadioSelect
    )
    override_reason = forms.CharField(
        label="Sooner than the protocol repeats it, because (optional)", max_length=200, required=False
    )

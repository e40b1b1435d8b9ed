"""What staff type to find a patient and to book a visit. Dates and times are those of the location."""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from cryoclinic.dashboard.forms import date_field, on_the_clock, time_field
from procedures.codes import Anaesthesia, Contrast, Guidance
from procedures.preparation import rule_set
from scheduling.codes import ResourceKind
from scheduling.likeness import Clue, clues
from scheduling.models import ProcedureOffering, Resource
from scheduling.operations.slots import Wish

# What the list of times says for a time that is not on it.
ANOTHER = "another"


class FindPatientForm(forms.Form):
    """Whom somebody looks for, by what they know."""

    wanted = forms.CharField(
        label="Name, birth date, phone or number",
        help_text="In any order, in part or whole: novak 14.3.1961, or the end of a phone number.",
        max_length=160,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off", "autofocus": True}),
        error_messages={"required": "Write a name, a birth date, a phone or a number."},
    )

    def clues(self, *, today: dt.date, month_first: bool) -> tuple[Clue, ...]:
        """Return what was typed, clue by clue."""
        return clues(self.cleaned_data["wanted"], today=today, month_first=month_first)


class _OfferingField(forms.ModelChoiceField):  # type: ignore[type-arg] # Django's own takes none
    def label_from_instance(self, obj: ProcedureOffering) -> str:
        return f"{obj.procedure_type.name}, {obj.location.name}"


class WhatForm(forms.Form):
    """What is to be booked, where, and from which date on; of a chosen procedure also which of its targets."""

    offering = _OfferingField(
        label="Procedure and location",
        queryset=ProcedureOffering.objects.none(),
        to_field_name="uid",
        empty_label="Choose a procedure",
        error_messages={
            "required": "Choose a procedure.",
            "invalid_choice": "It is not offered there. Choose another.",
        },
    )
    first_on = date_field("From this date on (optional)")
    target = forms.ChoiceField(
        label="Target", required=False, error_messages={"required": "Choose a target."}
    )

    def __init__(
        self,
        *args: Any,
        offerings: "QuerySet[ProcedureOffering]",
        chosen: ProcedureOffering | None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["offering"]
        if isinstance(field, forms.ModelChoiceField):
            field.queryset = offerings
        self.fields["first_on"].required = False
        procedure = None if chosen is None else chosen.procedure_type
        if procedure is None or not procedure.targets:
            del self.fields["target"]
            return
        _choices(self, "target", [(each, each.replace("_", " ").capitalize()) for each in procedure.targets])
        self.fields["target"].required = (procedure.code, None) not in rule_set().procedures


class WayForm(forms.Form):
    """How a procedure is to be done, by whom, and at what time of day; all of it optional."""

    anaesthesia = forms.ChoiceField(required=False)
    guidance = forms.ChoiceField(required=False)
    contrast = forms.ChoiceField(label="Contrast", choices=Contrast.choices, required=False, initial="none")
    practitioner = forms.ModelChoiceField(
        label="Who does it",
        queryset=Resource.objects.none(),
        to_field_name="uid",
        required=False,
        empty_label="Whoever is free",
        error_messages={"invalid_choice": "This person does not work there. Choose somebody else."},
    )
    after = time_field("Starts from this time on")
    before = time_field("Starts before this time")
    too_soon = forms.BooleanField(
        label="Show times that are too soon, too",
        required=False,
        help_text="Nurses and clinicians may book one of them, with a reason.",
    )

    def __init__(self, *args: Any, offering: ProcedureOffering, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offering = offering
        procedure = offering.procedure_type
        kinds = (
            ("anaesthesia", "Anaesthesia", Anaesthesia, procedure.anaesthesia_options),
            ("guidance", "Imaging", Guidance, procedure.guidance_options),
        )
        for name, label, codes, options in kinds:
            usual = codes(getattr(offering, f"default_{name}")).label
            _choices(
                self, name, [(each, str(codes(each).label)) for each in options], usual=f"As usual: {usual}"
            )
            self.fields[name].label = label
        self.fields["after"].required = self.fields["before"].required = False
        field = self.fields["practitioner"]
        if isinstance(field, forms.ModelChoiceField):
            staff = Resource.objects.filter(kind=ResourceKind.PRACTITIONER, active=True)
            field.queryset = staff.filter(location=offering.location_id).order_by("name")

    @property
    def narrowed(self) -> bool:
        """Whether something is asked for that is not usual, so that it must be seen."""
        return any(self.data.get(name) not in {None, "", "none"} for name in self.fields)

    def wish(self, *, target: str) -> Wish:
        """Return what was typed as the search takes it."""
        typed = self.cleaned_data
        return Wish(
            target=target,
            anaesthesia=typed["anaesthesia"] or None,
            guidance=typed["guidance"] or None,
            contrast=typed["contrast"] or Contrast.NONE,
            practitioner=typed["practitioner"],
            after=typed["after"],
            before=typed["before"],
        )


class BookForm(forms.Form):
    """Which time is booked: one of the list, or another on the location's clock."""

    start = forms.CharField(label="Time", max_length=40, error_messages={"required": "Choose a time."})
    day = date_field("Another date")
    time = time_field("Start on that date (24 hours, such as 14:30)")

    def __init__(self, *args: Any, zone: ZoneInfo, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zone = zone
        for name in ("day", "time"):
            self.fields[name].required = self.data.get("start") == ANOTHER

    def clean(self) -> dict[str, Any]:
        """Add `at`, aware."""
        cleaned = super().clean() or {}
        picked = cleaned.get("start")
        if picked == ANOTHER and {"day", "time"} <= cleaned.keys():
            try:
                cleaned["at"] = on_the_clock(cleaned["day"], cleaned["time"], zone=self.zone)
            except ValidationError as error:
                self.add_error("time", error)
        elif picked and picked != ANOTHER:
            cleaned["at"] = self._listed(picked)
        return cleaned

    def _listed(self, picked: str) -> dt.datetime | None:
        try:
            moment = dt.datetime.fromisoformat(picked)
        except ValueError:
            moment = None
        if moment is None or moment.utcoffset() is None:
            self.add_error("start", "This time cannot be read. Choose one of the list.")
            return None
        return moment


class ReasonForm(forms.Form):
    """Why a time is booked against notice or preparation, where it is."""

    override_reason = forms.CharField(
        label="Why it is booked nevertheless",
        max_length=200,
        required=False,
        help_text="It stands in the history of the visit, with your name.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


def _choices(form: forms.Form, name: str, choices: list[tuple[str, str]], *, usual: str = "") -> None:
    field = form.fields[name]
    if isinstance(field, forms.ChoiceField):
        field.choices = [("", usual or "Choose"), *choices]

"""What staff type to register a patient, with somebody around them. Dates and phone numbers as the location writes them."""

import datetime as dt
from typing import Any

import phonenumbers
from django import forms
from django.core.exceptions import ValidationError

from cryoclinic.accounts.models import Location
from cryoclinic.dashboard import words
from cryoclinic.dashboard.places import country_of, writes_month_first
from procedures.wording import languages
from scheduling.codes import Relationship, Sex
from scheduling.likeness import date_in
from scheduling.models import Patient

# From this age on a patient is told in person (plan-case contract: exactly 18 is an adult).
ADULT = 18
NO_SUCH_PHONE = "This is no phone number. Write all of it, from abroad with + and the country code."
KIN = ("given_name", "family_name", "phone", "email")


def _text(label: str, *, required: bool = True, length: int = 80) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=required,
        max_length=length,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": f"Write the {label.lower()}."},
    )


def _phone(label: str) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "off", "size": "24"}),
    )


def _email(label: str) -> forms.EmailField:
    return forms.EmailField(
        label=label,
        required=False,
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        error_messages={"invalid": "This is no email address. Write it as name@example.org."},
    )


def _agreed(label: str) -> forms.BooleanField:
    return forms.BooleanField(label=label, required=False)


class RegisterForm(forms.Form):
    """Who somebody is, how we may reach them, and who is around them."""

    given_name = _text("Given name")
    family_name = _text("Family name")
    birth_date = _text("Birth date", length=40)
    sex = forms.ChoiceField(
        label="Sex",
        choices=Sex.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose one. The preparation rules read it."},
    )
    identifier = _text("The clinic's number (empty: it gets one)", required=False, length=40)
    language = forms.ChoiceField(label="Language of messages")
    phone = _phone("Phone (optional)")
    may_text = _agreed("Agrees to text messages at this number")
    email = _email("Email (optional)")
    may_email = _agreed("Agrees to emails at this address")
    first_name_in_messages = _agreed("Agrees to be called by first name in messages")
    relationship = forms.ChoiceField(
        label="Who it is",
        choices=[("", "Nobody"), *Relationship.choices],
        widget=forms.RadioSelect,
        required=False,
    )
    kin_given_name = _text("Their given name", required=False)
    kin_family_name = _text("Their family name", required=False)
    kin_phone = _phone("Their phone (optional)")
    kin_email = _email("Their email (optional)")
    kin_agreed = _agreed("They may be told about visits: the patient, or for a child the parent, agrees")
    is_escort = _agreed("Takes the patient home")

    def __init__(self, *args: Any, location: Location, today: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.location, self.today = location, today
        field = self.fields["language"]
        if isinstance(field, forms.ChoiceField):
            named = [(words.language(code), code) for code in languages()]
            field.choices = [(code, name) for name, code in sorted(named)]
            field.initial = location.organization.default_language
        example = "3/14/1961" if writes_month_first(location) else "14.3.1961"
        self.fields["birth_date"].help_text = f"For example {example} or 14 Mar 1961."

    @property
    def patient_fields(self) -> list[forms.BoundField]:
        """What is asked about the patient."""
        return [self[name] for name in self.fields if name not in self._kin_names()]

    @property
    def kin_fields(self) -> list[forms.BoundField]:
        """What is asked about somebody around them."""
        return [self[name] for name in self._kin_names()]

    @property
    def names_kin(self) -> bool:
        """Whether something was entered about somebody around them, so that it must be seen."""
        return any(self.data.get(name) or name in self.errors for name in self._kin_names())

    def clean_birth_date(self) -> dt.date:
        """
        Return the date.

        :raises ValidationError: if it is none on which anybody alive was born
        """
        month_first = writes_month_first(self.location)
        found = date_in(self.cleaned_data["birth_date"], today=self.today, month_first=month_first)
        if found is None:
            said = f"This is no birth date. {self.fields['birth_date'].help_text}"
            raise ValidationError(said, code="birth-date")
        return found

    def clean_phone(self) -> str:
        """Return the number as E.164."""
        return self._e164("phone")

    def clean_kin_phone(self) -> str:
        """Return the number as E.164."""
        return self._e164("kin_phone")

    def clean(self) -> dict[str, Any]:
        """Ask whom to tell about a child, who somebody is of whom there is a phone, and where they can be reached."""
        cleaned = super().clean() or {}
        born = cleaned.get("birth_date")
        if born is not None and Patient(birth_date=born).age_on(self.today) < ADULT:
            self._require_guardian(cleaned)
        if not cleaned.get("relationship") and any(cleaned.get(f"kin_{name}") for name in KIN):
            self.add_error("relationship", "Say who this person is to the patient.")
        if cleaned.get("relationship"):
            for name in ("kin_given_name", "kin_family_name"):
                if not cleaned.get(name) and name not in self.errors:
                    self.add_error(name, "Write their name.")
        for agreed, where in (("may_text", "phone"), ("may_email", "email")):
            if cleaned.get(agreed) and not cleaned.get(where) and where not in self.errors:
                self.add_error(where, "Write where the messages go, or say that there are none.")
        return cleaned

    def _require_guardian(self, cleaned: dict[str, Any]) -> None:
        if cleaned.get("relationship") != Relationship.GUARDIAN and "relationship" not in self.errors:
            said = "A child is told through a parent or guardian. Write who that is."
            self.add_error("relationship", said)

    def _e164(self, name: str) -> str:
        typed: str = self.cleaned_data[name]
        if not typed:
            return ""
        try:
            number = phonenumbers.parse(typed, country_of(self.location) or None)
        except phonenumbers.NumberParseException as error:
            raise ValidationError(NO_SUCH_PHONE, code="phone") from error
        if not phonenumbers.is_valid_number(number):
            raise ValidationError(NO_SUCH_PHONE, code="phone")
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)

    def _kin_names(self) -> tuple[str, ...]:
        return ("relationship", *(f"kin_{name}" for name in KIN), "kin_agreed", "is_escort")

"""What lists can be narrowed by."""

from typing import Any

from django import forms
from django_filters import rest_framework as filters
from rest_framework import serializers

from scheduling.api.fields import InstantField
from scheduling.codes import AppointmentStatus, ReadinessState
from scheduling.models import Appointment, ProcedureOffering


class InstantFormField(forms.CharField):
    """The same rule for a moment in a query as in a body: it needs its offset."""

    def to_python(self, value: Any) -> Any:
        """
        Return the moment in UTC, or None for nothing.

        :raises ValidationError: with the field's own sentence and code
        """
        text = super().to_python(value)
        if not text:
            return None
        try:
            return InstantField().to_internal_value(text)
        except serializers.ValidationError as error:
            refusal = next(iter(error.detail))
            raise forms.ValidationError(str(refusal), code=getattr(refusal, "code", "invalid")) from error


class InstantFilter(filters.IsoDateTimeFilter):  # type: ignore[misc]
    """A moment with its offset."""

    field_class = InstantFormField


class OfferingFilter(filters.FilterSet):  # type: ignore[misc]
    """Offerings of a location, or of a procedure type."""

    location = filters.UUIDFilter(field_name="location__uid", help_text="Uid of the location.")
    procedure_type = filters.CharFilter(
        field_name="procedure_type__code", help_text="Code of the procedure type."
    )

    class Meta:
        model = ProcedureOffering
        fields: list[str] = []


class AppointmentFilter(filters.FilterSet):  # type: ignore[misc]
    """Appointments by location, patient, status and the half-open period in which they start."""

    location = filters.UUIDFilter(field_name="location__uid", help_text="Uid of the location.")
    patient = filters.UUIDFilter(field_name="patient__uid", help_text="Uid of the patient.")
    status = filters.MultipleChoiceFilter(choices=AppointmentStatus.choices)
    readiness = filters.MultipleChoiceFilter(
        field_name="readiness__state",
        choices=ReadinessState.choices,
        help_text="Whether the visit can go ahead, as judged last.",
    )
    start_from = InstantFilter(field_name="start", lookup_expr="gte", help_text="Starts at or after this.")
    start_until = InstantFilter(field_name="start", lookup_expr="lt", help_text="Starts before this.")

    class Meta:
        model = Appointment
        fields: list[str] = []

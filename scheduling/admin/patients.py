"""Patients and what is recorded about them. The database raises the plan revision with every save."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils import timezone

from cryoclinic.accounts.admin.scoped import PATIENT_FILES, ScopedAdmin, ScopedFilter, ScopedInline
from cryoclinic.accounts.models import User
from procedures.preparation import rule_set
from scheduling.admin.persons import label_today
from scheduling.codes import MedicineIdentity
from scheduling.models import (
    ConsentRecord,
    Evidence,
    MedicationStatement,
    Patient,
    PatientCondition,
    RelatedPerson,
)
from scheduling.operations.medicines import NothingWritten, describe


class OfPatient(ScopedAdmin):
    """Rows that belong to a patient."""

    organization_path = "patient__organization"
    editors = PATIENT_FILES
    list_select_related = ["patient"]
    autocomplete_fields = ["patient"]
    ordering = ["patient__family_name", "patient__given_name", "id"]

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        """Return the patient too, once there is one: a row never changes hands."""
        return [*super().get_readonly_fields(request, obj), *(["person"] if obj is not None else [])]

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        named = [name for name in super().get_fields(request, obj) if name not in {"patient", "person"}]
        return ["patient" if obj is None else "person", *named]

    @admin.display(description="Patient", ordering="patient__family_name")
    def person(self, row: Any) -> str:
        return label_today(row.patient)


class MedicationForm(ModelForm):  # type: ignore[type-arg] # Django takes no parameter at run time
    """
    A medicine as staff type it: a generic name of the list, or the words of the box, which wait to be confirmed.

    What was confirmed, or is to be, is changed on the medicines page and not here.
    """

    class Meta:
        help_texts = {
            "drug": "A generic name of the list, or the words on the box: those wait to be confirmed."
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "drug" in self.fields and self.instance.identity != MedicineIdentity.RECORDED:
            self.fields["drug"].disabled = True

    def clean_drug(self) -> str:
        """Return the generic name, or the words in quotes. :raises ValidationError: if there is no name in them"""
        typed = str(self.cleaned_data["drug"]).strip()
        if self.fields["drug"].disabled or typed.lower() in rule_set().drugs:
            return typed if self.fields["drug"].disabled else typed.lower()
        try:
            describe(self.instance, text=typed)
        except NothingWritten as error:
            raise ValidationError("Write the medicine as it stands on the box.") from error
        return str(self.instance.drug)


class MedicationInline(ScopedInline):
    model = MedicationStatement
    form = MedicationForm
    organization_path = "patient__organization"
    editors = PATIENT_FILES
    may_delete = False
    fields = ["drug", "brand", "form", "dose_times", "weekdays", "active"]


class ConditionInline(ScopedInline):
    model = PatientCondition
    organization_path = "patient__organization"
    editors = PATIENT_FILES
    fields = ["code", "holds_until"]


@admin.register(Patient)
class PatientAdmin(ScopedAdmin):
    editors = PATIENT_FILES
    list_display = ["person", "language", "zone", "phone", "deceased_on"]
    list_filter = [("organization", ScopedFilter), "language", "sex"]
    list_select_related = ["organization"]
    search_fields = ["family_name", "given_name", "identifier"]
    ordering = ["family_name", "given_name", "id"]
    autocomplete_fields = ["organization"]
    # A death is recorded by an operation, which also cancels what is ahead.
    readonly_fields = ["uid", "created_at", "deceased_on", "merged_into"]
    inlines = [MedicationInline, ConditionInline]

    @admin.display(description="Patient", ordering="family_name")
    def person(self, row: Patient) -> str:
        return label_today(row)

    def label_of(self, row: Model) -> str:
        return label_today(row) if isinstance(row, Patient) else str(row)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Return whether the record may be changed; one that was merged into another stays as it was."""
        merged = isinstance(obj, Patient) and obj.merged_into_id is not None
        return not merged and super().has_change_permission(request, obj)


@admin.register(RelatedPerson)
class RelatedPersonAdmin(OfPatient):
    list_display = ["name", "relationship", "person", "language", "consented_at", "revoked_at", "is_escort"]
    list_filter = ["relationship", "is_escort"]
    search_fields = ["family_name", "given_name", "patient__family_name", "patient__identifier"]
    readonly_fields = ["uid"]

    def save_model(
        self, request: HttpRequest, obj: RelatedPerson, form: "ModelForm[RelatedPerson]", change: bool
    ) -> None:
        """Store who wrote down a consent, or that it was withdrawn."""
        super().save_model(request, obj, form, change)
        if {"consented_at", "revoked_at"} & set(form.changed_data) and isinstance(request.user, User):
            ConsentRecord.objects.create(
                related_person=obj,
                given=obj.may_be_told,
                recorded_by=request.user,
                recorded_at=timezone.now(),
            )

    @admin.display(description="Name", ordering="family_name")
    def name(self, row: RelatedPerson) -> str:
        return f"{row.family_name}, {row.given_name}"

    def label_of(self, row: Model) -> str:
        return self.name(row) if isinstance(row, RelatedPerson) else str(row)


@admin.register(MedicationStatement)
class MedicationStatementAdmin(OfPatient):
    form = MedicationForm
    list_display = ["drug", "brand", "form", "person", "identity", "active", "recorded_at"]
    list_filter = ["active", "identity"]
    search_fields = ["drug", "brand", "patient__family_name", "patient__identifier"]
    readonly_fields = [
        "uid",
        "as_written",
        "identity",
        "proposed_drug",
        "match_kind",
        "match_confidence",
        "confirmed_by",
        "confirmed_at",
        "recorded_at",
    ]


@admin.register(PatientCondition)
class PatientConditionAdmin(OfPatient):
    may_delete = True
    list_display = ["code", "person", "holds_until", "recorded_at"]
    search_fields = ["code", "patient__family_name", "patient__identifier"]
    readonly_fields = ["recorded_at"]


@admin.register(Evidence)
class EvidenceAdmin(OfPatient):
    list_display = ["item", "person", "done_on", "planned_for", "value", "void", "recorded_at"]
    list_filter = ["item", "void"]
    search_fields = ["item", "patient__family_name", "patient__identifier"]
    autocomplete_fields = ["patient", "appointment"]
    readonly_fields = ["uid", "recorded_by", "recorded_at"]

    def save_model(
        self, request: HttpRequest, obj: Evidence, form: "ModelForm[Evidence]", change: bool
    ) -> None:
        """Store who recorded it."""
        if obj.recorded_by is None and isinstance(request.user, User):
            obj.recorded_by = request.user
        super().save_model(request, obj, form, change)

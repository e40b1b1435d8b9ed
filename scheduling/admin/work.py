"""Decisions, answers and tasks: a record to read. They are made on the work pages and by patients."""

from django.contrib import admin

from cryoclinic.accounts.admin.scoped import ScopedAdmin, ScopedFilter
from scheduling.admin.diary import OfAppointment
from scheduling.models import MedicationDecision, PatientAnswer, RestartDecision, Task


@admin.register(MedicationDecision)
class MedicationDecisionAdmin(OfAppointment):
    list_display = ["signed_at", "person", "drug", "kind", "last_dose_on", "withdrawn_at"]
    list_filter = ["kind"]


@admin.register(RestartDecision)
class RestartDecisionAdmin(OfAppointment):
    list_display = ["signed_at", "person", "drug", "kind", "restart_at", "ask_again_at", "withdrawn_at"]
    list_filter = ["kind"]


@admin.register(PatientAnswer)
class PatientAnswerAdmin(OfAppointment):
    list_display = ["answered_at", "person", "question", "answer", "about_start"]
    list_filter = ["answer"]


@admin.register(Task)
class TaskAdmin(ScopedAdmin):
    location_path = "location"
    list_display = ["kind", "severity", "due_at", "status", "location", "reason"]
    list_filter = ["status", "severity", "kind", ("location", ScopedFilter)]
    list_select_related = ["location"]
    search_fields = ["reason", "appointment__patient__family_name", "appointment__patient__identifier"]
    ordering = ["due_at", "id"]

"""Appointments and what they occupy: for reading, changed by actions that call operations."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from cryoclinic.accounts.admin.scoped import PATIENT_FILES, ScopedAdmin, ScopedFilter, scope_in
from cryoclinic.accounts.models import User
from procedures.wording import staff
from scheduling.admin.persons import label_today
from scheduling.codes import AHEAD
from scheduling.models import Allocation, Appointment, AppointmentChange, Hold
from scheduling.operations import (
    Actor,
    NotYetStarted,
    StaleRevision,
    TransitionRefused,
    mark_arrived,
    mark_noshow,
)

REFUSALS = (NotYetStarted, StaleRevision, TransitionRefused)


@admin.register(Appointment)
class AppointmentAdmin(ScopedAdmin):
    location_path = "location"
    list_display = ["starts", "person", "offering", "status", "readiness_state", "location", "work_page"]
    list_display_links = ["starts", "person"]
    list_filter = ["status", "readiness__state", ("location", ScopedFilter), "start"]
    list_select_related = [
        "patient",
        "location",
        "offering__location",
        "offering__procedure_type",
        "readiness",
    ]
    search_fields = ["patient__family_name", "patient__given_name", "patient__identifier"]
    ordering = ["-start"]
    exclude = ["patient"]
    readonly_fields = ["person", "work_page"]
    actions = ["arrived", "did_not_come"]

    @admin.display(description="Start", ordering="start")
    def starts(self, row: Appointment) -> str:
        local = row.start.astimezone(row.location.tz)
        return f"{staff.day(local.date())}, {staff.clock(local)} ({row.location.zone})"

    @admin.display(description="Patient", ordering="patient__family_name")
    def person(self, row: Appointment) -> str:
        return label_today(row.patient)

    @admin.display(description="Readiness", ordering="readiness__state")
    def readiness_state(self, row: Appointment) -> str:
        record = getattr(row, "readiness", None)
        return record.get_state_display() if record is not None and row.status in AHEAD else "-"

    @admin.display(description="Work page")
    def work_page(self, row: Appointment) -> str:
        return format_html('<a href="{}">Open</a>', reverse("work:appointment", args=[row.uid]))

    def label_of(self, row: Model) -> str:
        return f"{self.starts(row)}, {self.person(row)}" if isinstance(row, Appointment) else str(row)

    @admin.action(description="Record as arrived")
    def arrived(self, request: HttpRequest, appointments: QuerySet[Appointment]) -> None:
        now = timezone.now()
        self._each(request, appointments, lambda each, by: mark_arrived(appointment=each, now=now, by=by))

    @admin.action(description="Record as not come")
    def did_not_come(self, request: HttpRequest, appointments: QuerySet[Appointment]) -> None:
        now = timezone.now()
        self._each(request, appointments, lambda each, by: mark_noshow(appointment=each, now=now, by=by))

    def _each(
        self,
        request: HttpRequest,
        appointments: QuerySet[Appointment],
        change: Callable[[Appointment, Actor], Appointment],
    ) -> None:
        if not isinstance(request.user, User):
            return
        scope = scope_in(request)
        for appointment in appointments:
            if not scope.roles_at(appointment.location) & PATIENT_FILES:
                said = "This is for schedulers, nurses and clinicians of the location."
                self.message_user(request, f"{self.starts(appointment)}: {said}", messages.ERROR)
                continue
            try:
                changed = change(appointment, Actor(user=request.user))
            except REFUSALS as refusal:
                said = " ".join((type(refusal).__doc__ or "").split())
                self.message_user(request, f"{self.starts(appointment)}: {said}", messages.ERROR)
            else:
                done = f"{self.starts(changed)}: {changed.get_status_display()}."
                self.message_user(request, done, messages.SUCCESS)


class OfAppointment(ScopedAdmin):
    """Rows that belong to an appointment; append-only."""

    organization_path = "appointment__organization"
    location_path = "appointment__location"
    list_select_related = ["appointment__patient", "appointment__location"]
    search_fields = ["appointment__patient__family_name", "appointment__patient__identifier"]
    ordering = ["-id"]
    readonly_fields = ["person"]

    @admin.display(description="Patient", ordering="appointment__patient__family_name")
    def person(self, row: Any) -> str:
        return label_today(row.appointment.patient)


@admin.register(AppointmentChange)
class AppointmentChangeAdmin(OfAppointment):
    list_display = [
        "changed_at",
        "person",
        "kind",
        "from_status",
        "to_status",
        "to_start",
        "reason",
        "revision",
    ]
    list_filter = ["kind", "to_status"]


@admin.register(Allocation)
class AllocationAdmin(ScopedAdmin):
    organization_path = "resource__location__organization"
    list_display = ["resource", "leg", "period", "active"]
    list_filter = ["active", ("resource", ScopedFilter)]
    list_select_related = ["resource"]
    search_fields = ["resource__name", "leg"]
    ordering = ["-id"]


@admin.register(Hold)
class HoldAdmin(ScopedAdmin):
    location_path = "offering__location"
    list_display = ["offering", "start", "expires_at", "released_at"]
    list_filter = [("offering", ScopedFilter)]
    list_select_related = ["offering__location", "offering__procedure_type"]
    search_fields = ["offering__procedure_type__name"]
    ordering = ["-id"]

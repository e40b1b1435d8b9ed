"""Visits that belong together: sessions of a series, and what follows a procedure."""

import uuid

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q

from cryoclinic.accounts.models import Organization
from scheduling.codes import SeriesMode
from scheduling.models.appointment import Appointment
from scheduling.models.offering import ProcedureOffering
from scheduling.models.patient import Patient

MOST_SESSIONS = 30


class SeriesQuerySet(models.QuerySet["Series"]):
    def of(self, organization: Organization) -> "SeriesQuerySet":
        """Series of one organization."""
        return self.filter(organization=organization)

    def with_sessions(self) -> "SeriesQuerySet":
        """The series with their sessions, in two queries."""
        return self.select_related(
            "offering__location", "offering__procedure_type", "patient"
        ).prefetch_related("sessions__appointment")


class Series(models.Model):
    """
    The same procedure several times. Gaps are local calendar days from one session's date to the next one's.

    `gap_most_days` None: no upper limit.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    offering = models.ForeignKey(ProcedureOffering, on_delete=models.PROTECT, related_name="series")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="series")
    sessions_wanted = models.PositiveSmallIntegerField()
    gap_least_days = models.PositiveSmallIntegerField()
    gap_most_days = models.PositiveSmallIntegerField(null=True, blank=True)
    mode = models.CharField(max_length=10, choices=SeriesMode)
    override_reason = models.CharField(
        max_length=200, blank=True, help_text="Why this was booked against the protocol's word on repeating."
    )
    booked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    booked_at = models.DateTimeField()

    objects = SeriesQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "series"
        constraints = [
            models.CheckConstraint(
                condition=Q(sessions_wanted__gte=2, sessions_wanted__lte=MOST_SESSIONS),
                name="scheduling_series_has_sessions",
            ),
            models.CheckConstraint(
                condition=Q(gap_least_days__gte=1)
                & (Q(gap_most_days=None) | Q(gap_most_days__gte=F("gap_least_days"))),
                name="scheduling_series_gaps_are_in_order",
            ),
            models.CheckConstraint(
                condition=Q(mode__in=SeriesMode.values), name="scheduling_series_mode_is_known"
            ),
        ]
        triggers = [pgtrigger.Protect(name="series_is_kept", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"Series {self.uid}"


class SeriesSession(models.Model):
    """That an appointment is a session of a series; the first has position 1."""

    series = models.ForeignKey(Series, on_delete=models.PROTECT, related_name="sessions")
    appointment = models.OneToOneField(Appointment, on_delete=models.PROTECT, related_name="series_session")
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint("series", "position", name="scheduling_session_has_its_place"),
        ]
        triggers = [pgtrigger.Protect(name="session_is_kept", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"Session {self.position} of series {self.series_id}"


class FollowUp(models.Model):
    """That an appointment was booked as a follow-up of another, by the code of the protocol's own list."""

    first = models.ForeignKey(Appointment, on_delete=models.PROTECT, related_name="follow_ups")
    code = models.CharField(max_length=60)
    appointment = models.OneToOneField(Appointment, on_delete=models.PROTECT, related_name="follows")
    booked_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(first=F("appointment")), name="scheduling_follow_up_is_another_visit"
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="follow_up_is_kept", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"Follow-up {self.code} of appointment {self.first_id}"

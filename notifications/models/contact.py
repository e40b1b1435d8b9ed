"""Whom we can reach, and where; and the outbox that stands in for a provider."""

import uuid

from django.db import models
from django.db.models import Q

from cryoclinic.accounts.models import Organization
from notifications.codes import ContactState, ContactSystem
from scheduling.models import Patient, RelatedPerson
from scheduling.models.plan_revision import raises_plan_revision


class Recipient(models.Model):
    """
    A person as somebody we write to: the patient, or a related person of theirs.

    The row is what a sender locks, so that one person never gets two messages at once or out of order.
    """

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="recipients")
    related_person = models.ForeignKey(
        RelatedPerson, null=True, blank=True, on_delete=models.PROTECT, related_name="recipients"
    )
    breaker_reset_at = models.DateTimeField(
        null=True, blank=True, help_text="Somebody looked into a repetition; what went before counts no more."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "patient",
                "related_person",
                name="notifications_person_is_one_recipient",
                nulls_distinct=False,
            ),
        ]

    def __str__(self) -> str:
        return f"Recipient {self.pk}"

    @property
    def person(self) -> Patient | RelatedPerson:
        """The human being."""
        return self.related_person or self.patient

    @property
    def key(self) -> str:
        """The name under which the planner knows the recipient."""
        return f"related:{self.related_person_id}" if self.related_person_id else f"patient:{self.patient_id}"


class ContactPoint(models.Model):
    """
    An address as one organization knows it: does it work, may we use it.

    The address is shared by everybody who gave it; its state is a fact about the address, not about a person.
    `routine_refused_at` is when somebody asked there for no routine messages; safety messages still go.
    """

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="contact_points")
    system = models.CharField(max_length=10, choices=ContactSystem)
    value = models.CharField(max_length=254)
    state = models.CharField(max_length=12, choices=ContactState, default=ContactState.USABLE)
    state_changed_at = models.DateTimeField(null=True, blank=True)
    routine_refused_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "organization", "system", "value", name="notifications_address_known_once_per_organization"
            ),
            models.CheckConstraint(
                condition=Q(system__in=ContactSystem.values), name="notifications_contact_system_is_known"
            ),
            models.CheckConstraint(
                condition=Q(state__in=ContactState.values), name="notifications_contact_state_is_known"
            ),
        ]
        triggers = [
            raises_plan_revision(
                name="contact_point_changed",
                appointments="""
                    patient_id IN (
                        SELECT id FROM scheduling_patient
                        WHERE organization_id = changed.organization_id AND changed.value IN (phone, email)
                        UNION
                        SELECT r.patient_id FROM scheduling_relatedperson r JOIN scheduling_patient p
                            ON p.id = r.patient_id
                        WHERE p.organization_id = changed.organization_id AND changed.value IN (r.phone, r.email)
                    )
                """,
                only_updates=True,
            ),
        ]

    def __str__(self) -> str:
        return f"Contact point {self.pk}"


class OutboxMessage(models.Model):
    """A message as a provider would have it: what the outbox channel of demo and development was given."""

    uid = models.UUIDField(
        default=uuid.uuid4, unique=True, help_text="The attempt's: a second copy is impossible."
    )
    channel = models.CharField(max_length=10)
    to = models.CharField(max_length=254)
    sender_name = models.CharField(max_length=120)
    subject = models.CharField(max_length=200, blank=True)
    text = models.TextField()
    html = models.TextField(blank=True)
    expires_at = models.DateTimeField()
    sent_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["-sent_at"], name="notifications_outbox_newest")]

    def __str__(self) -> str:
        return f"Outbox message {self.uid}"

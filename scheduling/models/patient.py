"""Patients and the people around them. `__str__` is the uid alone: names never reach a log by accident."""

import datetime as dt
import uuid
from collections.abc import Iterable

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q

from cryoclinic.accounts.codes import Weekday
from cryoclinic.accounts.models import Organization, validate_zone
from scheduling.codes import IN_ITS_OWN_WORDS, MedicineIdentity, Relationship, Sex
from scheduling.likeness import Clue
from scheduling.models.finding import found_by, has_a_word, plain_number
from scheduling.models.plan_revision import of_patient, raises_plan_revision

# As long as the words a medicine may be given in, with quotes.
DRUG_LENGTH = 120

validate_e164 = RegexValidator(
    r"^\+[1-9]\d{6,14}$", "Write the number with its country code, for example +442079460000.", code="phone"
)


def validate_dose_times(value: list[str]) -> None:
    """
    Refuse dose times that are not HH:MM.

    :raises ValidationError: naming the entry
    """
    for text in value:
        try:
            dt.time.fromisoformat(text)
        except ValueError as error:
            raise ValidationError(f"{text} is not a time. Write it as 08:00.", code="dose-time") from error


class Person(models.Model):
    """What a patient and a related person have in common: how to address and reach them."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    given_name = models.CharField(max_length=80)
    family_name = models.CharField(max_length=80)
    language = models.CharField(max_length=10, default="en")
    zone = models.CharField(
        max_length=64, blank=True, validators=[validate_zone], help_text="Empty: the zone of the location."
    )
    phone = models.CharField(max_length=20, blank=True, validators=[validate_e164])
    email = models.EmailField(blank=True)
    first_name_in_messages = models.BooleanField(default=True, help_text="The person agreed to be named.")

    class Meta:
        abstract = True


class PatientQuerySet(models.QuerySet["Patient"]):
    def of(self, organization: Organization) -> "PatientQuerySet":
        """Patients of one organization."""
        return self.filter(organization=organization)

    def current(self) -> "PatientQuerySet":
        """Patients whose record was not merged into another."""
        return self.filter(merged_into=None)

    def fitting(self, clues: Iterable[Clue]) -> "PatientQuerySet":
        """Patients whom everything that was typed fits."""
        found = self
        for clue in clues:
            fits = Q(has_a_word(clue.beginnings))
            found = found.filter(fits if clue.born_on is None else fits | Q(birth_date=clue.born_on))
        return found

    def with_facts(self) -> "PatientQuerySet":
        """Everything a case reads about each patient, in a fixed number of queries."""
        return self.prefetch_related("medications", "conditions", "evidence")


class Patient(Person):
    """Somebody who is treated. Belongs to one organization."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="patients")
    identifier = models.CharField(max_length=40, help_text="The clinic's own number for the person.")
    birth_date = models.DateField()
    sex = models.CharField(max_length=5, choices=Sex)
    breast_fed = models.BooleanField(default=False)
    formula_fed = models.BooleanField(default=False)
    deceased_on = models.DateField(null=True, blank=True)
    merged_into = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="merged_records",
        help_text="The record that took over everything of this one.",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = PatientQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "organization", "identifier", name="scheduling_patient_identifier_is_unique"
            ),
            models.CheckConstraint(condition=Q(sex__in=Sex.values), name="scheduling_patient_sex_is_known"),
            models.CheckConstraint(
                condition=~Q(merged_into=models.F("id")), name="scheduling_patient_is_not_merged_into_itself"
            ),
        ]
        indexes = [
            models.Index(
                fields=["organization", "phone"], condition=~Q(phone=""), name="scheduling_patient_phone"
            ),
            models.Index(
                fields=["organization", "email"], condition=~Q(email=""), name="scheduling_patient_email"
            ),
            models.Index(
                fields=["organization", "family_name", "given_name"], name="scheduling_patient_name"
            ),
            models.Index(fields=["organization", "birth_date"], name="scheduling_patient_birth"),
            models.Index("organization", plain_number(), name="scheduling_patient_number"),
            GinIndex(found_by(), name="scheduling_patient_found_by"),
        ]
        triggers = [
            raises_plan_revision(name="patient_changed", appointments="patient_id = changed.id"),
            pgtrigger.Protect(
                name="merged_patient_stays",
                operation=pgtrigger.Update | pgtrigger.Delete,
                condition=pgtrigger.Condition("OLD.merged_into_id IS NOT NULL"),
            ),
        ]

    def __str__(self) -> str:
        return f"Patient {self.uid}"

    def age_on(self, day: dt.date) -> int:
        """Return completed years on a local date; somebody born on 29 February turns a year on 1 March."""
        had_birthday = (day.month, day.day) >= (self.birth_date.month, self.birth_date.day)
        return day.year - self.birth_date.year - (0 if had_birthday else 1)


class RelatedPerson(Person):
    """A guardian or carer: a person of their own, told only with consent."""

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="related_persons")
    relationship = models.CharField(max_length=10, choices=Relationship)
    consented_at = models.DateTimeField(
        null=True, blank=True, help_text="Empty: nothing is sent to this person."
    )
    revoked_at = models.DateTimeField(null=True, blank=True)
    is_escort = models.BooleanField(default=False, help_text="Takes the patient home.")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(relationship__in=Relationship.values), name="scheduling_relationship_is_known"
            ),
            models.CheckConstraint(
                condition=Q(revoked_at=None)
                | Q(consented_at__isnull=False, revoked_at__gte=models.F("consented_at")),
                name="scheduling_consent_ends_after_it_began",
            ),
        ]
        triggers = [of_patient("related_person_changed")]

    def __str__(self) -> str:
        return f"Related person {self.uid}"

    @property
    def may_be_told(self) -> bool:
        """Whether consent is given and stands."""
        return self.consented_at is not None and self.revoked_at is None


class PatientCondition(models.Model):
    """A condition the rules ask about. `holds_until` ends codes with a time limit, such as "stroke within 3 months"."""

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="conditions")
    code = models.CharField(max_length=60)
    holds_until = models.DateField(
        null=True, blank=True, help_text="Last local date on which the code applies."
    )
    recorded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint("patient", "code", name="scheduling_condition_listed_once")]
        triggers = [of_patient("condition_changed")]

    def __str__(self) -> str:
        return f"Condition of patient {self.patient_id}"


class MedicationStatement(models.Model):
    """
    A medicine the patient takes, as asked: what, when, and how it was said.

    `drug` is what the preparation rules read. Of free text that nobody has confirmed it is the words as written, in
    quotes, which no name of the vocabulary has: the plan then asks a clinician and rules on nothing. What the words
    were taken to mean (`proposed_drug`) decides nothing.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="medications")
    drug = models.CharField(
        max_length=DRUG_LENGTH, help_text="Generic name in lower case, or the words as typed."
    )
    as_written = models.CharField(max_length=100, blank=True, help_text="The words in which it was given.")
    identity = models.CharField(
        max_length=12, choices=MedicineIdentity, default=MedicineIdentity.RECORDED, editable=False
    )
    proposed_drug = models.CharField(max_length=DRUG_LENGTH, blank=True, editable=False)
    match_kind = models.CharField(max_length=12, blank=True, editable=False)
    match_confidence = models.DecimalField(
        max_digits=3, decimal_places=2, null=True, blank=True, editable=False
    )
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="+",
    )
    confirmed_at = models.DateTimeField(null=True, blank=True, editable=False)
    brand = models.CharField(max_length=80, blank=True, help_text="The name on the patient's box.")
    form = models.CharField(max_length=80, blank=True, help_text="For example: 5 mg tablet.")
    dose_times = ArrayField(
        models.CharField(max_length=5), default=list, blank=True, validators=[validate_dose_times]
    )
    weekdays = ArrayField(models.CharField(max_length=3, choices=Weekday), default=list, blank=True)
    regimen = models.CharField(max_length=15, blank=True)
    route = models.CharField(max_length=5, blank=True)
    phase = models.CharField(max_length=15, blank=True)
    high_dose = models.BooleanField(null=True, blank=True)
    active = models.BooleanField(default=True)
    recorded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(drug=""), name="scheduling_medicine_has_a_name"),
            models.CheckConstraint(
                condition=~Q(identity__in=IN_ITS_OWN_WORDS) | (~Q(as_written="") & Q(drug__startswith='"')),
                name="scheduling_unconfirmed_medicine_is_in_quotes",
            ),
            models.CheckConstraint(
                condition=Q(
                    identity__in=[MedicineIdentity.CONFIRMED, MedicineIdentity.UNLISTED],
                    confirmed_by__isnull=False,
                    confirmed_at__isnull=False,
                )
                | Q(
                    identity__in=[MedicineIdentity.RECORDED, MedicineIdentity.UNCONFIRMED],
                    confirmed_by=None,
                    confirmed_at=None,
                ),
                name="scheduling_medicine_confirmed_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(match_confidence=None) | Q(match_confidence__gte=0, match_confidence__lte=1),
                name="scheduling_match_confidence_is_a_share",
            ),
            models.CheckConstraint(
                condition=Q(weekdays__contained_by=Weekday.values),
                name="scheduling_medicine_weekdays_are_known",
            ),
            models.CheckConstraint(
                condition=Q(regimen__in=["", "prophylactic", "therapeutic"]),
                name="scheduling_regimen_is_known",
            ),
            models.CheckConstraint(condition=Q(route__in=["", "iv", "sc"]), name="scheduling_route_is_known"),
            models.CheckConstraint(
                condition=Q(phase__in=["", "escalation", "maintenance"]), name="scheduling_phase_is_known"
            ),
        ]
        triggers = [of_patient("medication_changed")]

    def __str__(self) -> str:
        return f"Medication {self.uid}"

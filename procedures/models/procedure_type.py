"""What can be done to a patient, and what it occupies while it is done."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from procedures.codes import Anaesthesia, BleedingClass, Guidance, LegAnchor, LegRole, Verification


class ProcedureTypeQuerySet(models.QuerySet["ProcedureType"]):
    def in_use(self) -> "ProcedureTypeQuerySet":
        """Types that can be offered."""
        return self.filter(active=True)

    def with_details(self) -> "ProcedureTypeQuerySet":
        """The types with their legs and codes, in three queries."""
        return self.prefetch_related("legs", models.Prefetch("codes", ProcedureCode.objects.order_by("id")))


class ProcedureType(models.Model):
    """
    A kind of procedure. `code` is the id of `preparation`'s vocabulary and never changes.

    Minutes are room-occupying; `planned_minutes` is what a booking reserves. Marks in the notes say where a
    number comes from; what has no source is the clinic's own default.
    """

    code = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    patient_names = models.JSONField(
        default=dict, help_text="In plain words, for patients: language to name."
    )
    family = models.CharField(max_length=40)
    indication = models.TextField(blank=True)
    targets = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    guidance_options = ArrayField(models.CharField(max_length=10, choices=Guidance))
    anaesthesia_options = ArrayField(models.CharField(max_length=20, choices=Anaesthesia))
    bleeding_class = models.CharField(max_length=20, choices=BleedingClass)
    bleeding_class_note = models.TextField(blank=True)
    minutes_min = models.PositiveSmallIntegerField()
    minutes_max = models.PositiveSmallIntegerField()
    planned_minutes = models.PositiveSmallIntegerField()
    setup_minutes = models.PositiveSmallIntegerField()
    turnover_minutes = models.PositiveSmallIntegerField()
    observe_minutes_min = models.PositiveSmallIntegerField()
    observe_minutes_max = models.PositiveSmallIntegerField()
    overnight_possible = models.BooleanField(default=False)
    escort = models.CharField(max_length=20, help_text="always, if-sedated, guardian or never")
    sources = models.JSONField(default=dict, help_text="Field name to source mark, for example S1 or L20.")
    active = models.BooleanField(default=True)
    catalogue_sha256 = models.CharField(max_length=64, blank=True)

    objects = ProcedureTypeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    minutes_min__gt=0, minutes_max__gte=models.F("minutes_min"), planned_minutes__gt=0
                ),
                name="procedures_minutes_are_a_range",
            ),
            models.CheckConstraint(
                condition=Q(observe_minutes_max__gte=models.F("observe_minutes_min")),
                name="procedures_observation_is_a_range",
            ),
            models.CheckConstraint(
                condition=Q(patient_names__has_key="en"), name="procedures_type_has_an_english_name"
            ),
            models.CheckConstraint(
                condition=Q(bleeding_class__in=BleedingClass.values),
                name="procedures_bleeding_class_is_known",
            ),
            models.CheckConstraint(
                condition=Q(escort__in=["always", "if-sedated", "guardian", "never"]),
                name="procedures_escort_is_known",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def patient_name(self) -> str:
        """Return the name for patients in English."""
        return self.patient_name_in("en")

    def patient_name_in(self, language: str) -> str:
        """Return the name for patients in a language, in English where nobody has written one."""
        names: dict[str, str] = self.patient_names
        return names.get(language) or names["en"]


class ProcedureLeg(models.Model):
    """
    One thing a procedure occupies: a role, a skill, how many, and its own piece of time.

    The piece begins `offset_minutes` after the anchor (negative is before) and lasts `duration_minutes`, or,
    when that is null, until `tail_minutes` after the planned end. So a room leg is anchored at the start with
    the set-up as negative offset and the turnover as tail, and a bay is anchored at the end.
    """

    procedure_type = models.ForeignKey(ProcedureType, on_delete=models.CASCADE, related_name="legs")
    key = models.SlugField(max_length=40)
    role = models.CharField(max_length=20, choices=LegRole)
    skill = models.CharField(max_length=40, blank=True)
    count = models.PositiveSmallIntegerField(default=1)
    anchor = models.CharField(max_length=10, choices=LegAnchor, default=LegAnchor.START)
    offset_minutes = models.SmallIntegerField(default=0)
    duration_minutes = models.PositiveSmallIntegerField(null=True, blank=True)
    tail_minutes = models.SmallIntegerField(default=0)
    source = models.CharField(max_length=80)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint("procedure_type", "key", name="procedures_leg_listed_once"),
            models.CheckConstraint(condition=Q(count__gte=1), name="procedures_leg_needs_at_least_one"),
            models.CheckConstraint(condition=Q(role__in=LegRole.values), name="procedures_leg_role_is_known"),
            models.CheckConstraint(
                condition=Q(duration_minutes=None, anchor=LegAnchor.START)
                # A missing duration compares as unknown, and a check lets the unknown pass.
                | Q(duration_minutes__isnull=False, duration_minutes__gt=0),
                name="procedures_leg_has_a_length",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.procedure_type_id} {self.key}"


class ProcedureCode(models.Model):
    """A code of a terminology with how far it has been checked; none of them is for billing."""

    procedure_type = models.ForeignKey(ProcedureType, on_delete=models.CASCADE, related_name="codes")
    system = models.CharField(max_length=20, help_text="cpt, icd-10-pcs, snomed-ct")
    code = models.CharField(max_length=40, blank=True, help_text="Empty while nobody has verified one.")
    display = models.CharField(max_length=200, blank=True)
    verification = models.CharField(max_length=20, choices=Verification)
    source = models.CharField(max_length=80, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint("procedure_type", "system", "code", name="procedures_code_listed_once"),
            models.CheckConstraint(
                condition=Q(verification__in=Verification.values),
                name="procedures_code_verification_is_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.system} {self.code or '(none verified)'}"

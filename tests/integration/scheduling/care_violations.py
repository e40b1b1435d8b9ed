"""How the constraints and guards of treatments, payers' words and the day's record are broken."""

from collections.abc import Callable
from typing import Any

from builders import DAY, NOW, START, Clinic, book

from scheduling.models import ChecklistTick, FreezeCycle, OtherTreatment, PayerAuthorization


def treat(clinic: Clinic, **fields: Any) -> OtherTreatment:
    defaults = {"treatment": "surgery", "first_on": START.date(), "recorded_at": NOW}
    return OtherTreatment.objects.create(patient=clinic.pia, **{**defaults, **fields})


def authorize(clinic: Clinic, **fields: Any) -> PayerAuthorization:
    return PayerAuthorization.objects.create(
        patient=clinic.pia, procedure_type=clinic.offering.procedure_type, recorded_at=NOW, **fields
    )


def freeze(clinic: Clinic, *, times: int = 1, **fields: Any) -> FreezeCycle:
    defaults = {"position": 1, "freeze_seconds": 600, "probes": 1}
    appointment = book(clinic)
    for _ in range(times):
        cycle = FreezeCycle.objects.create(
            appointment=appointment, recorded_by=clinic.cleo, recorded_at=NOW, **{**defaults, **fields}
        )
    return cycle


def tick(clinic: Clinic, *, times: int = 1) -> ChecklistTick:
    appointment = book(clinic)
    for _ in range(times):
        done = ChecklistTick.objects.create(
            appointment=appointment, code="warming", ticked_by=clinic.nora, ticked_at=NOW
        )
    return done


VIOLATIONS_OF_CARE: dict[str, Callable[[Clinic], object]] = {
    "scheduling_treatment_is_known": lambda c: treat(c, treatment="reiki"),
    "scheduling_treatment_ends_after_it_began": lambda c: treat(c, last_on=(START - DAY).date()),
    "scheduling_authorization_is_known": lambda c: authorize(c, status="maybe"),
    "scheduling_approved_authorization_expires": lambda c: authorize(c, status="approved"),
    "scheduling_freeze_has_its_place": lambda c: freeze(c, times=2),
    "scheduling_freeze_lasts": lambda c: freeze(c, freeze_seconds=0),
    "scheduling_ticked_once": lambda c: tick(c, times=2),
}
GUARDS_OF_CARE: dict[str, Callable[[Clinic], object]] = {
    "freeze_is_kept": lambda c: freeze(c).delete(),
    "tick_is_kept": lambda c: tick(c).delete(),
}

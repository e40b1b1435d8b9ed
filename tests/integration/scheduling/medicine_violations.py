"""How the constraints and guards of medicines, their decisions and their restarts are broken."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from builders import DAY, NOW, START, Clinic, book, make_medication

from scheduling.models import Appointment, MedicationDecision, RestartDecision


def decide(clinic: Clinic, **fields: Any) -> MedicationDecision:
    return MedicationDecision.objects.create(
        appointment=book(clinic),
        drug="insulin glargine",
        sentences={"en": "Words."},
        basis_sha256="0" * 64,
        signed_by=clinic.cleo,
        signed_at=NOW,
        **fields,
    )


def restart(clinic: Clinic, *, times: int = 1, **fields: Any) -> RestartDecision:
    appointment = Appointment.objects.first() or book(clinic)
    defaults = {
        "appointment": appointment,
        "drug": "apixaban",
        "kind": "restart",
        "bleeding_stopped": True,
        "restart_at": START + DAY,
        "sentences": {"en": "Words."},
        "basis_sha256": "0" * 64,
        "signed_by": clinic.cleo,
        "signed_at": NOW,
    }
    for _ in range(times):
        made = RestartDecision.objects.create(**{**defaults, **fields})
    return made


def confirmed_by_nobody(clinic: Clinic) -> None:
    make_medication(clinic.pia, "apixaban", as_written="Eliquis", identity="confirmed")


VIOLATIONS_OF_MEDICINES: dict[str, Callable[[Clinic], object]] = {
    "scheduling_unconfirmed_medicine_is_in_quotes": lambda c: make_medication(
        c.pia, "apixaban", as_written="apixaban", identity="unconfirmed"
    ),
    "scheduling_medicine_confirmed_by_somebody": confirmed_by_nobody,
    "scheduling_match_confidence_is_a_share": lambda c: make_medication(
        c.pia, "apixaban", match_confidence=Decimal("1.01")
    ),
    "scheduling_reduction_names_the_share": lambda c: decide(c, kind="reduce"),
    "scheduling_refusal_gives_a_reason": lambda c: decide(c, kind="refuse"),
    "scheduling_one_restart_per_medicine": lambda c: restart(c, times=2),
    "scheduling_restart_says_when": lambda c: restart(c, bleeding_stopped=False),
    "scheduling_staying_off_gives_a_reason": lambda c: restart(c, kind="stay-off", restart_at=None),
    "scheduling_restart_withdrawn_by_somebody": lambda c: restart(c, withdrawn_at=NOW),
}
GUARDS_OF_MEDICINES: dict[str, Callable[[Clinic], object]] = {
    "restart_is_kept": lambda c: restart(c).delete(),
    "signed_restart_stands": lambda c: RestartDecision.objects.filter(pk=restart(c).pk).update(
        restart_at=START + 2 * DAY
    ),
}

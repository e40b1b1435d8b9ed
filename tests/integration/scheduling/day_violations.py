"""How the constraints and guards of swaps and closures are broken."""

from collections.abc import Callable
from typing import Any

from builders import DAY, NOW, START, Clinic, book

from scheduling.models import AppointmentChange, ClosureChoice, OpeningException


def closure_of(clinic: Clinic, **fields: Any) -> OpeningException:
    defaults = {"location": clinic.london, "period": (START, START + DAY), "reason": "Service"}
    return OpeningException.objects.create(**{**defaults, **fields})


def choice_of(clinic: Clinic, **fields: Any) -> ClosureChoice:
    defaults = {
        "closure": closure_of(clinic),
        "appointment": book(clinic, start=START + 2 * DAY),
        "answer": "leave",
        "about_start": START,
        "reason": "Back by then",
        "user": clinic.nora,
        "chosen_at": NOW,
    }
    return ClosureChoice.objects.create(**{**defaults, **fields})


def swap_of_nothing(clinic: Clinic) -> AppointmentChange:
    return AppointmentChange.objects.create(
        appointment=book(clinic), kind="swapped", leg="room", to_status="booked", to_start=START, revision=9,
        changed_at=NOW,
    )  # fmt: skip


VIOLATIONS_OF_THE_DAY: dict[str, Callable[[Clinic], object]] = {
    "scheduling_swap_names_both": swap_of_nothing,
    "scheduling_closure_reopened_by_somebody": lambda c: closure_of(c, reopened_at=NOW),
    "scheduling_closure_answer_is_known": lambda c: choice_of(c, answer="ignore"),
    "scheduling_leaving_gives_a_reason": lambda c: choice_of(c, reason=""),
}
GUARDS_OF_THE_DAY: dict[str, Callable[[Clinic], object]] = {
    "closure_choice_is_kept": lambda c: choice_of(c).delete(),
}

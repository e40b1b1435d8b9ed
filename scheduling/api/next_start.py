"""A refused start names the next one that works, so that nobody has to guess."""

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from scheduling.models import Appointment, Patient, ProcedureOffering
from scheduling.operations import (
    CannotBePrepared,
    DayIsFull,
    OutsideHours,
    PatientBusy,
    SlotTaken,
    StartInPast,
    TooCloseToTreatment,
    TooShortNotice,
)
from scheduling.operations.slots import Audience, explain_slot

# Refusals that another start may not meet.
OF_THE_START = (
    CannotBePrepared, DayIsFull, OutsideHours, PatientBusy, SlotTaken, StartInPast, TooCloseToTreatment,
    TooShortNotice,
)  # fmt: skip
# What both a booking and a search are told.
SHARED = frozenset({"anaesthesia", "contrast", "guidance", "moving", "practitioner", "target"})


@contextmanager
def naming_the_next_start(
    *,
    offering: ProcedureOffering,
    patient: Patient | None,
    start: dt.datetime,
    now: dt.datetime,
    audience: Audience,
    wish: Mapping[str, Any],
) -> Iterator[None]:
    """
    Let through what happens inside; a refusal of `start` (aware) gets `next_start`, None where none is in reach.

    What else of the `wish` narrows a search narrows this one. Reads only, and only after a refusal.
    """
    try:
        yield
    except OF_THE_START as refusal:
        narrowed = {name: value for name, value in wish.items() if name in SHARED}
        found = explain_slot(
            offering=offering, patient=patient, start=start, now=now, audience=audience, **narrowed
        )
        # Whatever an error carries is shown with it.
        vars(refusal)["next_start"] = None if found.next_slot is None else found.next_slot.start
        raise


def wish_to_move(appointment: Appointment) -> dict[str, Any]:
    """Return how an appointment is to be done, as a search is told it; what it occupies itself counts as free."""
    return {
        "target": appointment.target,
        "anaesthesia": appointment.anaesthesia,
        "guidance": appointment.guidance,
        "contrast": appointment.contrast,
        "moving": appointment,
    }

"""What patients may change by themselves, and what staff need a reason for."""

import datetime as dt
from collections.abc import Iterable, Mapping

from django.db.models import Count

from scheduling.codes import (
    OCCUPYING,
    SILENT_REASONS,
    AppointmentStatus,
    CancellationReason,
    ChangeKind,
)
from scheduling.models import Appointment, AppointmentChange, ProcedureOffering
from scheduling.operations.actor import Actor
from scheduling.operations.feasibility import OverrideRefused
from scheduling.policies import Policy, policy_from


class TooLateToCancel(Exception):
    """It is too late to cancel this visit here. Call the clinic."""

    def __init__(self, *, latest_at: dt.datetime, phone: str, phone_hours: str) -> None:
        super().__init__(latest_at)
        self.latest_at = latest_at
        self.phone = phone
        self.phone_hours = phone_hours


class TooLateToMove(Exception):
    """It is too late to move this visit here. Call the clinic."""

    def __init__(self, *, latest_at: dt.datetime, phone: str, phone_hours: str) -> None:
        super().__init__(latest_at)
        self.latest_at = latest_at
        self.phone = phone
        self.phone_hours = phone_hours


class TooManyMoves(Exception):
    """The patient has moved this visit as often as the clinic allows. Call the clinic; staff need a reason."""

    def __init__(self, *, moves: int, phone: str, phone_hours: str) -> None:
        super().__init__(moves)
        self.moves = moves
        self.phone = phone
        self.phone_hours = phone_hours


def policy_of(offering: ProcedureOffering) -> Policy:
    """Return the terms of an offering: its own, else its location's, else its organization's."""
    return policy_from(offering, offering.location, offering.location.organization)


def check_patient_cancels(
    appointment: Appointment, *, reason: CancellationReason, now: dt.datetime, by: Actor
) -> None:
    """
    Refuse a portal that cancels a booking after the cut-off. Offers can always be declined; so can death and admission.

    :raises TooLateToCancel: naming the last moment and whom to call
    """
    if not by.portal or reason in SILENT_REASONS:
        return
    seen = Appointment.objects.select_related("offering__location__organization").get(pk=appointment.pk)
    latest_at = policy_of(seen.offering).latest_cancel(seen.start)
    # An offer can be declined at any time; a visit that has begun is still one that was booked.
    if seen.status in {AppointmentStatus.BOOKED, AppointmentStatus.ARRIVED} and now >= latest_at:
        raise TooLateToCancel(latest_at=latest_at, **_whom_to_call(seen))


def move_allowed(
    appointment: Appointment, *, now: dt.datetime, by: Actor, override_reason: str, at_our_wish: bool
) -> str:
    """
    Return the reason to store with a move: empty when it keeps the clinic's policy. Read it with its offering's terms.

    The cut-off is for patients alone; staff speak with them. The limit of moves counts those of patients, and holds for
    staff too unless the clinic itself needs the move.

    :raises TooLateToMove: if a portal asks after the cut-off
    :raises TooManyMoves: if the patient has used up the moves, and nobody who may gives a reason
    :raises OverrideRefused: if a reason is given by somebody who may not override
    """
    policy = policy_of(appointment.offering)
    latest_at = policy.latest_move(appointment.start)
    if by.portal and now >= latest_at:
        raise TooLateToMove(latest_at=latest_at, **_whom_to_call(appointment))
    if at_our_wish or moves_of_patient(appointment) < policy.moves:
        return ""
    if not override_reason:
        raise TooManyMoves(moves=policy.moves, **_whom_to_call(appointment))
    if not by.may_override:
        raise OverrideRefused
    return override_reason


def moves_of_patient(appointment: Appointment) -> int:
    """Return how often a visit was moved through a portal."""
    return appointment.changes.filter(kind=ChangeKind.MOVED, client__isnull=False).count()


def moves_of_patients(appointment_ids: Iterable[int]) -> Mapping[int, int]:
    """Return, by visit, how often it was moved through a portal; one query, none for no visits."""
    moved = AppointmentChange.objects.filter(
        appointment__in=list(appointment_ids), kind=ChangeKind.MOVED, client__isnull=False
    )
    return dict(moved.order_by().values_list("appointment").annotate(Count("pk")))


def deposit_missing(appointment: Appointment) -> bool:
    """Return whether a deposit is asked for and not recorded while the visit is still meant to be."""
    asked = policy_of(appointment.offering).deposit_required
    return asked and appointment.status in OCCUPYING and appointment.deposit_recorded_at is None


def _whom_to_call(appointment: Appointment) -> dict[str, str]:
    location = appointment.offering.location
    line = location.organization.helpline_at(location)
    return {"phone": line.phone, "phone_hours": line.phone_hours}

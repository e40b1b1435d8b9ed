"""Free times for a follow-up, within the days the protocol wants it."""

import datetime as dt
from dataclasses import dataclass

from django.http import QueryDict

from cryoclinic.dashboard import refused
from cryoclinic.dashboard.access import Desk
from procedures.preparation.clock import wall_instant
from scheduling.models import Appointment, FollowUp, ProcedureOffering
from scheduling.operations.follow_ups import FollowUpProposal
from scheduling.operations.slots import find_slots
from scheduling.sessions import first_of_half_days

# [ops] So many free times are shown, the first of each morning and afternoon.
TIMES_SHOWN = 12
ONE_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class FollowUpTimes:
    """Starts (UTC) at which something that is offered could be the follow-up; `obstacle` is why there can be none."""

    offering: ProcedureOffering
    starts: tuple[dt.datetime, ...]
    obstacle: tuple[str, str] | None = None


def offering_for(
    first: Appointment, *, code: str, offerings: list[ProcedureOffering], asked: str
) -> ProcedureOffering | None:
    """Return what the follow-up is booked as: what was asked for, else what it was last time, else the only thing there is."""
    last = (
        FollowUp.objects.filter(
            code=code,
            first__location=first.location,
            first__offering__procedure_type=first.offering.procedure_type_id,
        )
        .order_by("-id")
        .values_list("appointment__offering", flat=True)
        .first()
    )
    wanted = [each for each in offerings if asked in {str(each.uid), str(each.pk)}]
    usual = [each for each in offerings if each.pk == last]
    found = wanted or usual or (offerings if len(offerings) == 1 else [])
    return found[0] if found else None


def times_for(
    proposal: FollowUpProposal, *, first: Appointment, offering: ProcedureOffering, desk: Desk
) -> FollowUpTimes:
    """Return the free times in the window for the patient of `first`; reads only."""
    window = proposal.window
    begin = wall_instant(day=window.first_on, at=dt.time(0), zone=desk.zone)
    end = wall_instant(day=window.last_on + ONE_DAY, at=dt.time(0), zone=desk.zone)
    if end <= desk.now:
        return FollowUpTimes(offering=offering, starts=())
    try:
        slots = find_slots(
            offering=ProcedureOffering.objects.with_terms().get(pk=offering.pk),
            patient=first.patient,
            first=max(begin, desk.now),
            until=end,
            now=desk.now,
        )
    except refused.BOOKING as obstacle:
        return FollowUpTimes(offering=offering, starts=(), obstacle=refused.said(obstacle, desk))
    starts = first_of_half_days((each.start for each in slots), zone=desk.zone, most=TIMES_SHOWN)
    return FollowUpTimes(offering=offering, starts=starts)


def as_typed(sent: QueryDict, *, desk: Desk) -> QueryDict:
    """Return what was sent with a start that was chosen from the list as if it had been typed."""
    typed = sent.copy()
    try:
        local = dt.datetime.fromisoformat(sent.get("start", "")).astimezone(desk.zone)
    except ValueError:
        return typed
    typed["day"], typed["time"] = local.date().isoformat(), f"{local:%H:%M}"
    return typed

"""From rows to what the timeline planner reads: the booking, the facts, what was told."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from notifications.codes import NOT_ARRIVED, AttemptStatus
from notifications.models import Communication
from notifications.planning import BUILT_IN, Booking, Certainty, State, Told, derive, without_medicines
from procedures.models.reading import derived_facts_of, steps_of
from procedures.preparation import Case, Hold, HoldStatus, PreparationPlan, prepare
from procedures.rules import unmet
from procedures.steps import FactValue, Step
from scheduling.codes import BY_PHONE, SILENT_REASONS, AppointmentStatus, DecisionKind
from scheduling.models import Appointment, MedicationDecision
from scheduling.models.case import basis_sha256, case_of
from scheduling.operations import restart_questions

_STATES: dict[str, State] = {
    AppointmentStatus.BOOKED: "live",
    AppointmentStatus.ARRIVED: "live",
    AppointmentStatus.FULFILLED: "over",
    AppointmentStatus.CANCELLED: "cancelled",
    # Whoever was told of a visit that was never meant must be told that there is none.
    AppointmentStatus.ENTERED_IN_ERROR: "cancelled",
}
_FASTING = ("solids_stop", "fatty_meal_stop", "clear_liquids_stop", "breast_milk_stop", "formula_stop")


@dataclass(frozen=True, kw_only=True, slots=True)
class Inputs:
    """Everything the planner needs about one appointment, apart from its people."""

    case: Case
    plan: PreparationPlan
    booking: Booking
    steps: tuple[Step, ...]
    facts: dict[str, FactValue]
    undecided: tuple[str, ...]
    phone_instead: bool
    basis: str
    restart_signed: bool = False

    @property
    def signed(self) -> bool:
        """
        Whether every medicine that is not simply continued has a standing decision that may be sent.

        After the end that is a question of the restart: what was decided before no longer keeps anything back.
        """
        if self.booking.state == "over" and self.restart_signed:
            return True
        return not self.undecided and not self.phone_instead

    @property
    def sayable(self) -> dict[str, FactValue]:
        """The facts that may be said now."""
        return self.facts if self.signed else without_medicines(self.facts)

    def unmet_condition(self, step: Step) -> str | None:
        """Return the first condition of a step that this patient does not meet."""
        return unmet(step.conditions, plan=self.plan, case=self.case)


def state_of(appointment: Appointment) -> State:
    """Return how far the appointment has come, as the planner means it."""
    if appointment.patient.deceased_on is not None or appointment.cancellation_reason in SILENT_REASONS:
        return "silent"
    return _STATES.get(appointment.status, "silent")


def booking_of(appointment: Appointment) -> Booking:
    """Return the appointment's times."""
    return Booking(
        known_at=appointment.known_at,
        start=appointment.start,
        arrive_at=appointment.arrive_at,
        planned_end=appointment.planned_end,
        ended_at=appointment.ended_at,
        zone=appointment.location.tz,
        state=state_of(appointment),
    )


def inputs_of(appointment: Appointment) -> Inputs:
    """
    Return what the plan of an appointment reads.

    :raises InvalidCase: if what is recorded about the patient does not make a case
    """
    case = case_of(appointment)
    plan = prepare(case)
    basis = basis_sha256(
        case=case, protocol_id=appointment.protocol_id, rule_set_sha256=appointment.rule_set_sha256
    )
    standing = {
        d.drug: d for d in appointment.decisions.all() if d.basis_sha256 == basis and not d.withdrawn_at
    }
    booking = booking_of(appointment)
    restart_facts = _restart_facts(appointment)
    return Inputs(
        case=case,
        plan=plan,
        booking=booking,
        steps=steps_of(appointment.protocol),
        facts=_facts(appointment, plan, standing, booking) | restart_facts,
        undecided=tuple(sorted(hold.drug for hold in plan.holds if _is_open(hold, plan, standing))),
        phone_instead=any(decision.kind in BY_PHONE for decision in standing.values()),
        basis=basis,
        restart_signed=bool(restart_facts),
    )


def _is_open(hold: Hold, plan: PreparationPlan, standing: dict[str, MedicationDecision]) -> bool:
    """
    Return whether a medicine still waits: nobody has decided, or the ordinary signature is not enough yet.

    A proposal with one number is listed among what must never be sent while something else is missing for it,
    such as the cardiologist's word (plan-case contract, section 11).
    """
    decision = standing.get(hold.drug)
    if decision is None:
        return True
    if decision.kind != DecisionKind.HOLD:
        return False
    return hold.status is HoldStatus.PROPOSED and f"medicine_stop:{hold.drug}" in plan.never_send


def _facts(
    appointment: Appointment,
    plan: PreparationPlan,
    standing: dict[str, MedicationDecision],
    booking: Booking,
) -> dict[str, FactValue]:
    facts: dict[str, FactValue] = {
        "start": appointment.start,
        "arrive_at": appointment.arrive_at,
        "place": appointment.location.name,
        "address": appointment.location.address,
        "procedure": appointment.offering.procedure_type.patient_name,
        "escort_needed": "yes" if plan.escort_needed else "no",
        **derive(derived_facts_of(appointment.protocol), booking),
    }
    if plan.fasting is not None and not plan.fasting.individual_plan:
        stops = {name: getattr(plan.fasting, name) for name in _FASTING}
        facts |= {name: stop for name, stop in stops.items() if stop is not None}
        if "fasting_standard_solids" in plan.never_send and plan.fasting.solids_stop is not None:
            facts["liquid_diet_from"] = plan.fasting.solids_stop
    return facts | _medicine_facts(standing, zone=booking.zone)


def _restart_facts(appointment: Appointment) -> dict[str, FactValue]:
    """
    Return which signed restarts make up the plan for afterwards, and the first day on which a medicine is taken again.

    None before a clinician has decided about every held medicine, if only to ask again later: one message then says it all.
    """
    if appointment.ended_at is None:
        return {}
    questions = restart_questions(appointment)
    standing = [each.standing for each in questions if each.standing is not None]
    if not standing or any(each.standing is None and each.ask_again_at is None for each in questions):
        return {}
    zone = appointment.location.tz
    first = [each.restart_at.astimezone(zone).date() for each in standing if each.restart_at is not None]
    plan: dict[str, FactValue] = {"restart_plan": " ".join(sorted(str(each.uid) for each in standing))}
    return plan | ({"restart_first_on": min(first)} if first else {})


def _medicine_facts(standing: dict[str, MedicationDecision], *, zone: ZoneInfo) -> dict[str, FactValue]:
    """Return which signed decisions make up the medicine plan, and the first day on which there is something to do."""
    if not standing:
        return {}
    first = [decision.last_dose_on for decision in standing.values() if decision.last_dose_on is not None]
    first += [each.dose_at.astimezone(zone).date() for each in standing.values() if each.dose_at is not None]
    plan: dict[str, FactValue] = {"medicine_plan": " ".join(sorted(str(d.uid) for d in standing.values()))}
    return plan | ({"medicine_first_step_on": min(first)} if first else {})


def told_of(appointment: Appointment) -> tuple[Told, ...]:
    """
    Return what each recipient has been told, or perhaps been told, about the appointment.

    Read from the attempts, the one record of what left; a failed attempt has told nobody anything.
    """
    attempts = (
        Communication.objects.filter(request__appointment=appointment)
        .exclude(status=AttemptStatus.NOT_DONE)
        # An offer said only that a time could be had; the page behind it says when that is over.
        .exclude(request__notice__in=BUILT_IN)
        .select_related("request", "recipient")
        .order_by("attempted_at", "id")
    )
    told: dict[str, Told] = {}
    for attempt in attempts:
        request = attempt.request
        arrived = attempt.status == AttemptStatus.COMPLETED and attempt.delivery not in NOT_ARRIVED
        certainty: Certainty = "told" if arrived else "perhaps"
        earlier = told.get(str(request.uid))
        told[str(request.uid)] = Told(
            request=str(request.uid),
            recipient=attempt.recipient.key,
            notice=request.notice,
            facts=request.facts,
            certainty="told" if earlier and earlier.certainty == "told" else certainty,
            told_at=attempt.attempted_at,
            parts=tuple(request.parts),
            channel=attempt.channel,
        )
    return tuple(told.values())

"""Whether a visit can go ahead, and what is missing: worked out from the plan and what has been signed."""

from dataclasses import dataclass

from cryoclinic.dashboard import words
from cryoclinic.dashboard.words import Tag
from procedures.preparation import Case, Hold, PreparationPlan, prepare
from scheduling.codes import OCCUPYING, AnswerCode, AppointmentStatus
from scheduling.models import Appointment, MedicationDecision
from scheduling.models.case import basis_sha256, case_of

STATES = {
    AppointmentStatus.PROPOSED: Tag(family="neutral", word="Proposed"),
    AppointmentStatus.BOOKED: Tag(family="neutral", word="Booked"),
    AppointmentStatus.ARRIVED: Tag(family="progress", word="Arrived"),
    AppointmentStatus.FULFILLED: Tag(family="neutral", word="Left"),
    AppointmentStatus.CANCELLED: Tag(family="void", word="Cancelled"),
    AppointmentStatus.NOSHOW: Tag(family="void", word="Did not come"),
    AppointmentStatus.ENTERED_IN_ERROR: Tag(family="void", word="Void"),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Preparedness:
    """
    A visit with its plan; `plan` and `case` are None when what is recorded makes none.

    `standing` are the decisions that hold for the booking as it is; `void` those whose basis has changed.
    """

    appointment: Appointment
    case: Case | None
    plan: PreparationPlan | None
    basis: str
    standing: tuple[MedicationDecision, ...]
    void: tuple[MedicationDecision, ...]

    @property
    def is_ahead(self) -> bool:
        """Whether there is anything left to prepare."""
        return self.appointment.status in OCCUPYING

    @property
    def missing_codes(self) -> tuple[str, ...]:
        """What is not on file, as the rules name it."""
        return self.plan.prerequisites_missing if self.plan else ()

    @property
    def missing(self) -> tuple[str, ...]:
        """What is not on file, in words."""
        return tuple(words.item(code) for code in self.missing_codes)

    @property
    def unsigned(self) -> tuple[Hold, ...]:
        """The medicines on which no decision stands, in the order of the plan."""
        decided = {decision.drug for decision in self.standing}
        return tuple(hold for hold in self.plan.holds if hold.drug not in decided) if self.plan else ()

    @property
    def questions(self) -> tuple[str, ...]:
        """What a clinician must settle besides, in words."""
        return (
            tuple(words.clinician_action(code) for code in self.plan.clinician_actions) if self.plan else ()
        )

    @property
    def reasons(self) -> tuple[str, ...]:
        """Everything that keeps the visit from being ready, in words."""
        if self.plan is None:
            return ("What is recorded about this patient does not make a plan. Check the medicines.",)
        missing = len(self.missing)
        found = [f"{missing} missing: {words.few(self.missing)}"] if missing else []
        if self.unsigned:
            count = len(self.unsigned)
            found.append("1 medicine unsigned" if count == 1 else f"{count} medicines unsigned")
        if self.plan.late:
            found.append("Less time is left than the preparation needs")
        return tuple(found)

    @property
    def is_ready(self) -> bool:
        """Whether nothing is missing and nothing waits for a signature."""
        return not self.reasons

    @property
    def tag(self) -> Tag:
        """Readiness as a status."""
        if self.plan is None:
            return Tag(family="attention", word="Cannot be planned")
        if self.missing or self.plan.late:
            return Tag(family="attention", word="Not ready")
        if self.unsigned:
            return Tag(family="attention", word="Needs staff")
        return Tag(family="ready", word="Ready")


def preparedness_of(appointment: Appointment) -> Preparedness:
    """Return a visit with its plan; after `with_facts()` without a query."""
    try:
        case = case_of(appointment)
        plan = prepare(case)
    except ValueError:  # InvalidCase, or a stored dose time that is no time
        return Preparedness(appointment=appointment, case=None, plan=None, basis="", standing=(), void=())
    basis = basis_sha256(
        case=case, protocol_id=appointment.protocol_id, rule_set_sha256=appointment.rule_set_sha256
    )
    signed = [each for each in appointment.decisions.all() if each.withdrawn_at is None]
    return Preparedness(
        appointment=appointment,
        case=case,
        plan=plan,
        basis=basis,
        standing=tuple(each for each in signed if each.basis_sha256 == basis),
        void=tuple(each for each in signed if each.basis_sha256 != basis),
    )


def state_of(appointment: Appointment) -> Tag:
    """Return the state of a visit; a booked one whose patient said yes to this very start is confirmed."""
    if appointment.status == AppointmentStatus.BOOKED:
        answers = [each for each in appointment.answers.all() if each.holds_for(appointment.start)]
        if answers and answers[-1].answer == AnswerCode.ACCEPTED:
            return Tag(family="neutral", word="Confirmed")
        if answers and answers[-1].answer == AnswerCode.DECLINED:
            return Tag(family="neutral", word="Said no")
    return STATES[AppointmentStatus(appointment.status)]

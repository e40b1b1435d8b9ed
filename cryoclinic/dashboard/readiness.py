"""A visit with its plan, and whether it can go ahead: the judgement of `scheduling.readiness`, in the words of staff."""

import datetime as dt
from dataclasses import dataclass

from cryoclinic.dashboard import words
from cryoclinic.dashboard.words import Tag
from procedures.preparation import Case, Hold, PreparationPlan, prepare
from scheduling.codes import OCCUPYING, AnswerCode, AppointmentStatus
from scheduling.models import Appointment, MedicationDecision
from scheduling.models.case import basis_sha256, case_of
from scheduling.operations.readiness import Surroundings, readiness_of
from scheduling.readiness import NextStep, Readiness, Reason, State, Who

STATES = {
    AppointmentStatus.PROPOSED: Tag(family="neutral", word="Proposed"),
    AppointmentStatus.BOOKED: Tag(family="neutral", word="Booked"),
    AppointmentStatus.ARRIVED: Tag(family="progress", word="Arrived"),
    AppointmentStatus.FULFILLED: Tag(family="neutral", word="Left"),
    AppointmentStatus.CANCELLED: Tag(family="void", word="Cancelled"),
    AppointmentStatus.NOSHOW: Tag(family="void", word="Did not come"),
    AppointmentStatus.ENTERED_IN_ERROR: Tag(family="void", word="Void"),
}

TAGS = {
    State.READY: Tag(family="ready", word="Ready"),
    State.ON_TRACK: Tag(family="attention", word="Needs staff"),
    State.AT_RISK: Tag(family="attention", word="Not ready"),
    State.BLOCKED: Tag(family="attention", word="Cannot go ahead"),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Preparedness:
    """
    A visit with its plan; `plan` and `case` are None when what is recorded makes none.

    `readiness` is None unless it was asked for and the visit is ahead. `standing` are the decisions that hold for the booking as it is; `void` those whose basis has changed.
    """

    appointment: Appointment
    case: Case | None
    plan: PreparationPlan | None
    basis: str
    standing: tuple[MedicationDecision, ...]
    void: tuple[MedicationDecision, ...]
    readiness: Readiness | None = None

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
    def judged(self) -> tuple[Reason, ...]:
        """What keeps the visit from being ready, the worst first."""
        return self.readiness.reasons if self.readiness else ()

    @property
    def reasons(self) -> tuple[str, ...]:
        """The same for reading in one row: what is missing is counted, everything else has its sentence."""
        missing = tuple(words.item(each.about) for each in self.judged if each.code == "missing")
        counted = f"{len(missing)} missing: {words.few(missing)}"
        said = [counted if each.code == "missing" else each.sentence for each in self.judged]
        return tuple(dict.fromkeys(said))

    @property
    def others(self) -> tuple[Reason, ...]:
        """The reasons that are neither an item on the list nor a signature."""
        return tuple(each for each in self.judged if each.code not in {"missing", "unsigned", "cannot-plan"})

    @property
    def next_step(self) -> NextStep | None:
        """What to do next, who does it, and by when."""
        return self.readiness.next_step if self.readiness else None

    @property
    def is_ready(self) -> bool:
        """Whether nothing keeps it from going ahead."""
        return self.readiness is None or self.readiness.state is State.READY

    @property
    def rank(self) -> int:
        """How far it is from going ahead, 0 for ready or over."""
        return self.readiness.state.rank if self.readiness else 0

    @property
    def tag(self) -> Tag:
        """Readiness as a status."""
        if self.readiness is None:
            return Tag(family="neutral", word="Over")
        if any(each.code == "call-owed" for each in self.judged):
            return Tag(family="urgent", word="Call now")
        waits_for = {each.who for each in self.judged}
        if self.readiness.state is State.ON_TRACK and waits_for == {Who.PATIENT}:
            return Tag(family="attention", word="Waiting for patient")
        return TAGS[self.readiness.state]


def preparedness_of(
    appointment: Appointment, *, now: dt.datetime, around: Surroundings | None = None
) -> Preparedness:
    """Return a visit with its plan, judged at `now` (aware); after `with_facts()` and with `around` without a query."""
    ahead = appointment.status in OCCUPYING
    readiness = readiness_of(appointment, now=now, around=around) if ahead else None
    try:
        case = case_of(appointment)
        plan = prepare(case)
    except ValueError:  # InvalidCase, or a stored dose time that is no time
        return Preparedness(
            appointment=appointment,
            case=None,
            plan=None,
            basis="",
            standing=(),
            void=(),
            readiness=readiness,
        )
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
        readiness=readiness,
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

"""What is to be decided after a procedure about each medicine that was held for it. Reads only."""

import datetime as dt
import hashlib
import json
from dataclasses import dataclass

from procedures.medicines import Restart, earliest_restart_at, restarts_of
from procedures.preparation import prepare
from scheduling.codes import RESTART_SETTLED, AppointmentStatus
from scheduling.models import Appointment, MedicationDecision, RestartDecision
from scheduling.models.case import case_of
from scheduling.operations.held import held_medicines


@dataclass(frozen=True, kw_only=True, slots=True)
class RestartQuestion:
    """
    One held medicine of a visit that is over.

    `proposals` are what the rules say; `earliest_at` (aware) the first moment they all allow, None where they give no time.
    `standing` is the decision that ends the question; `void` one whose basis has changed; `ask_again_at` when the last
    one put it off to.
    """

    drug: str
    held: MedicationDecision
    proposals: tuple[Restart, ...]
    earliest_at: dt.datetime | None
    basis: str
    standing: RestartDecision | None
    void: RestartDecision | None
    ask_again_at: dt.datetime | None


def restart_questions(appointment: Appointment) -> tuple[RestartQuestion, ...]:
    """Return a question per medicine held for an appointment; none before its end is recorded."""
    if appointment.ended_at is None or appointment.status != AppointmentStatus.FULFILLED:
        return ()
    decided = list(appointment.restart_decisions.select_related("signed_by"))
    rules = _rules_of(appointment)
    return tuple(
        _question(appointment, held, decided=decided, rule_ids=rules.get(held.drug, ()))
        for held in held_medicines(appointment)
    )


def standing_restarts(appointment: Appointment) -> tuple[RestartDecision, ...]:
    """Return the restart decisions that may be told, in order of their medicines."""
    return tuple(each.standing for each in restart_questions(appointment) if each.standing is not None)


def undecided_restarts(appointment: Appointment) -> tuple[RestartQuestion, ...]:
    """Return the held medicines whose restart nobody has decided."""
    return tuple(each for each in restart_questions(appointment) if each.standing is None)


def restart_basis(appointment: Appointment, *, drug: str) -> str:
    """Return the hash of what a restart rests on: the recorded end, the entries of the list, the rule set."""
    entries = [
        [each.identity, each.brand, each.form, each.regimen, each.route]
        for each in appointment.patient.medications.all()
        if each.drug == drug and each.active
    ]
    ended_at = appointment.ended_at.astimezone(dt.UTC).isoformat() if appointment.ended_at else ""
    basis = [str(appointment.uid), ended_at, drug, sorted(entries), appointment.rule_set_sha256]
    return hashlib.sha256(json.dumps(basis).encode()).hexdigest()


def _question(
    appointment: Appointment,
    held: MedicationDecision,
    *,
    decided: list[RestartDecision],
    rule_ids: tuple[str, ...],
) -> RestartQuestion:
    basis = restart_basis(appointment, drug=held.drug)
    about = [each for each in decided if each.drug == held.drug and each.withdrawn_at is None]
    settled = next((each for each in about if each.kind in RESTART_SETTLED), None)
    stands = settled is not None and settled.basis_sha256 == basis
    ended_at = appointment.ended_at or appointment.planned_end
    proposals = restarts_of(rule_ids, ended_at=ended_at, zone=appointment.location.tz)
    put_off = [each.ask_again_at for each in about if each.ask_again_at is not None]
    return RestartQuestion(
        drug=held.drug,
        held=held,
        proposals=proposals,
        earliest_at=earliest_restart_at(proposals),
        basis=basis,
        standing=settled if stands else None,
        void=None if stands else settled,
        ask_again_at=put_off[-1] if put_off and settled is None else None,
    )


def _rules_of(appointment: Appointment) -> dict[str, tuple[str, ...]]:
    """Return the ids of the rules behind each hold; none where what is recorded makes no plan any more."""
    try:
        plan = prepare(case_of(appointment))
    except ValueError:
        return {}
    return {hold.drug: hold.rule_ids for hold in plan.holds}

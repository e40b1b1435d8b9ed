"""The preparation plan day by day: what, until when, and by which rule."""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from itertools import chain

from cryoclinic.dashboard.readiness import Preparedness
from procedures.preparation import Fasting
from procedures.wording import staff
from scheduling.codes import DecisionKind

FASTING = {
    "solids_stop": "Food ends",
    "fatty_meal_stop": "Fried, fatty or meat meals end",
    "formula_stop": "Infant formula ends",
    "breast_milk_stop": "Breast milk ends",
    "clear_liquids_stop": "Water and clear drinks end",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class PlanLine:
    """One thing to do: its clock time (empty for a whole day), what, and the rules behind it."""

    time: str
    what: str
    rules: tuple[str, ...]
    is_proposal: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class PlanDay:
    """What a local date asks for, in the order of the clock."""

    on: dt.date
    lines: tuple[PlanLine, ...]


def plan_days(prepared: Preparedness, *, with_medicines: bool) -> tuple[PlanDay, ...]:
    """Return the plan by local date. Proposals that nobody has signed only `with_medicines`."""
    if prepared.plan is None or prepared.case is None:
        return ()
    lines: dict[dt.date, list[PlanLine]] = defaultdict(list)
    zone = prepared.case.zone
    arrive_at = prepared.appointment.arrive_at.astimezone(zone)
    lines[arrive_at.date()].append(PlanLine(time=staff.clock(arrive_at), what="Come to the clinic", rules=()))
    for on, line in chain(_fasting(prepared.plan.fasting), _signed(prepared)):
        lines[on].append(line)
    if with_medicines:
        for on, line in _proposed(prepared):
            lines[on].append(line)
    return tuple(
        PlanDay(on=on, lines=tuple(sorted(found, key=lambda line: (line.time or "99", line.what))))
        for on, found in sorted(lines.items())
    )


def _fasting(fasting: Fasting | None) -> list[tuple[dt.date, PlanLine]]:
    if fasting is None or fasting.individual_plan:
        return []
    stops = {name: getattr(fasting, name) for name in FASTING}
    return [
        (stop.date(), PlanLine(time=staff.clock(stop), what=FASTING[name], rules=fasting.rule_ids))
        for name, stop in stops.items()
        if stop is not None
    ]


def _signed(prepared: Preparedness) -> list[tuple[dt.date, PlanLine]]:
    zone = prepared.appointment.location.tz
    found = []
    for decision in prepared.standing:
        if decision.kind == DecisionKind.REDUCE:
            dose_at = (decision.dose_at or prepared.appointment.start).astimezone(zone)
            what = f"{decision.dose_percent}% of the usual dose of {decision.drug}, signed"
            found.append((dose_at.date(), PlanLine(time=staff.clock(dose_at), what=what, rules=())))
        if decision.kind != DecisionKind.HOLD or decision.last_dose_on is None:
            continue
        at = staff.clock(decision.last_dose_at.astimezone(zone)) if decision.last_dose_at else ""
        line = PlanLine(time=at, what=f"Last dose of {decision.drug}, signed", rules=())
        found.append((decision.last_dose_on, line))
    return found


def _proposed(prepared: Preparedness) -> list[tuple[dt.date, PlanLine]]:
    found = []
    for hold in prepared.unsigned:
        option = hold.settled
        if option is None or option.last_dose_on is None:
            continue
        at = staff.clock(option.last_dose_at) if option.last_dose_at else ""
        what = f"Last dose of {hold.drug}: a proposal, not signed, not told"
        line = PlanLine(time=at, what=what, rules=hold.rule_ids, is_proposal=True)
        found.append((option.last_dose_on, line))
    return found

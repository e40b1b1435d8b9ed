"""What a closure hits as staff read it: a row for each visit with what could be done, and what a choice would do."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from cryoclinic.dashboard import refused, words
from cryoclinic.dashboard.access import Desk
from cryoclinic.dashboard.readiness import preparedness_of
from cryoclinic.dashboard.told import story_of
from scheduling.codes import AppointmentStatus, ClosureAnswer
from scheduling.models import Appointment, OpeningException
from scheduling.operations.closures import (
    Choice,
    Hit,
    KeptTime,
    Outcome,
    Proposal,
    closure_hits,
    proposals_for,
)
from scheduling.operations.gaps import distance_warnings
from scheduling.operations.held import begun_by

# Remedies are looked for one visit at a time; the others come when these are settled [ops].
AT_ONCE = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Option:
    """Something that can be chosen for a visit: as the form sends it, and in words."""

    value: str
    words: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """A visit that is hit, with what can be chosen; `chosen` is the value of one of the options, or empty."""

    hit: Hit
    options: tuple[Option, ...]
    note: str
    outcome: tuple[str, str] | None
    chosen: str
    why: str

    @property
    def can_move(self) -> bool:
        """Whether somebody may look for another time by hand."""
        return self.hit.appointment.status == AppointmentStatus.BOOKED


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """What one choice would do, in sentences; `warnings` are what speaks against it."""

    visit: Appointment
    what: str
    then: tuple[str, ...]
    warnings: tuple[str, ...]


def rows_of(
    closure: OpeningException,
    desk: Desk,
    *,
    outcomes: Sequence[Outcome] = (),
    typed: dict[str, tuple[str, str]] | None = None,
) -> list[Row]:
    """Return a row for each visit that is hit, with the first proposal chosen unless something else was, as typed."""
    refusals = {
        each.appointment.pk: refused.said(each.refusal, desk) for each in outcomes if each.refusal is not None
    }
    hits = closure_hits(closure, now=desk.now)
    open_hits = [each for each in hits if not each.left][:AT_ONCE]
    proposals = {each.hit.appointment.pk: each for each in proposals_for(open_hits, now=desk.now)}
    rows = []
    for hit in hits:
        proposal = proposals.get(hit.appointment.pk)
        chosen, why = (typed or {}).get(str(hit.appointment.uid), (value_of(proposal), ""))
        rows.append(
            Row(
                hit=hit,
                options=_options(hit, proposal, desk),
                note=_note(hit, proposal),
                outcome=refusals.get(hit.appointment.pk),
                chosen=chosen,
                why=why,
            )
        )
    return rows


def value_of(proposal: Proposal | None) -> str:
    """Return the first proposal as the form sends it; empty for none."""
    if proposal is None or proposal.answer is None:
        return ""
    if proposal.slot is not None:
        return f"{proposal.answer}:{proposal.slot.start.isoformat()}"
    return f"{proposal.answer}:{proposal.taking.uid if proposal.taking is not None else ''}"


def _options(hit: Hit, proposal: Proposal | None, desk: Desk) -> tuple[Option, ...]:
    found = []
    remedies = proposal.remedies if proposal is not None else None
    if remedies is not None and remedies.can_swap and len(hit.allocations) > 1:
        found.append(Option(value="swap:", words="Use others that fit. The time stays, nobody is told."))
    elif remedies is not None and remedies.can_swap:
        found += [
            Option(value=f"swap:{each.uid}", words=f"Use {each.name}. The time stays, nobody is told.")
            for each in remedies.swaps[hit.allocations[0].leg]
        ]
    for slot in remedies.slots if remedies is not None else ():
        said = f"Move to {words.day_and_time(slot.start, desk.zone)}. {slot.reason}".strip()
        found.append(
            Option(value=f"move:{slot.start.isoformat()}", words=f"{said} Who was told is told again.")
        )
    leave = Option(value="leave", words="Leave it as it is, because of what stands below")
    return (*found, leave)


def _note(hit: Hit, proposal: Proposal | None) -> str:
    if hit.appointment.status == AppointmentStatus.ARRIVED:
        return "The patient is here, so the visit cannot move."
    if proposal is None:
        return "" if hit.left else "Other times are looked for once the visits above are settled."
    if proposal.remedies.obstacle is not None:
        return f"No other time can be looked for. {words.sentence_of(proposal.remedies.obstacle)}"
    return "" if proposal.remedies.slots else "No other time in the following 14 days works."


def line_of(choice: Choice, hit: Hit, desk: Desk) -> Line:
    """Return what a choice would do to its visit and its patient, read only."""
    visit = hit.appointment
    if choice.answer == ClosureAnswer.SWAP:
        names = " and ".join(each.resource.name for each in hit.allocations)
        taking = choice.taking.name if choice.taking is not None else "whatever fits"
        return Line(
            visit=visit,
            what=f"Uses {taking} instead of {names}.",
            then=("The time stays, nobody is told.",),
            warnings=(),
        )
    if choice.answer == ClosureAnswer.MOVE and choice.start is not None:
        return _moved(visit, choice.start, desk)
    reason = choice.reason.strip()
    warnings = () if reason else ("No reason is given. It will be refused.",)
    return Line(
        visit=visit,
        what="Stays as it is, in the closed time.",
        then=(reason,) if reason else (),
        warnings=warnings,
    )


def kept_words(kept: KeptTime, desk: Desk) -> str:
    """Return what becomes of a time that is kept, not booked."""
    at = words.day_and_time(kept.hold.start, desk.zone)
    if kept.backfill is not None:
        return (
            f"{at} is offered to people who wait. It is kept with something else that is open, or withdrawn."
        )
    until = words.day_and_time(kept.hold.expires_at, desk.zone)
    return (
        f"{at} is kept for somebody who is deciding, until {until}. It can be booked only with what is open."
    )


def _moved(visit: Appointment, start: dt.datetime, desk: Desk) -> Line:
    told = story_of(visit, now=desk.now).told
    then = [
        f"Told before, and told the new time: {'; '.join(told)}."
        if told
        else "Nobody has been told anything yet."
    ]
    then += [
        f"The signature for {each.drug} becomes void. Somebody must sign again."
        for each in preparedness_of(visit, now=desk.now).standing
    ]
    if begun_by(visit, now=desk.now):
        then.append("A medicine may have been stopped already. An urgent task asks somebody to phone.")
    return Line(
        visit=visit,
        what=f"Moves to {words.day_and_time(start, desk.zone)}.",
        then=tuple(then),
        warnings=distance_warnings(visit, start=start),
    )

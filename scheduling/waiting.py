"""
Who is offered a freed start, in which order, and who is not and why.

Pure: no framework, no database, no clock. Whether a patient can still be prepared is judged before and comes in as
a value. The order is the clinic's own [ops]: clinical priority, who has no visit at all, a settled preparation, whole
days waited, how narrow the patient's wishes are, who was put down first.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from zoneinfo import ZoneInfo

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
PRIORITIES = {"urgent": "Urgent", "soon": "Soon", "routine": "Routine"}
ONE_DAY = dt.timedelta(days=1)


class Exclusion(StrEnum):
    """Why somebody is not offered a start."""

    ASKED_BEFORE = "asked-before"
    NOT_AGREED = "not-agreed"
    UNREACHABLE = "unreachable"
    DECEASED = "deceased"
    OTHER_TIMES = "other-times"
    SHORT_NOTICE = "short-notice"
    HAS_A_VISIT = "has-a-visit"
    NOT_EARLIER = "not-earlier"
    BUSY = "busy"
    ASKED_ELSEWHERE = "asked-elsewhere"
    MAY_NOT_MOVE = "may-not-move"
    CANNOT_BE_PREPARED = "cannot-be-prepared"
    NOT_NOW = "not-now"


@dataclass(frozen=True, kw_only=True, slots=True)
class Wishes:
    """Which starts would suit; empty means any. Dates are both included, times of day half-open; all local."""

    first_on: dt.date | None = None
    last_on: dt.date | None = None
    weekdays: frozenset[str] = frozenset()
    from_time: dt.time | None = None
    until_time: dt.time | None = None

    @property
    def narrowness(self) -> int:
        """Return how many kinds of wishes there are: whoever has more fits fewer starts."""
        dated = self.first_on is not None or self.last_on is not None
        timed = self.from_time is not None or self.until_time is not None
        return dated + timed + bool(self.weekdays)

    def suit(self, start: dt.datetime) -> bool:
        """Return whether a start (aware, in the location's zone) is wished for."""
        day, at = start.date(), start.time()
        return (
            (self.first_on is None or self.first_on <= day)
            and (self.last_on is None or day <= self.last_on)
            and (not self.weekdays or WEEKDAYS[day.weekday()] in self.weekdays)
            and (self.from_time is None or self.from_time <= at)
            and (self.until_time is None or at < self.until_time)
        )

    def ended_by(self, start: dt.datetime, *, is_elsewhere: bool) -> bool:
        """
        Return whether a visit booked at `start` (aware, in the location's zone) is what was waited for.

        Also if it is not, but no earlier time could be: then there is nothing left to offer.
        """
        nothing_earlier = self.first_on is not None and start.date() < self.first_on
        return nothing_earlier or (not is_elsewhere and self.suit(start))


@dataclass(frozen=True, kw_only=True, slots=True)
class Visit:
    """
    The visit that somebody has who waits for an earlier one; `start` is aware, in its location's zone.

    `obstacle` is why it cannot move to the freed start by itself, empty if it can.
    """

    start: dt.datetime
    obstacle: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Waiting:
    """
    Somebody who waits, with everything the order reads.

    `obstacle` is why the patient cannot be prepared by the start, empty if that can be done; `settled` is False while
    a clinician must first decide. `call_at` is the first moment at which the patient may be called. `instead_of` is the
    visit that the patient would give up, `has_a_visit` that there is one which is not meant to be given up.
    """

    entry_id: int
    priority: str
    days_waited: int
    wishes: Wishes
    notice_hours: int
    agreed: bool
    reachable: bool
    call_at: dt.datetime
    instead_of: Visit | None = None
    has_a_visit: bool = False
    deceased: bool = False
    busy: bool = False
    asked_before: bool = False
    asked_elsewhere: bool = False
    obstacle: str = ""
    settled: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class Ranked:
    """Somebody who can be offered the start, and why at this place in the order."""

    entry_id: int
    reasons: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Excluded:
    """Somebody who cannot be offered the start, and why. `until` is set where waiting helps."""

    entry_id: int
    rule: Exclusion
    reason: str
    until: dt.datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Ranking:
    """Who is offered a start, in order, and everybody else."""

    ranked: tuple[Ranked, ...] = ()
    excluded: tuple[Excluded, ...] = ()

    @property
    def next_call_at(self) -> dt.datetime | None:
        """Return when the first of those who may only be called later may be; None for nobody."""
        return min((each.until for each in self.excluded if each.until is not None), default=None)


def rank(waiting: Iterable[Waiting], *, start: dt.datetime, now: dt.datetime) -> Ranking:
    """Return who is offered `start` (aware, in the location's zone) at `now` (aware), and who is not."""
    everybody = list(waiting)
    refusals = {each.entry_id: _exclusion(each, start=start, now=now) for each in everybody}
    able = sorted((each for each in everybody if refusals[each.entry_id] is None), key=_order)
    return Ranking(
        ranked=tuple(Ranked(entry_id=each.entry_id, reasons=_reasons(each)) for each in able),
        excluded=tuple(found for each in everybody if (found := refusals[each.entry_id]) is not None),
    )


def call_from(now: dt.datetime, *, zone: ZoneInfo, quiet_from: dt.time, quiet_until: dt.time) -> dt.datetime:
    """Return the first moment from `now` (aware) on that is not quiet on the person's clock, in UTC."""
    local = now.astimezone(zone)
    at = local.time()
    over_midnight = quiet_from > quiet_until
    evening = over_midnight and at >= quiet_from
    if not (evening or (at < quiet_until and (over_midnight or at >= quiet_from))):
        return now.astimezone(dt.UTC)
    day = local.date() + ONE_DAY if evening else local.date()
    return dt.datetime.combine(day, quiet_until, tzinfo=zone).astimezone(dt.UTC)


def _order(each: Waiting) -> tuple[int, bool, bool, int, int, int]:
    priority = list(PRIORITIES).index(each.priority)
    has_one, unsettled = each.instead_of is not None, not each.settled
    return priority, has_one, unsettled, -each.days_waited, -each.wishes.narrowness, each.entry_id


def _reasons(each: Waiting) -> tuple[str, ...]:
    prepared = (
        "The preparation fits" if each.settled else "A clinician must first decide about the preparation"
    )
    wished = ("Wished for such a time",) if each.wishes.narrowness else ()
    days = f"Waits {each.days_waited} day{'' if each.days_waited == 1 else 's'}"
    visit = () if each.instead_of is None else ("Has a later visit, which moves",)
    return PRIORITIES[each.priority], prepared, days, *wished, *visit


def _exclusion(each: Waiting, *, start: dt.datetime, now: dt.datetime) -> Excluded | None:
    """Return the first thing that speaks against somebody; what only the hour forbids comes last."""
    short = start.astimezone(dt.UTC) < now + dt.timedelta(hours=each.notice_hours)
    against = (
        (each.deceased, Exclusion.DECEASED, "The patient has died"),
        (each.asked_before, Exclusion.ASKED_BEFORE, "Was asked about this time before"),
        (not each.agreed, Exclusion.NOT_AGREED, "Has not agreed to be called about freed times"),
        (not each.reachable, Exclusion.UNREACHABLE, "Has no phone number"),
        (not each.wishes.suit(start), Exclusion.OTHER_TIMES, "Wishes for other times"),
        (short, Exclusion.SHORT_NOTICE, f"Needs {each.notice_hours} hours of notice"),
        (each.has_a_visit, Exclusion.HAS_A_VISIT, "Has a visit booked for this already"),
        (
            each.instead_of is not None and start >= each.instead_of.start,
            Exclusion.NOT_EARLIER,
            "Has a visit booked, and this is not earlier",
        ),
        (each.busy, Exclusion.BUSY, "Has another appointment at that time"),
        (each.asked_elsewhere, Exclusion.ASKED_ELSEWHERE, "Is being asked about another time"),
        (
            each.instead_of is not None and bool(each.instead_of.obstacle),
            Exclusion.MAY_NOT_MOVE,
            "" if each.instead_of is None else each.instead_of.obstacle,
        ),
        (bool(each.obstacle), Exclusion.CANNOT_BE_PREPARED, each.obstacle),
    )
    for applies, rule, reason in against:
        if applies:
            return Excluded(entry_id=each.entry_id, rule=rule, reason=reason)
    if each.call_at > now:
        reason = "It is too late or too early in the day to call"
        return Excluded(entry_id=each.entry_id, rule=Exclusion.NOT_NOW, reason=reason, until=each.call_at)
    return None

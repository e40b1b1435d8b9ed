"""
What decides about many starts of one patient, without working out a plan for each.

What a plan asks follows from the facts of the day and from where its start lies among the doses. Within a day it changes
only where a start passes a dose, or lies a row's hours after one or after midnight: `_Clock` lists those moments. From day
to day it stays the same while the facts do, wherever the wall clock runs evenly over all the days that were looked at: then
every dose lies as far before the one start as before the other. Days in reach of a clock change are worked out by
themselves, and so are the days of the week where a medicine has days of its own.

Pure: no framework, no database, no clock.
"""

import datetime as dt
from bisect import bisect_left, bisect_right
from collections.abc import Hashable
from dataclasses import dataclass, field, fields, replace
from functools import lru_cache
from operator import attrgetter
from zoneinfo import ZoneInfo

from procedures.preparation.case import Case, PatientFacts
from procedures.preparation.clock import Start, wall_instant
from procedures.preparation.engine import outline
from procedures.preparation.evidence import INR_RANGES, standing_of
from procedures.preparation.plan import Outline
from procedures.preparation.rule_set import RuleSet, rule_set_named
from procedures.preparation.schedule import EVERY_DAY, ONE_DAY
from procedures.preparation.situation import Situation, situation_of, substances_of

MIDNIGHT = dt.time()
DAY_HOURS = 24
# What the calendar makes of one and the same facts from day to day.
_DATED = ("creatinine_clearance", "egfr", "conditions")
_SHARED = attrgetter(*(each.name for each in fields(Case) if each.name not in {"start", "patient"}))
_SHARED_FACTS = attrgetter(*(each.name for each in fields(PatientFacts) if each.name not in _DATED))
_DATED_FACTS = attrgetter(*_DATED)
# What an INR on file settles besides itself.
OF_INR = frozenset({"inr_recheck_booked", *INR_RANGES})


@dataclass(frozen=True, kw_only=True, slots=True)
class KeptGist:
    """What of a plan decides, and how many days before its start its earliest last dose lies."""

    lead_time_days: int | None
    prerequisites_missing: tuple[str, ...]
    undecided: tuple[str, ...]
    needs_signature: bool
    reach_days: int


@dataclass(frozen=True, kw_only=True, slots=True)
class _Clock:
    """
    The times of day that matter to a medicine list.

    `times` are those of its doses, and midnight; `hours` what its rows count back from a start, and 0. Between two
    moments that lie some of those hours after one of those times, nothing changes.
    """

    times: tuple[dt.time, ...]
    hours: tuple[int, ...]
    weekly: bool

    @property
    def days_back(self) -> int:
        """Return how many days before a start's own the times can lie."""
        return self.hours[-1] // DAY_HOURS + 1

    def moments(self, day: dt.date, *, zone: ZoneInfo) -> tuple[dt.datetime, ...]:
        """Return the moments (UTC) of a local day at which something may change, in order."""
        begin, end = _midnight(day, zone), _midnight(day + ONE_DAY, zone)
        days = [day - back * ONE_DAY for back in range(self.days_back + 1)]
        # Where the clock shows a time twice, both count.
        shown = {
            moment
            for each in days
            for at in self.times
            for moment in (
                wall_instant(day=each, at=at, zone=zone),
                dt.datetime.combine(each, at.replace(fold=1), tzinfo=zone).astimezone(dt.UTC),
            )
        }
        later = {moment + dt.timedelta(hours=hours) for moment in shown for hours in self.hours}
        return tuple(sorted(moment for moment in later if begin < moment < end))


@dataclass(frozen=True, kw_only=True, slots=True)
class _Ground:
    """What cases of one patient and procedure share, and the gists that are known of it."""

    shared: tuple[object, ...]
    situation: Situation
    clock: _Clock
    kept: dict[Hashable, KeptGist] = field(default_factory=dict)


@dataclass(kw_only=True, slots=True)
class Gists:
    """
    The gists of cases that differ in their starts, and in what the calendar makes of the same facts.

    Remembered from one case to the next, and forgotten when a case differs in anything else.
    """

    _ground: _Ground | None = None

    def on(self, case: Case, *, day: dt.date) -> "GistsOfDay":
        """
        Return the gists of a local day, given the facts of that day; the case's own start does not matter.

        :raises InvalidCase, RulesNotKept: as `prepare` does
        """
        shared = (_SHARED(case), _SHARED_FACTS(case.patient))
        if self._ground is None or self._ground.shared != shared:
            situation = situation_of(case, rules=rule_set_named(case.rule_set_sha256))
            self._ground = _Ground(shared=shared, situation=situation, clock=_clock_of(situation))
        ground = self._ground
        start = Start(instant=_midnight(day, case.zone), zone=case.zone, day=day)
        situation = replace(ground.situation, case=case, start=start)
        return GistsOfDay(
            case=case,
            day=day,
            facts=(
                _DATED_FACTS(case.patient),
                _standings(situation),
                day.weekday() if ground.clock.weekly else None,
            ),
            moments=_moments(ground.clock, day, case.zone),
            days_back=ground.clock.days_back,
            kept=ground.kept,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class GistsOfDay:
    """The gists of one local day; between two of its `moments` (UTC) they do not change."""

    case: Case
    day: dt.date
    facts: Hashable
    moments: tuple[dt.datetime, ...]
    kept: dict[Hashable, KeptGist]
    days_back: int

    def at(self, start: dt.datetime) -> tuple[KeptGist, dt.datetime]:
        """Return the gist of a start (UTC) on this day, and the first later moment (UTC) at which it may be another."""
        span = bisect_right(self.moments, start)
        until = (
            self.moments[span] if span < len(self.moments) else _midnight(self.day + ONE_DAY, self.case.zone)
        )
        shared, own = (self.facts, span), (self.facts, span, self.day)
        found = self.kept.get(own) or self.kept.get(shared)
        if found is None or (own not in self.kept and not self._is_even(found)):
            found = gist_of(outline(replace(self.case, start=start)), day=self.day)
            self.kept[shared if self._is_even(found) else own] = found
        return found, until

    def _is_even(self, gist: KeptGist) -> bool:
        """Return whether the wall clock runs evenly over every day that such a gist, and the moments, look at."""
        first = self.day - max(gist.reach_days, self.days_back) * ONE_DAY
        return runs_evenly(first, self.day, zone=self.case.zone)


def gist_of(plan: Outline, *, day: dt.date) -> KeptGist:
    """Return what of a plan decides; `day` is the local date of its start."""
    last = [option.last_dose_on for hold in plan.holds for option in hold.candidates]
    return KeptGist(
        lead_time_days=plan.lead_time_days,
        prerequisites_missing=plan.prerequisites_missing,
        undecided=plan.undecided,
        needs_signature=plan.needs_signature,
        reach_days=max(((day - each).days for each in last if each is not None), default=0),
    )


def runs_evenly(first: dt.date, last: dt.date, *, zone: ZoneInfo) -> bool:
    """Return whether no clock change lies in the local days from `first` to `last`, both included."""
    changes = [*_changes(zone, first.year), *(_changes(zone, last.year) if last.year != first.year else ())]
    place = bisect_left(changes, first)
    return place == len(changes) or changes[place] > last


@lru_cache(maxsize=256)
def _changes(zone: ZoneInfo, year: int) -> tuple[dt.date, ...]:
    """Return the local dates of a year on which the zone's offset changes."""
    days = [dt.date(year, 1, 1) + count * ONE_DAY for count in range(367)]
    offsets = [dt.datetime.combine(day, MIDNIGHT, tzinfo=zone).utcoffset() for day in days]
    return tuple(day for day, one, other in zip(days, offsets, offsets[1:], strict=False) if one != other)


@lru_cache(maxsize=4096)
def _moments(clock: _Clock, day: dt.date, zone: ZoneInfo) -> tuple[dt.datetime, ...]:
    return clock.moments(day, zone=zone)


@lru_cache(maxsize=4096)
def _midnight(day: dt.date, zone: ZoneInfo) -> dt.datetime:
    return wall_instant(day=day, at=MIDNIGHT, zone=zone)


def _clock_of(situation: Situation) -> _Clock:
    times, hours, weekly = {MIDNIGHT}, {0}, False
    for listed in situation.drugs:
        times.update(*listed.schedule.times)
        weekly = weekly or len(set(listed.schedule.times)) > 1 or listed.schedule.days != EVERY_DAY
        for drug in substances_of(listed, rules=situation.rules):
            hours |= _hours_of(drug.name, situation.rules.sha256)
    return _Clock(times=tuple(sorted(times)), hours=tuple(sorted(hours)), weekly=weekly)


@lru_cache(maxsize=1024)
def _hours_of(drug: str, rule_set_sha256: str) -> frozenset[int]:
    """Return the hours that any row of a drug counts back from a start, whatever the risk."""
    rules: RuleSet = rule_set_named(rule_set_sha256)
    return frozenset(
        hours for (_, name), rows in rules.rows.items() if name == drug for row in rows for hours in row.hours
    )


def _standings(situation: Situation) -> tuple[tuple[str, str], ...]:
    """Return where every item stands that something is on file about: the others are missing on any day."""
    items = {entry.item for entry in situation.case.evidence}
    if not OF_INR.isdisjoint(items) or "inr" in items:
        items |= OF_INR
    known = items & situation.rules.validity.keys()
    return tuple((item, standing_of(item, situation=situation)) for item in sorted(known))

"""Notices that come after what they tell: simulated at several starts."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from zoneinfo import ZoneInfo

from procedures.catalogue import ProtocolContent
from procedures.lint.finding import Finding, Place
from procedures.lint.trials import Trial
from procedures.steps import FactValue, Moment, Notice, Purpose, Step

# A text that looks back may name these.
BEFORE_THE_END = frozenset({"start", "arrive_at", "ended_at"})


def moment_findings(content: ProtocolContent, *, tried: Iterable[Trial]) -> Iterator[Finding]:
    """Yield each notice that is due, or may still go, after a fact that it tells; once, whatever the start."""
    seen: set[tuple[str, str, str]] = set()
    derived = frozenset(fact.name for fact in content.derived_facts)
    for trial in tried:
        facts = trial.with_derived(content.derived_facts)
        for step in content.steps:
            if not trial.holds(step):
                continue
            for notice in step.notices:
                for code, fact, sentence in _late(notice, trial=trial, facts=facts, by_day=derived):
                    if (notice.code, code, fact) not in seen:
                        seen.add((notice.code, code, fact))
                        yield _place(step, notice).error(code, sentence)


def _place(step: Step, notice: Notice) -> Place:
    return Place(step=step.code, notice=notice.code)


def _late(
    notice: Notice, *, trial: Trial, facts: Mapping[str, FactValue], by_day: frozenset[str]
) -> Iterator[tuple[str, str, str]]:
    zone = trial.case.zone
    told = {name: facts[name] for name in notice.facts if name in facts and _is_ahead(name, notice)}
    due = None if notice.when is None else _resolved(notice.when, trial)
    latest = None if notice.latest is None else _resolved(notice.latest, trial)
    for name, value in told.items():
        if due is not None and _is_after(due, value, zone=zone, by_day=name in by_day, touching=True):
            yield (
                "told-after-fact",
                name,
                f"It is due at {_clock(due, zone)}, after {{{name}}}, {_of(trial)}.",
            )
        elif latest is not None and _is_after(
            latest, value, zone=zone, by_day=name in by_day, touching=False
        ):
            yield (
                "latest-after-fact",
                name,
                f"It may go until {_clock(latest, zone)}, after {{{name}}}, {_of(trial)}.",
            )


def _is_ahead(name: str, notice: Notice) -> bool:
    """Return whether a reader must know the fact before it comes; from a first day on it is never too late."""
    if name.endswith("_from") and name != "liquid_diet_from":
        return False
    return notice.purpose is Purpose.PREPARATION or name not in BEFORE_THE_END


def _is_after(
    instant: dt.datetime, value: FactValue, *, zone: ZoneInfo, by_day: bool, touching: bool
) -> bool:
    """What a protocol derives is meant by the day; everything else by the minute."""
    if isinstance(value, str):
        return False
    if isinstance(value, dt.datetime) and not by_day:
        return instant >= value if touching else instant > value
    day = value.astimezone(zone).date() if isinstance(value, dt.datetime) else value
    return instant.astimezone(zone).date() > day


def _resolved(moment: Moment, trial: Trial) -> dt.datetime:
    return moment.resolve(trial.anchors, trial.case.zone)


def _clock(instant: dt.datetime, zone: ZoneInfo) -> str:
    return f"{instant.astimezone(zone):%a %H:%M}"


def _of(trial: Trial) -> str:
    return f"for {trial.who} and a start on {_clock(trial.case.start, trial.case.zone)}"

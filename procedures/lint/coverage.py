"""Who is told two things at once, and who is told nothing: the steps tried on made-up patients."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations

from procedures.catalogue import ProtocolContent
from procedures.lint.finding import Finding, Place
from procedures.lint.trials import FASTING_FACTS, Trial
from procedures.steps import Gate, Step
from procedures.wording import StrayBrace, placeholders

# When solid food ends: a patient goes by one of them.
SOLIDS = frozenset({"solids_stop", "liquid_diet_from"})
FASTING = frozenset({*FASTING_FACTS, "liquid_diet_from"})
FASTING_CONDITIONS = frozenset({"fasting_times", "fasting_individual", "liquid_diet"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Spoken:
    """A step, and the facts that its page asks for."""

    step: Step
    facts: frozenset[str]


def coverage_findings(content: ProtocolContent, *, tried: Iterable[Trial]) -> Iterator[Finding]:
    """Yield contradictions, facts that a patient has not, and patients to whom nothing speaks; each once."""
    seen: set[tuple[str, str]] = set()
    spoken = [Spoken(step=step, facts=_said(step)) for step in content.steps]
    examined: set[object] = set()
    for trial in tried:
        holding = [each for each in spoken if trial.holds(each.step)]
        alike = (trial.who, tuple(each.step.code for each in holding), frozenset(trial.facts))
        if alike in examined:
            continue
        examined.add(alike)
        for finding in (
            *_contradictions(holding, trial),
            *_absent(holding, trial),
            *_uncovered(holding, trial),
        ):
            key = (finding.code, finding.step)
            if key not in seen:
                seen.add(key)
                yield finding


def _contradictions(holding: list[Spoken], trial: Trial) -> Iterator[Finding]:
    for one, other in combinations(holding, 2):
        if _contradict(one, other):
            sentence = f"It holds together with the step {one.step.code} for {trial.who}."
            yield Place(step=other.step.code).error("contradiction", sentence)


def _contradict(one: Spoken, other: Spoken) -> bool:
    """Two ends for solid food, times beside a plan that only a person can tell, or one subject told twice."""
    solids = (one.facts & SOLIDS, other.facts & SOLIDS)
    if all(solids) and solids[0] != solids[1]:
        return True
    if (_by_phone(one) and other.facts & FASTING) or (_by_phone(other) and one.facts & FASTING):
        return True
    same_subject = bool(one.step.subject) and one.step.subject == other.step.subject
    overlap = bool(one.facts & other.facts & FASTING) or not (one.facts | other.facts) & FASTING
    return same_subject and one.step.section == other.step.section and overlap


def _by_phone(spoken: Spoken) -> bool:
    return "fasting_individual" in spoken.step.conditions


def _absent(holding: list[Spoken], trial: Trial) -> Iterator[Finding]:
    for spoken in holding:
        missing = sorted(spoken.facts & FASTING - trial.facts.keys())
        if missing:
            sentence = f"The plan has no {{{missing[0]}}} for {trial.who}."
            yield Place(step=spoken.step.code).error("fact-not-there", sentence)


def _uncovered(holding: list[Spoken], trial: Trial) -> Iterator[Finding]:
    plan, place = trial.plan, Place()
    spoken_before = [each for each in holding if each.step.section == "preparation"]
    fasting = any(
        FASTING_CONDITIONS & set(each.step.conditions) or each.facts & FASTING for each in spoken_before
    )
    before = [each.step for each in spoken_before]
    if not trial.is_adult:
        if not fasting and not any("child" in step.conditions for step in before):
            yield place.error("uncovered-child", f"No step before the visit speaks to {trial.who}.")
        return
    if plan.fasting is not None and not fasting:
        yield place.error("uncovered-fasting", f"No step speaks of food and drink to {trial.who}.")
    if plan.holds and not any(_is_about_holds(step) for step in before):
        yield place.error("uncovered-holds", f"No step speaks of the signed plan to {trial.who}.")
    if plan.escort_needed and not any(_is_about_escort(step) for step in before):
        yield place.error("uncovered-escort", f"No step says to {trial.who} who must take them home.")
    if not any(each.step.section == "red-flags" for each in holding):
        yield place.error("uncovered-red-flags", f"No step says to {trial.who} when to get help.")


def _is_about_holds(step: Step) -> bool:
    return "has_holds" in step.conditions or any(notice.gate is Gate.SIGNATURE for notice in step.notices)


def _is_about_escort(step: Step) -> bool:
    return "escort_needed" in step.conditions or step.subject == "escort_request"


def _said(step: Step) -> frozenset[str]:
    found: set[str] = set()
    for page in step.texts:
        for text in (page.title, page.body):
            try:
                found |= placeholders(text)
            except StrayBrace:
                continue
    return frozenset(found)

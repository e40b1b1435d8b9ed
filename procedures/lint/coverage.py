"""Who is told two things at once, and who is told nothing: the steps tried on made-up patients."""

from collections.abc import Iterable, Iterator
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


def coverage_findings(content: ProtocolContent, *, tried: Iterable[Trial]) -> Iterator[Finding]:
    """Yield contradictions, facts that a patient has not, and patients to whom nothing speaks; each once."""
    seen: set[tuple[str, str]] = set()
    for trial in tried:
        holding = [step for step in content.steps if trial.holds(step)]
        for finding in (
            *_contradictions(holding, trial),
            *_absent(holding, trial),
            *_uncovered(holding, trial),
        ):
            key = (finding.code, finding.step)
            if key not in seen:
                seen.add(key)
                yield finding


def _contradictions(holding: list[Step], trial: Trial) -> Iterator[Finding]:
    for one, other in combinations(holding, 2):
        if _contradict(one, other):
            sentence = f"It holds together with the step {one.code} for {trial.who}."
            yield Place(step=other.code).error("contradiction", sentence)


def _contradict(one: Step, other: Step) -> bool:
    """Two ends for solid food, times beside a plan that only a person can tell, or one subject told twice."""
    said, said_too = _said(one), _said(other)
    if (said & SOLIDS) and (said_too & SOLIDS) and (said & SOLIDS) != (said_too & SOLIDS):
        return True
    for each, facts in ((one, said_too), (other, said)):
        if "fasting_individual" in each.conditions and facts & FASTING:
            return True
    same_subject = bool(one.subject) and one.subject == other.subject
    overlap = bool(said & said_too & FASTING) or not (said | said_too) & FASTING
    return same_subject and one.section == other.section and overlap


def _absent(holding: list[Step], trial: Trial) -> Iterator[Finding]:
    for step in holding:
        missing = sorted(_said(step) & FASTING - trial.facts.keys())
        if missing:
            yield Place(step=step.code).error(
                "fact-not-there", f"The plan has no {{{missing[0]}}} for {trial.who}."
            )


def _uncovered(holding: list[Step], trial: Trial) -> Iterator[Finding]:
    plan, place = trial.plan, Place()
    before = [step for step in holding if step.section == "preparation"]
    fasting = any(FASTING_CONDITIONS & set(step.conditions) or _said(step) & FASTING for step in before)
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
    if not any(step.section == "red-flags" for step in holding):
        yield place.error("uncovered-red-flags", f"No step says to {trial.who} when to get help.")


def _is_about_holds(step: Step) -> bool:
    return "has_holds" in step.conditions or any(notice.gate is Gate.SIGNATURE for notice in step.notices)


def _is_about_escort(step: Step) -> bool:
    return "escort_needed" in step.conditions or step.subject == "escort_request"


def _said(step: Step) -> frozenset[str]:
    """Return the facts that the step's page asks for."""
    found: set[str] = set()
    for page in step.texts:
        for text in (page.title, page.body):
            try:
                found |= placeholders(text)
            except StrayBrace:
                continue
    return frozenset(found)

"""All checks of a protocol, in one call."""

from collections.abc import Iterator
from functools import lru_cache

from procedures.catalogue import Problem, ProtocolContent, problems
from procedures.lint.coverage import coverage_findings
from procedures.lint.finding import Finding, Place, Severity
from procedures.lint.kind import Kind, Letterhead
from procedures.lint.moments import moment_findings
from procedures.lint.reader import reader_of
from procedures.lint.safety import safety_findings
from procedures.lint.texts import language_findings, text_findings
from procedures.lint.trials import trials
from procedures.steps import Step

SAMPLE = Letterhead()


# A draft is read again on every page that shows it, and at its submission.
@lru_cache(maxsize=64)
def lint(content: ProtocolContent, *, kind: Kind, letterhead: Letterhead = SAMPLE) -> tuple[Finding, ...]:
    """
    Return everything found, errors first, then in reading order.

    `kind` is what the protocol is for; `letterhead` gives the zone in which it is tried, and the names that its
    messages carry.
    """
    tried = trials(kind, zone=letterhead.zone)
    reader = reader_of(content, kind=kind, tried=tried, letterhead=letterhead)
    found = (
        *_catalogue_findings(content),
        *language_findings(content),
        *safety_findings(content),
        *text_findings(content, reader=reader),
        *moment_findings(content, tried=tried),
        *coverage_findings(content, tried=tried),
    )
    position = {step.code: index for index, step in enumerate(content.steps)}
    return tuple(
        sorted(
            dict.fromkeys(found),
            key=lambda finding: (finding.severity is not Severity.ERROR, position.get(finding.step, -1)),
        )
    )


def _catalogue_findings(content: ProtocolContent) -> Iterator[Finding]:
    return (_from_problem(problem, content=content) for problem in problems(content))


def _from_problem(problem: Problem, *, content: ProtocolContent) -> Finding:
    sentence = f"{problem.reason[0].upper()}{problem.reason[1:]}."
    return _place_of(problem, content=content).error(problem.code, sentence)


def _place_of(problem: Problem, *, content: ProtocolContent) -> Place:
    """Return the place that a path such as steps, 3, notices, 0, texts, en, sms means."""
    step = content.steps[_index(problem, "steps")] if _index(problem, "steps") >= 0 else None
    notice = _notice_code(step, _index(problem, "notices"))
    language = problem.path[problem.path.index("texts") + 1 :][:1] if "texts" in problem.path else ()
    return Place(step=step.code if step else "", notice=notice, language=str(language[0]) if language else "")


def _index(problem: Problem, key: str) -> int:
    """Return the number after a key in the path, -1 where there is none."""
    after = problem.path[problem.path.index(key) + 1 :] if key in problem.path else ()
    return after[0] if after and isinstance(after[0], int) else -1


def _notice_code(step: Step | None, index: int) -> str:
    return step.notices[index].code if step is not None and index >= 0 else ""

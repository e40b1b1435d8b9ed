"""The pages that a problem's `type` points to: every kind of refusal and what to do about it."""

from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from cryoclinic.api.problem_table import PROBLEMS, UNEXPECTED
from cryoclinic.api.problem_type import ProblemType
from cryoclinic.api.problems import ADVICE, DETAILS, sentence_of


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One kind of problem as the page shows it."""

    problem: ProblemType
    advice: str


def problem_list(request: HttpRequest) -> HttpResponse:
    """List every kind of problem."""
    return render(request, "cryoclinic/problems.html", {"entries": entries()})


def problem_page(request: HttpRequest, code: str) -> HttpResponse:
    """
    Show one kind of problem.

    :raises Http404: if there is no such code
    """
    chosen = [entry for entry in entries() if entry.problem.code == code]
    if not chosen:
        raise Http404
    return render(request, "cryoclinic/problems.html", {"entries": chosen, "chosen": chosen[0]})


def entries() -> list[Entry]:
    """Return one entry for each code, sorted by code."""
    found = {UNEXPECTED.code: Entry(problem=UNEXPECTED, advice=DETAILS[UNEXPECTED.code])}
    for kind, problem in PROBLEMS.items():
        advice = DETAILS.get(problem.code) or ADVICE.get(problem.code) or sentence_of(kind)
        found.setdefault(problem.code, Entry(problem=problem, advice=advice))
    return [found[code] for code in sorted(found)]

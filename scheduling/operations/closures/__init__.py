"""Closing a location or a resource: who is hit, what could be done, and doing it. Nothing is ever deleted."""

from scheduling.operations.closures.applying import (
    REFUSALS,
    Choice,
    NewStartNeeded,
    NotHit,
    Outcome,
    apply_choices,
)
from scheduling.operations.closures.closing import (
    AlreadyReopened,
    ClosureIsOver,
    ClosureNeedsAReason,
    ElsewhereResource,
    EndsBeforeItBegins,
    close,
    closed_besides,
    reopen,
)
from scheduling.operations.closures.hits import Hit, Remedies, closure_hits, hits_between, remedies_of
from scheduling.operations.closures.kept import KeptTime, kept_times
from scheduling.operations.closures.proposing import Proposal, proposals_for
from scheduling.operations.closures.unsettled import about_closure, ask_about_closures

__all__ = [
    "REFUSALS",
    "AlreadyReopened",
    "Choice",
    "ClosureIsOver",
    "ClosureNeedsAReason",
    "ElsewhereResource",
    "EndsBeforeItBegins",
    "Hit",
    "KeptTime",
    "NewStartNeeded",
    "NotHit",
    "Outcome",
    "Proposal",
    "Remedies",
    "about_closure",
    "apply_choices",
    "ask_about_closures",
    "close",
    "closed_besides",
    "closure_hits",
    "hits_between",
    "kept_times",
    "proposals_for",
    "remedies_of",
    "reopen",
]

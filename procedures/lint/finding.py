"""What the linter finds: where, what, and what to do about it."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from procedures.lint.remedies import remedy_for


class Severity(StrEnum):
    """With an `error` a protocol cannot be approved; a `warning` asks its author to read once more."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """
    One thing to put right.

    `step`, `notice` and `language` are empty where the finding is about all of them. `code` names the kind of
    finding; `sentence` says what is wrong here.
    """

    severity: Severity
    code: str
    sentence: str
    step: str = ""
    notice: str = ""
    language: str = ""

    @property
    def remedy(self) -> str:
        """Return what to do about findings of this kind."""
        return remedy_for(self.code)

    @property
    def where(self) -> str:
        """Return the place in words: step, notice, language."""
        named = (
            f"step {self.step}" if self.step else "",
            f"notice {self.notice}" if self.notice else "",
            f"text {self.language}" if self.language else "",
        )
        return ", ".join(name for name in named if name) or "the protocol"

    def __str__(self) -> str:
        return f"{self.severity}: {self.where}: {self.sentence} {self.remedy}"


def has_errors(findings: Iterable[Finding]) -> bool:
    """Return whether the protocol cannot be approved as it is."""
    return any(finding.severity is Severity.ERROR for finding in findings)


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where in a protocol the linter is looking."""

    step: str = ""
    notice: str = ""
    language: str = ""

    def error(self, code: str, sentence: str) -> Finding:
        """Return a finding here that stands in the way of approval."""
        return self._finding(Severity.ERROR, code, sentence)

    def warning(self, code: str, sentence: str) -> Finding:
        """Return a finding here that asks to be read."""
        return self._finding(Severity.WARNING, code, sentence)

    def _finding(self, severity: Severity, code: str, sentence: str) -> Finding:
        return Finding(
            severity=severity,
            code=code,
            sentence=sentence,
            step=self.step,
            notice=self.notice,
            language=self.language,
        )

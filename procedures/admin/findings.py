"""What the linter finds, on the pages where a draft is read and written."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from procedures.codes import ProtocolStatus
from procedures.lint import Finding, has_errors
from procedures.models import Protocol, ProtocolNotice, ProtocolStep
from procedures.models.linting import findings_of

OPEN = frozenset({ProtocolStatus.DRAFT, ProtocolStatus.IN_REVIEW})
HEADERS = ["How grave", "Step", "Notice", "Language", "What was found", "What to do"]


class ShowsFindings:
    """An admin class whose pages of one row begin with what the linter finds in the row's protocol."""

    change_form_before_template = "procedures/findings.html"

    def protocol_of(self, row: Any) -> Protocol:
        """Return the protocol a row belongs to; each kind of row says which."""
        raise NotImplementedError

    def concerns(self, finding: Finding, row: Any) -> bool:
        """Return whether the page of a row lists a finding; by default it lists all."""
        return True

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        row = context.get("original")
        if row is not None and (protocol := self.protocol_of(row)).status in OPEN:
            found = findings_of(protocol)
            listed = tuple(finding for finding in found if self.concerns(finding, row))
            context |= {
                "findings": findings_table(protocol, listed),
                "findings_said": summary(found),
                "findings_elsewhere": len(found) - len(listed),
                "findings_protocol": protocol,
            }
        answer: HttpResponseBase = super().render_change_form(request, context, *args, **kwargs)  # type: ignore[misc]
        return answer


def summary(findings: tuple[Finding, ...]) -> str:
    """Return in one sentence whether anything keeps the version from being approved."""
    errors = sum(has_errors([each]) for each in findings)
    warnings = len(findings) - errors
    if not findings:
        return "The linter finds nothing."
    if not errors:
        return f"Nothing keeps this version from approval. To read once more: {warnings}."
    return f"This version cannot be approved yet. Errors: {errors}. To read once more: {warnings}."


def announce(request: HttpRequest, protocol: Protocol) -> None:
    """Say after a save what the linter finds now."""
    findings = findings_of(protocol)
    level = messages.ERROR if has_errors(findings) else messages.WARNING if findings else messages.SUCCESS
    messages.add_message(request, level, summary(findings))


def findings_table(protocol: Protocol, findings: tuple[Finding, ...]) -> dict[str, Any]:
    """Return the findings as the table component wants them, with links to the texts."""
    steps = dict(ProtocolStep.objects.filter(protocol=protocol).values_list("code", "pk"))
    notices = dict(ProtocolNotice.objects.filter(protocol=protocol).values_list("code", "pk"))
    rows = [
        [
            str(finding.severity).capitalize(),
            _link("protocolstep", steps, finding.step),
            _link("protocolnotice", notices, finding.notice),
            finding.language,
            finding.sentence,
            finding.remedy,
        ]
        for finding in findings
    ]
    return {"headers": HEADERS, "rows": rows}


def _link(model: str, keys: dict[str, int], code: str) -> SafeString | str:
    if code not in keys:
        return code
    return format_html(
        '<a class="underline" href="{}">{}</a>',
        reverse(f"admin:procedures_{model}_change", args=[keys[code]]),
        code,
    )

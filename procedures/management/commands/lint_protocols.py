"""`manage.py lint_protocols`: what stands in the way of approving protocols, one finding a line."""

import argparse
import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cryoclinic.accounts.models import Organization
from procedures.catalogue import CatalogueEntry, CatalogueRefused, builtin_files, read_catalogue
from procedures.codes import ProtocolStatus
from procedures.lint import Finding, Kind, has_errors, lint
from procedures.models import Protocol
from procedures.models.linting import findings_of

ERRORS, REFUSED = 1, 2


class Command(BaseCommand):
    """Files need no database; an organization's drafts do."""

    help = "Check catalogue files, or the drafts of an organization; exit 1 when something keeps one from approval."
    requires_system_checks = ()
    requires_migrations_checks = False

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--organization", metavar="SLUG", help="its drafts and what is in review")
        what.add_argument(
            "--file", type=Path, action="append", metavar="PATH", help="default: the built-in catalogue"
        )
        parser.add_argument("--language", metavar="CODE", help="only findings about texts in this language")
        parser.add_argument("--json", action="store_true", help="each finding as a line of JSON")

    def handle(
        self,
        *,
        organization: str | None,
        file: list[Path] | None,
        language: str | None,
        json: bool,
        **_options: Any,
    ) -> None:
        """
        Write one line for each finding.

        :raises CommandError: with status 1 if there are errors, 2 if there is nothing to check
        """
        read = dict(_drafts(organization) if organization else _files(file or list(builtin_files())))
        found = [
            (name, each)
            for name, findings in read.items()
            for each in findings
            if language in {None, each.language}
        ]
        for name, each in found:
            self.stdout.write(_as_json(name, each) if json else f"{name}: {each}")
        findings = [each for _, each in found]
        summary = _summary(findings, protocols=len(read))
        if has_errors(findings):
            raise CommandError(summary, returncode=ERRORS)
        if not json:
            self.stdout.write(summary)


def _files(paths: list[Path]) -> Iterator[tuple[str, tuple[Finding, ...]]]:
    try:
        entries = read_catalogue(paths)
    except CatalogueRefused as refused:
        raise CommandError(str(refused), returncode=ERRORS) from refused
    for entry in entries:
        if entry.content.protocol is not None:
            content = entry.content.protocol.as_content()
            yield entry.content.type.id, lint(content, kind=_kind(entry))


def _kind(entry: CatalogueEntry) -> Kind:
    described = entry.content.type
    return Kind(
        code=described.id,
        anaesthesia_options=tuple(described.anaesthesia.options),
        planned_minutes=described.planned.minutes,
        patient_names=tuple(sorted(described.patient_names.items())),
        targets=described.targets,
    )


def _drafts(slug: str) -> Iterator[tuple[str, tuple[Finding, ...]]]:
    organization = Organization.objects.filter(slug=slug).first()
    if organization is None:
        raise CommandError(f"There is no organization {slug}.", returncode=REFUSED)
    open_statuses = (ProtocolStatus.DRAFT, ProtocolStatus.IN_REVIEW)
    rows = Protocol.objects.filter(organization=organization, status__in=open_statuses)
    for protocol in rows.select_related("procedure_type", "organization").order_by(
        "procedure_type__code", "version"
    ):
        yield f"{protocol.procedure_type.code} version {protocol.version}", findings_of(protocol)


def _as_json(name: str, finding: Finding) -> str:
    return json.dumps({"protocol": name, **asdict(finding), "remedy": finding.remedy}, ensure_ascii=False)


def _summary(findings: list[Finding], *, protocols: int) -> str:
    errors = sum(has_errors([each]) for each in findings)
    counts = ((errors, "error"), (len(findings) - errors, "warning"), (protocols, "protocol"))
    said = [f"{count} {noun}{'' if count == 1 else 's'}" for count, noun in counts]
    return f"{said[0]} and {said[1]} in {said[2]}."

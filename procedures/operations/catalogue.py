"""Load catalogue files: procedure types for everybody, protocols as drafts for one organization."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from django.db import transaction
from django.db.models import Max

from cryoclinic.accounts.models import Organization, User
from procedures.catalogue import CatalogueEntry, ProtocolContent, read_catalogue
from procedures.catalogue.schema import TypeEntry
from procedures.codes import ProtocolStatus
from procedures.models import ProcedureCode, ProcedureLeg, ProcedureType, Protocol
from procedures.models.reading import content_of
from procedures.operations.content import replace_content

# What of a type has a source of its own.
SOURCED = (
    "guidance",
    "anaesthesia",
    "bleeding_class",
    "minutes",
    "planned",
    "setup",
    "turnover",
    "observe",
    "overnight",
    "escort",
)
# [ops] A starter draft asks to be read again after a year.
REVIEW_AFTER = dt.timedelta(days=365)


class DraftInTheWay(Exception):
    """This organization is writing its own draft; finish or delete it, then load the catalogue again."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CatalogueLoad:
    """What a load did: `type <id>` and `protocol <id>` by what became of them."""

    created: tuple[str, ...]
    updated: tuple[str, ...]
    unchanged: tuple[str, ...]


@transaction.atomic
def load_catalogue(
    *, organization: Organization | None, files: Iterable[Path], loaded_by: User | None, now: dt.datetime
) -> CatalogueLoad:
    """
    Make the procedure types what the files say, and offer their protocols to the organization as drafts.

    All or nothing; a second run changes nothing. Types belong to everybody and are updated in place. A protocol
    becomes a new draft version when its content is not that of the newest version that came from the catalogue;
    a starter draft that nobody has touched is replaced. Without an organization only types are loaded. `now` is
    aware; a new draft asks for its review a year later.

    :raises CatalogueRefused: if any file has anything wrong; carries every finding with its line
    :raises DraftInTheWay: if the organization's open draft is its own work
    """
    outcome: dict[str, list[str]] = {"created": [], "updated": [], "unchanged": []}
    for entry in read_catalogue(files):
        code = entry.content.type.id
        procedure_type, done = _load_type(entry)
        outcome[done].append(f"type {code}")
        if organization is not None and entry.content.protocol is not None:
            content = entry.content.protocol.as_content()
            done = _load_protocol(content, organization=organization, procedure_type=procedure_type,
                                  loaded_by=loaded_by, now=now)  # fmt: skip
            outcome[done].append(f"protocol {code}")
    return CatalogueLoad(**{done: tuple(names) for done, names in outcome.items()})


def _load_type(entry: CatalogueEntry) -> tuple[ProcedureType, str]:
    written = entry.content.type
    # The row is locked, so that two loads at once do not interleave their legs.
    found = ProcedureType.objects.select_for_update().filter(code=written.id).first()
    if found is not None and found.catalogue_sha256 == entry.type_sha256:
        return found, "unchanged"
    procedure_type, created = ProcedureType.objects.update_or_create(
        code=written.id, defaults={**_type_fields(written), "catalogue_sha256": entry.type_sha256}
    )
    procedure_type.legs.all().delete()
    procedure_type.codes.all().delete()
    ProcedureLeg.objects.bulk_create(
        ProcedureLeg(procedure_type=procedure_type, **leg.model_dump()) for leg in entry.content.legs
    )
    ProcedureCode.objects.bulk_create(
        ProcedureCode(procedure_type=procedure_type, **code.model_dump()) for code in entry.content.codes
    )
    return procedure_type, "created" if created else "updated"


def _type_fields(written: TypeEntry) -> dict[str, object]:
    return {
        "name": written.name,
        "patient_names": dict(written.patient_names),
        "family": written.family,
        "indication": written.indication,
        "targets": list(written.targets),
        "guidance_options": list(written.guidance.options),
        "anaesthesia_options": list(written.anaesthesia.options),
        "bleeding_class": written.bleeding_class.code,
        "bleeding_class_note": written.bleeding_class.note,
        "minutes_min": written.minutes.min,
        "minutes_max": written.minutes.max,
        "planned_minutes": written.planned.minutes,
        "setup_minutes": written.setup.minutes,
        "turnover_minutes": written.turnover.minutes,
        "observe_minutes_min": written.observe.min,
        "observe_minutes_max": written.observe.max,
        "overnight_possible": written.overnight.possible,
        "escort": written.escort.when,
        "sources": {name: getattr(written, name).source for name in SOURCED},
    }


def _load_protocol(
    content: ProtocolContent,
    *,
    organization: Organization,
    procedure_type: ProcedureType,
    loaded_by: User | None,
    now: dt.datetime,
) -> str:
    # Versions are numbered one after the other: two loads for one organization take turns.
    Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
    versions = Protocol.objects.filter(organization=organization, procedure_type=procedure_type)
    newest = versions.exclude(catalogue_sha256="").order_by("-version").first()
    if newest is not None and newest.catalogue_sha256 == content.sha256:
        return "unchanged"
    draft = versions.filter(status=ProtocolStatus.DRAFT).select_for_update().first()
    if draft is not None:
        _replace_draft(draft, content)
        return "updated"
    last = versions.aggregate(last=Max("version"))["last"] or 0
    draft = Protocol.objects.create(
        organization=organization, procedure_type=procedure_type, version=last + 1, title=content.title,
        languages=list(content.languages), catalogue_sha256=content.sha256, written_by=loaded_by,
        review_by=(now + REVIEW_AFTER).date(),
    )  # fmt: skip
    replace_content(draft, content)
    return "created"


def _replace_draft(draft: Protocol, content: ProtocolContent) -> None:
    """:raises DraftInTheWay: if somebody has written in it"""
    if content_of(draft).sha256 != draft.catalogue_sha256:
        raise DraftInTheWay(str(draft.uid))
    draft.title = content.title
    draft.languages = list(content.languages)
    draft.catalogue_sha256 = content.sha256
    draft.save(update_fields=["title", "languages", "catalogue_sha256"])
    replace_content(draft, content)

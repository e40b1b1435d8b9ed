"""A new draft: from a file, or from a version there is."""

import datetime as dt

from django.db import transaction
from django.db.models import Max

from cryoclinic.accounts.models import Membership, Organization, User
from procedures.catalogue import ProtocolContent
from procedures.codes import ProtocolStatus
from procedures.exchange import ProtocolFile
from procedures.models import ProcedureType, Protocol
from procedures.models.reading import content_of
from procedures.operations.catalogue import REVIEW_AFTER, DraftInTheWay
from procedures.operations.content import replace_content
from procedures.operations.protocols import AUTHORS, NotAllowedHere


class ProcedureNotLoaded(LookupError):
    """This procedure is not set up here. Load the procedure catalogue first."""


def import_protocol(
    *, organization: Organization, file: ProtocolFile, by: User | None, now: dt.datetime
) -> Protocol:
    """
    Return a new draft of the organization with the content of a file that was read.

    `by` is its author; None leaves that to whoever submits it. `now` is aware; the draft asks for its review a year
    later.

    :raises NotAllowedHere: if the person may not write protocols of the organization
    :raises ProcedureNotLoaded: if the procedure is not among the types there are
    :raises DraftInTheWay: if the organization is writing a draft for this procedure
    """
    procedure_type = ProcedureType.objects.filter(code=file.procedure).first()
    if procedure_type is None:
        raise ProcedureNotLoaded(file.procedure)
    return _begin(file.content, organization=organization, procedure_type=procedure_type, by=by, now=now)


def draft_again(*, protocol: Protocol, by: User, now: dt.datetime) -> Protocol:
    """
    Return a new draft with the content of a version, to be changed or to be approved once more.

    :raises NotAllowedHere: if the person may not write protocols of the organization
    :raises DraftInTheWay: if the organization is writing a draft for this procedure
    """
    return _begin(
        content_of(protocol),
        organization=protocol.organization,
        procedure_type=protocol.procedure_type,
        by=by,
        now=now,
    )


@transaction.atomic
def _begin(
    content: ProtocolContent,
    *,
    organization: Organization,
    procedure_type: ProcedureType,
    by: User | None,
    now: dt.datetime,
) -> Protocol:
    # Versions are numbered one after the other: two drafts for one organization take turns.
    Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
    if by is not None and not _may_write(by, organization=organization):
        raise NotAllowedHere
    versions = Protocol.objects.filter(organization=organization, procedure_type=procedure_type)
    if versions.filter(status=ProtocolStatus.DRAFT).exists():
        raise DraftInTheWay
    draft = Protocol.objects.create(
        organization=organization,
        procedure_type=procedure_type,
        version=(versions.aggregate(last=Max("version"))["last"] or 0) + 1,
        title=content.title,
        languages=list(content.languages),
        written_by=by,
        review_by=(now + REVIEW_AFTER).date(),
    )
    replace_content(draft, content)
    return draft


def _may_write(by: User, *, organization: Organization) -> bool:
    return Membership.objects.of(by).filter(organization=organization, role__in=AUTHORS).exists()

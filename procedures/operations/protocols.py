"""A protocol's way from draft to retired: written by one person, approved by another."""

import datetime as dt

from django.db import transaction

from cryoclinic.accounts.codes import Role
from cryoclinic.accounts.models import Membership, User
from procedures.codes import ProtocolStatus
from procedures.lint import Finding, Severity
from procedures.models import Protocol
from procedures.models.linting import findings_of
from procedures.preparation import rule_set

# Who may put a protocol forward; approving is for clinicians alone.
AUTHORS = frozenset({Role.CLINICIAN, Role.NURSE, Role.ADMINISTRATOR})


class TransitionRefused(Exception):
    """This protocol is not in a state that allows this; somebody else may have changed it meanwhile."""


class ApproverIsAuthor(Exception):
    """You wrote this; someone else must approve it."""


class NotAllowedHere(Exception):
    """Your role at this organization does not allow this."""


class ProtocolHasProblems(Exception):
    """This protocol cannot be submitted or approved until its texts are put right."""

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        self.findings = findings
        super().__init__(" ".join(f"{finding.where}: {finding.sentence}" for finding in findings))


@transaction.atomic
def submit_protocol(*, protocol: Protocol, by: User, now: dt.datetime) -> None:
    """
    Put a draft forward for approval; a draft without an author is from then on the submitter's.

    `now` is aware.

    :raises NotAllowedHere: if the person is no author at the organization
    :raises TransitionRefused: if it is no draft any more
    :raises ProtocolHasProblems: with the findings of the linter that are errors
    """
    require_role(by, protocol=protocol, roles=AUTHORS)
    # Locked first, so that what is checked is what is submitted.
    locked = _locked(protocol, status=ProtocolStatus.DRAFT)
    _refuse_errors(locked)
    _move(
        protocol,
        before=ProtocolStatus.DRAFT,
        after=ProtocolStatus.IN_REVIEW,
        submitted_at=now,
        written_by=locked.written_by or by,
    )


@transaction.atomic
def return_protocol(*, protocol: Protocol, by: User) -> None:
    """
    Give a protocol in review back to its author as a draft.

    :raises NotAllowedHere: if the person is no author at the organization
    :raises TransitionRefused: if it is not in review, or another draft has been begun
    """
    require_role(by, protocol=protocol, roles=AUTHORS)
    locked = _locked(protocol, status=ProtocolStatus.IN_REVIEW)
    siblings = Protocol.objects.filter(
        organization_id=locked.organization_id, procedure_type_id=locked.procedure_type_id
    )
    if siblings.filter(status=ProtocolStatus.DRAFT).exists():
        raise TransitionRefused
    _move(protocol, before=ProtocolStatus.IN_REVIEW, after=ProtocolStatus.DRAFT, submitted_at=None)


@transaction.atomic
def approve_protocol(*, protocol: Protocol, by: User, active_from: dt.date, now: dt.datetime) -> None:
    """
    Approve a protocol in review: bookings may adopt it from a date of the location on, and it never changes again.

    The hash of the medicine and fasting rules in force becomes part of the approval. `now` is aware.

    :raises NotAllowedHere: if the person is no clinician of the organization
    :raises ApproverIsAuthor: if the person wrote it
    :raises TransitionRefused: if it is not in review
    :raises ProtocolHasProblems: with the findings of the linter that are errors by now
    """
    require_role(by, protocol=protocol, roles=frozenset({Role.CLINICIAN}))
    locked = _locked(protocol, status=ProtocolStatus.IN_REVIEW)
    if locked.written_by_id == by.pk:
        raise ApproverIsAuthor
    _refuse_errors(locked)
    _move(
        protocol,
        before=ProtocolStatus.IN_REVIEW,
        after=ProtocolStatus.ACTIVE,
        approved_by=by,
        approved_at=now,
        active_from=active_from,
        rule_set_sha256=rule_set().sha256,
    )


@transaction.atomic
def retire_protocol(*, protocol: Protocol, by: User) -> None:
    """
    Take a protocol out of use for new bookings; bookings that adopted it keep it.

    :raises NotAllowedHere: if the person is no clinician of the organization
    :raises TransitionRefused: if it is not active
    """
    require_role(by, protocol=protocol, roles=frozenset({Role.CLINICIAN}))
    _move(protocol, before=ProtocolStatus.ACTIVE, after=ProtocolStatus.RETIRED)


def _refuse_errors(protocol: Protocol) -> None:
    errors = tuple(finding for finding in findings_of(protocol) if finding.severity is Severity.ERROR)
    if errors:
        raise ProtocolHasProblems(errors)


def require_role(by: User, *, protocol: Protocol, roles: frozenset[Role]) -> None:
    """:raises NotAllowedHere: if the person holds none of the roles at the protocol's organization"""
    held = Membership.objects.of(by).filter(organization_id=protocol.organization_id, role__in=roles)
    if not held.exists():
        raise NotAllowedHere


def _locked(protocol: Protocol, *, status: ProtocolStatus) -> Protocol:
    found = Protocol.objects.select_for_update().filter(pk=protocol.pk, status=status).first()
    if found is None:
        raise TransitionRefused
    return found


def _move(protocol: Protocol, *, before: ProtocolStatus, after: ProtocolStatus, **fields: object) -> None:
    moved = Protocol.objects.filter(pk=protocol.pk, status=before).update(status=after, **fields)
    if not moved:
        raise TransitionRefused
    protocol.refresh_from_db()

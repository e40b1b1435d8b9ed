"""Write the texts of a draft."""

from collections.abc import Mapping

from django.db import transaction

from cryoclinic.accounts.models import User
from procedures.codes import ProtocolStatus
from procedures.models import Protocol, ProtocolNotice, ProtocolStep
from procedures.operations.protocols import AUTHORS, TransitionRefused, require_role

Texts = Mapping[str, Mapping[str, str]]


@transaction.atomic
def rewrite_step(*, step: ProtocolStep, texts: Texts, by: User) -> None:
    """
    Replace the page texts of a step: language to title and body.

    Whoever writes last is the draft's author from then on, and somebody else approves it.

    :raises NotAllowedHere: if the person is no author at the organization
    :raises TransitionRefused: if the protocol is no draft any more
    """
    _take_up(step.protocol, by=by)
    step.texts = _plain(texts)
    step.save(update_fields=["texts"])


@transaction.atomic
def rewrite_notice(*, notice: ProtocolNotice, texts: Texts, by: User) -> None:
    """
    Replace the message texts of a notice: language to sms, subject and email.

    Whoever writes last is the draft's author from then on, and somebody else approves it.

    :raises NotAllowedHere: if the person is no author at the organization
    :raises TransitionRefused: if the protocol is no draft any more
    """
    _take_up(notice.protocol, by=by)
    notice.texts = _plain(texts)
    notice.save(update_fields=["texts"])


def _take_up(protocol: Protocol, *, by: User) -> None:
    require_role(by, protocol=protocol, roles=AUTHORS)
    rows = Protocol.objects.filter(pk=protocol.pk, status=ProtocolStatus.DRAFT)
    if not rows.update(written_by=by):
        raise TransitionRefused


def _plain(texts: Texts) -> dict[str, dict[str, str]]:
    return {language: dict(text) for language, text in texts.items()}

"""The kill switches: one for each channel of a clinic, and the breaker that somebody must let go of."""

import datetime as dt
from collections.abc import Iterable

from django.db import IntegrityError, transaction

from cryoclinic.accounts.models import Organization, User
from notifications.codes import ContactSystem, RequestReason, RequestStatus
from notifications.models import ChannelPause, CommunicationRequest, Recipient


class ChannelUnknown(LookupError):
    """There is no such channel. Use sms or email."""


class AlreadyPaused(Exception):
    """This channel is paused already."""


class NotPaused(Exception):
    """This channel is not paused."""


class PauseNeedsAReason(ValueError):
    """Say why, so that others know when to go on."""


def pause_channel(
    *, organization: Organization, channel: str, reason: str, by: User, now: dt.datetime
) -> ChannelPause:
    """
    Send nothing more over a channel of a clinic until somebody ends it. `now` is aware.

    What was handed to the provider before is not called back.

    :raises ChannelUnknown: if nothing goes over such a channel
    :raises PauseNeedsAReason: if the reason is empty
    :raises AlreadyPaused: if it is paused
    """
    if channel not in ContactSystem.values:
        raise ChannelUnknown(channel)
    if not reason.strip():
        raise PauseNeedsAReason
    try:
        with transaction.atomic():
            return ChannelPause.objects.create(
                organization=organization, channel=channel, reason=reason, paused_by=by, paused_at=now
            )
    except IntegrityError as error:
        raise AlreadyPaused from error


def resume_channel(*, organization: Organization, channel: str, by: User, now: dt.datetime) -> int:
    """
    Send over the channel again; returns how many messages that waited for it may go now.

    What has lost its sense meanwhile is closed by the next tick, with that reason and a phone task for safety.

    :raises NotPaused: if it is not paused
    """
    with transaction.atomic():
        ended = (
            ChannelPause.objects.standing()
            .filter(organization=organization, channel=channel)
            .update(resumed_at=now, resumed_by=by)
        )
        if not ended:
            raise NotPaused
        return _let_go(organization=organization, reason=RequestReason.KILL_SWITCH, now=now)


def paused_channels(requests: Iterable[CommunicationRequest]) -> frozenset[tuple[int, str]]:
    """Return the paused channels of the requests' clinics, as (organization id, channel), in one query."""
    organizations = {request.organization_id for request in requests}
    standing = ChannelPause.objects.standing().filter(organization_id__in=organizations)
    return frozenset(standing.values_list("organization_id", "channel"))


def reset_breaker(*, recipient: Recipient, now: dt.datetime) -> int:
    """
    Let messages to a person go again after somebody has looked into the repetition; returns how many may go.

    What went before `now` (aware) no longer counts towards the breaker.
    """
    with transaction.atomic():
        Recipient.objects.filter(pk=recipient.pk).update(breaker_reset_at=now)
        held = CommunicationRequest.objects.filter(
            recipient=recipient, status=RequestStatus.ON_HOLD, status_reason=RequestReason.BREAKER
        )
        return held.update(status=RequestStatus.ACTIVE, status_reason=RequestReason.NONE, next_at=now)


def _let_go(*, organization: Organization, reason: RequestReason, now: dt.datetime) -> int:
    held = CommunicationRequest.objects.filter(
        organization=organization, status=RequestStatus.ON_HOLD, status_reason=reason
    )
    return held.update(status=RequestStatus.ACTIVE, status_reason=RequestReason.NONE, next_at=now)

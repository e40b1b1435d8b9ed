"""What was sent and did not arrive: another channel while its window lasts, else a person phones."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable

from notifications.codes import NOT_ARRIVED, AttemptStatus, ContactState, RequestReason, RequestStatus
from notifications.models import Communication, CommunicationRequest, ContactPoint
from notifications.operations.behind import plan_again
from notifications.operations.calls import phone_instead
from notifications.operations.people import addresses
from notifications.rules import TRIES_PER_CHANNEL
from procedures.steps import SafetyClass
from scheduling.models import Appointment

Identity = tuple[int, str, str]
_DECIDED = frozenset({RequestReason.REROUTED, RequestReason.UNDELIVERED})


def go_another_way(*, attempt: Communication, now: dt.datetime) -> None:
    """
    Let a message that did not arrive be owed again over a channel that was not tried, or have somebody phone.

    The request keeps what happened to it. The next plan owes the same thing anew, if it is still true; so nothing
    goes out twice but what certainly did not arrive. `now` is aware; call it with the appointment locked.
    """
    request = (
        CommunicationRequest.objects.select_for_update(no_key=True, of=("self",))
        .select_related(
            "appointment__organization",
            "appointment__location",
            "appointment__patient",
            "recipient__patient",
            "recipient__related_person",
        )
        .get(pk=attempt.request_id)
    )
    plan_again(appointment_id=request.appointment_id)
    if request.status != RequestStatus.COMPLETED or request.status_reason in _DECIDED:
        return
    if request.attempts.filter(status=AttemptStatus.COMPLETED).exclude(delivery__in=NOT_ARRIVED).exists():
        return
    there_is_another = now < request.expires_at and bool(_untried(request))
    reason = RequestReason.REROUTED if there_is_another else RequestReason.UNDELIVERED
    CommunicationRequest.objects.filter(pk=request.pk).update(status_reason=reason)
    if not there_is_another and request.safety == SafetyClass.SAFETY:
        phone_instead(request=request, reason=RequestReason.UNREACHABLE, now=now)


def turns_used(appointment: Appointment) -> dict[Identity, int]:
    """Return how many attempts count as made for what is owed again: all turns of each channel it failed on."""
    rerouted = CommunicationRequest.objects.filter(
        appointment=appointment, status=RequestStatus.COMPLETED, status_reason=RequestReason.REROUTED
    )
    failed = Counter(rerouted.values_list("recipient_id", "notice", "facts_sha256"))
    return {identity: times * TRIES_PER_CHANNEL for identity, times in failed.items()}


def rerouted_among(requests: Iterable[CommunicationRequest]) -> set[int]:
    """Return those that owe anew what did not arrive when it was sent before."""
    open_now = {(r.appointment_id, r.recipient_id, r.notice, r.facts_sha256): r.pk for r in requests}
    rerouted = CommunicationRequest.objects.filter(
        appointment__in={appointment for appointment, *_ in open_now},
        status=RequestStatus.COMPLETED,
        status_reason=RequestReason.REROUTED,
    ).values_list("appointment_id", "recipient_id", "notice", "facts_sha256")
    return {open_now[identity] for identity in rerouted if identity in open_now}


def _untried(request: CommunicationRequest) -> set[str]:
    """Return the channels that work for the person and have not failed with this very message."""
    known = addresses(request.recipient.person)
    usable = set(
        ContactPoint.objects.filter(
            organization_id=request.organization_id, value__in=known.values(), state=ContactState.USABLE
        ).values_list("system", "value")
    )
    working = {channel for channel, value in known.items() if (channel, value) in usable}
    tried = Communication.objects.filter(
        request__appointment_id=request.appointment_id,
        request__recipient_id=request.recipient_id,
        request__notice=request.notice,
        request__facts_sha256=request.facts_sha256,
    ).values_list("channel", flat=True)
    return working & set(request.channels) - set(tried)

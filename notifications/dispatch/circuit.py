"""
A channel whose provider is down rests for all workers, for longer each time; then one message tries it.

Nothing is lost meanwhile: what another channel can carry goes there, the rest is due when the rest is over, most
urgent first, as always.
"""

import datetime as dt
import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.conf import settings
from django.db import transaction

from notifications.models import ProviderState
from notifications.rules import provider_rest

log = logging.getLogger(__name__)
# [ops] How long the one message that tries a provider has it to itself.
TRIAL = dt.timedelta(seconds=30)


@dataclass(slots=True)
class Rest:
    """Channels that must not be used now with the time they rest until (aware), and those that one message may try."""

    until: dict[str, dt.datetime] = field(default_factory=dict)
    trying: set[str] = field(default_factory=set)

    def used(self, channel: str, *, now: dt.datetime) -> None:
        """Let nothing else go over a channel that is being tried."""
        if channel in self.trying:
            self.trying.discard(channel)
            self.until[channel] = now + TRIAL


def resting(channels: Iterable[str], *, now: dt.datetime) -> Rest:
    """
    Return which of the channels rest at `now` (aware); whose rest is over is tried by whoever asks first.

    Call it inside a transaction.
    """
    rest = Rest()
    paused = ProviderState.objects.filter(channel__in=set(channels), paused_until__isnull=False)
    for state in paused:
        if state.paused_until is not None and state.paused_until > now:
            rest.until[state.channel] = state.paused_until
        elif _may_try(state.channel, now=now):
            rest.trying.add(state.channel)
        else:
            rest.until[state.channel] = now + TRIAL
    return rest


def _may_try(channel: str, *, now: dt.datetime) -> bool:
    """Take the one trial; whoever holds the row has taken it already."""
    free = ProviderState.objects.select_for_update(skip_locked=True).filter(
        channel=channel, paused_until__lte=now
    )
    found = free.values_list("channel", flat=True).first()
    if found is None:
        return False
    ProviderState.objects.filter(channel=channel).update(paused_until=now + TRIAL)
    return True


def note_calls(answered: Iterable[tuple[str, bool]], *, now: dt.datetime) -> None:
    """
    Count what came of calls, as (channel, whether its provider answered), in order. `now` is aware.

    A refusal is an answer. Consecutive failures across batches and workers add up; one answer ends them.
    """
    by_channel: dict[str, list[bool]] = defaultdict(list)
    for channel, did_answer in answered:
        by_channel[channel].append(did_answer)
    well = [channel for channel, calls in by_channel.items() if calls[-1]]
    if well:
        ProviderState.objects.filter(channel__in=well, failures__gt=0).update(
            failures=0, pauses=0, paused_until=None, failing_since=None
        )
    _count_failures({channel: calls for channel, calls in by_channel.items() if not calls[-1]}, now=now)


def _count_failures(failing: Mapping[str, list[bool]], *, now: dt.datetime) -> None:
    for channel, calls in sorted(failing.items()):
        with transaction.atomic():
            ProviderState.objects.bulk_create([ProviderState(channel=channel)], ignore_conflicts=True)
            state = ProviderState.objects.select_for_update().get(pk=channel)
            in_a_row = next((n for n, ok in enumerate(reversed(calls)) if ok), len(calls))
            if in_a_row < len(calls):
                state.failures, state.pauses, state.failing_since = 0, 0, None
            state.failures += in_a_row
            state.failing_since = state.failing_since or now
            _rest_if_down(state, now=now)
            state.save()


def _rest_if_down(state: ProviderState, *, now: dt.datetime) -> None:
    """Let the channel rest, for longer each time; calls under way when it began to rest do not count twice."""
    if state.failures < settings.PROVIDER_FAILURES_TO_REST:
        return
    if state.paused_until is not None and now < state.paused_until - provider_rest(state.pauses) + TRIAL:
        return
    state.pauses += 1
    state.paused_until = now + provider_rest(state.pauses)
    log.warning("notifications.provider.rests channel=%s rests=%s", state.channel, state.pauses)

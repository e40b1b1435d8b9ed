"""The ways out: one module per provider, all alike behind `Channel`."""

from notifications.channels.base import (
    Channel,
    Doubtful,
    LookUp,
    NotSent,
    OutgoingMessage,
    Presence,
    Receipt,
    TryLater,
    Undeliverable,
    without_links,
)
from notifications.channels.registry import UnknownChannel, channel, replies_reach_us

__all__ = [
    "Channel",
    "Doubtful",
    "LookUp",
    "NotSent",
    "OutgoingMessage",
    "Presence",
    "Receipt",
    "TryLater",
    "Undeliverable",
    "UnknownChannel",
    "channel",
    "replies_reach_us",
    "without_links",
]

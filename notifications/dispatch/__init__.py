"""
From owed to sent, with a record before every call.

Claim a batch (one transaction: lock, re-check, render, write attempts), call the provider outside any transaction,
record the outcomes. A sender that dies in between leaves attempts whose lease lapses; `settle` looks after those.
"""

from notifications.dispatch.calendars import follow_with_calendars
from notifications.dispatch.claim import claim
from notifications.dispatch.deliver import Delivered, deliver_batch, deliver_due
from notifications.dispatch.expire import expire_overdue
from notifications.dispatch.settle import settle_lapsed
from notifications.dispatch.storing import Attempt

__all__ = [
    "Attempt",
    "Delivered",
    "claim",
    "deliver_batch",
    "deliver_due",
    "expire_overdue",
    "follow_with_calendars",
    "settle_lapsed",
]

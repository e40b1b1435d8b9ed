"""
On which terms a visit may be changed, and by whom: the clinic's policy, the most particular word first.

Pure: no framework, no database, no clock.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol, TypeVar

Value = TypeVar("Value")


class PolicyLevel(Protocol):
    """What one level says; None leaves it to the next: the offering, its location, the organization."""

    @property
    def patient_cancel_hours(self) -> int | None: ...
    @property
    def patient_move_hours(self) -> int | None: ...
    @property
    def patient_moves(self) -> int | None: ...
    @property
    def deposit_required(self) -> bool | None: ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Policy:
    """
    The terms of one offering.

    Patients may cancel and move by themselves until so many hours before the start, and move one visit so often. A
    deposit is only asked for and recorded; no money passes here. Booking twice is in no policy: nothing allows it.
    """

    cancel_hours: int
    move_hours: int
    moves: int
    deposit_required: bool

    def latest_cancel(self, start: dt.datetime) -> dt.datetime:
        """Return the moment (UTC) from which on a patient may no longer cancel a visit at `start` (aware)."""
        return start.astimezone(dt.UTC) - dt.timedelta(hours=self.cancel_hours)

    def latest_move(self, start: dt.datetime) -> dt.datetime:
        """Return the moment (UTC) from which on a patient may no longer move a visit at `start` (aware)."""
        return start.astimezone(dt.UTC) - dt.timedelta(hours=self.move_hours)


def policy_from(*levels: PolicyLevel) -> Policy:
    """
    Return the policy that the levels make together, the most particular first; the last must say everything.

    :raises ValueError: if nobody says one of the terms
    """
    return Policy(
        cancel_hours=_first(level.patient_cancel_hours for level in levels),
        move_hours=_first(level.patient_move_hours for level in levels),
        moves=_first(level.patient_moves for level in levels),
        deposit_required=_first(level.deposit_required for level in levels),
    )


def _first(said: Iterable[Value | None]) -> Value:
    for value in said:
        if value is not None:
            return value
    raise ValueError("no level says anything about a term")

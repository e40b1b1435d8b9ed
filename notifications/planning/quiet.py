"""Where in time a message lands: its window, and what quiet hours make of it."""

import datetime as dt

from notifications import rules
from notifications.planning.values import Booking, Recipient
from procedures.steps import FactValue, Notice, Purpose

# [ops] How long aftercare, or a correction after the start, is still worth sending.
AFTERCARE_LASTS = dt.timedelta(hours=48)
CORRECTION_LASTS = dt.timedelta(hours=24)


class MomentMissing(ValueError):
    """A scheduled notice needs a moment to be due at."""


def scheduled_window(
    notice: Notice, *, booking: Booking, facts: dict[str, FactValue]
) -> tuple[dt.datetime, dt.datetime]:
    """
    Return when a scheduled notice wants to go and when it is over (UTC), before quiet hours.

    Without a `latest` of its own, preparation is over at the start, or at the first `..._stop` instant that it
    tells if that is earlier: told afterwards it could only be disobeyed. Local times are the clinic's.

    :raises MomentMissing: if the notice has no moment
    """
    if notice.when is None:
        raise MomentMissing(notice.code)
    wanted_at = notice.when.resolve(booking.anchors, booking.zone)
    if notice.latest is not None:
        return wanted_at, notice.latest.resolve(booking.anchors, booking.zone)
    if notice.purpose is Purpose.AFTERCARE:
        return wanted_at, wanted_at + AFTERCARE_LASTS
    stops = [
        value.astimezone(dt.UTC)
        for name, value in facts.items()
        if name.endswith("_stop") and isinstance(value, dt.datetime)
    ]
    return wanted_at, min([booking.start.astimezone(dt.UTC), *stops])


def correction_expires_at(*, due_at: dt.datetime, booking: Booking) -> dt.datetime:
    """Return when a correction is over: at the start, or a day later if the start has passed."""
    start = booking.start.astimezone(dt.UTC)
    return start if start > due_at else due_at + CORRECTION_LASTS


def not_before(notice: Notice, *, booking: Booking) -> dt.datetime:
    """Return the earliest instant (UTC) to which quiet hours may push a notice: no message before its reason."""
    known_at = booking.known_at.astimezone(dt.UTC)
    if notice.purpose is Purpose.PREPARATION or notice.when is None:
        return known_at
    return max(known_at, booking.anchors[notice.when.anchor].astimezone(dt.UTC))


def place(
    wanted_at: dt.datetime,
    *,
    expires_at: dt.datetime,
    earliest_at: dt.datetime,
    purpose: Purpose,
    recipient: Recipient,
) -> dt.datetime | None:
    """
    Return when a message goes (UTC), outside the recipient's quiet hours, or None if nothing fits.

    Preparation moves to before the quiet hours, else to after them; aftercare the other way round. It never
    goes before `earliest_at`, nor at or after `expires_at`.
    """
    before = rules.last_allowed_before(
        wanted_at, zone=recipient.zone, quiet_from=recipient.quiet_from, quiet_until=recipient.quiet_until
    )
    after = first_allowed(wanted_at, recipient=recipient)
    choices = (before, after) if purpose is Purpose.PREPARATION else (after, before)
    for choice in choices:
        moved_too_far = choice < wanted_at and choice < earliest_at
        if not moved_too_far and not rules.too_late(at=choice, expires_at=expires_at):
            return choice
    return None


def first_allowed(at: dt.datetime, *, recipient: Recipient) -> dt.datetime:
    """Return the first instant (UTC) from `at` on that is outside the recipient's quiet hours."""
    return rules.next_allowed(
        at, zone=recipient.zone, quiet_from=recipient.quiet_from, quiet_until=recipient.quiet_until
    )

"""How the constraints and guards of the waiting list, backfills and series are broken."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from builders import DAY, HOUR, NOW, START, Clinic, book
from waiting_people import make_backfill, make_policy, make_series, make_waiting

from scheduling.models import (
    Backfill,
    BackfillStep,
    FollowUp,
    SeriesSession,
    WaitlistEntry,
    WaitlistOffer,
)


def make_offer(clinic: Clinic, *, times: int = 1, **fields: Any) -> WaitlistOffer:
    entry, backfill = make_waiting(clinic), make_backfill(clinic)
    for number in range(times):
        defaults = {
            "appointment": book(clinic, start=START + number * DAY),
            "offered_at": NOW,
            "expires_at": NOW + HOUR,
        }
        offer = WaitlistOffer.objects.create(backfill=backfill, entry=entry, **{**defaults, **fields})
    return offer


def make_step(clinic: Clinic, kind: str = "freed") -> BackfillStep:
    return BackfillStep.objects.create(backfill=make_backfill(clinic), kind=kind, happened_at=NOW)


def make_session(clinic: Clinic, *, times: int = 1) -> SeriesSession:
    series = make_series(clinic)
    for number in range(times):
        session = SeriesSession.objects.create(
            series=series, appointment=book(clinic, start=START + number * DAY), position=1
        )
    return session


def make_follow_up(clinic: Clinic, **fields: Any) -> FollowUp:
    first = book(clinic)
    defaults = {"first": first, "code": "imaging", "appointment": first, "booked_at": NOW}
    return FollowUp.objects.create(**{**defaults, **fields})


def wait_twice(clinic: Clinic) -> None:
    for _ in range(2):
        make_waiting(clinic, patient=clinic.pia)


def same_start_twice(clinic: Clinic) -> None:
    for _ in range(2):
        make_backfill(clinic)


def reopen_entry(clinic: Clinic) -> None:
    entry = make_waiting(clinic, status="removed", closed_at=NOW)
    WaitlistEntry.objects.filter(pk=entry.pk).update(status="waiting", closed_at=None)


def reopen_backfill(clinic: Clinic) -> None:
    backfill = make_backfill(clinic, status="nobody", next_at=None, closed_at=NOW)
    Backfill.objects.filter(pk=backfill.pk).update(status="looking", next_at=NOW, closed_at=None)


VIOLATIONS_OF_WAITING: dict[str, Callable[[Clinic], object]] = {
    "scheduling_waits_once_for_a_procedure": wait_twice,
    "scheduling_waitlist_priority_is_known": lambda c: make_waiting(c, priority="asap"),
    "scheduling_waitlist_weekdays_are_known": lambda c: make_waiting(c, weekdays=["mo"]),
    "scheduling_waitlist_dates_are_in_order": lambda c: make_waiting(
        c, first_on=START.date(), last_on=NOW.date()
    ),
    "scheduling_waitlist_times_are_in_order": lambda c: make_waiting(
        c, from_time=dt.time(12), until_time=dt.time(9)
    ),
    "scheduling_waiting_ends_at_a_time": lambda c: make_waiting(c, status="removed"),
    "scheduling_only_a_booking_ends_waiting_with_a_visit": lambda c: make_waiting(c, booked_as=book(c)),
    "scheduling_policy_asks_a_few_for_a_while": lambda c: make_policy(c, offers_at_once=6),
    "scheduling_one_backfill_per_start": same_start_twice,
    "scheduling_backfill_asks_a_few_for_a_while": lambda c: make_backfill(c, answer_minutes=0),
    "scheduling_backfill_goes_on_or_has_ended": lambda c: make_backfill(c, next_at=None),
    "scheduling_filled_by_an_appointment": lambda c: make_backfill(
        c, status="filled", next_at=None, closed_at=NOW
    ),
    "scheduling_asked_once_about_a_start": lambda c: make_offer(c, times=2),
    "scheduling_offer_leaves_time_to_answer": lambda c: make_offer(c, expires_at=NOW),
    "scheduling_backfill_step_is_known": lambda c: make_step(c, kind="lost"),
    "scheduling_series_has_sessions": lambda c: make_series(c, sessions_wanted=1),
    "scheduling_series_gaps_are_in_order": lambda c: make_series(c, gap_most_days=6),
    "scheduling_series_mode_is_known": lambda c: make_series(c, mode="some"),
    "scheduling_session_has_its_place": lambda c: make_session(c, times=2),
    "scheduling_follow_up_is_another_visit": make_follow_up,
}
GUARDS_OF_WAITING: dict[str, Callable[[Clinic], object]] = {
    "waiting_moves_forward": reopen_entry,
    "waitlist_entry_is_kept": lambda c: make_waiting(c).delete(),
    "backfill_moves_forward": reopen_backfill,
    "backfill_is_kept": lambda c: make_backfill(c).delete(),
    "offer_is_kept": lambda c: WaitlistOffer.objects.filter(pk=make_offer(c).pk).update(expires_at=START),
    "backfill_step_is_kept": lambda c: make_step(c).delete(),
    "series_is_kept": lambda c: make_series(c).delete(),
    "session_is_kept": lambda c: make_session(c).delete(),
    "follow_up_is_kept": lambda c: make_follow_up(c, appointment=book(c, start=START + DAY)).delete(),
}

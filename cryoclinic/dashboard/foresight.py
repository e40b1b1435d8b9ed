"""
What a booking would mean, seen by making it and taking it back: who is told what and when, what to do, what is open.

The same calls that book and plan are made in a transaction that is rolled back, so what is shown is what would happen.
"""

import datetime as dt
from dataclasses import dataclass

from django.db import transaction

from cryoclinic.dashboard.free_times import Inquiry
from cryoclinic.dashboard.plan_days import PlanDay, plan_days
from cryoclinic.dashboard.readiness import Preparedness, preparedness_of
from cryoclinic.dashboard.told import CHANNELS, Message, Silence, story_of
from notifications.codes import RequestReason
from notifications.dispatch.wording import words_ahead
from notifications.operations.reconcile import reconcile_timeline
from scheduling.models import Appointment, Hold, Task
from scheduling.operations import (
    Actor,
    CannotBePrepared,
    NotQualified,
    TooCloseToTreatment,
    TooShortNotice,
    book_appointment,
)

# What somebody who may override can book against, with a reason.
NEEDS_REASON = (TooShortNotice, CannotBePrepared, NotQualified, TooCloseToTreatment)
# Stands for the reason that is asked for afterwards; never stored.
LOOKING = "looked at"


@dataclass(frozen=True, kw_only=True, slots=True)
class Ahead:
    """A message that would be owed, with its words; empty while they wait for a signature or cannot be said."""

    message: Message
    text: str

    @property
    def how(self) -> str:
        """Over what it goes, and over what else if that fails: "text message, else email"."""
        return ", else ".join(CHANNELS.get(each, each).lower() for each in self.message.request.channels)

    @property
    def is_unsigned(self) -> bool:
        """Whether it waits for a clinician."""
        return self.message.request.status_reason == RequestReason.UNSIGNED


@dataclass(frozen=True, kw_only=True, slots=True)
class Foreseen:
    """A visit as it would be. `against` is the rule that a reason would have to set aside, None for none."""

    visit: Appointment
    prepared: Preparedness
    days: tuple[PlanDay, ...]
    messages: tuple[Ahead, ...]
    silences: tuple[Silence, ...]
    tasks: tuple[Task, ...]
    against: Exception | None

    @property
    def at_once(self) -> int:
        """How many messages go as soon as it is booked."""
        now = self.visit.known_at
        return sum(each.message.request.due_at <= now and not each.is_unsigned for each in self.messages)

    @property
    def unsigned_count(self) -> int:
        """How many messages wait for a clinician."""
        return sum(each.is_unsigned for each in self.messages)

    @property
    def food_ends(self) -> dt.datetime | None:
        """When the patient stops eating; None where no rule says so."""
        fasting = self.prepared.plan.fasting if self.prepared.plan is not None else None
        return None if fasting is None or fasting.individual_plan else fasting.solids_stop


def book_wanted(
    inquiry: Inquiry, *, start: dt.datetime, by: Actor, hold: Hold | None, override_reason: str
) -> Appointment:
    """Book what is wanted at a start (aware), in the wished way; raises what `book_appointment` does."""
    wish = inquiry.wish
    return book_appointment(
        offering=inquiry.offering,
        patient=inquiry.patient,
        start=start,
        now=inquiry.now,
        by=by,
        practitioner=wish["practitioner"],
        target=wish["target"],
        anaesthesia=wish["anaesthesia"],
        guidance=wish["guidance"],
        contrast=wish["contrast"],
        hold=hold,
        override_reason=override_reason,
    )


def foresee(
    inquiry: Inquiry, *, start: dt.datetime, by: Actor, hold: Hold | None, with_medicines: bool
) -> Foreseen:
    """
    Return what booking this start (aware) would mean; nothing is kept of it. Unsigned proposals only `with_medicines`.

    :raises SlotTaken: and every other error of `book_appointment` that no reason sets aside
    """
    with transaction.atomic():
        against: Exception | None = None
        try:
            visit = book_wanted(inquiry, start=start, by=by, hold=hold, override_reason="")
        except NEEDS_REASON as refusal:
            if not by.may_override:
                raise
            against = refusal
            visit = book_wanted(inquiry, start=start, by=by, hold=hold, override_reason=LOOKING)
        reconcile_timeline(appointment_id=visit.pk, now=inquiry.now)
        seen = _seen(visit, now=inquiry.now, against=against, with_medicines=with_medicines)
        transaction.set_rollback(True)
    return seen


def _seen(
    visit: Appointment, *, now: dt.datetime, against: Exception | None, with_medicines: bool
) -> Foreseen:
    planned = Appointment.objects.with_facts().get(pk=visit.pk)
    prepared = preparedness_of(planned, now=now)
    story = story_of(planned, now=now)
    messages = sorted(story.waiting, key=lambda each: (each.request.due_at, each.request.pk))
    tasks = Task.objects.filter(appointment=planned).still_open().order_by("due_at")
    return Foreseen(
        visit=planned,
        prepared=prepared,
        days=plan_days(prepared, with_medicines=with_medicines),
        messages=tuple(Ahead(message=each, text=words_ahead(each.request)) for each in messages),
        silences=story.silences,
        tasks=tuple(tasks),
        against=against,
    )

"""What no longer holds of that which a recipient was told, and how pressing that is."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from notifications.planning.beliefs import Beliefs
from notifications.planning.facts import WITHDRAWN, facts_from_json, is_about_medicine
from notifications.planning.values import Booking, Told
from procedures.steps import Gate, Notice, Purpose, Trigger

# [ops] A person phones within this time, sooner if something happens sooner.
CALL_WITHIN = dt.timedelta(hours=4)
# Once the procedure is over nobody acts on these any more.
BEFORE_THE_END = frozenset({"start", "arrive_at", "ended_at"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """
    One recipient's part of a change.

    `names` are the facts told wrong (none for a cancellation), `corrects` the requests that told them. The
    recipient acts on what was told, or should act on what is true now, at the instants `acted_on`; days and the
    visit itself, at `pressing_at`, make it urgent without making it too late (UTC). `noticed_at` is when the
    change could first be told: not before it was made, nor before the words that it takes back.
    """

    trigger: Trigger
    names: tuple[str, ...]
    corrects: tuple[str, ...]
    acted_on: tuple[dt.datetime, ...]
    pressing_at: tuple[dt.datetime, ...]
    about_medicine: bool
    noticed_at: dt.datetime

    @property
    def call_by(self) -> dt.datetime:
        """Return by when somebody phones (UTC), if a call is needed."""
        ahead = [instant for instant in self.acted_on if instant > self.noticed_at]
        return min([self.noticed_at + CALL_WITHIN, *ahead])

    @property
    def comes_too_late(self) -> bool:
        """Return whether an instant has passed at which the recipient acted wrongly or should have acted."""
        return self.trigger is not Trigger.CANCELLATION and any(
            instant <= self.noticed_at for instant in self.acted_on
        )

    def cannot_wait_until(self, allowed_at: dt.datetime) -> bool:
        """Return whether the recipient would act on it before `allowed_at`, the end of the quiet hours."""
        return any(self.noticed_at < instant <= allowed_at for instant in (*self.acted_on, *self.pressing_at))


def change_for(
    beliefs: Beliefs,
    *,
    booking: Booking,
    facts_now: Mapping[str, str],
    notices: Mapping[str, Notice],
    changed_at: dt.datetime,
) -> Change | None:
    """Return what must be taken back from one recipient, or None if all that was told is true."""
    if booking.state == "silent":
        return None
    wrong = {} if booking.state == "cancelled" else beliefs.told_wrong(facts_now)
    if booking.state == "over":
        aftercare = _aftercare_facts(notices.values())
        wrong = {name: told for name, told in wrong.items() if name in aftercare}
    relied_on = beliefs.relied_on()
    entries = relied_on
    trigger = Trigger.CANCELLATION
    if booking.state != "cancelled":
        entries = tuple(told for some in wrong.values() for told in some)
        trigger = Trigger.CORRECTION if "start" in wrong else Trigger.AMENDMENT
    if not entries:
        return None
    at_stake = [_at_stake(told, wrong) for told in entries]
    at_stake.append({name: facts_now[name] for name in wrong if name in facts_now})
    # The visit is the last time to learn of whatever has no time of its own, such as a new place.
    visit = (booking.arrive_at, booking.start) if booking.state != "over" else ()
    return Change(
        trigger=trigger,
        names=tuple(sorted(wrong)),
        corrects=tuple(sorted({told.request for told in entries})),
        acted_on=_instants(at_stake),
        pressing_at=(*_days(at_stake, booking), *_in_utc(visit)),
        about_medicine=_about_medicine(trigger, wrong=wrong, relied_on=relied_on, notices=notices),
        noticed_at=max(_in_utc((changed_at, booking.known_at, *(told.told_at for told in entries)))),
    )


def _in_utc(instants: Iterable[dt.datetime]) -> list[dt.datetime]:
    return [instant.astimezone(dt.UTC) for instant in instants]


def _at_stake(told: Told, wrong: Mapping[str, tuple[Told, ...]]) -> Mapping[str, str]:
    """Return what a request said that is taken back: the facts told wrong, or everything if all is off."""
    return {name: value for name, value in told.facts.items() if not wrong or name in wrong}


def _about_medicine(
    trigger: Trigger,
    *,
    wrong: Mapping[str, tuple[Told, ...]],
    relied_on: tuple[Told, ...],
    notices: Mapping[str, Notice],
) -> bool:
    if any(
        is_about_medicine(name) and any(told.facts[name] != WITHDRAWN for told in entries)
        for name, entries in wrong.items()
    ):
        return True
    # Another start, or none at all, makes every plan for a medicine wrong, whatever facts it was told with.
    return trigger is not Trigger.AMENDMENT and any(_told_medicine(told, notices) for told in relied_on)


def _told_medicine(told: Told, notices: Mapping[str, Notice]) -> bool:
    said = [notices[code] for code in (told.notice, *told.parts) if code in notices]
    stands = any(is_about_medicine(name) and value != WITHDRAWN for name, value in told.facts.items())
    return stands or any(notice.gate is Gate.SIGNATURE for notice in said)


def _aftercare_facts(notices: Iterable[Notice]) -> set[str]:
    told_after = [notice for notice in notices if notice.purpose is Purpose.AFTERCARE]
    return {name for notice in told_after for name in notice.facts} - BEFORE_THE_END


def _instants(facts: Iterable[Mapping[str, str]]) -> tuple[dt.datetime, ...]:
    # The recorded end lies in the past by nature; nobody acts on it.
    found = {
        value
        for some in facts
        for name, value in facts_from_json(some).items()
        if isinstance(value, dt.datetime) and name != "ended_at"
    }
    return tuple(sorted(found))


def _days(facts: Iterable[Mapping[str, str]], booking: Booking) -> tuple[dt.datetime, ...]:
    found = {
        dt.datetime.combine(value, dt.time(), tzinfo=booking.zone).astimezone(dt.UTC)
        for some in facts
        for value in facts_from_json(some).values()
        if not isinstance(value, dt.datetime | str)
    }
    return tuple(sorted(found))

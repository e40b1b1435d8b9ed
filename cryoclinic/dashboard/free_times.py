"""The free times of a procedure for one patient, by day; where there are none, why, and what would work. Reads only."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import chain, groupby
from zoneinfo import ZoneInfo

from cryoclinic.dashboard import words
from cryoclinic.dashboard.words import Tag
from procedures.preparation.clock import wall_instant
from scheduling import rules
from scheduling.models import Patient, ProcedureOffering, Resource
from scheduling.operations.slots import (
    Obstacle,
    ObstacleRule,
    Slot,
    SlotState,
    Wish,
    explain_slot,
    find_slots,
)

# [ops] So many days with free times stand on one page.
DAYS_SHOWN = dt.timedelta(days=3)
# [ops] Where no time is free at all, one start in the middle of the morning stands for the others.
EXAMPLE_TIME = dt.time(10)
ONE_DAY = dt.timedelta(days=1)
TAGS = {
    SlotState.PROVISIONAL: Tag(family="attention", word="Not settled"),
    SlotState.TOO_SOON: Tag(family="attention", word="Too soon"),
    SlotState.NOT_QUALIFIED: Tag(family="attention", word="Something comes first"),
}
AGAINST = {
    ObstacleRule.OFF_GRID: "Visits start at full five minutes.",
    ObstacleRule.TOO_SHORT_NOTICE: "The clinic needs more notice for this procedure.",
    ObstacleRule.BEYOND_HORIZON: "This is further ahead than the clinic plans.",
    ObstacleRule.TOO_SOON: "The patient cannot be prepared by then.",
    ObstacleRule.UNDECIDED: "A clinician must first decide about the preparation.",
    ObstacleRule.NOT_QUALIFIED: "Something must come first that is not on file.",
    ObstacleRule.NOT_OPEN: "Not open, or not at work, then",
    ObstacleRule.NOT_FREE: "In use then",
    ObstacleRule.TOO_FEW: "There are too few of what is needed",
    ObstacleRule.COMPATIBILITY: "What is free then does not go together",
    ObstacleRule.DAY_FULL: "No more visits are done that day.",
    ObstacleRule.NOT_WISHED: "It is outside the times that were asked for.",
    ObstacleRule.NO_SUCH_RESOURCE: "The location has nothing and nobody of the kind this needs",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class FreeTime:
    """A start (aware) as the list shows it; `tag` and `reason` say what is not settled about it."""

    start: dt.datetime
    tag: Tag | None
    reason: str

    @property
    def value(self) -> str:
        """The start as the form sends it."""
        return self.start.isoformat()


@dataclass(frozen=True, kw_only=True, slots=True)
class FreeRun:
    """Free times one after another of which the same is to be said: it is said once."""

    tag: Tag | None
    reason: str
    times: tuple[FreeTime, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class FreeTimes:
    """
    Free times by local date, the first of them (aware), and the first date after them.

    Without any: `example` (aware) is the start that `obstacles` speak about, and `unnarrowed` (aware) the first start
    that works for whoever does it at whatever time of day, also before the date that was asked for.
    """

    days: tuple[tuple[dt.date, tuple[FreeRun, ...]], ...] = ()
    earliest: dt.datetime | None = None
    later_on: dt.date | None = None
    example: dt.datetime | None = None
    obstacles: tuple[str, ...] = ()
    unnarrowed: dt.datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Inquiry:
    """What is looked for, for whom, as of a moment (`now`, aware)."""

    offering: ProcedureOffering
    patient: Patient
    wish: Wish
    too_soon: bool
    now: dt.datetime

    @property
    def zone(self) -> ZoneInfo:
        """The zone of the location."""
        return self.offering.location.tz

    @property
    def latest(self) -> dt.datetime:
        """The first start that is too far ahead (UTC)."""
        return rules.latest_start(now=self.now, horizon_days=self.offering.horizon_days)


def free_times(inquiry: Inquiry, *, first_on: dt.date) -> FreeTimes:
    """
    Return the free times of the first three days, from a local date on, that have any.

    :raises NoSuchResource: and every other error of `find_slots`
    """
    first = max(_midnight(first_on, inquiry.zone), inquiry.now)
    start = next_free(inquiry, first=first)
    if start is None:
        return _nothing(inquiry, first=first)
    end_on = start.astimezone(inquiry.zone).date() + DAYS_SHOWN
    found = _found(inquiry, first=start, until=_midnight(end_on, inquiry.zone))
    times = [_shown(slot, inquiry.zone) for slot in found]
    days = tuple((day, _runs(each)) for day, each in groupby(times, key=lambda time: time.start.date()))
    later_on = end_on if _midnight(end_on, inquiry.zone) < inquiry.latest else None
    return FreeTimes(days=days, earliest=start, later_on=later_on)


def next_free(inquiry: Inquiry, *, first: dt.datetime) -> dt.datetime | None:
    """
    Return the first free start (UTC) from a moment (aware) on, as far as the clinic plans; None for none.

    :raises NoSuchResource: and every other error of `find_slots`
    """
    found = _found(inquiry, first=first, until=inquiry.latest, limit=1) if first < inquiry.latest else []
    return found[0].start if found else None


def _found(
    inquiry: Inquiry, *, first: dt.datetime, until: dt.datetime, limit: int | None = None
) -> list[Slot]:
    return find_slots(
        offering=inquiry.offering,
        patient=inquiry.patient,
        first=first,
        until=until,
        limit=limit,
        now=inquiry.now,
        with_too_soon=inquiry.too_soon,
        **inquiry.wish,
    )


def _nothing(inquiry: Inquiry, *, first: dt.datetime) -> FreeTimes:
    wish: Wish = {**inquiry.wish, "practitioner": None, "after": None, "before": None}
    wider = replace(inquiry, wish=wish, too_soon=False)
    unnarrowed = next_free(wider, first=first) or next_free(wider, first=inquiry.now)
    example = (
        unnarrowed if unnarrowed is not None and unnarrowed >= first else _example(first, zone=inquiry.zone)
    )
    explained = explain_slot(
        offering=inquiry.offering, patient=inquiry.patient, start=example, now=inquiry.now, **inquiry.wish
    )
    return FreeTimes(
        example=example, obstacles=_said(explained.obstacles, inquiry.zone), unnarrowed=unnarrowed
    )


def _example(first: dt.datetime, *, zone: ZoneInfo) -> dt.datetime:
    day = first.astimezone(zone).date()
    start = wall_instant(day=day, at=EXAMPLE_TIME, zone=zone)
    return start if start >= first else wall_instant(day=day + ONE_DAY, at=EXAMPLE_TIME, zone=zone)


def _said(obstacles: Sequence[Obstacle], zone: ZoneInfo) -> tuple[str, ...]:
    ids = set(chain.from_iterable(each.resource_ids for each in obstacles))
    names = dict(Resource.objects.filter(pk__in=ids).values_list("pk", "name"))
    return tuple(_sentence(each, names=names, zone=zone) for each in obstacles)


def _sentence(obstacle: Obstacle, *, names: dict[int, str], zone: ZoneInfo) -> str:
    if obstacle.leg == "patient":
        sentence = "The patient has another appointment then."
    else:
        about = words.few(tuple(sorted(names[pk] for pk in obstacle.resource_ids if pk in names)))
        about = about or obstacle.leg.replace("_", " ")
        sentence = obstacle.detail or AGAINST[obstacle.rule]
        sentence = sentence if sentence.endswith(".") else f"{sentence}: {about}."
    if obstacle.until is None:
        return sentence
    return f"{sentence} This alone would allow it from {words.day_and_time(obstacle.until, zone)} on."


def _runs(times: Iterable[FreeTime]) -> tuple[FreeRun, ...]:
    alike = groupby(times, key=lambda time: (time.tag, time.reason))
    return tuple(FreeRun(tag=tag, reason=reason, times=tuple(run)) for (tag, reason), run in alike)


def _shown(slot: Slot, zone: ZoneInfo) -> FreeTime:
    return FreeTime(start=slot.start.astimezone(zone), tag=TAGS.get(slot.state), reason=slot.reason)


def _midnight(day: dt.date, zone: ZoneInfo) -> dt.datetime:
    return wall_instant(day=day, at=dt.time(), zone=zone)

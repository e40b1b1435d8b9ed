"""Live the simulated year and say what it kept and what it broke."""

import datetime as dt
import json
import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from zoneinfo import ZoneInfo

from django.utils import timezone

from cryoclinic.soak import audit
from cryoclinic.soak.carrier import Carrier, Log
from cryoclinic.soak.network import ZONES
from cryoclinic.soak.year import DAYS, FIRST_DAY, Year, messages_sent, year_of

GRAIN = dt.timedelta(minutes=10)
SHOWN = 20
_PROMISES = ("repeated", "outside_window", "unexplained", "after_cancellation", "untrue")
_SUMMED = ("messages", "bookings", *_PROMISES, "networks")
Say = Callable[[str], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """What the year held, and how many promises it broke of each kind."""

    messages: int
    bookings: int
    happened: dict[str, int]
    clock_changes: int
    zones: int
    repeated: int
    outside_window: int
    unexplained: int
    after_cancellation: int
    untrue: int
    seconds: float
    networks: int = 1

    @property
    def holds(self) -> bool:
        """Whether nothing was broken."""
        return not any(getattr(self, name) for name in _PROMISES)

    def as_json(self) -> str:
        """Return it as one line."""
        return json.dumps(asdict(self))

    def plus(self, other: "Verdict") -> "Verdict":
        """Return what two networks held that lived the same year side by side."""
        return Verdict(
            happened=dict(sorted((Counter(self.happened) + Counter(other.happened)).items())),
            clock_changes=self.clock_changes,
            zones=self.zones,
            seconds=max(self.seconds, other.seconds),
            **{name: getattr(self, name) + getattr(other, name) for name in _SUMMED},
        )


@dataclass(slots=True)
class _Watcher:
    """Looks on at every month's end."""

    say: Say
    untrue: list[str] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)

    def look(self, now: dt.datetime, year: Year) -> None:
        """Say how far the year is, and look for people who believe what is not so."""
        self.untrue += audit.untrue(now)
        line = {"until": f"{now:%Y-%m-%d}", "messages": messages_sent(), "bookings": year.done["book"]}
        self.say(json.dumps({**line, "seconds": round(time.monotonic() - self.began, 1)}))


def lived(*, messages: int, seed: int, say: Say) -> Verdict:
    """Live a year that sends about so many messages, in an empty database; `say` gets a line a month."""
    watcher = _Watcher(say)
    Carrier.log = Log(chance=random.Random(seed))  # noqa: S311 - the same year in every run
    year = year_of(seed=seed, grain=GRAIN)
    year.live(messages=messages, watch=watcher.look)
    broken = {
        "repeated": list(audit.repeated(Carrier.log.copies)),
        "outside_window": list(audit.outside_window()),
        "unexplained": list(audit.unexplained(year.pace.now)),
        "after_cancellation": list(audit.after_cancellation()),
        "untrue": watcher.untrue,
    }
    for each in [line for lines in broken.values() for line in lines][:SHOWN]:
        say(each)
    return Verdict(
        messages=messages_sent(),
        bookings=year.done["book"],
        happened=dict(sorted(year.done.items())),
        clock_changes=sum(_changes(zone) for zone in ZONES),
        zones=len(ZONES),
        **{name: len(lines) for name, lines in broken.items()},
        seconds=round(time.monotonic() - watcher.began, 1),
    )


def _changes(name: str) -> int:
    """Return how often the clock of a zone changes within the year."""
    zone = ZoneInfo(name)
    offsets = [
        timezone.localtime(FIRST_DAY + dt.timedelta(days=day), zone).utcoffset() for day in range(DAYS + 1)
    ]
    return sum(before != after for before, after in pairwise(offsets))

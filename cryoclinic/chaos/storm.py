"""The storm from beginning to end: make a clinic, use it, strike, wait for calm, compare."""

import datetime as dt
import http.client
import json
import os
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from django.db.models import F
from django.utils import timezone

from cryoclinic.chaos.channel import PORT
from cryoclinic.chaos.crew import Crew
from cryoclinic.chaos.load import Load, load_of
from cryoclinic.chaos.reckoning import Found, at_rest, explained, reckon
from cryoclinic.chaos.strikes import Striker, strikes
from cryoclinic.rehearsal.processes import free_port
from notifications.codes import RequestStatus
from notifications.models import Communication, CommunicationRequest

WORKERS, BEATS = 4, 2
BETWEEN_SECONDS = (2.0, 3.0)
RECOVERY_SECONDS = 60.0
# How long we watch beyond that before we say that it never came to rest.
PATIENCE_SECONDS = 120.0
WARM_UP_SECONDS = 60.0
# A short lease, so that a stop can outlast it; small batches, so that a kill can be counted against them.
SHORT = {
    "DELIVERY_LEASE_SECONDS": "4",
    "DELIVERY_BATCH": "10",
    "DELIVERY_THREADS": "4",
    "CHANNEL_TIMEOUT_SECONDS": "1",
    "SWEEP_SECONDS": "0.5",
    "SMS_CHANNEL": "cryoclinic.chaos.channel.ProviderChannel",
    "EMAIL_CHANNEL": "cryoclinic.chaos.channel.ProviderChannel",
    "LOG_LEVEL": "ERROR",
    "PYTHONWARNINGS": "ignore",
}
Say = Callable[[str], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Aftermath:
    """What the storm did; `recovery_s` is the time from its end until everything due was decided."""

    kills: int
    found: Found
    recovery_s: float

    @property
    def holds(self) -> bool:
        """Whether nothing was lost, repeated or left unlisted, and it recovered in time."""
        found = self.found
        bounded = found.unknown <= self.kills * settings.DELIVERY_BATCH
        whole = not (found.lost or found.repeated or found.unlisted)
        return whole and bounded and self.recovery_s <= RECOVERY_SECONDS

    def as_json(self) -> str:
        """Return it as one line."""
        return json.dumps(
            {"kills": self.kills, **asdict(self.found), "recovery_s": round(self.recovery_s, 1)}
        )


def rage(*, kills: int, seed: int, say: Say) -> Aftermath:
    """Live through one storm in the services of the data folder; `say` gets a line for each stage."""
    folder = Path(settings.DATA_DIR)
    ledger, port = folder / "ledger.jsonl", free_port()
    chance = random.Random(seed)  # noqa: S311 - the same storm in every run
    with _crew(folder, port=port, ledger=ledger, seed=seed) as crew:
        load = load_of(seed=seed)
        load.begin()
        _warm_up(say)
        striker = Striker(crew=crew, chance=chance)
        _strike_all(striker, load=load, kills=kills, say=say)
        load.end()
        _calm(port)
        crew.make_whole()
        recovery_s = _seconds_until_rest()
        say(f"At rest after {recovery_s:.1f} s; what waits for another try goes now.")
        _try_what_waits()
        _seconds_until_rest()
        now = timezone.now()
        for line in explained(ledger, now=now):
            say(line)
        return Aftermath(kills=striker.kills, found=reckon(ledger, now=now), recovery_s=recovery_s)


@contextmanager
def _crew(folder: Path, *, port: int, ledger: Path, seed: int) -> Iterator[Crew]:
    crew = Crew(folder=folder, env={**os.environ, PORT: str(port)})
    try:
        crew.start_provider(port=port, ledger=ledger, seed=seed)
        for _ in range(WORKERS):
            crew.start_worker()
        for _ in range(BEATS):
            crew.start_beat()
        yield crew
    finally:
        crew.everybody_gone()


def _warm_up(say: Say) -> None:
    """Wait until the first messages have left."""
    deadline = time.monotonic() + WARM_UP_SECONDS
    while not Communication.objects.filter(status="completed").exists() and time.monotonic() < deadline:
        time.sleep(0.5)
    say("The first messages have left; now it begins.")


def _strike_all(striker: Striker, *, load: Load, kills: int, say: Say) -> None:
    began = time.monotonic()
    for what in strikes(kills=kills):
        time.sleep(striker.chance.uniform(*BETWEEN_SECONDS))
        striker.strike(what)
        if striker.kills % 10 == 0:
            seconds = time.monotonic() - began
            say(
                f"{striker.kills} kills after {seconds:.0f} s; {load.done} acts of the clinic, {load.interrupted} cut off"
            )


def _calm(port: int) -> None:
    """Let the provider behave from now on."""
    wire = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    wire.request("POST", "/calm")
    wire.getresponse()
    wire.close()


def _seconds_until_rest() -> float:
    began = time.monotonic()
    while time.monotonic() - began < RECOVERY_SECONDS + PATIENCE_SECONDS:
        try:
            if at_rest(timezone.now()):
                break
        except (OperationalError, InterfaceError):
            connection.close()
        time.sleep(0.25)
    return time.monotonic() - began


def _try_what_waits() -> None:
    """Let what was refused for a while go at once, rather than watch the clock for the longest wait."""
    now: dt.datetime = timezone.now()
    CommunicationRequest.objects.filter(
        status=RequestStatus.ACTIVE, due_at__lte=now, next_at__gt=F("due_at"), expires_at__gt=now
    ).update(next_at=now)

"""The storm from beginning to end: make a clinic, use it, strike, wait for calm, compare."""

import datetime as dt
import http.client
import json
import os
import random
import secrets
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
from cryoclinic.chaos.crew import Crew, Ports
from cryoclinic.chaos.load import Load, load_of
from cryoclinic.chaos.provider import SIGNED_BY
from cryoclinic.chaos.reckoning import Found, at_rest, explained, receipts_lost, reckon
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
    receipts: int
    receipts_lost: int

    @property
    def broken(self) -> list[str]:
        """What should not be, each in words; nothing was lost, repeated or left unlisted if it is empty."""
        found, most = self.found, self.kills * settings.DELIVERY_BATCH
        wrong = {
            f"{found.lost} messages were lost": found.lost,
            f"{found.repeated} copies were sent too many": found.repeated,
            f"{found.unlisted} things stand on no list": found.unlisted,
            f"{self.receipts_lost} receipts had no effect": self.receipts_lost,
            f"{found.unknown} attempts were in doubt, more than {most}": found.unknown > most,
            f"recovery took more than {RECOVERY_SECONDS:.0f} s": self.recovery_s > RECOVERY_SECONDS,
        }
        return [sentence for sentence, is_wrong in wrong.items() if is_wrong]

    def as_json(self) -> str:
        """Return it as one line."""
        receipts = {"receipts": self.receipts, "receipts_lost": self.receipts_lost}
        recovery = {"recovery_s": round(self.recovery_s, 1)}
        return json.dumps({"kills": self.kills, **asdict(self.found), **recovery, **receipts})


def rage(*, kills: int, seed: int, say: Say) -> Aftermath:
    """Live through one storm in the services of the data folder; `say` gets a line for each stage."""
    folder = Path(settings.DATA_DIR)
    ledger, receipts = folder / "ledger.jsonl", folder / "receipts.jsonl"
    chance = random.Random(seed)  # noqa: S311 - the same storm in every run
    with _crew(folder, ledger=ledger, receipts=receipts, seed=seed) as crew:
        load = load_of(seed=seed)
        load.begin()
        _warm_up(say)
        striker = Striker(crew=crew, chance=chance)
        _strike_all(striker, load=load, kills=kills, say=say)
        load.end()
        _asked(crew.ports, "POST", "/calm")
        crew.make_whole()
        recovery_s = _seconds_until_rest(crew.ports)
        say(f"At rest after {recovery_s:.1f} s; what waits for another try goes now.")
        _try_what_waits()
        _seconds_until_rest(crew.ports)
        return _reckoned(ledger, receipts, kills=striker.kills, recovery_s=recovery_s, say=say)


def _reckoned(ledger: Path, receipts: Path, *, kills: int, recovery_s: float, say: Say) -> Aftermath:
    now = timezone.now()
    without_effect = receipts_lost(ledger)
    for line in (*explained(ledger, now=now), *without_effect):
        say(line)
    return Aftermath(
        kills=kills,
        found=reckon(ledger, now=now),
        recovery_s=recovery_s,
        receipts=len(receipts.read_text(encoding="utf-8").splitlines()),
        receipts_lost=len(without_effect),
    )


@contextmanager
def _crew(folder: Path, *, ledger: Path, receipts: Path, seed: int) -> Iterator[Crew]:
    ports = Ports(provider=free_port(), web=free_port())
    env = {
        **os.environ,
        PORT: str(ports.provider),
        "PUBLIC_BASE_URL": ports.web_address,
        SIGNED_BY: secrets.token_hex(16),
    }
    crew = Crew(folder=folder, env=env, ports=ports)
    try:
        crew.start_provider(ledger=ledger, receipts=receipts, seed=seed)
        crew.start_web()
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


def _asked(ports: Ports, method: str, path: str) -> str:
    """Ask the provider, who is never struck."""
    wire = http.client.HTTPConnection("127.0.0.1", ports.provider, timeout=10)
    try:
        wire.request(method, path)
        return wire.getresponse().read().decode()
    finally:
        wire.close()


def _seconds_until_rest(ports: Ports) -> float:
    began = time.monotonic()
    while time.monotonic() - began < RECOVERY_SECONDS + PATIENCE_SECONDS:
        try:
            if _asked(ports, "GET", "/outstanding") == "0" and at_rest(timezone.now()):
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

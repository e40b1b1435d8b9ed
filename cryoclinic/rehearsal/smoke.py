"""Book, move and cancel over HTTP, and wait until the real worker has told the patient each time."""

import datetime as dt
import json
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
from django.conf import settings

from cryoclinic import embedded
from cryoclinic.rehearsal.portal import Portal, RequestRefused
from cryoclinic.rehearsal.processes import check_all_run, free_port, procfile, running
from cryoclinic.rehearsal.throwaway import environment, manage_py

PATIENCE_SECONDS = 90.0
PAUSE_SECONDS = 0.25
# Nothing is sent at night, so the patient lives where it is day.
ZONES = (
    "Europe/London",
    "America/New_York",
    "Pacific/Auckland",
    "Asia/Tokyo",
    "Asia/Karachi",
    "Pacific/Honolulu",
)
DAYTIME = range(9, 20)
_DELIVERED = """
    SELECT count(*)
    FROM notifications_outboxmessage AS kept
    JOIN notifications_communication AS attempt ON attempt.uid = kept.uid AND attempt.status = 'completed'
    JOIN notifications_communicationrequest AS request ON request.id = attempt.request_id
    JOIN scheduling_appointment AS appointment ON appointment.id = request.appointment_id
    WHERE appointment.uid = %s AND (%s = '' OR request.trigger = %s)
"""


class NotInTime(Exception):
    """What was waited for did not happen."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SmokeResult:
    """What was seen: counts, and seconds from the booking to its message, and altogether."""

    booked: int
    delivered: int
    corrected: int
    cancelled: int
    booking_told_s: float
    move_told_s: float
    cancellation_told_s: float
    seconds: float


def run_smoke(folder: Path, *, say: Callable[[str], None]) -> SmokeResult:
    """
    Start what the demo starts, on a free port with its data in `folder`, use it, and stop it.

    `say` gets a line for each stage.

    :raises NotInTime: if a message was not delivered, or the web did not answer
    :raises RequestRefused: if the API refused what it should do
    :raises ProcessEnded: if something that should run has ended
    :raises CalledProcessError: if the demo clinic could not be made
    """
    began = time.monotonic()
    port = free_port()
    env = environment(
        folder,
        CRYOCLINIC_DEMO="1",
        PORT=str(port),
        PUBLIC_BASE_URL=f"http://127.0.0.1:{port}",
        PYTHONWARNINGS="ignore",
        CRYOCLINIC_EMBEDDED_FSYNC="off",
    )
    say("Making the demo clinic.")
    access = _demo_setup(env)
    say(f"Starting the processes of the Procfile, the web on port {port}.")
    with running(procfile(), env=env) as started:
        watch = _Watch(started=started)
        portal = watch.until("a token from the web process", lambda: _signed_in(port, access))
        with psycopg.connect(embedded.database_url(folder), autocommit=True) as database:
            visit = _Visit(portal=portal, database=database, watch=watch, say=say)
            return visit.live(offering=access["offering"], began=began)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Watch:
    """Waits for things to happen while all processes run."""

    started: Mapping[str, "subprocess.Popen[bytes]"]

    def until(self, what: str, seen: Callable[[], Any]) -> Any:
        """Return what `seen` finds as soon as it finds something."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            check_all_run(self.started)
            found = seen()
            if found:
                return found
            time.sleep(PAUSE_SECONDS)
        raise NotInTime(what)


@dataclass(kw_only=True, slots=True)
class _Visit:
    """One appointment, from its booking to its cancellation."""

    portal: Portal
    database: "psycopg.Connection[tuple[int]]"
    watch: _Watch
    say: Callable[[str], None]

    def live(self, *, offering: str, began: float) -> SmokeResult:
        patient, _ = self.portal.send("patients/", _patient())
        first, second = self._two_starts(offering, patient["uid"])
        booked, etag = self.portal.send(
            "appointments/", {"offering": offering, "patient": patient["uid"], "start": first}
        )
        uid = booked["uid"]
        self.say(f"Booked for {first}.")
        booking_told_s = self._until_told(uid, trigger="")
        _, etag = self.portal.send(f"appointments/{uid}/move/", {"start": second}, etag=etag)
        self.say(f"Moved to {second}.")
        move_told_s = self._until_told(uid, trigger="correction")
        self.portal.send(f"appointments/{uid}/cancel/", {"reason": "pat"}, etag=etag)
        self.say("Cancelled.")
        cancellation_told_s = self._until_told(uid, trigger="cancellation")
        return SmokeResult(
            booked=1,
            delivered=self._delivered(uid, ""),
            corrected=self._delivered(uid, "correction"),
            cancelled=self._delivered(uid, "cancellation"),
            booking_told_s=booking_told_s,
            move_told_s=move_told_s,
            cancellation_told_s=cancellation_told_s,
            seconds=round(time.monotonic() - began, 1),
        )

    def _two_starts(self, offering: str, patient: str) -> tuple[str, str]:
        """Return a start far enough ahead that the first message is the usual one, and one two hours later or more."""
        now = dt.datetime.now(dt.UTC)
        found, _ = self.portal.read(
            "slots/",
            offering=offering,
            patient=patient,
            **{
                "from": (now + dt.timedelta(days=8)).isoformat(),
                "until": (now + dt.timedelta(days=15)).isoformat(),
                "limit": "40",
            },
        )
        starts = [slot["start"] for slot in found["slots"]]
        if len(starts) < 2:  # noqa: PLR2004 - one to book and one to move to
            raise NotInTime("two free starts in the week after next")
        return starts[0], starts[-1]

    def _until_told(self, uid: str, *, trigger: str) -> float:
        began = time.monotonic()
        self.watch.until(
            f"the {trigger or 'first message'} in the outbox", lambda: self._delivered(uid, trigger)
        )
        seconds = round(time.monotonic() - began, 2)
        self.say(f"Told after {seconds} s.")
        return seconds

    def _delivered(self, uid: str, trigger: str) -> int:
        row = self.database.execute(_DELIVERED, [uid, trigger, trigger]).fetchone()
        return row[0] if row else 0


def as_json(result: SmokeResult) -> str:
    """Return the result as one line."""
    return json.dumps(asdict(result))


def _demo_setup(env: Mapping[str, str]) -> dict[str, str]:
    command = [*manage_py(), "demo_setup", "--json"]
    done = subprocess.run(  # noqa: S603 - our own command
        command, env=dict(env), cwd=settings.BASE_DIR, check=True, stdout=subprocess.PIPE, text=True
    )
    access: dict[str, str] = json.loads(done.stdout)
    return access


def _signed_in(port: int, access: Mapping[str, str]) -> Portal | None:
    """Return the portal with its token, or None while nobody listens yet."""
    try:
        return Portal(port=port, client_id=access["client_id"], client_secret=access["client_secret"])
    except (OSError, RequestRefused):
        return None


def _patient() -> dict[str, object]:
    now = dt.datetime.now(dt.UTC)
    zone = next(name for name in ZONES if now.astimezone(ZoneInfo(name)).hour in DAYTIME)
    return {
        "identifier": f"SMOKE-{int(now.timestamp())}",
        "given_name": "Smoke",
        "family_name": "Test",
        "birth_date": "1970-01-02",
        "sex": "f",
        "zone": zone,
        "phone": "+442079460999",
        "email": "smoke.test@example.org",
    }

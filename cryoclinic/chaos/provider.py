"""
A provider that behaves like the worst of real ones, in a process of its own, over HTTP.

It is slow, errs before and after accepting, and keeps a ledger of what it accepted: one line a message, which is
what the database is held against in the end. The same seed gives the same trouble to the same message. What it
accepted it reports on, to the product's own webhook.
"""

import argparse
import json
import os
import random
import threading
import time
from dataclasses import dataclass, field
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryoclinic.chaos.reports import Fate, Reporter, fate_of

# How often it is in a mood, out of a hundred messages.
_MOODS = {"overloaded": 4, "too-many": 3, "silent": 4, "late": 3, "gateway": 2}
_FORGETFUL = 0.05
# It hangs for longer than whoever calls it waits.
HANG_SECONDS = 2.5
# The variable with the secret that signs reports: a command line is there for everybody to read.
SIGNED_BY = "TWILIO_AUTH_TOKEN"


class Mood(StrEnum):
    """What becomes of a message."""

    FAIR = "fair"
    # 503 and 429, nothing accepted.
    OVERLOADED = "overloaded"
    TOO_MANY = "too-many"
    # Accepted, and no answer; accepted only after the caller has given up; accepted, and 504.
    SILENT = "silent"
    LATE = "late"
    GATEWAY = "gateway"


@dataclass(slots=True)
class Ledger:
    """What was accepted, in memory and in a file that outlives us."""

    file: Path
    reporter: Reporter
    accepted: set[str] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def accept(self, uid: str, *, fate: Fate) -> None:
        """Write a message down, as often as it comes; what becomes of it is reported once."""
        with self.lock, self.file.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps({"uid": uid, "at": time.time(), "fate": fate}) + "\n")
            is_new = uid not in self.accepted
            self.accepted.add(uid)
        if is_new:
            self.reporter.expect(uid, fate=fate)


def mood_of(uid: str, *, seed: int) -> Mood:
    """Return what becomes of a message."""
    chance = random.Random(f"{seed}/{uid}")  # noqa: S311 - the same trouble in every run
    drawn = chance.randrange(100)
    for mood, share in _MOODS.items():
        if drawn < share:
            return Mood(mood)
        drawn -= share
    return Mood.FAIR


class _Server(ThreadingHTTPServer):
    """Knows the ledger, and whether the trouble is over."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, *, ledger: Ledger, seed: int) -> None:
        super().__init__(("127.0.0.1", port), _Conversation)
        self.ledger = ledger
        self.seed = seed
        self.calm = False


class _Conversation(BaseHTTPRequestHandler):
    """POST /messages, GET /messages/<uid>, POST /calm, GET /outstanding."""

    server: _Server

    def do_POST(self) -> None:
        if self.path == "/calm":
            self.server.calm = self.server.ledger.reporter.calm = True
            self._answer(200)
            return
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self._take(body["uid"])

    def do_GET(self) -> None:
        if self.path == "/outstanding":
            self._answer(200, body=str(self.server.ledger.reporter.outstanding).encode())
            return
        uid = self.path.rpartition("/")[2]
        forgetful = random.random() < _FORGETFUL  # noqa: S311 - nothing secret
        if forgetful and not self.server.calm:
            self._answer(503)
        else:
            self._answer(200 if uid in self.server.ledger.accepted else 404)

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""

    def _take(self, uid: str) -> None:
        mood = Mood.FAIR if self.server.calm else mood_of(uid, seed=self.server.seed)
        time.sleep(random.uniform(0.005, 0.15))  # noqa: S311 - nothing secret
        match mood:
            case Mood.OVERLOADED:
                self._answer(503)
            case Mood.TOO_MANY:
                self._answer(429, retry_after=2)
            case Mood.LATE:
                time.sleep(HANG_SECONDS)
                self._accept(uid)
            case Mood.SILENT:
                self._accept(uid)
                time.sleep(HANG_SECONDS)
            case Mood.GATEWAY:
                self._accept(uid)
                self._answer(504)
            case _:
                self._accept(uid)
                self._answer(201)

    def _accept(self, uid: str) -> None:
        server = self.server
        server.ledger.accept(uid, fate=Fate.DELIVERED if server.calm else fate_of(uid, seed=server.seed))

    def _answer(self, status: int, *, retry_after: int = 0, body: bytes = b"") -> None:
        self.send_response(status)
        if retry_after:
            self.send_header("Retry-After", str(retry_after))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def main() -> None:
    """Serve until ended."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--ledger", type=Path, required=True)
    parser.add_argument("--receipts", type=Path, required=True, help="where to keep which reports were taken")
    parser.add_argument("--web", required=True, help="the product's public address")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    given.receipts.touch()
    reporter = Reporter(web=given.web, token=os.environ[SIGNED_BY], ledger=given.receipts)
    reporter.begin()
    given.ledger.touch()
    _Server(given.port, ledger=Ledger(file=given.ledger, reporter=reporter), seed=given.seed).serve_forever()


if __name__ == "__main__":
    main()

"""
A provider that behaves like the worst of real ones, in a process of its own, over HTTP.

It is slow, errs before and after accepting, and keeps a ledger of what it accepted: one line a message, which is
what the database is held against in the end. The same seed gives the same trouble to the same message.
"""

import argparse
import json
import random
import threading
import time
from dataclasses import dataclass, field
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

# How often it is in a mood, out of a hundred messages.
_MOODS = {"overloaded": 4, "too-many": 3, "silent": 4, "late": 3, "gateway": 2}
_FORGETFUL = 0.05
# It hangs for longer than whoever calls it waits.
HANG_SECONDS = 2.5


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
    accepted: set[str] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def accept(self, uid: str) -> None:
        """Write a message down, as often as it comes."""
        with self.lock, self.file.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps({"uid": uid, "at": time.time()}) + "\n")
            self.accepted.add(uid)


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
    """POST /messages, GET /messages/<uid>, POST /calm."""

    server: _Server

    def do_POST(self) -> None:
        if self.path == "/calm":
            self.server.calm = True
            self._answer(200)
            return
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self._take(body["uid"])

    def do_GET(self) -> None:
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
                self.server.ledger.accept(uid)
            case Mood.SILENT:
                self.server.ledger.accept(uid)
                time.sleep(HANG_SECONDS)
            case Mood.GATEWAY:
                self.server.ledger.accept(uid)
                self._answer(504)
            case _:
                self.server.ledger.accept(uid)
                self._answer(201)

    def _answer(self, status: int, *, retry_after: int = 0) -> None:
        self.send_response(status)
        if retry_after:
            self.send_header("Retry-After", str(retry_after))
        self.send_header("Content-Length", "0")
        self.end_headers()


def main() -> None:
    """Serve until ended."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--ledger", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    given.ledger.touch()
    _Server(given.port, ledger=Ledger(file=given.ledger), seed=given.seed).serve_forever()


if __name__ == "__main__":
    main()

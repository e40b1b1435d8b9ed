"""
What the provider reports of messages it has accepted: signed, late, twice, out of order, until somebody takes it.

A report may come before whoever sent the message knows that it was accepted, or never learned it. It is posted again
until it is answered well, as providers of email do.
"""

import base64
import enum
import heapq
import hmac
import http.client
import json
import random
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode, urlsplit

# How often a message does not arrive, out of a hundred, and how often a report comes twice.
_FATES = {"undelivered": 3, "failed": 2}
_TWICE = 0.25
# Each report of a message has its own delay, so that the last may be the first to come.
_LATEST_SECONDS = 8.0
_PROMPT = 0.3
_AGAIN_SECONDS = 0.4
_ANSWER_SECONDS = 10.0
_POSTERS = 4


class Fate(enum.StrEnum):
    """What becomes of an accepted message; the provider's last word on it."""

    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    FAILED = "failed"

    @property
    def error_code(self) -> str:
        """The provider's number for the reason, empty when there is none."""
        return {Fate.UNDELIVERED: "30003", Fate.FAILED: "30008"}.get(self, "")


def fate_of(uid: str, *, seed: int) -> Fate:
    """Return what becomes of a message: the same in every run."""
    drawn = random.Random(f"fate/{seed}/{uid}").randrange(100)  # noqa: S311 - the same fate in every run
    for fate, share in _FATES.items():
        if drawn < share:
            return Fate(fate)
        drawn -= share
    return Fate.DELIVERED


@dataclass(order=True, frozen=True, slots=True)
class _Report:
    at: float
    number: int
    uid: str = field(compare=False)
    status: str = field(compare=False)
    error_code: str = field(compare=False)

    def form(self) -> dict[str, str]:
        """Return it as the product reads it."""
        fields = {"MessageSid": f"SM{self.uid.replace('-', '')}", "MessageStatus": self.status}
        return {**fields, "ErrorCode": self.error_code} if self.error_code else fields


def signature(url: str, form: Mapping[str, str], *, token: str) -> str:
    """
    Return how the provider signs a form posted to `url`, with the account's token.

    Source: Twilio, "Webhooks security", validating signatures: HMAC-SHA1 over the address and the sorted fields.
    """
    words = url + "".join(name + form[name] for name in sorted(form))
    return base64.b64encode(hmac.digest(token.encode(), words.encode(), "sha1")).decode()


class Reporter:
    """Posts reports to the web's address; `ledger` keeps each that was taken."""

    def __init__(self, *, web: str, token: str, ledger: Path) -> None:
        """`web` is the public address, which the signature covers; `token` signs."""
        self.calm = False
        self._web = web
        self._token = token
        self._ledger = ledger
        self._waiting: list[_Report] = []
        self._open = 0
        self._number = 0
        self._changed = threading.Condition()

    @property
    def outstanding(self) -> int:
        """How many reports nobody has taken yet."""
        return self._open

    def begin(self) -> None:
        """Post from now on."""
        for _ in range(_POSTERS):
            threading.Thread(target=self._post_all, daemon=True).start()

    def expect(self, uid: str, *, fate: Fate) -> None:
        """Report in time what becomes of a message."""
        chance = random.Random(uid)  # noqa: S311 - the same delays in every run
        for status in ("queued", "sent", fate.value):
            for _ in range(2 if chance.random() < _TWICE else 1):
                delay = 0.0 if chance.random() < _PROMPT else chance.uniform(0, _LATEST_SECONDS)
                self._put(uid, status, fate.error_code if status == fate else "", delay=delay)

    def _put(self, uid: str, status: str, error_code: str, *, delay: float) -> None:
        with self._changed:
            self._number += 1
            self._open += 1
            at = time.monotonic() + delay
            heapq.heappush(self._waiting, _Report(at, self._number, uid, status, error_code))
            self._changed.notify()

    def _post_all(self) -> None:
        while True:
            report = self._next()
            if self._post(report):
                self._note(report)
            else:
                time.sleep(_AGAIN_SECONDS)
                with self._changed:
                    heapq.heappush(self._waiting, report)

    def _next(self) -> _Report:
        """Return the next report whose time has come, waiting for it."""
        with self._changed:
            while not self._waiting or not (self.calm or self._waiting[0].at <= time.monotonic()):
                self._changed.wait(timeout=0.1)
            return heapq.heappop(self._waiting)

    def _post(self, report: _Report) -> bool:
        """Post one report; False if nobody took it."""
        url, form = f"{self._web}/hooks/twilio/status/{report.uid}", report.form()
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Twilio-Signature": signature(url, form, token=self._token),
        }
        parts = urlsplit(url)
        wire = http.client.HTTPConnection(parts.netloc, timeout=_ANSWER_SECONDS)
        try:
            wire.request("POST", parts.path, urlencode(form), headers)
            return wire.getresponse().status == http.client.NO_CONTENT
        except (OSError, http.client.HTTPException):
            return False
        finally:
            wire.close()

    def _note(self, report: _Report) -> None:
        with self._changed, self._ledger.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps({"uid": report.uid, "status": report.status}) + "\n")
            self._open -= 1

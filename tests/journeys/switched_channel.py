"""The outbox, with a switch in a file at which its process stops in the middle of a call."""

import datetime as dt
import os
import time
from pathlib import Path

from notifications.channels import OutgoingMessage, Receipt
from notifications.channels.outbox import OutboxChannel

LINGER = "CRYOCLINIC_CALL_SECONDS"
FOLDER = "CRYOCLINIC_SWITCH_FOLDER"
SWITCH = "switch"
REACHED = "reached"
BEFORE, AFTER = "before", "after"


class SwitchedChannel(OutboxChannel):
    """Keeps messages as the outbox does; stops before or after keeping one while the switch says so."""

    def send(self, message: OutgoingMessage, *, now: dt.datetime) -> Receipt:
        """Keep the message, or stop."""
        self._stop_at(BEFORE)
        self._linger()
        receipt = super().send(message, now=now)
        self._linger()
        self._stop_at(AFTER)
        return receipt

    @staticmethod
    def _linger() -> None:
        # As slow as a provider, so that what strikes at any moment strikes in a call.
        time.sleep(float(os.environ.get(LINGER, "0")))

    @staticmethod
    def _stop_at(point: str) -> None:
        folder = Path(os.environ[FOLDER])
        switch = folder / SWITCH
        if switch.exists() and switch.read_text(encoding="utf-8") == point:
            (folder / REACHED).touch()
            # Long enough to be killed here.
            time.sleep(600)

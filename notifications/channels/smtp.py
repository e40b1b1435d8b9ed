"""An SMTP connection that knows how far a message got, and ends in time as a whole."""

import smtplib
import time
from typing import Any

from django.core.mail.backends.smtp import EmailBackend


class TimedSmtp(smtplib.SMTP):
    """
    SMTP with one deadline for the whole conversation.

    The library's timeout is per reply, and a conversation has ten of them: a slow server could hold a
    message longer than its lease. `body_handed_over` turns true once the complete message, its final dot
    included, is on its way: from then on silence means doubt.
    """

    def __init__(self, host: str = "", port: int = 0, *, timeout: float, **options: Any) -> None:
        """Connect; `timeout` is in seconds, for everything until the last reply."""
        self.body_handed_over = False
        self._ends_at = time.monotonic() + timeout
        super().__init__(host, port, timeout=timeout, **options)

    def send(self, s: Any) -> None:
        """Send within the deadline. Commands are text; only a message's body comes as bytes."""
        self._shorten_timeout()
        super().send(s)
        if isinstance(s, bytes):
            self.body_handed_over = True

    def getreply(self) -> tuple[int, bytes]:
        """Read a reply within the deadline."""
        self._shorten_timeout()
        return super().getreply()

    def _shorten_timeout(self) -> None:
        if self.sock is None:
            return
        left = self._ends_at - time.monotonic()
        if left <= 0:
            self.close()
            raise smtplib.SMTPServerDisconnected("The conversation took too long.")
        self.sock.settimeout(left)


class TimedSmtpOverTls(TimedSmtp, smtplib.SMTP_SSL):
    """The same, with TLS from the first byte."""


class TimedBackend(EmailBackend):
    """Django's SMTP backend over `TimedSmtp`."""

    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        """Return the kind of connection the settings ask for."""
        return TimedSmtpOverTls if self.use_ssl else TimedSmtp

    @property
    def body_handed_over(self) -> bool:
        """Whether the message of the open connection was sent to its last byte."""
        return bool(getattr(self.connection, "body_handed_over", False))

"""The HTTP below Twilio's SDK: one deadline, no retry of its own, no log line, and errors that say what is certain."""

import datetime as dt
import ssl
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

import requests
from twilio.http.response import Response  # type: ignore[import-untyped]
from urllib3.exceptions import NewConnectionError

from notifications.channels.base import Doubtful, TryLater

# What an exception in the chain must be for it to be certain that nothing was sent.
_BEFORE_THE_REQUEST = (NewConnectionError, ssl.SSLCertVerificationError)


class TwilioHttp:
    """
    Replaces the SDK's own client, which logs numbers and waits without end.

    `timeout_seconds` is shared out between connecting and waiting for the answer. `base_url`, when set, takes
    the place of Twilio's host.
    """

    def __init__(self, *, timeout_seconds: float, base_url: str = "") -> None:
        """Open a session, shared by the threads of a process."""
        self.is_async = False
        self._timeout = (timeout_seconds / 3, timeout_seconds * 2 / 3)
        self._base_url = base_url.rstrip("/")
        self._session = requests.Session()

    def request(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        data: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,
    ) -> Response:
        """
        Send one request, once. The arguments are the SDK's.

        :raises TryLater: if it certainly was not sent, or the provider asks to slow down
        :raises Doubtful: if it was sent and no answer came, or none that can be read
        """
        try:
            answer = self._session.request(
                method.upper(),
                self._redirected(url),
                params=params,
                data=data,
                headers=headers,
                auth=auth,
                timeout=timeout or self._timeout,
                allow_redirects=allow_redirects,
            )
        except requests.ConnectTimeout:
            raise TryLater("provider-down") from None
        except (
            requests.ConnectionError,
            requests.Timeout,
            requests.exceptions.ChunkedEncodingError,
        ) as error:
            # From None: the library's words carry the address and its number.
            raise (TryLater("provider-down") if never_sent(error) else Doubtful("no-answer")) from None
        return _as_the_sdk_reads_it(answer)

    def close(self) -> None:
        """Close the pooled connections."""
        self._session.close()

    def _redirected(self, url: str) -> str:
        return self._base_url + urlsplit(url).path if self._base_url else url


def _as_the_sdk_reads_it(answer: requests.Response) -> Response:
    if answer.status_code == requests.codes.too_many_requests:
        raise TryLater("provider-busy", after=_wait_asked_for(answer))
    if answer.ok and not _is_object(answer):
        raise Doubtful("answer-unreadable")
    return Response(answer.status_code, answer.text, answer.headers)


def never_sent(error: BaseException) -> bool:
    """Return whether an error of the HTTP library makes it certain that nothing was sent."""
    return any(isinstance(cause, _BEFORE_THE_REQUEST) for cause in _chain(error))


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and what it wraps: the library puts the reason into arguments, attributes or the cause."""
    yield error
    inner = (*error.args, getattr(error, "reason", None), error.__cause__)
    for cause in inner:
        if isinstance(cause, BaseException):
            yield from _chain(cause)


def _is_object(answer: requests.Response) -> bool:
    try:
        return isinstance(answer.json(), dict)
    except requests.JSONDecodeError:
        return False


def _wait_asked_for(answer: requests.Response) -> dt.timedelta | None:
    seconds = answer.headers.get("Retry-After", "")
    return dt.timedelta(seconds=int(seconds)) if seconds.isdecimal() else None

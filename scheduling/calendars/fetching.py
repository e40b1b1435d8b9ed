"""
A calendar from an address that somebody typed: only https, only public machines, and only what is small and quick.

The name is looked up once, every address it has is checked, and the connection goes to the one that was checked, so
that no second answer of a name server leads elsewhere. Where it leads next is checked in the same way.
"""

import http.client
import ipaddress
import socket
import ssl
import time
from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import SplitResult, urljoin, urlsplit

from scheduling.calendars.reading import MAX_BYTES

REDIRECTS = 3
MOVED = frozenset({301, 302, 303, 307, 308})
OK, NOT_MODIFIED = 200, 304
PIECE = 65_536
HTTPS_PORT, HTTP_PORT = 443, 80


class AddressRefused(Exception):
    """This address cannot be read. It must begin with https:// and lead to a calendar on a public server."""

    def __init__(self, *, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, kw_only=True, slots=True)
class Fetched:
    """What came: the document, None when it has not changed since `etag`."""

    document: bytes | None
    etag: str


def fetch_calendar(
    url: str, *, timeout_seconds: float, allowed: Collection[str] = (), etag: str = ""
) -> Fetched:
    """
    Read a calendar. `allowed` are origins (scheme://host:port) of the clinic's own that may be private, and plain http.

    :raises AddressRefused: with a code: scheme, private, unknown-host, unreachable, too-large, too-slow, redirects, status
    """
    deadline = time.monotonic() + timeout_seconds
    for _ in range(REDIRECTS + 1):
        parts = urlsplit(url)
        response, connection = _ask(parts, allowed=allowed, etag=etag, deadline=deadline)
        try:
            if response.status in MOVED:
                url = urljoin(url, response.headers.get("Location", ""))
                continue
            if response.status == NOT_MODIFIED and etag:
                return Fetched(document=None, etag=etag)
            if response.status != OK:
                raise AddressRefused(why="status")
            document = _read(response, deadline=deadline)
            return Fetched(document=document, etag=response.headers.get("ETag", "")[:200])
        except (OSError, http.client.HTTPException) as error:
            raise AddressRefused(why="unreachable") from error
        finally:
            response.close()
            connection.close()
    raise AddressRefused(why="redirects")


def checked_address(host: str, *, port: int, may_be_private: bool) -> str:
    """
    Return the address of a host to connect to.

    :raises AddressRefused: if the name is unknown, or any of its addresses is not a public one
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise AddressRefused(why="unknown-host") from error
    addresses = [str(entry[4][0]) for entry in found]
    if not may_be_private and not all(_is_public(address) for address in addresses):
        raise AddressRefused(why="private")
    return addresses[0]


def _is_public(text: str) -> bool:
    address = ipaddress.ip_address(text.partition("%")[0])
    inner = getattr(address, "ipv4_mapped", None) or getattr(address, "sixtofour", None)
    teredo = getattr(address, "teredo", None)
    return (
        address.is_global
        and not address.is_multicast
        and teredo is None
        and (inner is None or inner.is_global)
    )


def _ask(
    parts: SplitResult, *, allowed: Collection[str], etag: str, deadline: float
) -> tuple[http.client.HTTPResponse, http.client.HTTPConnection]:
    own = f"{parts.scheme}://{parts.netloc}" in allowed
    if parts.scheme != "https" and not (own and parts.scheme == "http"):
        raise AddressRefused(why="scheme")
    if not parts.hostname or parts.username is not None:
        raise AddressRefused(why="scheme")
    try:
        port = parts.port or (HTTPS_PORT if parts.scheme == "https" else HTTP_PORT)
    except ValueError as error:
        raise AddressRefused(why="scheme") from error
    address = checked_address(parts.hostname, port=port, may_be_private=own)
    connection = http.client.HTTPConnection(parts.hostname, port, timeout=_left(deadline))
    try:
        connection.sock = _socket(parts, address=address, port=port, deadline=deadline)
        target = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
        headers = {"Accept": "text/calendar", "Accept-Encoding": "identity", "Host": parts.netloc}
        connection.request("GET", target, headers=headers | ({"If-None-Match": etag} if etag else {}))
        return connection.getresponse(), connection
    except (OSError, http.client.HTTPException, ValueError) as error:
        connection.close()
        raise AddressRefused(why="unreachable") from error


def _socket(parts: SplitResult, *, address: str, port: int, deadline: float) -> socket.socket:
    """Return a connection to the very address that was checked; the certificate is the name's."""
    plain = socket.create_connection((address, port), timeout=_left(deadline))
    if parts.scheme != "https":
        return plain
    try:
        return ssl.create_default_context().wrap_socket(plain, server_hostname=parts.hostname)
    except BaseException:
        plain.close()
        raise


def _read(response: http.client.HTTPResponse, *, deadline: float) -> bytes:
    pieces: list[bytes] = []
    size = 0
    while piece := response.read1(PIECE):
        size += len(piece)
        if size > MAX_BYTES:
            raise AddressRefused(why="too-large")
        _left(deadline)
        pieces.append(piece)
    return b"".join(pieces)


def _left(deadline: float) -> float:
    """Return the seconds that are left. :raises AddressRefused: if there are none"""
    left = deadline - time.monotonic()
    if left <= 0:
        raise AddressRefused(why="too-slow")
    return left

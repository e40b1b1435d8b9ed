"""A patient portal as a program would write it: a token, then plain HTTP with JSON. Knows nothing of Django."""

import base64
import http.client
import json
import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

CLIENT_ERROR = 400
TIMEOUT_SECONDS = 15.0


class RequestRefused(Exception):
    """The API did not do what was asked."""

    def __init__(self, *, method: str, path: str, status: int, problem: str) -> None:
        super().__init__(f"{method} {path.partition('?')[0]}: {status} {problem}")


class Portal:
    """Speaks to `/api/v1/` at 127.0.0.1 for one clinic."""

    def __init__(self, *, port: int, client_id: str, client_secret: str) -> None:
        """
        Sign in with the client's credentials.

        :raises RequestRefused: if they are not accepted
        :raises OSError: if nobody listens there
        """
        self.port = port
        pair = base64.b64encode(f"{client_id}:{client_secret}".encode()).decode()
        answer, _ = self._exchange(
            "POST",
            "/oauth/token/",
            body=urlencode({"grant_type": "client_credentials"}),
            headers={
                "Authorization": f"Basic {pair}",
                "Content-Type": "application/x-www-form-urlencoded",
            },
        )
        self._token = str(answer["access_token"])

    def read(self, path: str, **query: str) -> tuple[dict[str, Any], str]:
        """
        Return what stands at a path below /api/v1/, and its ETag.

        :raises RequestRefused: if it is not shown
        """
        asked = f"?{urlencode(query)}" if query else ""
        return self._exchange("GET", f"/api/v1/{path}{asked}", headers=self._signed())

    def send(self, path: str, content: Mapping[str, object], *, etag: str = "") -> tuple[dict[str, Any], str]:
        """
        Post `content` once, with a key of its own so that a repetition would not do it twice.

        :raises RequestRefused: if it is not done
        """
        headers = self._signed() | {"Content-Type": "application/json", "Idempotency-Key": str(uuid.uuid4())}
        if etag:
            headers["If-Match"] = etag
        return self._exchange("POST", f"/api/v1/{path}", body=json.dumps(content), headers=headers)

    def _signed(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._token}"}

    def _exchange(
        self, method: str, path: str, *, headers: Mapping[str, str], body: str | None = None
    ) -> tuple[dict[str, Any], str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT_SECONDS)
        try:
            connection.request(method, path, body=body, headers=dict(headers))
            response = connection.getresponse()
            text = response.read().decode()
            if response.status >= CLIENT_ERROR:
                raise RequestRefused(method=method, path=path, status=response.status, problem=_problem(text))
            answer: dict[str, Any] = json.loads(text)
            return answer, response.headers.get("ETag", "")
        finally:
            connection.close()


def _problem(text: str) -> str:
    """Return a refusal's own code and sentence; a page that is no problem document says nothing useful."""
    try:
        found = json.loads(text)
    except ValueError:
        return ""
    return " ".join(str(found[name]) for name in ("type", "detail", "error", "errors") if name in found)

"""What a kind of refusal is over HTTP."""

from typing import NamedTuple


class ProblemType(NamedTuple):
    """A kind of refusal: HTTP status, stable code, and a title that never varies."""

    status: int
    code: str
    title: str

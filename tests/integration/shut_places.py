"""A place or a device that is closed for a while."""

from typing import Any

from builders import HOUR, NOW, START, Clinic

from scheduling.models import OpeningException
from scheduling.operations.closures import close


def shut(clinic: Clinic, **changes: Any) -> OpeningException:
    """Close the console over the start that tests book, or what `changes` say."""
    request = {
        "location": clinic.london,
        "resource": clinic.resource("device"),
        "begin": START - HOUR,
        "end": START + 8 * HOUR,
        "reason": "Console leaks gas",
        "now": NOW,
        "by": clinic.staff,
        **changes,
    }
    return close(**request)

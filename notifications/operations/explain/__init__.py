"""Why a message went, waits, or never will: the whole story of a request or of an appointment, in sentences."""

from notifications.operations.explain.story import (
    Line,
    NothingToExplain,
    Story,
    explain,
    explain_appointment,
    explain_request,
)

__all__ = ["Line", "NothingToExplain", "Story", "explain", "explain_appointment", "explain_request"]

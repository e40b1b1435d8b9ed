"""
From a core text and facts to what leaves: an SMS, or an email in two equal parts.

No queries and no clock here: everything a message says is in `Rendering`.
"""

from notifications.rendering.invitation import Invitation, Visit, invitation
from notifications.rendering.letter import Letterhead, NothingToSay, Rendered, Rendering, SubjectMissing
from notifications.rendering.render import CannotRender, render

__all__ = [
    "CannotRender",
    "Invitation",
    "Letterhead",
    "NothingToSay",
    "Rendered",
    "Rendering",
    "SubjectMissing",
    "Visit",
    "invitation",
    "render",
]

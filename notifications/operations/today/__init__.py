"""Today's truth for whoever stands behind a link. Reads only; nothing here changes anything."""

from notifications.operations.today.page import page_of
from notifications.operations.today.saying import clinic_of
from notifications.operations.today.values import (
    Clinic,
    Clock,
    Day,
    Medicine,
    Medicines,
    Now,
    Page,
    Question,
    Text,
)

__all__ = [
    "Clinic",
    "Clock",
    "Day",
    "Medicine",
    "Medicines",
    "Now",
    "Page",
    "Question",
    "Text",
    "clinic_of",
    "page_of",
]

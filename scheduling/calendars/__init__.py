"""
iCalendar (RFC 5545): what is booked, written for others; when somebody is busy, read from others.

No framework and no database. Reading trusts nothing: sizes, counts, repetitions and addresses have limits.
"""

from scheduling.calendars.fetching import AddressRefused, Fetched, fetch_calendar
from scheduling.calendars.reading import Busy, CalendarUnreadable, busy_times
from scheduling.calendars.writing import Booked, BookedState, feed_document

__all__ = [
    "AddressRefused",
    "Booked",
    "BookedState",
    "Busy",
    "CalendarUnreadable",
    "Fetched",
    "busy_times",
    "feed_document",
    "fetch_calendar",
]

"""The places where words appear."""

from enum import StrEnum


class Medium(StrEnum):
    """`sms` is short, `full` is email and page, `staff` is the dashboard with the 24-hour clock."""

    SMS = "sms"
    FULL = "full"
    STAFF = "staff"

"""Lengths of time in days, hours and minutes."""

import datetime as dt
from collections.abc import Callable

from procedures.wording.plurals import Category, Forms

# [ops] From here on a length is said in days.
IN_DAYS_FROM = dt.timedelta(hours=48)


def said(
    duration: dt.timedelta, *, plural: Callable[[int], Category], day: Forms, hour: Forms, minute: Forms
) -> str:
    """Return "6 hours 30 minutes"; from 48 hours on in days; whole minutes, rest dropped."""
    minutes = duration // dt.timedelta(minutes=1)
    days, minutes = divmod(minutes, 24 * 60) if duration >= IN_DAYS_FROM else (0, minutes)
    hours, minutes = divmod(minutes, 60)
    counted = [(count, forms) for count, forms in ((days, day), (hours, hour), (minutes, minute)) if count]
    return " ".join(f"{count} {forms.beside(plural(count))}" for count, forms in counted or [(0, minute)])

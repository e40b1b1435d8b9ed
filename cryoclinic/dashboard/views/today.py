"""Today: who needs something in the next hour, the day, and who is not ready for the next one."""

import datetime as dt

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from cryoclinic.dashboard.access import Desk, staff_page
from cryoclinic.dashboard.day import day_of
from cryoclinic.dashboard.forms import FIRST_DAY, LAST_DAY
from cryoclinic.dashboard.inbox import CALLS

SHOWN = {"all": "All", "not-ready": "Not ready", "here": "In the house"}


@require_safe
@staff_page
def today(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Show a local date of the desk's location; without one in the address, its today."""
    current = desk.local_now.date()
    day = day_of(desk, on=_asked(request.GET.get("day", ""), otherwise=current))
    show = request.GET.get("show", "all")
    rows = {"all": day.visits, "not-ready": day.not_ready, "here": day.here}
    filters = [(code, words, len(rows[code]), code == show) for code, words in SHOWN.items()]
    context = {
        "desk": desk,
        "day": day,
        "call_kinds": CALLS,
        "is_today": day.on == current,
        "filters": filters,
        "show": SHOWN.get(show, ""),
        "visits": rows.get(show, day.visits),
        "to_sign": desk.tasks().still_open().filter(kind="sign-medicines").count() if desk.signs else None,
    }
    return render(request, "cryoclinic/work/today.html", context)


def _asked(text: str, *, otherwise: dt.date) -> dt.date:
    """Return the date of an address, or the other one where it names none."""
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        return otherwise
    return day if FIRST_DAY <= day <= LAST_DAY else otherwise

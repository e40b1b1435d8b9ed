"""Find a patient. What names a person is sent in the body, never in an address."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from cryoclinic.dashboard.access import AT_WORK, Desk, staff_page
from cryoclinic.dashboard.booking_forms import FindPatientForm
from cryoclinic.dashboard.places import writes_month_first
from scheduling.models import Patient

# [ops] More people than these are not read through: another word finds one sooner.
SHOWN_AT_MOST = 50


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def find(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Show the clinic's patients who fit what was typed."""
    desk.require(AT_WORK)
    form = FindPatientForm(request.POST if request.method == "POST" else None)
    found = _found(form, desk) if form.is_valid() else None
    context = {
        "desk": desk,
        "form": form,
        "found": None if found is None else found[:SHOWN_AT_MOST],
        "more": found is not None and len(found) > SHOWN_AT_MOST,
    }
    return render(request, "cryoclinic/work/patients.html", context, status=422 if form.errors else 200)


def _found(form: FindPatientForm, desk: Desk) -> list[Patient]:
    wanted = form.clues(today=desk.local_now.date(), month_first=writes_month_first(desk.location))
    if not wanted:
        return []
    current = Patient.objects.of(desk.location.organization).current().fitting(wanted)
    return list(current.order_by("family_name", "given_name", "id")[: SHOWN_AT_MOST + 1])

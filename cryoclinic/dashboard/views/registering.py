"""Register a patient at the desk. A record that may be of the same person is shown before a second one is made."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from cryoclinic.dashboard import words
from cryoclinic.dashboard.access import AT_WORK, Desk, staff_page
from cryoclinic.dashboard.places import writes_month_first
from cryoclinic.dashboard.registering import register
from cryoclinic.dashboard.registration_forms import RegisterForm
from cryoclinic.dashboard.views.patients import ALIKE
from procedures.wording import staff
from scheduling.likeness import Likeness, clues
from scheduling.models import Appointment, Patient
from scheduling.operations.duplicates import LikelyDuplicate
from scheduling.operations.registration import IdentifierTaken


@dataclass(frozen=True, kw_only=True, slots=True)
class Double:
    """A record that may be of the same person: what is alike, and the visit that was last or comes next."""

    patient: Patient
    alike: str
    visit: Appointment | None


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def new(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Show the form, and register who was entered; go on to booking for them."""
    desk.require(AT_WORK)
    today = desk.local_now.date()
    if request.method != "POST" or "given_name" not in request.POST:
        initial = _begun(request.POST.get("wanted", ""), desk)
        return _page(request, desk, RegisterForm(location=desk.location, today=today, initial=initial))
    form = RegisterForm(request.POST, location=desk.location, today=today)
    if not form.is_valid():
        return _page(request, desk, form, status=422)
    try:
        patient = register(
            form.cleaned_data,
            organization=desk.location.organization,
            now=desk.now,
            by=desk.user,
            confirm_not_duplicate=request.POST.get("somebody_else") == "yes",
        )
    except LikelyDuplicate as likely:
        return _page(request, desk, form, status=409, doubles=_doubles(likely, desk))
    except IdentifierTaken as refusal:
        form.add_error("identifier", words.sentence_of(refusal))
        return _page(request, desk, form, status=422)
    name = f"{patient.given_name} {patient.family_name}"
    messages.success(request, f"Registered: {name}, number {patient.identifier}.")
    return redirect("work:book", patient.uid)


def _page(
    request: HttpRequest,
    desk: Desk,
    form: RegisterForm,
    *,
    status: int = 200,
    doubles: tuple[Double, ...] = (),
) -> HttpResponse:
    context = {"desk": desk, "form": form, "doubles": doubles}
    return render(request, "cryoclinic/work/register.html", context, status=status)


def _doubles(likely: LikelyDuplicate, desk: Desk) -> tuple[Double, ...]:
    alike = {str(each["uid"]): each["alike_in"] for each in likely.candidates}
    found = Patient.objects.of(desk.location.organization).filter(uid__in=alike).order_by("id")
    visits: dict[int, Appointment] = {}
    about = desk.appointments().filter(patient__in=found).select_related("offering__procedure_type")
    for visit in about.order_by("start"):
        visits[visit.patient_id] = visit
    return tuple(
        Double(
            patient=each,
            alike=", ".join(ALIKE[Likeness(code)] for code in alike[str(each.uid)]),
            visit=visits.get(each.pk),
        )
        for each in found
    )


def _begun(wanted: str, desk: Desk) -> dict[str, Any]:
    """Return what a search already says of the person: "Pia Novak 14.3.1961", or with a comma the family name first."""
    today, month_first = desk.local_now.date(), writes_month_first(desk.location)
    born_on = next(
        (
            clue.born_on
            for clue in clues(wanted, today=today, month_first=month_first)
            if clue.born_on is not None
        ),
        None,
    )
    first, comma, second = wanted.partition(",")
    names = [[word for word in part.split() if word[:1].isalpha()] for part in (first, second)]
    family, given = names if comma else (names[0][1:], names[0][:1])
    return {
        "given_name": " ".join(given),
        "family_name": " ".join(family),
        "birth_date": "" if born_on is None else staff.date(born_on),
    }

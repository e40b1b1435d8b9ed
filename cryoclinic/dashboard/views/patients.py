"""One patient and the people around them; records that may be of one person, side by side."""

import datetime as dt
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cryoclinic.dashboard import words
from cryoclinic.dashboard.access import AT_WORK, Desk, staff_page
from procedures.wording import phone, staff
from scheduling.likeness import Likeness
from scheduling.models import Patient, PatientMerge, RelatedPerson
from scheduling.operations.consent import ConsentStands, NoConsent, give_consent, withdraw_consent
from scheduling.operations.duplicates import likely_duplicates
from scheduling.operations.merging import (
    FIELDS,
    BookingsOverlap,
    DeathOnOneRecord,
    IdentityUndecided,
    RecordsChanged,
    SamePatient,
    Side,
    WaitsTwice,
    differing_fields,
    merge_patients,
    overlapping_visits,
    seen_as,
)
from scheduling.operations.terms import OtherOrganization, PatientMerged

REFUSALS = (
    BookingsOverlap,
    DeathOnOneRecord,
    IdentityUndecided,
    OtherOrganization,
    PatientMerged,
    RecordsChanged,
    SamePatient,
    WaitsTwice,
)
ALIKE = {
    Likeness.NAME_AND_BIRTH: "name and birth date",
    Likeness.NUMBER: "number",
    Likeness.PHONE: "phone",
}
LABELS = {
    "identifier": "Number",
    "first_name_in_messages": "First name in messages",
    "zone": "Time zone",
    "sex": "Sex",
}


@require_safe
@staff_page
def detail(request: HttpRequest, desk: Desk, *, uid: UUID) -> HttpResponse:
    """Show a patient, who is around them and may be told, and their visits."""
    desk.require(AT_WORK)
    patient = _patient(desk, uid)
    people = patient.related_persons.prefetch_related("consents__recorded_by").order_by("id")
    context = {
        "desk": desk,
        "patient": patient,
        "people": people,
        "visits": desk.appointments()
        .filter(patient=patient)
        .select_related("location", "offering__procedure_type")
        .order_by("-start"),
        "merges": patient.merges.select_related("merged", "merged_by"),
    }
    return render(request, "cryoclinic/work/patient.html", context)


@require_POST
@staff_page
def consent(request: HttpRequest, desk: Desk, *, uid: UUID) -> HttpResponse:
    """Record consent to tell a person, or that it is withdrawn."""
    desk.require(AT_WORK)
    person = (
        RelatedPerson.objects.select_related("patient")
        .filter(uid=uid, patient__organization=desk.location.organization_id)
        .first()
    )
    if person is None:
        raise Http404
    record = give_consent if request.POST.get("given") == "yes" else withdraw_consent
    try:
        changed = record(person=person, now=desk.now, by=desk.user)
    except (ConsentStands, NoConsent) as refusal:
        messages.error(request, words.sentence_of(refusal))
    else:
        name = f"{changed.given_name} {changed.family_name}"
        said = f"{name} may be told." if changed.may_be_told else f"{name} is told nothing more."
        messages.success(request, said)
    return redirect("work:patient", person.patient.uid)


@require_safe
@staff_page
def duplicates(request: HttpRequest, desk: Desk) -> HttpResponse:
    """List the records that may be of one person."""
    desk.require(AT_WORK)
    pairs = [
        (pair.older, pair.newer, ", ".join(ALIKE[each] for each in pair.likeness))
        for pair in likely_duplicates(desk.location.organization)
    ]
    return render(request, "cryoclinic/work/duplicates.html", {"desk": desk, "pairs": pairs})


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def merge(request: HttpRequest, desk: Desk, *, kept: UUID, merged: UUID) -> HttpResponse:
    """Show two records side by side, and make them one once somebody has chosen and confirmed."""
    desk.require(AT_WORK)
    stays, goes = _patient(desk, kept), _patient(desk, merged)
    for record in (stays, goes):
        if record.merged_into is not None:
            said = f"{record.identifier} was merged before. This is the record that it went into."
            messages.error(request, said)
            return redirect("work:patient", record.merged_into.uid)
    chosen = _chosen(request)
    refusal: Exception | None = None
    if request.method == "POST" and request.POST.get("sure") == "yes":
        try:
            seen = request.POST.get("seen")
            done = merge_patients(
                kept=stays, merged=goes, chosen=chosen, by=desk.user, now=desk.now, seen=seen
            )
        except REFUSALS as error:
            refusal = error
        else:
            messages.success(
                request, f"The two records are one. {_followed(done)} Plans are being made again."
            )
            return redirect("work:patient", stays.uid)
    context = {
        "desk": desk,
        "stays": stays,
        "goes": goes,
        "rows": _rows(stays, goes, chosen=chosen),
        "overlapping": overlapping_visits(stays, goes),
        "counts": [(row, _counts(row)) for row in (stays, goes)],
        "seen": seen_as(stays, goes),
        "refusal": words.sentence_of(refusal) if refusal else "",
        "undecided": refusal.fields if isinstance(refusal, IdentityUndecided) else (),
        "changed": isinstance(refusal, RecordsChanged),
        "unsure": request.method == "POST" and refusal is None,
    }
    return render(request, "cryoclinic/work/merge.html", context, status=409 if refusal else 200)


def _followed(merge: PatientMerge) -> str:
    """Return what went over, in words: "Went over: visits (2), medicines (1)."."""
    said = ", ".join(f"{name} ({count})" for name, count in merge.followed.items())
    return f"Went over: {said}." if said else "Nothing else was on the other one."


def _patient(desk: Desk, uid: UUID) -> Patient:
    found = Patient.objects.of(desk.location.organization).filter(uid=uid).select_related("merged_into")
    patient = found.first()
    if patient is None:
        raise Http404
    return patient


def _chosen(request: HttpRequest) -> dict[str, Side]:
    sides: dict[str, Side] = {"kept": "kept", "merged": "merged"}
    picked = {name: sides.get(request.POST.get(name, "")) for name in FIELDS}
    return {name: side for name, side in picked.items() if side is not None}


def _rows(stays: Patient, goes: Patient, *, chosen: dict[str, Side]) -> list[dict[str, Any]]:
    undecided = {*differing_fields(stays, goes), "identifier"}
    return [
        {
            "name": name,
            "label": LABELS.get(name, name.replace("_", " ").capitalize()),
            "stays": _shown(stays, name),
            "goes": _shown(goes, name),
            "ask": name in undecided and getattr(stays, name) != getattr(goes, name),
            "chosen": chosen.get(name, "kept" if name == "identifier" else ""),
        }
        for name in FIELDS
    ]


def _shown(patient: Patient, name: str) -> str:
    """Return a field in words; empty where nothing is recorded."""
    value = getattr(patient, name)
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, dt.date):
        return staff.date(value)
    if name == "sex":
        return str(patient.get_sex_display())
    if name == "phone":
        return phone(value)
    return words.language(value) if name == "language" else str(value or "")


def _counts(patient: Patient) -> str:
    counts = {
        "visit": patient.appointments.count(),
        "medicine": patient.medications.filter(active=True).count(),
        "related person": patient.related_persons.count(),
    }
    return ", ".join(f"{count} {name}{'' if count == 1 else 's'}" for name, count in counts.items())

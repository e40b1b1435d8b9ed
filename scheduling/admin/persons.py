"""How persons are named to staff: name, born (age), number. `__str__` has none of it, because it reaches the log."""

import datetime as dt

from django.utils import timezone

from procedures.wording import staff
from scheduling.models import Patient


def patient_label(patient: Patient, *, today: dt.date) -> str:
    """Return "NOVAK, Ana, born 14 Mar 1961 (65 y), P-1"."""
    born = f"{staff.date(patient.birth_date)} ({patient.age_on(today)} y)"
    return f"{patient.family_name}, {patient.given_name}, born {born}, {patient.identifier}"


def label_today(patient: Patient) -> str:
    """Return the label of a patient as of the server's date; an edge of the program, so the clock is read here."""
    return patient_label(patient, today=timezone.localdate())

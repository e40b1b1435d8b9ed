"""A clinician at work, for tests about what a signature rests on."""

import datetime as dt

from builders import NOW, Clinic

from scheduling.codes import DecisionKind
from scheduling.models import Appointment
from scheduling.models.case import basis_of
from scheduling.operations import sign_decision


def sign_apixaban(clinic: Clinic, appointment: Appointment, *, now: dt.datetime = NOW) -> None:
    """Have Cleo sign that apixaban goes on."""
    current = Appointment.objects.with_facts().get(pk=appointment.pk)
    sign_decision(
        appointment=current,
        drug="apixaban",
        kind=DecisionKind.CONTINUE,
        sentences={"en": "Eliquis (apixaban). Go on as now."},
        basis_sha256=basis_of(current),
        by=clinic.cleo,
        now=now,
    )

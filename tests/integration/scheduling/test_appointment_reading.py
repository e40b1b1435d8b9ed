"""The one statement reads what the ORM's six queries read, value by value."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from builders import NOW, Clinic, book, make_medication, make_patient
from django.db import models
from pytest_django import DjangoAssertNumQueries

from scheduling.codes import Relationship
from scheduling.models import Appointment, Evidence, MedicationDecision, PatientCondition, RelatedPerson
from scheduling.models.case import case_of
from scheduling.models.reading import appointment_with_facts

RELATED = ("organization", "location", "protocol", "patient", "offering")
LISTED = ("medications", "conditions", "evidence", "related_persons")


@pytest.fixture
def rich(clinic: Clinic) -> Appointment:
    """A booking with a row of everything around it."""
    appointment = book(clinic)
    make_medication(clinic.pia, "apixaban", match_confidence=Decimal("0.90"), weekdays=["mon"])
    PatientCondition.objects.create(patient=clinic.pia, code="hfref", holds_until=dt.date(2027, 8, 1))
    Evidence.objects.create(
        patient=clinic.pia, item="creatinine_clearance", done_on=dt.date(2027, 2, 26), value=Decimal("80.50")
    )
    RelatedPerson.objects.create(
        patient=clinic.pia, given_name="Zoë", relationship=Relationship.CARER, consented_at=NOW
    )
    MedicationDecision.objects.create(
        appointment=appointment,
        drug="apixaban",
        kind="continue",
        sentences={"en": "Go on.", "pl": "Proszę brać dalej."},
        basis_sha256="0" * 64,
        signed_by=clinic.cleo,
        signed_at=NOW + dt.timedelta(microseconds=1200),
    )
    return appointment


def values(row: models.Model) -> dict[str, Any]:
    return {name: value for name, value in vars(row).items() if not name.startswith("_")}


def everything(appointment: Appointment) -> list[dict[str, Any]]:
    rows: list[models.Model] = [
        appointment,
        appointment.offering.procedure_type,
        appointment.offering.location,
    ]
    rows += [getattr(appointment, name) for name in RELATED]
    rows += [row for name in LISTED for row in getattr(appointment.patient, name).all()]
    rows += list(appointment.decisions.all())
    return [values(row) for row in rows]


def test_one_statement_reads_what_six_read(
    rich: Appointment, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    by_the_orm = everything(Appointment.objects.with_facts().get(pk=rich.pk))

    with django_assert_num_queries(1):
        by_one = everything(appointment_with_facts(rich.pk))

    # Wide columns that no plan reads are left for whoever asks.
    narrow = [
        {name: value for name, value in theirs.items() if name in ours}
        for theirs, ours in zip(by_the_orm, by_one, strict=True)
    ]
    assert by_one == narrow
    assert {
        name for ours, theirs in zip(by_one, by_the_orm, strict=True) for name in theirs.keys() - ours
    } == {
        "care",
        "indication",
        "sources",
    }


def test_case_needs_no_further_query(
    rich: Appointment, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    read = appointment_with_facts(rich.pk)

    with django_assert_num_queries(0):
        case = case_of(read)

    assert case == case_of(Appointment.objects.with_facts().get(pk=rich.pk))


def test_rows_of_a_patient_are_filtered_as_ever(clinic: Clinic, rich: Appointment) -> None:
    make_medication(make_patient(clinic.organization), "apixaban")

    found = appointment_with_facts(rich.pk).patient.medications.filter(drug="apixaban")

    assert [each.patient_id for each in found] == [clinic.pia.pk]


def test_no_such_appointment_is_refused(db: None) -> None:
    with pytest.raises(Appointment.DoesNotExist):
        appointment_with_facts(0)

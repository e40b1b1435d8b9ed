"""Patient and offering in one statement, planned once for a connection: value by value what the ORM reads."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from builders import NOW, Clinic, make_medication
from django.db import ProgrammingError, connection, models, transaction
from pytest_django import DjangoAssertNumQueries

from procedures.models.reading import care_of
from scheduling.models import Evidence, OtherTreatment, Patient, PatientCondition, ProcedureOffering
from scheduling.models.asking import Asked, asked_for
from scheduling.models.prepared import Prepared
from scheduling.operations.qualifying import standing_of
from scheduling.operations.spans import legs_at

LISTED = ("medications", "conditions", "evidence", "other_treatments")


@pytest.fixture
def rich(clinic: Clinic) -> Patient:
    """A patient with a row of everything a booking judges."""
    make_medication(clinic.pia, "apixaban", match_confidence=Decimal("0.90"), weekdays=["mon"])
    PatientCondition.objects.create(patient=clinic.pia, code="hfref", holds_until=dt.date(2027, 8, 1))
    Evidence.objects.create(
        patient=clinic.pia, item="creatinine_clearance", done_on=dt.date(2027, 2, 26), value=Decimal("80.50")
    )
    for number in range(2):
        OtherTreatment.objects.create(
            patient=clinic.pia,
            treatment="chemotherapy",
            first_on=dt.date(2027, 1, 4),
            void=bool(number),
            recorded_at=NOW,
        )
    return clinic.pia


def values(row: models.Model) -> dict[str, Any]:
    return {name: value for name, value in vars(row).items() if not name.startswith("_")}


def everything(asked: Asked) -> list[dict[str, Any]]:
    offering, patient = asked.offering, asked.patient
    assert offering.protocol is not None
    rows: list[models.Model] = [
        offering,
        offering.location,
        offering.location.organization,
        offering.procedure_type,
        offering.protocol,
        patient,
        *offering.procedure_type.legs.all(),
    ]
    rows += [row for name in LISTED for row in getattr(patient, name).all()]
    return [values(row) for row in rows]


def by_the_orm(clinic: Clinic) -> Asked:
    return Asked(
        offering=ProcedureOffering.objects.with_terms().get(pk=clinic.offering.pk),
        patient=Patient.objects.with_facts().get(pk=clinic.pia.pk),
    )


def test_one_statement_reads_what_the_orm_reads(
    clinic: Clinic, rich: Patient, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    theirs = everything(by_the_orm(clinic))

    with django_assert_num_queries(1):
        ours = everything(asked_for(offering_id=clinic.offering.pk, patient_id=rich.pk))

    assert len(ours) == len(theirs)
    # Wide columns that no booking reads are left for whoever asks.
    left_out = [their.keys() - our.keys() for our, their in zip(ours, theirs, strict=True)]
    assert sorted(name for names in left_out for name in names) == ["care", "indication", "sources"]
    assert ours == [
        {name: value for name, value in their.items() if name in our}
        for our, their in zip(ours, theirs, strict=True)
    ]


def test_nothing_is_asked_again(
    clinic: Clinic, rich: Patient, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    theirs = by_the_orm(clinic)
    assert theirs.offering.protocol is not None
    care = care_of(theirs.offering.protocol)
    expected = standing_of(theirs.patient, care=care), legs_at(theirs.offering, NOW)
    ours = asked_for(offering_id=clinic.offering.pk, patient_id=rich.pk)

    with django_assert_num_queries(0):
        found = standing_of(ours.patient, care=care), legs_at(ours.offering, NOW)

    assert found == expected


def test_what_is_written_meanwhile_is_read(clinic: Clinic) -> None:
    before = asked_for(offering_id=clinic.offering.pk, patient_id=clinic.pia.pk)
    Patient.objects.filter(pk=clinic.pia.pk).update(deceased_on=dt.date(2027, 3, 1))

    after = asked_for(offering_id=clinic.offering.pk, patient_id=clinic.pia.pk)

    assert (before.patient.deceased_on, after.patient.deceased_on) == (None, dt.date(2027, 3, 1))


def test_offering_without_a_protocol_has_none(clinic: Clinic) -> None:
    ProcedureOffering.objects.filter(pk=clinic.offering.pk).update(protocol=None)

    asked = asked_for(offering_id=clinic.offering.pk, patient_id=clinic.pia.pk)

    assert asked.offering.protocol is None


def test_who_is_not_there_is_refused(clinic: Clinic) -> None:
    with pytest.raises(ProcedureOffering.DoesNotExist):
        asked_for(offering_id=0, patient_id=clinic.pia.pk)
    with pytest.raises(Patient.DoesNotExist):
        asked_for(offering_id=clinic.offering.pk, patient_id=0)


STATEMENT = Prepared(
    name="of_a_test",
    text="SELECT %(first)s || ' of ' || cardinality(%(list)s), 7 %% 4",
    types={"list": "bigint[]", "first": "text"},
)


@pytest.mark.parametrize("prepare", [True, False])
def test_statement_answers_the_same_prepared_or_not(prepare: bool, db: None, settings: Any) -> None:
    settings.DATABASE_PREPARE = prepare

    answers = [STATEMENT.rows(first="one", list=[1, number]) for number in (2, 2**40)]

    assert answers == [[("one of 2", 3)]] * 2


def test_statement_is_planned_once_for_a_connection(db: None) -> None:
    with transaction.atomic():
        STATEMENT.rows(first="one", list=[])
        transaction.set_rollback(True)
    STATEMENT.rows(first="two", list=[])

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT generic_plans + custom_plans >= 2 FROM pg_prepared_statements WHERE name = %s",
            [STATEMENT.name],
        )
        assert cursor.fetchall() == [(True,)]


def test_statement_that_cannot_be_planned_fails_as_any_other(db: None) -> None:
    broken = Prepared(name="broken", text="SELECT nothing FROM nowhere", types={"first": "text"})

    with pytest.raises(ProgrammingError), transaction.atomic():
        broken.rows(first="one")
    with pytest.raises(ProgrammingError), transaction.atomic():
        broken.rows(first="one")

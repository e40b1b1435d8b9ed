"""From personas to rows: patients, their medicines, conditions and the people near them."""

import datetime as dt
from collections.abc import Iterable

from cryoclinic.accounts.models import Organization
from cryoclinic.demo.people import Dose, Persona
from scheduling.models import MedicationStatement, Patient, PatientCondition, RelatedPerson
from scheduling.operations import register_patient


def register(
    people: Iterable[Persona], *, organization: Organization, now: dt.datetime
) -> dict[int, Patient]:
    """Register everybody; `now` (aware) is when carers and guardians agreed. Returns the rows by number."""
    return {persona.number: register_one(persona, organization=organization, now=now) for persona in people}


def register_one(persona: Persona, *, organization: Organization, now: dt.datetime) -> Patient:
    """Register one persona with everything known about them."""
    patient = register_patient(
        organization=organization,
        identifier=persona.identifier,
        given_name=persona.given_name,
        family_name=persona.family_name,
        sex=persona.sex,
        birth_date=persona.birth_date,
        language=persona.language,
        phone=persona.phone,
        email=persona.email,
        now=now,
    )
    MedicationStatement.objects.bulk_create(_statement(patient, dose) for dose in persona.doses)
    PatientCondition.objects.bulk_create(
        PatientCondition(patient=patient, code=code) for code in persona.conditions
    )
    RelatedPerson.objects.bulk_create(
        RelatedPerson(
            patient=patient,
            given_name=relative.given_name,
            family_name=persona.family_name,
            relationship=relative.relationship,
            phone=relative.phone,
            consented_at=now,
            is_escort=relative.is_escort,
        )
        for relative in persona.relatives
    )
    return patient


def _statement(patient: Patient, dose: Dose) -> MedicationStatement:
    return MedicationStatement(
        patient=patient,
        drug=dose.drug,
        brand=dose.brand,
        form=dose.form,
        dose_times=list(dose.times),
        weekdays=list(dose.weekdays),
        phase=dose.phase,
    )

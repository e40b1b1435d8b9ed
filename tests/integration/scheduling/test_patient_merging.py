"""Two records of one person become one, and everything follows."""

import datetime as dt
from typing import Any

import pytest
from builders import DAY, HOUR, NOW, START, Clinic, book, make_medication, make_patient
from waiting_people import make_waiting

from notifications.codes import Rank
from notifications.models import AccessLink, CommunicationRequest, Recipient
from notifications.operations import reconcile_timeline
from notifications.operations.following import recipients_follow
from scheduling.codes import DecisionKind, Relationship, TaskKind
from scheduling.models import (
    Appointment,
    ConsentRecord,
    Evidence,
    MedicationDecision,
    Patient,
    PatientCondition,
    PatientMerge,
    RelatedPerson,
)
from scheduling.models.case import basis_of
from scheduling.operations import correct_patient, register_patient
from scheduling.operations.consent import (
    ConsentStands,
    NoConsent,
    add_related_person,
    give_consent,
    withdraw_consent,
)
from scheduling.operations.duplicates import LikelyDuplicate, likely_duplicates
from scheduling.operations.merging import (
    FOLLOWING,
    BookingsOverlap,
    DeathOnOneRecord,
    IdentityUndecided,
    SamePatient,
    merge_patients,
)
from scheduling.operations.terms import PatientMerged

pytestmark = pytest.mark.django_db


def twin(clinic: Clinic, **changes: Any) -> Patient:
    """Make a second record of Pia, who gave her other phone."""
    facts = {"given_name": "Pia", "phone": "", "email": "", **changes}
    return make_patient(clinic.organization, **facts)


def merged(clinic: Clinic, other: Patient, **chosen: Any) -> PatientMerge:
    return merge_patients(kept=clinic.pia, merged=other, chosen=chosen, by=clinic.nora, now=NOW)


def facts_of(patient: Patient, **changes: Any) -> dict[str, Any]:
    names = ("given_name", "family_name", "birth_date", "sex")
    return {**{name: getattr(patient, name) for name in names}, "identifier": "NEW-1", **changes}


def test_likely_duplicate_is_refused_until_somebody_confirms(clinic: Clinic) -> None:
    with pytest.raises(LikelyDuplicate) as refused:
        register_patient(organization=clinic.organization, now=NOW, **facts_of(clinic.pia))
    registered = register_patient(
        organization=clinic.organization, now=NOW, confirm_not_duplicate=True, **facts_of(clinic.pia)
    )

    assert refused.value.candidates == [{"uid": str(clinic.pia.uid), "alike_in": ["name-and-birth-date"]}]
    assert [(pair.older, pair.newer) for pair in likely_duplicates(clinic.organization)] == [
        (clinic.pia, registered)
    ]


def test_another_clinics_patients_are_no_duplicates(clinic: Clinic) -> None:
    register_patient(organization=clinic.elsewhere, now=NOW, **facts_of(clinic.pia))

    assert likely_duplicates(clinic.elsewhere) == ()


def test_everything_follows(clinic: Clinic) -> None:
    other = twin(clinic)
    appointment = book(clinic, patient=other)
    Evidence.objects.create(patient=other, item="consent", done_on=NOW.date())
    make_medication(other, "apixaban")
    for patient, until in ((clinic.pia, dt.date(2027, 4, 1)), (other, None)):
        PatientCondition.objects.create(patient=patient, code="could_be_pregnant", holds_until=until)
    RelatedPerson.objects.create(patient=other, relationship="carer", given_name="Jan", family_name="Novak")

    record = merged(clinic, other)

    other.refresh_from_db()
    appointment.refresh_from_db()
    assert (appointment.patient, other.merged_into) == (clinic.pia, clinic.pia)
    assert (
        clinic.pia.evidence.count(),
        clinic.pia.medications.count(),
        clinic.pia.related_persons.count(),
    ) == (
        1,
        1,
        1,
    )
    assert list(clinic.pia.conditions.values_list("code", "holds_until")) == [("could_be_pregnant", None)]
    assert record.followed == {"visits": 1, "evidence": 1, "medicines": 1, "related persons": 1}
    assert record.before["merged"]["identifier"] == other.identifier


def test_every_row_of_a_patient_is_among_those_that_follow() -> None:
    of_patients = {
        relation.related_model
        for relation in Patient._meta.related_objects
        if relation.related_model._meta.app_label == "scheduling"
    }

    assert of_patients - {Patient, PatientMerge} == set(FOLLOWING.values())


def test_signature_stands_only_while_the_basis_does(clinic: Clinic) -> None:
    make_medication(clinic.pia, "apixaban")
    appointment = book(clinic)
    decision = MedicationDecision.objects.create(
        appointment=appointment,
        drug="apixaban",
        kind=DecisionKind.CONTINUE,
        sentences={"en": "Go on."},
        basis_sha256=basis_of(appointment),
        signed_by=clinic.cleo,
        signed_at=NOW,
    )
    same, longer = twin(clinic), twin(clinic)
    make_medication(same, "apixaban")
    make_medication(longer, "clopidogrel", dose_times=["08:00"])

    revisions, standing = [], []
    for other in (same, longer):
        merged(clinic, other)
        fresh = Appointment.objects.with_facts().get(pk=appointment.pk)
        revisions.append(fresh.plan_revision)
        standing.append(basis_of(fresh) == decision.basis_sha256)

    assert standing == [True, False]
    assert revisions[1] > revisions[0] > 0


def test_fields_that_differ_are_chosen_one_by_one(clinic: Clinic) -> None:
    other = twin(clinic, given_name="Pía", phone="+447946000999", identifier="X-1")
    Patient.objects.filter(pk=clinic.pia.pk).update(email="")
    number = clinic.pia.identifier

    with pytest.raises(IdentityUndecided) as undecided:
        merged(clinic, other)
    merged(clinic, other, given_name="merged", phone="kept", identifier="merged")

    clinic.pia.refresh_from_db()
    other.refresh_from_db()
    assert undecided.value.fields == ("given_name", "phone")
    assert (clinic.pia.given_name, clinic.pia.phone == "+447946000999") == ("Pía", False)
    assert (clinic.pia.identifier, other.identifier) == ("X-1", number)


def test_overlapping_visits_are_refused_by_name(clinic: Clinic) -> None:
    other = twin(clinic)
    here = book(clinic)
    there = book(clinic, patient=other, offering=clinic.offering_new_york, start=START + 5 * HOUR)
    Appointment.objects.filter(pk=there.pk).update(period=here.period)

    with pytest.raises(BookingsOverlap) as refused:
        merged(clinic, other)

    assert set(refused.value.visits) == {here.uid, there.uid}


@pytest.mark.full
@pytest.mark.parametrize(
    ("until", "status", "gives_up"), [(dt.time(10), "booked", False), (dt.time(8), "waiting", True)]
)
def test_visit_on_one_record_is_what_the_other_waited_for(
    clinic: Clinic, until: dt.time, status: str, gives_up: bool
) -> None:
    other = twin(clinic)
    entry = make_waiting(clinic, patient=other, until_time=until)
    visit = book(clinic)

    merged(clinic, other)

    entry.refresh_from_db()
    assert (entry.patient, entry.status, entry.instead_of) == (
        clinic.pia,
        status,
        visit if gives_up else None,
    )


def test_what_cannot_be_merged(clinic: Clinic) -> None:
    gone, dead, late = twin(clinic), twin(clinic, deceased_on=NOW.date()), twin(clinic)
    merged(clinic, gone)

    with pytest.raises(SamePatient):
        merged(clinic, clinic.pia)
    with pytest.raises(DeathOnOneRecord):
        merged(clinic, dead)
    with pytest.raises(PatientMerged):
        merged(clinic, gone)
    with pytest.raises(PatientMerged):
        merge_patients(kept=gone, merged=late, chosen={}, by=clinic.nora, now=NOW)
    with pytest.raises(PatientMerged):
        correct_patient(patient=Patient.objects.get(pk=gone.pk), now=NOW, language="es")
    with pytest.raises(PatientMerged):
        book(clinic, patient=Patient.objects.get(pk=gone.pk))


def test_who_was_told_follows_with_the_next_plan(clinic: Clinic) -> None:
    other = twin(clinic)
    appointment = book(clinic, patient=other)
    reconcile_timeline(appointment_id=appointment.pk, now=NOW)
    told = Recipient.objects.get_or_create(patient=other, related_person=None)[0]
    link = AccessLink.objects.create(
        appointment=appointment,
        recipient=told,
        token_sha256="0" * 64,
        expires_at=START + DAY,
        created_at=NOW,
    )
    request = CommunicationRequest.objects.create(
        organization=clinic.organization,
        appointment=appointment,
        recipient=told,
        notice="notice",
        trigger="schedule",
        parts=["notice"],
        facts={},
        facts_sha256="0" * 64,
        language="en",
        channels=["sms"],
        purpose="prepare",
        safety="routine",
        answer="none",
        rank=Rank.ROUTINE,
        due_at=NOW + DAY,
        next_at=NOW + DAY,
        expires_at=START,
        status="active",
        created_at=NOW,
    )
    merged(clinic, other)

    fresh = Appointment.objects.get(pk=appointment.pk)
    moved = [recipients_follow(fresh), recipients_follow(fresh)]

    link.refresh_from_db()
    request.refresh_from_db()
    assert moved == [1, 0]
    assert {link.recipient.patient, request.recipient.patient} == {clinic.pia}


# --- consent ----------------------------------------------------------------------------------------


def test_consent_has_somebody_who_wrote_it_down(clinic: Clinic) -> None:
    person = add_related_person(
        patient=clinic.pia,
        relationship=Relationship.CARER,
        given_name="Jan",
        family_name="Novak",
        consented=True,
        now=NOW,
        by=clinic.nora,
    )
    with pytest.raises(ConsentStands):
        give_consent(person=person, now=NOW, by=clinic.nora)
    revision = book(clinic).plan_revision

    withdrawn = withdraw_consent(person=person, now=NOW + HOUR, by=clinic.cleo)

    with pytest.raises(NoConsent):
        withdraw_consent(person=person, now=NOW + HOUR)
    again = give_consent(person=person, now=NOW + 2 * HOUR)
    assert (withdrawn.may_be_told, again.may_be_told) == (False, True)
    assert list(ConsentRecord.objects.values_list("given", "recorded_by")) == [
        (True, clinic.nora.pk),
        (False, clinic.cleo.pk),
        (True, None),
    ]
    assert Appointment.objects.get().plan_revision > revision
    assert TaskKind.NOT_READY in TaskKind

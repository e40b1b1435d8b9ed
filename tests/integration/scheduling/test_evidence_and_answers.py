"""What is put on file about a preparation, and what people answer."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from builders import DAY, NOW, START, Clinic, book, make_patient

from scheduling import operations
from scheduling.codes import AnswerCode
from scheduling.models import Evidence, RelatedPerson

TODAY = dt.date(2027, 3, 1)


def record(clinic: Clinic, **changes: Any) -> Evidence:
    request = {"patient": clinic.pia, "item": "inr", "done_on": TODAY, "now": NOW, **changes}
    return operations.record_evidence(**request)


def test_evidence_is_put_on_file(clinic: Clinic) -> None:
    appointment = book(clinic)

    entry = record(clinic, value=Decimal("1.2"), appointment=appointment, recorded_by=clinic.nora)

    assert (entry.patient, entry.appointment, entry.item) == (clinic.pia, appointment, "inr")
    assert (entry.done_on, entry.planned_for, entry.value) == (TODAY, None, Decimal("1.2"))
    assert (entry.recorded_by, entry.void) == (clinic.nora, False)


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"item": "horoscope"}, operations.UnknownItem),
        ({"done_on": None}, operations.EvidenceNeedsADate),
        ({"planned_for": TODAY}, operations.EvidenceNeedsADate),
        ({"done_on": TODAY + DAY}, operations.DoneInFuture),
    ],
)
def test_evidence_is_refused(clinic: Clinic, changes: dict[str, Any], refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        record(clinic, **changes)

    assert not Evidence.objects.exists()


def test_evidence_may_be_of_a_day_that_has_begun_only_far_east(clinic: Clinic) -> None:
    late = dt.datetime(2027, 3, 1, 10, tzinfo=dt.UTC)

    assert record(clinic, done_on=TODAY + DAY, now=late).done_on == TODAY + DAY


def test_planned_evidence_may_lie_ahead(clinic: Clinic) -> None:
    entry = record(clinic, item="pregnancy_test", done_on=None, planned_for=START.date())

    assert (entry.done_on, entry.planned_for) == (None, START.date())


def test_evidence_for_somebody_elses_booking_is_refused(clinic: Clinic) -> None:
    appointment = book(clinic, patient=make_patient(clinic.organization))

    with pytest.raises(operations.OtherPatient):
        record(clinic, appointment=appointment)


def test_void_evidence_stays_on_file(clinic: Clinic) -> None:
    entry = record(clinic)

    assert operations.void_evidence(evidence=entry).void is True
    with pytest.raises(operations.AlreadyVoid):
        operations.void_evidence(evidence=entry)


def test_answer_is_about_the_start_that_was_asked(clinic: Clinic) -> None:
    appointment = book(clinic)

    now_asked = operations.record_answer(
        appointment=appointment, question="confirm", answer=AnswerCode.ACCEPTED, now=NOW
    )
    earlier_asked = operations.record_answer(
        appointment=appointment,
        question="confirm",
        answer=AnswerCode.DECLINED,
        now=NOW,
        about_start=START - DAY,
    )

    assert (now_asked.about_start, now_asked.holds_for(START)) == (START, True)
    assert (earlier_asked.about_start, earlier_asked.holds_for(START)) == (START - DAY, False)
    assert (now_asked.answer, now_asked.answered_at, now_asked.related_person) == ("accepted", NOW, None)


def test_answer_may_come_from_somebody_near(clinic: Clinic) -> None:
    appointment = book(clinic)
    near = RelatedPerson.objects.create(
        patient=clinic.pia, given_name="Peter", family_name="Novak", relationship="carer"
    )
    stranger = RelatedPerson.objects.create(
        patient=make_patient(clinic.organization), given_name="Jan", family_name="Kos", relationship="carer"
    )
    answer = {"appointment": appointment, "question": "confirm", "answer": AnswerCode.TENTATIVE, "now": NOW}

    assert operations.record_answer(**answer, related_person=near).related_person == near
    with pytest.raises(operations.OtherPatient):
        operations.record_answer(**answer, related_person=stranger)

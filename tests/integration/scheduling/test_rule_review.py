"""The rules of the program change: nothing changes by itself, and a clinician is asked once."""

import json
import sys
from io import StringIO
from pathlib import Path

import pytest
from builders import DAY, NOW, START, Clinic, book, make_medication, make_patient
from django.core.management import call_command
from staff_signing import sign_apixaban

from procedures.models import Protocol
from procedures.preparation import prepare, rule_set, rule_set_named
from procedures.preparation.rule_set import DATA, rule_set_from
from scheduling.codes import CancellationReason
from scheduling.models import Appointment, Task
from scheduling.models.case import case_of
from scheduling.operations import cancel_appointment, complete_task, standing_decisions
from scheduling.operations.rule_review import RuleReview, review_rule_set


@pytest.fixture
def earlier(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Keep the rules of an earlier release, in which clear drinks end an hour earlier; return their hash."""
    rules = json.loads((DATA / "rules.json").read_text(encoding="utf-8"))
    vocabulary = json.loads((DATA / "vocabulary.json").read_text(encoding="utf-8"))
    for row in rules["fasting_rules"]:
        if row["item"] == "clear liquids":
            row["hours"] += 1
    documents = {"rules": rules, "vocabulary": vocabulary}
    sha256 = rule_set_from(**documents).sha256
    (tmp_path / f"{sha256}.json").write_text(json.dumps(documents), encoding="utf-8")
    monkeypatch.setattr(sys.modules[rule_set_named.__module__], "KEPT", tmp_path)
    return sha256


@pytest.fixture
def under_earlier_rules(clinic: Clinic, earlier: str) -> Protocol:
    """The clinic's protocol, approved under the earlier rules: a second version that both locations work with."""
    protocol = Protocol.objects.get(pk=clinic.protocol.pk)
    protocol.pk = protocol.uid = None
    older = Protocol.objects.create(
        **{
            field.name: getattr(protocol, field.name)
            for field in Protocol._meta.concrete_fields
            if field.name not in {"id", "uid", "version", "rule_set_sha256"}
        },
        version=2,
        rule_set_sha256=earlier,
    )
    for offering in (clinic.offering, clinic.offering_new_york):
        offering.protocol = older
        offering.save()
    return older


def test_nothing_is_asked_while_the_rules_are_the_same(clinic: Clinic) -> None:
    book(clinic)

    assert review_rule_set(now=NOW) == RuleReview(protocols=0, bookings=0)


def test_booking_is_made_and_planned_under_the_rules_its_protocol_was_approved_under(
    clinic: Clinic, under_earlier_rules: Protocol, earlier: str
) -> None:
    booked = book(clinic)

    plan = prepare(case_of(booked))

    assert booked.rule_set_sha256 == plan.rule_set_sha256 == earlier
    assert plan.fasting is not None
    assert plan.fasting.clear_liquids_stop is not None
    assert (START - plan.fasting.clear_liquids_stop).total_seconds() == 3 * 3600


def test_each_protocol_and_each_affected_booking_is_asked_about_once(
    clinic: Clinic, under_earlier_rules: Protocol
) -> None:
    booked = book(clinic)

    reviews = [review_rule_set(now=now) for now in (NOW, NOW + DAY)]

    of_protocol = Task.objects.get(appointment=None)
    of_booking = Task.objects.get(appointment=booked)
    assert reviews == [RuleReview(protocols=1, bookings=1), RuleReview(protocols=0, bookings=0)]
    assert {of_protocol.kind, of_booking.kind} == {"re-review-protocol"}
    assert of_protocol.about.startswith(f"protocol:{under_earlier_rules.uid}")
    assert (of_protocol.due_at, of_booking.due_at) == (NOW + 14 * DAY, NOW + 7 * DAY)


def test_answered_question_is_not_asked_again(clinic: Clinic, under_earlier_rules: Protocol) -> None:
    book(clinic)
    review_rule_set(now=NOW)
    for task in Task.objects.all():
        complete_task(task=task, by=clinic.cleo, outcome="Read; it holds.", now=NOW)

    assert review_rule_set(now=NOW + DAY) == RuleReview(protocols=0, bookings=0)


def test_review_changes_nothing_else(clinic: Clinic, under_earlier_rules: Protocol) -> None:
    make_medication(clinic.pia, "apixaban")
    booked = book(clinic)
    sign_apixaban(clinic, booked)
    before = Appointment.objects.with_facts().get(pk=booked.pk)
    standing = standing_decisions(before)

    review_rule_set(now=NOW)

    after = Appointment.objects.with_facts().get(pk=booked.pk)
    assert len(standing) == 1
    assert standing_decisions(after) == standing
    assert (after.plan_revision, after.revision) == (before.plan_revision, before.revision)
    assert Task.objects.get(appointment=booked).reason.startswith(
        "The medicine and fasting rules changed since this visit was booked, and medicines are signed"
    )


def test_booking_that_the_new_rules_prepare_alike_is_left_alone(
    clinic: Clinic, under_earlier_rules: Protocol
) -> None:
    book(clinic, anaesthesia="local")

    assert review_rule_set(now=NOW) == RuleReview(protocols=1, bookings=0)


def test_visit_that_is_over_or_under_the_present_rules_is_left_alone(
    clinic: Clinic, under_earlier_rules: Protocol
) -> None:
    clinic.offering.protocol = clinic.protocol
    clinic.offering.save()
    book(clinic, patient=make_patient(clinic.organization))
    book(clinic, offering=clinic.offering_new_york, start=START + 5 * DAY / 24)

    assert review_rule_set(now=START + DAY).bookings == 0
    assert Appointment.objects.exclude(rule_set_sha256=rule_set().sha256).count() == 1


def test_booking_whose_rules_nobody_kept_is_asked_about(
    clinic: Clinic, under_earlier_rules: Protocol, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book(clinic)
    monkeypatch.setattr(sys.modules[rule_set_named.__module__], "KEPT", tmp_path / "empty")

    assert review_rule_set(now=NOW) == RuleReview(protocols=1, bookings=1)


def test_cancelled_visit_needs_no_review(clinic: Clinic, under_earlier_rules: Protocol) -> None:
    booked = book(clinic)
    review_rule_set(now=NOW)

    cancel_appointment(appointment=booked, reason=CancellationReason.PATIENT, now=NOW, by=clinic.staff)

    assert Task.objects.get(appointment=booked).status == "cancelled"
    assert Task.objects.get(appointment=None).status == "requested"


def test_command_says_what_it_opened(clinic: Clinic, under_earlier_rules: Protocol) -> None:
    book(clinic)

    call_command("review_rule_set", stdout=(said := StringIO()))

    assert said.getvalue() == "protocols: 1\nbookings: 1\n"

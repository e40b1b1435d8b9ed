"""A protocol from draft to retired: two people, forward only, frozen once approved."""

import datetime as dt
from collections.abc import Callable

import pytest
from django.db import transaction
from django.db.utils import DatabaseError
from pytest_django import DjangoAssertNumQueries

from cryoclinic.accounts.codes import Role
from cryoclinic.accounts.models import Organization, User
from procedures.catalogue import builtin_files
from procedures.models import (
    ProcedureCode,
    ProcedureLeg,
    ProcedureType,
    Protocol,
    ProtocolDerivedFact,
    ProtocolNotice,
    ProtocolStep,
    derived_facts_of,
    steps_of,
)
from procedures.operations.catalogue import load_catalogue
from procedures.operations.protocols import (
    ApproverIsAuthor,
    NotAllowedHere,
    ProtocolHasProblems,
    TransitionRefused,
    approve_protocol,
    retire_protocol,
    return_protocol,
    submit_protocol,
)
from procedures.preparation import rule_set

SKIN = next(path for path in builtin_files() if path.stem == "skin_actinic_keratosis")


@pytest.fixture
def draft(organization: Organization, author: User, now: dt.datetime) -> Protocol:
    load_catalogue(organization=organization, files=[SKIN], loaded_by=author, now=now)
    return Protocol.objects.get()


@pytest.fixture
def in_review(draft: Protocol, author: User, now: dt.datetime) -> Protocol:
    submit_protocol(protocol=draft, by=author, now=now)
    return draft


@pytest.fixture
def active(in_review: Protocol, approver: User, now: dt.datetime) -> Protocol:
    approve_protocol(protocol=in_review, by=approver, active_from=now.date(), now=now)
    return in_review


def test_approval_names_who_when_and_under_which_rules(
    active: Protocol, author: User, approver: User, now: dt.datetime
) -> None:
    assert (active.status, active.written_by, active.approved_by) == ("active", author, approver)
    assert (active.submitted_at, active.approved_at, active.active_from) == (now, now, now.date())
    assert active.rule_set_sha256 == rule_set().sha256


def test_author_cannot_approve(in_review: Protocol, author: User, now: dt.datetime) -> None:
    with pytest.raises(ApproverIsAuthor):
        approve_protocol(protocol=in_review, by=author, active_from=now.date(), now=now)


def test_submitter_of_a_draft_without_author_becomes_its_author(
    draft: Protocol, author: User, now: dt.datetime
) -> None:
    Protocol.objects.update(written_by=None)
    draft.refresh_from_db()
    submit_protocol(protocol=draft, by=author, now=now)

    with pytest.raises(ApproverIsAuthor):
        approve_protocol(protocol=draft, by=author, active_from=now.date(), now=now)

    assert draft.written_by == author


def test_only_clinicians_of_the_organization_approve(
    in_review: Protocol, member: Callable[[str, Role], User], now: dt.datetime
) -> None:
    for person in (member("nurse", Role.NURSE), User.objects.create_user("stranger")):
        with pytest.raises(NotAllowedHere):
            approve_protocol(protocol=in_review, by=person, active_from=now.date(), now=now)


def test_scheduler_cannot_submit(
    draft: Protocol, member: Callable[[str, Role], User], now: dt.datetime
) -> None:
    with pytest.raises(NotAllowedHere):
        submit_protocol(protocol=draft, by=member("scheduler", Role.SCHEDULER), now=now)


def test_draft_with_a_wrong_text_cannot_be_submitted(draft: Protocol, author: User, now: dt.datetime) -> None:
    step = draft.steps.get(code="visit")
    texts = {**step.texts, "en": {"title": "Come at midnight", "body": "Come."}}
    draft.steps.filter(code="visit").update(texts=texts)

    with pytest.raises(ProtocolHasProblems) as refused:
        submit_protocol(protocol=draft, by=author, now=now)

    assert str(refused.value) == 'step visit, text en: "midnight" can be misread; say the day and the time.'


def test_steps_are_taken_in_order_only(
    draft: Protocol, author: User, approver: User, now: dt.datetime
) -> None:
    with pytest.raises(TransitionRefused):
        approve_protocol(protocol=draft, by=approver, active_from=now.date(), now=now)
    with pytest.raises(TransitionRefused):
        retire_protocol(protocol=draft, by=approver)
    with pytest.raises(TransitionRefused):
        return_protocol(protocol=draft, by=author)

    draft.refresh_from_db()
    assert draft.status == "draft"


def test_second_approval_is_refused(active: Protocol, approver: User, now: dt.datetime) -> None:
    with pytest.raises(TransitionRefused):
        approve_protocol(protocol=active, by=approver, active_from=now.date(), now=now)


def test_protocol_in_review_can_be_returned(in_review: Protocol, approver: User) -> None:
    return_protocol(protocol=in_review, by=approver)

    assert (in_review.status, in_review.submitted_at) == ("draft", None)


def test_protocol_is_not_returned_beside_another_draft(
    in_review: Protocol, approver: User, organization: Organization
) -> None:
    Protocol.objects.create(
        organization=organization, procedure_type=in_review.procedure_type, version=2, title="Another"
    )

    with pytest.raises(TransitionRefused):
        return_protocol(protocol=in_review, by=approver)


def test_active_protocol_can_be_retired(active: Protocol, approver: User) -> None:
    retire_protocol(protocol=active, by=approver)

    assert active.status == "retired"
    assert not Protocol.objects.active_on(dt.date(2027, 6, 1)).exists()


def test_active_on_counts_from_its_date(active: Protocol, now: dt.datetime) -> None:
    day_before = now.date() - dt.timedelta(days=1)

    in_force = [Protocol.objects.active_on(day).exists() for day in (day_before, now.date())]

    assert in_force == [False, True]


# --- what the database refuses, whoever writes ------------------------------------------------------


def refused(write: Callable[[], object], *, by: str) -> None:
    """Assert that the database refuses a write and says what refused it."""
    with pytest.raises(DatabaseError, match=by), transaction.atomic():
        write()


@pytest.mark.parametrize("status", ["active", "retired"])
def test_database_lets_no_draft_jump(draft: Protocol, status: str) -> None:
    rows = Protocol.objects.filter(pk=draft.pk)

    refused(
        lambda: rows.update(status=status), by="Invalid transition|procedures_active_protocol_is_approved"
    )


def test_database_lets_no_active_protocol_back(active: Protocol) -> None:
    refused(lambda: Protocol.objects.update(status="draft"), by="Invalid transition")


def test_database_freezes_an_approved_protocol(active: Protocol) -> None:
    refused(lambda: Protocol.objects.update(title="Other"), by="can no longer change")


def test_database_keeps_what_has_left_draft(in_review: Protocol) -> None:
    refused(in_review.delete, by="Cannot delete|can no longer change")


@pytest.mark.parametrize("model", [ProtocolStep, ProtocolNotice, ProtocolDerivedFact])
def test_database_freezes_the_parts_of_a_submitted_protocol(
    in_review: Protocol, model: type[ProtocolStep | ProtocolNotice | ProtocolDerivedFact]
) -> None:
    row = model._default_manager.filter(protocol=in_review).first()
    assert row is not None

    refused(row.save, by="can no longer change")
    refused(row.delete, by="can no longer change")


def test_database_refuses_a_new_step_in_a_submitted_protocol(in_review: Protocol) -> None:
    step = ProtocolStep(protocol=in_review, position=99, code="late", section="day", source="ops")

    refused(step.save, by="can no longer change")


def test_database_refuses_the_author_as_approver(in_review: Protocol, author: User, now: dt.datetime) -> None:
    rows = Protocol.objects.filter(pk=in_review.pk)

    refused(
        lambda: rows.update(status="active", approved_by=author, approved_at=now, active_from=now.date()),
        by="procedures_protocol_approved_by_a_second_person",
    )


def test_database_refuses_an_active_protocol_nobody_approved(in_review: Protocol) -> None:
    refused(lambda: Protocol.objects.update(status="active"), by="procedures_active_protocol_is_approved")


def test_database_allows_one_draft_and_each_version_once(draft: Protocol, organization: Organization) -> None:
    def another(version: int) -> Protocol:
        return Protocol(
            organization=organization, procedure_type=draft.procedure_type, version=version, title="Another"
        )

    refused(another(2).save, by="procedures_one_draft_at_a_time")
    refused(another(1).save, by="procedures_protocol_version_is_unique|procedures_one_draft_at_a_time")


def test_database_refuses_an_unknown_status(draft: Protocol, approver: User, now: dt.datetime) -> None:
    paused = Protocol(
        organization=draft.organization,
        procedure_type=draft.procedure_type,
        version=2,
        title="Another",
        status="paused",
        approved_by=approver,
        approved_at=now,
        active_from=now.date(),
    )

    refused(paused.save, by="procedures_protocol_status_is_known")


def test_database_checks_the_parts_of_a_draft(draft: Protocol) -> None:
    step = draft.steps.get(code="visit")
    notice = draft.notices.get(code="visit-booked")
    correction = draft.notices.get(code="visit-moved-patient")
    rows = {
        "procedures_step_listed_once": ProtocolStep(protocol=draft, position=99, code="visit", section="day"),
        "procedures_step_has_its_place": ProtocolStep(
            protocol=draft, position=step.position, code="new", section="day"
        ),
        "procedures_step_section_is_known": ProtocolStep(
            protocol=draft, position=99, code="new", section="night"
        ),
        "procedures_notice_listed_once": copy_of(notice, code="visit-booked"),
        "procedures_one_text_for_each_kind_of_change": copy_of(correction, code="second-correction"),
        "procedures_scheduled_notice_has_a_moment": copy_of(notice, code="never", when=None),
        "procedures_derived_fact_listed_once": ProtocolDerivedFact(
            protocol=draft, name="check_from", anchor="end", elapsed=dt.timedelta(hours=1)
        ),
        "procedures_derived_fact_is_elapsed_or_by_clock": ProtocolDerivedFact(
            protocol=draft, name="new", anchor="end", elapsed=dt.timedelta(hours=1), days=1
        ),
    }
    for constraint, row in rows.items():
        refused(row.save, by=constraint)


def copy_of(notice: ProtocolNotice, **changes: object) -> ProtocolNotice:
    row = ProtocolNotice.objects.get(pk=notice.pk)
    row.pk = None
    for name, value in changes.items():
        setattr(row, name, value)
    return row


def test_database_checks_a_procedure_type(draft: Protocol) -> None:
    types = ProcedureType.objects.all()
    for constraint, change in {
        "procedures_minutes_are_a_range": {"minutes_min": 99},
        "procedures_observation_is_a_range": {"observe_minutes_min": 99},
        "procedures_bleeding_class_is_known": {"bleeding_class": "tiny"},
        "procedures_escort_is_known": {"escort": "maybe"},
    }.items():
        refused(lambda change=change: types.update(**change), by=constraint)  # type: ignore[misc]


def test_database_checks_legs_and_codes(draft: Protocol) -> None:
    legs = ProcedureLeg.objects.filter(key="room")
    codes = ProcedureCode.objects.filter(code="17000")
    for rows, constraint, change in (
        (legs, "procedures_leg_listed_once", {"key": "operator"}),
        (legs, "procedures_leg_needs_at_least_one", {"count": 0}),
        (legs, "procedures_leg_role_is_known", {"role": "robot"}),
        (legs, "procedures_leg_has_a_length", {"anchor": "end"}),
        (codes, "procedures_code_listed_once", {"code": "17003"}),
        (codes, "procedures_code_verification_is_known", {"verification": "sure"}),
    ):
        refused(lambda rows=rows, change=change: rows.update(**change), by=constraint)  # type: ignore[misc]


# --- reading ----------------------------------------------------------------------------------------


def test_steps_are_read_in_two_queries(
    draft: Protocol, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(2):
        steps_of(draft)
    with django_assert_num_queries(1):
        derived_facts_of(draft)


def test_frozen_version_is_read_once(
    active: Protocol, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    first = (steps_of(active), derived_facts_of(active))

    with django_assert_num_queries(0):
        second = (steps_of(active), derived_facts_of(active))

    assert second == first


def test_draft_is_read_anew(draft: Protocol) -> None:
    before = steps_of(draft)
    draft.steps.filter(code="follow-up").delete()

    after = steps_of(draft)

    assert [step.code for step in after] == [step.code for step in before if step.code != "follow-up"]

"""Writing a draft in the admin: who may, what is kept, and what the linter says after every save."""

import datetime as dt
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from cryoclinic.accounts.codes import Role
from cryoclinic.accounts.models import Organization, User
from procedures.catalogue import builtin_files
from procedures.models import Protocol, ProtocolNotice, ProtocolStep
from procedures.operations.catalogue import load_catalogue
from procedures.operations.drafting import Texts, rewrite_notice, rewrite_step
from procedures.operations.protocols import (
    ApproverIsAuthor,
    NotAllowedHere,
    TransitionRefused,
    approve_protocol,
    submit_protocol,
)

SKIN = next(path for path in builtin_files() if path.stem == "skin_actinic_keratosis")


@pytest.fixture
def draft(organization: Organization, now: dt.datetime) -> Protocol:
    load_catalogue(organization=organization, files=[SKIN], loaded_by=None, now=now)
    return Protocol.objects.get()


@pytest.fixture
def step(draft: Protocol) -> ProtocolStep:
    return ProtocolStep.objects.get(protocol=draft, code="visit")


def at_desk(user: User) -> Client:
    User.objects.filter(pk=user.pk).update(is_staff=True)
    client = Client()
    client.force_login(User.objects.get(pk=user.pk))
    return client


def page_of(row: ProtocolStep | ProtocolNotice | Protocol) -> str:
    return reverse(f"admin:procedures_{row._meta.model_name}_change", args=[row.pk])


def written(row: ProtocolStep | ProtocolNotice, **changed: str) -> dict[str, str]:
    """Return a form as it is shown, with some fields written anew."""
    shown = {f"{kind}__{lang}": text for lang, texts in row.texts.items() for kind, text in texts.items()}
    return shown | changed


def spoiled(step: ProtocolStep) -> Texts:
    return {**step.texts, "en": {"title": "Come before midnight", "body": "Come."}}


@pytest.mark.slow
def test_author_writes_a_text_and_hears_what_the_linter_finds(
    step: ProtocolStep, member: Callable[[str, Role], User]
) -> None:
    nurse = member("nurse", Role.NURSE)

    answer = at_desk(nurse).post(page_of(step), written(step, title__en="Come before midnight"), follow=True)

    step.refresh_from_db()
    protocol = Protocol.objects.get()
    assert step.texts["en"]["title"] == "Come before midnight"
    assert protocol.written_by == nurse
    assert "This version cannot be approved yet. Errors: 1." in answer.content.decode()


@pytest.mark.slow
def test_page_of_a_draft_lists_findings_with_step_language_and_remedy(
    step: ProtocolStep, author: User
) -> None:
    rewrite_step(step=step, texts=spoiled(step), by=author)

    shown = at_desk(author).get(page_of(step.protocol)).content.decode()

    assert f'<a class="underline" href="{page_of(step)}">visit</a>' in shown
    assert "can be misread; say the day and the time." in shown
    assert "Say the day and the time with a placeholder." in shown


@pytest.mark.slow
def test_page_of_a_step_lists_its_own_findings_and_counts_the_others(
    step: ProtocolStep, author: User
) -> None:
    rewrite_step(step=step, texts=spoiled(step), by=author)
    other = ProtocolStep.objects.exclude(pk=step.pk).filter(section="red-flags").first()
    assert other is not None

    desk = at_desk(author)
    own, others = (desk.get(page_of(each)).content.decode() for each in (step, other))

    assert "can be misread" in own
    assert "can be misread" not in others
    assert "Elsewhere in this version" in others


@pytest.mark.slow
def test_submitting_names_what_stands_in_the_way(step: ProtocolStep, author: User) -> None:
    rewrite_step(step=step, texts=spoiled(step), by=author)
    listed = reverse("admin:procedures_protocol_changelist")
    chosen = {"action": "submit", "_selected_action": [step.protocol_id]}

    answer = at_desk(author).post(listed, chosen, follow=True)

    assert "step visit, text en" in answer.content.decode()
    assert Protocol.objects.get().status == "draft"


@pytest.mark.slow
def test_messages_of_a_notice_are_written_by_language(draft: Protocol, author: User) -> None:
    notice = ProtocolNotice.objects.get(protocol=draft, code="visit-booked")

    at_desk(author).post(page_of(notice), written(notice, subject__en="Your visit"))

    before = notice.texts["en"]
    notice.refresh_from_db()
    assert notice.texts["en"] == {
        "sms": before["sms"],
        "subject": "Your visit",
        "email": before["email"].strip(),
    }


@pytest.mark.slow
@pytest.mark.parametrize("role", [Role.AUDITOR, Role.SCHEDULER])
def test_others_read_only(step: ProtocolStep, member: Callable[[str, Role], User], role: Role) -> None:
    desk = at_desk(member("reader", role))

    answers = (
        desk.get(page_of(step)).status_code,
        desk.post(page_of(step), written(step, title__en="Other")).status_code,
    )

    assert answers == (200, 403)


@pytest.mark.slow
def test_what_has_left_draft_is_for_reading(step: ProtocolStep, author: User, now: dt.datetime) -> None:
    submit_protocol(protocol=step.protocol, by=author, now=now)
    desk = at_desk(author)

    answers = (
        desk.get(page_of(step)).status_code,
        desk.post(page_of(step), written(step, title__en="Other")).status_code,
    )

    assert answers == (200, 403)


def test_whoever_wrote_last_does_not_approve(
    step: ProtocolStep, author: User, approver: User, now: dt.datetime
) -> None:
    rewrite_step(step=step, texts=step.texts, by=approver)
    submit_protocol(protocol=step.protocol, by=author, now=now)

    with pytest.raises(ApproverIsAuthor):
        approve_protocol(protocol=step.protocol, by=approver, active_from=now.date(), now=now)


def test_rewriting_needs_a_draft_and_a_role(
    step: ProtocolStep, author: User, member: Callable[[str, Role], User], now: dt.datetime
) -> None:
    notice = ProtocolNotice.objects.get(protocol=step.protocol, code="visit-booked")

    with pytest.raises(NotAllowedHere):
        rewrite_notice(notice=notice, texts=notice.texts, by=member("scheduler", Role.SCHEDULER))
    submit_protocol(protocol=step.protocol, by=author, now=now)
    with pytest.raises(TransitionRefused):
        rewrite_step(step=step, texts=step.texts, by=author)

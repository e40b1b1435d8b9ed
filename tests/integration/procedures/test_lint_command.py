"""The command lint_protocols: files without a database, drafts of an organization, one line a finding."""

import datetime as dt
import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from cryoclinic.accounts.models import Location, Organization, User
from procedures.catalogue import builtin_files
from procedures.models import Protocol
from procedures.models.linting import findings_of, letterhead_of
from procedures.operations.catalogue import load_catalogue
from procedures.operations.drafting import rewrite_step

SKIN = next(path for path in builtin_files() if path.stem == "skin_actinic_keratosis")


def run(**options: Any) -> tuple[list[str], int, str]:
    """Return the lines, the exit status and the sentence on standard error."""
    output = io.StringIO()
    status, sentence = 0, ""
    try:
        call_command("lint_protocols", stdout=output, **options)
    except CommandError as error:
        status, sentence = error.returncode, str(error)
    return output.getvalue().splitlines(), status, sentence


@pytest.fixture
def draft(organization: Organization, now: dt.datetime) -> Protocol:
    load_catalogue(organization=organization, files=[SKIN], loaded_by=None, now=now)
    return Protocol.objects.get()


@pytest.mark.slow
def test_builtin_catalogue_can_be_approved() -> None:
    lines, status, _ = run()

    assert status == 0
    assert lines[-1].startswith("0 errors and ")
    assert lines[-1].endswith(" protocols.")


def test_file_that_is_refused_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "skin_actinic_keratosis.yaml"
    path.write_text("type: 3\n", encoding="utf-8")

    lines, status, sentence = run(file=[path])

    assert (lines, status) == ([], 1)
    assert sentence.startswith(f"{path}:1: ")


def test_file_is_linted_alone() -> None:
    lines, status, _ = run(file=[SKIN])

    assert status == 0
    assert all(line.startswith("skin_actinic_keratosis: warning: ") for line in lines[:-1])
    assert lines[-1].endswith("in 1 protocol.")


def test_errors_of_a_draft_end_with_status_one(draft: Protocol, author: User) -> None:
    step = draft.steps.get(code="visit")
    texts = {**step.texts, "en": {"title": "Come before midnight", "body": "Come."}}
    rewrite_step(step=step, texts=texts, by=author)

    lines, status, sentence = run(organization="northside", json=True, language="en")

    found = [json.loads(line) for line in lines]
    [error] = [each for each in found if each["severity"] == "error"]
    assert (error["protocol"], error["step"], error["language"], error["code"]) == (
        "skin_actinic_keratosis version 1",
        "visit",
        "en",
        "misread-time",
    )
    assert error["remedy"] == "Say the day and the time with a placeholder."
    assert {each["language"] for each in found} == {"en"}
    assert status == 1
    assert sentence.startswith("1 error and ")


def test_organization_that_does_not_exist_gets_a_sentence(db: None) -> None:
    assert run(organization="nowhere") == ([], 2, "There is no organization nowhere.")


def test_draft_is_read_with_the_clinics_own_names(draft: Protocol, organization: Organization) -> None:
    before = findings_of(draft)
    organization.name = (
        "The Northside Clinic for Image-Guided Treatment of the Whole Region and Its Islands " * 2
    )
    organization.name = organization.name[:120]
    organization.save()

    after = findings_of(Protocol.objects.get(pk=draft.pk))

    too_long = [sum(each.code == "sms-too-long" for each in found) for found in (before, after)]
    assert too_long[1] > too_long[0]


def test_letterhead_is_that_of_the_first_active_site(organization: Organization) -> None:
    bare = letterhead_of(organization)
    Location.objects.create(
        organization=organization,
        name="New York",
        address="1 Pier",
        zone="America/New_York",
        phone="+12125550100",
        phone_hours="Always",
        emergency_number="911",
        quiet_from=dt.time(21),
        quiet_until=dt.time(8),
    )

    found = letterhead_of(organization)

    assert (bare.clinic_name, bare.phone) == ("Northside Clinic", "+442079460000")
    assert (found.phone, found.emergency_number, found.zone.key, found.place) == (
        "+12125550100",
        "911",
        "America/New_York",
        "New York",
    )

"""Out to a file and in again as a draft: the same content, under another version."""

import datetime as dt
import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from cryoclinic.accounts.codes import Role
from cryoclinic.accounts.models import Organization, User
from procedures.catalogue import builtin_files
from procedures.exchange import read_protocol
from procedures.models import Protocol
from procedures.models.reading import content_of
from procedures.operations.catalogue import DraftInTheWay, load_catalogue
from procedures.operations.drafts import ProcedureNotLoaded, draft_again, import_protocol
from procedures.operations.export import protocol_as_plan_definition, protocol_as_yaml
from procedures.operations.protocols import NotAllowedHere, approve_protocol, submit_protocol

SKIN = next(path for path in builtin_files() if path.stem == "skin_actinic_keratosis")


@pytest.fixture
def active(organization: Organization, author: User, approver: User, now: dt.datetime) -> Protocol:
    load_catalogue(organization=organization, files=[SKIN], loaded_by=author, now=now)
    protocol = Protocol.objects.get()
    submit_protocol(protocol=protocol, by=author, now=now)
    approve_protocol(protocol=protocol, by=approver, active_from=now.date(), now=now)
    return protocol


def test_exported_version_comes_back_as_a_draft_of_the_same_content(
    active: Protocol, organization: Organization, author: User, now: dt.datetime
) -> None:
    file = read_protocol(protocol_as_yaml(active), file="skin.yaml")

    draft = import_protocol(organization=organization, file=file, by=author, now=now)

    assert content_of(draft).sha256 == content_of(active).sha256
    assert (draft.version, draft.status, draft.written_by) == (2, "draft", author)
    assert draft.catalogue_sha256 == ""
    assert draft.review_by == dt.date(2028, 2, 29)


def test_draft_can_begin_with_what_is_active(active: Protocol, author: User, now: dt.datetime) -> None:
    draft = draft_again(protocol=active, by=author, now=now)

    assert (draft.version, draft.written_by) == (2, author)
    assert content_of(draft) == content_of(active)


def test_open_draft_is_not_overwritten(active: Protocol, author: User, now: dt.datetime) -> None:
    draft_again(protocol=active, by=author, now=now)

    with pytest.raises(DraftInTheWay):
        draft_again(protocol=active, by=author, now=now)


def test_drafts_are_for_authors_of_the_organization(
    active: Protocol, member: Callable[[str, Role], User], now: dt.datetime
) -> None:
    for person in (member("scheduler", Role.SCHEDULER), User.objects.create_user("stranger")):
        with pytest.raises(NotAllowedHere):
            draft_again(protocol=active, by=person, now=now)


def test_procedure_that_is_not_loaded_is_refused(
    active: Protocol, organization: Organization, author: User, now: dt.datetime
) -> None:
    text = protocol_as_yaml(active).replace("skin_actinic_keratosis", "bone_cryo", 1)

    with pytest.raises(ProcedureNotLoaded):
        import_protocol(
            organization=organization, file=read_protocol(text, file="bone.yaml"), by=author, now=now
        )


def test_plan_definition_says_who_approved_it_when_and_from_when_it_holds(active: Protocol) -> None:
    written = protocol_as_plan_definition(active)

    assert (written["id"], written["version"], written["status"]) == (str(active.uid), "1", "active")
    assert written["approvalDate"] == "2027-03-01"
    assert written["effectivePeriod"] == {"start": "2027-03-01"}
    assert written["publisher"] == "Northside Clinic"


@pytest.mark.parametrize(("form", "name"), [("yaml", "skin.yaml"), ("fhir", "skin.json")])
def test_commands_write_and_read(
    active: Protocol, organization: Organization, tmp_path: Path, form: str, name: str
) -> None:
    target = tmp_path / name

    call_command("export_protocol", str(active.uid), form=form, output=target)
    call_command("import_protocol", str(target), organization="northside", stdout=(said := StringIO()))

    draft = Protocol.objects.get(version=2)
    assert said.getvalue() == f"draft: {draft.uid} (version 2)\n"
    assert content_of(draft) == content_of(active)


def test_export_goes_to_standard_output(active: Protocol) -> None:
    call_command("export_protocol", str(active.uid), stdout=(said := StringIO()))

    assert said.getvalue() == protocol_as_yaml(active)


def test_commands_refuse_in_one_sentence_with_file_and_line(
    active: Protocol, organization: Organization, tmp_path: Path
) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("procedure: skin_actinic_keratosis\nprotocol:\n  colour: red\n")
    fhir = tmp_path / "wrong.json"
    fhir.write_text(json.dumps({"resourceType": "Patient"}))
    latin = tmp_path / "latin.yaml"
    latin.write_bytes(b"procedure: caf\xe9\n")
    said = {
        name: refusal("import_protocol", str(tmp_path / name), "--organization", "northside").splitlines()[-1]
        for name in ("wrong.yaml", "wrong.json", "latin.yaml", "missing.yaml")
    }

    assert said == {
        "wrong.yaml": f"{wrong}:3: protocol.colour: nobody knows this key",
        "wrong.json": f"{fhir}: resourceType is Patient",
        "latin.yaml": f"{latin}:1: not a text in UTF-8",
        "missing.yaml": f"{tmp_path / 'missing.yaml'}: cannot be read: No such file or directory",
    }


def test_commands_refuse_whom_and_what_they_do_not_know(active: Protocol, tmp_path: Path) -> None:
    file = tmp_path / "skin.yaml"
    file.write_text(protocol_as_yaml(active))
    call_command("import_protocol", str(file), organization="northside", stdout=StringIO())

    said = [
        refusal("import_protocol", str(file), "--organization", "nowhere"),
        refusal("import_protocol", str(file), "--organization", "northside"),
        refusal("export_protocol", "00000000-0000-0000-0000-000000000000"),
        refusal("export_protocol", str(active.uid), "--output", str(tmp_path)),
    ]

    assert said == [
        "There is no organization nowhere.",
        DraftInTheWay.__doc__,
        "There is no protocol version with this uid.",
        f"{tmp_path}: Is a directory",
    ]


def refusal(*arguments: str) -> str:
    with pytest.raises(CommandError) as refused:
        call_command(*arguments)
    assert refused.value.returncode == 2
    return str(refused.value)

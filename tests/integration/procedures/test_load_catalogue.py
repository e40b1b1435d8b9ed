"""Loading the catalogue: types for everybody, protocols as drafts, all or nothing."""

import datetime as dt
import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from cryoclinic.accounts.models import Organization, User
from procedures.catalogue import CatalogueRefused, builtin_files, read_catalogue, schema_text
from procedures.catalogue.vocabulary import procedures
from procedures.models import ProcedureType, Protocol, content_of
from procedures.operations.catalogue import CatalogueLoad, DraftInTheWay, load_catalogue
from procedures.operations.protocols import approve_protocol, submit_protocol

SKIN = next(path for path in builtin_files() if path.stem == "skin_actinic_keratosis")


def load_skin(organization: Organization, *, now: dt.datetime, path: Path = SKIN) -> CatalogueLoad:
    return load_catalogue(organization=organization, files=[path], loaded_by=None, now=now)


def skin_with(folder: Path, old: str, new: str) -> Path:
    text = SKIN.read_text(encoding="utf-8")
    assert old in text
    path = folder / SKIN.name
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return path


@pytest.mark.slow
def test_load_creates_every_type_and_a_draft_for_each(
    organization: Organization, author: User, now: dt.datetime
) -> None:
    load = load_catalogue(organization=organization, files=builtin_files(), loaded_by=author, now=now)

    drafts = Protocol.objects.order_by("procedure_type__code")
    assert (len(load.created), load.updated, load.unchanged) == (40, (), ())
    assert ProcedureType.objects.count() == 20
    assert [draft.procedure_type.code for draft in drafts] == sorted(procedures())
    assert {(draft.status, draft.version, draft.written_by, draft.languages[0]) for draft in drafts} == {
        ("draft", 1, author, "en")
    }


@pytest.mark.slow
def test_second_load_changes_nothing(organization: Organization, now: dt.datetime) -> None:
    files = builtin_files()[:3]
    first = load_catalogue(organization=organization, files=files, loaded_by=None, now=now)

    second = load_catalogue(organization=organization, files=files, loaded_by=None, now=now)

    assert second == CatalogueLoad(created=(), updated=(), unchanged=first.created)


def test_rows_say_what_the_file_says(organization: Organization, now: dt.datetime) -> None:
    [entry] = read_catalogue([SKIN])
    assert entry.content.protocol is not None

    load_skin(organization, now=now)

    protocol = Protocol.objects.get()
    assert content_of(protocol) == entry.content.protocol.as_content()
    assert protocol.catalogue_sha256 == content_of(protocol).sha256


def test_type_is_updated_in_place(organization: Organization, now: dt.datetime, tmp_path: Path) -> None:
    load_skin(organization, now=now)
    before = ProcedureType.objects.get()

    load = load_skin(organization, now=now, path=skin_with(tmp_path, "minutes: 15", "minutes: 20"))

    after = ProcedureType.objects.get()
    assert (after.pk, before.planned_minutes, after.planned_minutes) == (before.pk, 15, 20)
    assert [leg.key for leg in after.legs.all()] == ["operator", "room", "spray"]
    assert load == CatalogueLoad(
        created=(),
        updated=("type skin_actinic_keratosis",),
        unchanged=("protocol skin_actinic_keratosis",),
    )


def test_untouched_starter_draft_is_replaced(
    organization: Organization, now: dt.datetime, tmp_path: Path
) -> None:
    load_skin(organization, now=now)

    load = load_skin(organization, now=now, path=skin_with(tmp_path, "come sooner.", "come at once."))

    [draft] = Protocol.objects.all()
    assert load.updated == ("type skin_actinic_keratosis", "protocol skin_actinic_keratosis")[1:]
    assert draft.version == 1
    assert "come at once." in draft.steps.get(code="follow-up").texts["en"]["body"]


def test_draft_somebody_wrote_in_is_left_alone(
    organization: Organization, now: dt.datetime, tmp_path: Path
) -> None:
    load_skin(organization, now=now)
    Protocol.objects.get().steps.filter(code="follow-up").update(
        texts={"en": {"title": "Ours", "body": "Ours."}}
    )
    newer = skin_with(tmp_path, "come sooner.", "come at once.")

    with pytest.raises(DraftInTheWay):
        load_skin(organization, now=now, path=newer)

    assert Protocol.objects.get().steps.get(code="follow-up").texts["en"]["title"] == "Ours"


def test_newer_catalogue_becomes_a_new_draft_beside_an_approved_version(
    organization: Organization, author: User, approver: User, now: dt.datetime, tmp_path: Path
) -> None:
    load_skin(organization, now=now)
    approved = Protocol.objects.get()
    submit_protocol(protocol=approved, by=author, now=now)
    approve_protocol(protocol=approved, by=approver, active_from=now.date(), now=now)

    load = load_skin(organization, now=now, path=skin_with(tmp_path, "come sooner.", "come at once."))

    versions = Protocol.objects.order_by("version").values_list("version", "status")
    assert list(versions) == [(1, "active"), (2, "draft")]
    assert load.created == ("protocol skin_actinic_keratosis",)


def test_nothing_is_loaded_when_one_file_is_refused(
    organization: Organization, now: dt.datetime, tmp_path: Path
) -> None:
    good = next(path for path in builtin_files() if path.stem == "breast_cryo")
    bad = skin_with(tmp_path, "min: 10, max: 15", "min: 20, max: 15")

    with pytest.raises(CatalogueRefused):
        load_catalogue(organization=organization, files=[good, bad], loaded_by=None, now=now)

    assert not ProcedureType.objects.exists()


@pytest.mark.slow
def test_command_without_organization_loads_types_only(db: None) -> None:
    out = io.StringIO()

    call_command("load_catalogue", stdout=out)

    assert out.getvalue() == "created: 20\nupdated: 0\nunchanged: 0\n"
    assert not Protocol.objects.exists()


def test_command_names_file_and_line_of_what_it_refuses(db: None, tmp_path: Path) -> None:
    bad = skin_with(tmp_path, "min: 10, max: 15", "min: 20, max: 15")

    with pytest.raises(CommandError) as refused:
        call_command("load_catalogue", str(bad))

    assert (str(refused.value), refused.value.returncode) == (
        f"{bad}:18: minutes: the range ends before it begins",
        2,
    )


def test_command_loads_drafts_and_refuses_to_overwrite_them(
    organization: Organization, tmp_path: Path
) -> None:
    out = io.StringIO()
    call_command("load_catalogue", "--organization", organization.slug, str(SKIN), stdout=out)
    Protocol.objects.get().steps.filter(code="follow-up").delete()
    newer = skin_with(tmp_path, "come sooner.", "come at once.")

    with pytest.raises(CommandError) as refused:
        call_command("load_catalogue", "--organization", organization.slug, str(newer))

    assert out.getvalue() == "created: 2\nupdated: 0\nunchanged: 0\n"
    assert (str(refused.value), refused.value.returncode) == (str(DraftInTheWay.__doc__), 2)


def test_schema_command_prints_the_published_schema() -> None:
    out = io.StringIO()

    call_command("catalogue_schema", stdout=out)

    assert out.getvalue() == schema_text()


def test_command_refuses_an_unknown_organization(db: None) -> None:
    with pytest.raises(CommandError) as refused:
        call_command("load_catalogue", "--organization", "nowhere", str(SKIN))

    assert (str(refused.value), refused.value.returncode) == ("There is no organization nowhere.", 2)

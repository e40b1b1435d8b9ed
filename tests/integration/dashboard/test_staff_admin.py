"""The admin: everything answers, nothing of another clinic shows, and roles decide who changes what."""

import builders
import pytest
from builders import DAY, HOUR, START, Clinic, book
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.db.models import Model
from django.template.response import SimpleTemplateResponse
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from staff_records import record_everything, staff_member

from cryoclinic.accounts.admin.scoped import ScopedAdmin
from cryoclinic.accounts.codes import Role
from cryoclinic.accounts.models import Location, Membership, Organization
from procedures.models import Protocol
from scheduling.models import (
    Allocation,
    Appointment,
    MedicationStatement,
    Patient,
    ProcedureOffering,
)

pytestmark = pytest.mark.slow

OURS = sorted(
    (model for model, model_admin in admin.site._registry.items() if isinstance(model_admin, ScopedAdmin)),
    key=lambda model: model._meta.label_lower,
)
SHARED = ["procedures.procedurecode", "procedures.procedureleg", "procedures.proceduretype"]
FOR_SUPERUSERS = ["notifications.outboxmessage"]


def of_organization() -> list[type[Model]]:
    return [model for model in OURS if model._meta.label_lower not in [*SHARED, *FOR_SUPERUSERS]]


def address(model: type[Model], page: str, *args: object) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def signed_in(clinic: Clinic, role: Role) -> Client:
    client = Client()
    client.force_login(staff_member(clinic, role))
    return client


def rows_of(model: type[Model], clinic: Clinic) -> list[Model]:
    request = RequestFactory().get("/")
    request.user = clinic.nora
    return list(admin.site._registry[model].get_queryset(request))


@pytest.fixture
def unprinted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Answer pages without their HTML, which costs most: for who may see what, the answer is enough."""
    monkeypatch.setattr(SimpleTemplateResponse, "rendered_content", "")


def test_every_list_and_page_answers_a_superuser(clinic: Clinic) -> None:
    record_everything(clinic)
    client = Client()
    user = staff_member(clinic, Role.ADMINISTRATOR)
    user.is_superuser = True
    user.save()
    client.force_login(user)

    answers = {}
    for model in OURS:
        pages = [address(model, "changelist") + "?q=x", address(model, "changelist")]
        pages += [address(model, "change", row.pk) for row in model._default_manager.all()[:1]]
        answers[model._meta.label_lower] = {client.get(page).status_code for page in pages}

    assert answers == {model._meta.label_lower: {200} for model in OURS}


@pytest.mark.usefixtures("unprinted")
def test_members_see_their_own_rows_and_nobody_elses(clinic: Clinic) -> None:
    record_everything(clinic)
    other = builders.make_clinic()
    record_everything(other)
    client = signed_in(clinic, Role.ADMINISTRATOR)

    for model in of_organization():
        [own, foreign] = [rows_of(model, each) for each in (clinic, other)]
        listed = client.get(address(model, "changelist"))
        opened = {client.get(address(model, "change", row.pk)).status_code for row in own[:2]}
        refused = {client.get(address(model, "change", row.pk)).status_code for row in foreign[:2]}

        name = model._meta.label_lower
        assert (name, listed.status_code, opened, refused) == (name, 200, {200}, {302})
        assert {row.pk for row in listed.context_data["cl"].queryset} == {row.pk for row in own}, name
        assert not {row.pk for row in own} & {row.pk for row in foreign}, name


def test_add_forms_answer_those_who_may_add(clinic: Clinic) -> None:
    clients = {role: signed_in(clinic, role) for role in (Role.NURSE, Role.ADMINISTRATOR)}

    answers, expected = {}, {}
    for model in OURS:
        name, registered = model._meta.label_lower, admin.site._registry[model]
        role = Role.NURSE if name.startswith("scheduling.") else Role.ADMINISTRATOR
        may_add = registered.may_add and name != "accounts.organization"
        answers[name] = clients[role].get(address(model, "add")).status_code
        expected[name] = 200 if role in registered.editors and may_add else 403

    assert answers == expected


@pytest.mark.usefixtures("unprinted")
def test_auditors_only_read(clinic: Clinic) -> None:
    record_everything(clinic)
    client = signed_in(clinic, Role.AUDITOR)

    answers = {}
    for model in of_organization():
        row = rows_of(model, clinic)[0]
        answers[model._meta.label_lower] = (
            client.get(address(model, "change", row.pk)).status_code,
            client.post(address(model, "change", row.pk), {}).status_code,
            client.post(address(model, "delete", row.pk), {"post": "yes"}).status_code,
            client.get(address(model, "add")).status_code,
        )

    assert answers == {model._meta.label_lower: (200, 403, 403, 403) for model in of_organization()}


def test_staff_without_a_membership_see_nothing(clinic: Clinic) -> None:
    nobody = staff_member(clinic, Role.NURSE)
    nobody.memberships.all().delete()
    client = Client()
    client.force_login(nobody)

    answers = {client.get(address(model, "changelist")).status_code for model in OURS}

    assert answers == {403}


def test_searches_name_persons_of_the_own_clinic_only(clinic: Clinic) -> None:
    builders.make_patient(clinic.elsewhere, given_name="Olga")
    client = signed_in(clinic, Role.NURSE)
    asked = {
        "app_label": "scheduling",
        "model_name": "medicationstatement",
        "field_name": "patient",
        "term": "novak",
    }

    found = client.get(reverse("admin:autocomplete"), asked).json()["results"]

    assert [row["text"][:26] for row in found] == ["Novak, Pia, born 14 Mar 19"]


def test_saving_a_medicine_plans_again_and_logs_no_name(clinic: Clinic) -> None:
    appointment = builders.book(clinic)
    client = signed_in(clinic, Role.NURSE)
    typed = {
        "patient": clinic.pia.pk,
        "drug": "apixaban",
        "dose_times": "08:00,20:00",
        "weekdays": "",
        "active": "on",
    }

    answer = client.post(address(MedicationStatement, "add"), typed)

    assert answer.status_code == 302, answer.context["errors"]
    assert Appointment.objects.get(pk=appointment.pk).plan_revision == appointment.plan_revision + 1
    assert "Pia" not in "".join(entry.object_repr + entry.change_message for entry in LogEntry.objects.all())


def test_a_row_cannot_be_given_to_another_clinic(clinic: Clinic) -> None:
    stranger = builders.make_patient(clinic.elsewhere)
    client = signed_in(clinic, Role.NURSE)

    answer = client.post(
        address(MedicationStatement, "add"), {"patient": stranger.pk, "drug": "apixaban", "active": "on"}
    )

    assert answer.status_code == 200
    assert list(answer.context["adminform"].form.errors) == ["patient"]
    assert not MedicationStatement.objects.filter(patient=stranger).exists()


def test_marking_arrived_calls_the_operation_and_says_why_not(clinic: Clinic) -> None:
    appointment = builders.book(clinic)
    client = signed_in(clinic, Role.SCHEDULER)
    sent = {"action": "arrived", "_selected_action": [appointment.pk]}

    client.post(address(Appointment, "changelist"), sent)
    again = client.post(address(Appointment, "changelist"), sent, follow=True)

    assert Appointment.objects.get(pk=appointment.pk).status == "arrived"
    assert "cannot change that way" in again.content.decode()


def test_appointments_are_not_changed_by_form(clinic: Clinic) -> None:
    appointment = builders.book(clinic)
    client = signed_in(clinic, Role.SCHEDULER)

    answer = client.post(address(Appointment, "change", appointment.pk), {"status": "cancelled"})

    assert answer.status_code == 403


@pytest.mark.parametrize("model", [Patient, MedicationStatement])
def test_lists_take_the_same_number_of_queries_for_one_row_and_three(
    model: type[Model], clinic: Clinic
) -> None:
    builders.make_medication(clinic.pia, "apixaban")
    client = signed_in(clinic, Role.NURSE)
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as seen:
            client.get(address(model, "changelist"))
        counts.append(len(seen))
        for _ in range(2):
            builders.make_medication(builders.make_patient(clinic.organization), "aspirin")

    assert counts[0] == counts[1]


def test_a_protocol_is_retired_by_a_clinician_only(clinic: Clinic) -> None:
    sent = {"action": "retire", "_selected_action": [clinic.protocol.pk]}
    said, states = [], []
    for role in (Role.NURSE, Role.CLINICIAN):
        answer = signed_in(clinic, role).post(address(Protocol, "changelist"), sent, follow=True)
        said.append("Your role at this organization does not allow this." in answer.content.decode())
        states.append(Protocol.objects.get(pk=clinic.protocol.pk).status)

    assert said == [True, False]
    assert states == ["active", "retired"]


def test_a_patient_stays_with_the_clinic(clinic: Clinic) -> None:
    nora = staff_member(clinic, Role.NURSE)
    builders.Membership.objects.create(user=nora, organization=clinic.elsewhere, role=Role.NURSE)
    client = Client()
    client.force_login(nora)

    form = client.get(address(Patient, "change", clinic.pia.pk)).context["adminform"].form

    assert "organization" not in form.fields


def limited_to(clinic: Clinic, location: Location, role: Role) -> Client:
    """Sign in somebody who holds a role at one location."""
    client = Client()
    user = staff_member(clinic, role, username="limited")
    user.memberships.update(location=location)
    client.force_login(user)
    return client


@pytest.mark.usefixtures("unprinted")
def test_members_of_one_location_see_no_row_of_another(clinic: Clinic) -> None:
    abroad = book(clinic, offering=clinic.offering_new_york, start=START + DAY + 6 * HOUR)
    here = book(clinic)
    client = limited_to(clinic, clinic.london, Role.ADMINISTRATOR)

    def listed(model: type[Model]) -> set[int]:
        answer = client.get(address(model, "changelist"))
        return {row.pk for row in answer.context_data["cl"].queryset}

    def opened(row: Model) -> int:
        return client.get(address(type(row), "change", row.pk)).status_code

    assert listed(Appointment) == {here.pk}
    assert listed(Location) == {clinic.london.pk}
    assert listed(ProcedureOffering) == {clinic.offering.pk}
    assert not listed(Allocation) & {row.pk for row in abroad.allocations.all()}
    assert [opened(row) for row in (here, clinic.london, clinic.offering)] == [200] * 3
    assert [opened(row) for row in (abroad, clinic.new_york, clinic.offering_new_york)] == [302] * 3


@pytest.mark.usefixtures("unprinted")
def test_administrator_of_one_location_sets_nothing_up_for_all(clinic: Clinic) -> None:
    client = limited_to(clinic, clinic.london, Role.ADMINISTRATOR)

    adding = {
        model: client.get(address(model, "add")).status_code for model in (Membership, ProcedureOffering)
    }
    changed = client.post(address(Organization, "change", clinic.organization.pk), {"name": "Mine"})

    assert adding == {Membership: 403, ProcedureOffering: 200}
    assert changed.status_code == 403
    clinic.organization.refresh_from_db()
    assert clinic.organization.name != "Mine"


@pytest.mark.full
@pytest.mark.usefixtures("unprinted")
def test_terms_of_changing_a_visit_are_set_in_the_records(clinic: Clinic) -> None:
    client = signed_in(clinic, Role.ADMINISTRATOR)
    terms = {"patient_cancel_hours", "patient_move_hours", "patient_moves", "deposit_required"}

    forms = [
        client.get(address(type(row), "change", row.pk)).context_data["adminform"].form.fields
        for row in (clinic.organization, clinic.london, clinic.offering)
    ]

    assert [terms & set(fields) for fields in forms] == [terms] * 3

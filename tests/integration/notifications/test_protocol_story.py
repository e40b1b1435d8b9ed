"""
A version's way, as the people of the clinic walk it.

Cleo writes a second version, cannot approve it herself, Dov approves it for the day after tomorrow; London takes it up
at once and bookings take it from its day on. A file comes back as a draft. Every refusal on the way is a sentence.
"""

import datetime as dt
import html
import json
from typing import Any

import pytest
from builders import DAY, NOW, START, Clinic, book, make_patient, make_user
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from cryoclinic.accounts.codes import Role
from cryoclinic.accounts.models import User
from notifications.dispatch import deliver_due
from notifications.operations import reconcile_timeline
from procedures.models import Protocol, ProtocolStep
from procedures.models.reading import content_of
from procedures.operations.drafts import draft_again
from procedures.operations.export import protocol_as_plan_definition, protocol_as_yaml
from procedures.operations.protocols import approve_protocol, submit_protocol
from scheduling.models import Appointment, ProcedureOffering, Task
from scheduling.operations import Actor, complete_task
from scheduling.operations.roll_forward import Chosen, roll_forward
from scheduling.operations.terms import protocol_in_force

pytestmark = pytest.mark.slow


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the pages see the day of the booking."""
    monkeypatch.setattr(timezone, "now", lambda: NOW)


def at_desk(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def said(client: Client, address: str, data: dict[str, Any] | None = None) -> str:
    """Post to an address and return the sentences on the page that answers."""
    answer = client.post(address, data or {}, follow=True)
    assert answer.status_code == 200
    return " ".join(html.unescape(str(message)) for message in answer.context["messages"])


def active_version(clinic: Clinic) -> Protocol:
    found = ProcedureOffering.objects.get(pk=clinic.offering.pk).protocol
    assert found is not None
    return found


def test_second_version_from_draft_to_the_day_it_is_in_force(northside: Clinic, clock: None) -> None:
    first = active_version(northside)
    cleo, dov, nora = at_desk(northside.cleo), at_desk(northside.dov), at_desk(northside.nora)

    assert "A draft with the same content" in said(cleo, f"/staff/protocols/{first.uid}/state/draft/")
    second = Protocol.objects.get(status="draft")
    page = f"/staff/protocols/{second.uid}/"
    assert "finish or delete it" in said(dov, f"/staff/protocols/{first.uid}/state/draft/")

    assert "not in a state" in said(dov, f"{page}state/approve/", {"active_from": "2027-03-03"})
    assert "Somebody else must approve it" in said(cleo, f"{page}state/submit/")
    assert "You wrote this; another clinician must approve it." in cleo.get(page).content.decode()
    assert "someone else must approve it" in said(
        cleo, f"{page}state/approve/", {"active_from": "2027-03-03"}
    )
    assert "role" in said(nora, f"{page}state/approve/", {"active_from": "2027-03-03"})
    assert "a date such as" in said(dov, f"{page}state/approve/", {"active_from": "soon"})
    assert Protocol.objects.get(pk=second.pk).status == "in-review"

    assert "Approve version" in dov.get(page).content.decode()
    assert "never changes again" in said(dov, f"{page}state/approve/", {"active_from": "2027-03-03"})
    assert "take version" in said(dov, f"{page}adopt/", {"offering": str(northside.offering.uid)})

    offering = ProcedureOffering.objects.get(pk=northside.offering.pk)
    in_force = [protocol_in_force(offering, now=NOW + days * DAY) for days in range(3)]
    assert in_force == [first, first, second]
    assert book(northside).protocol == first
    later = book(
        northside, patient=make_patient(northside.organization), start=START + DAY, now=NOW + 2 * DAY
    )
    assert later.protocol == second

    assert "Retired" in said(dov, f"/staff/protocols/{first.uid}/state/retire/")
    assert Appointment.objects.get(protocol=first).protocol.status == "retired"


@pytest.mark.full
def test_version_goes_back_to_its_author_with_what_is_wrong(northside: Clinic, clock: None) -> None:
    first = active_version(northside)
    second = draft_again(protocol=first, by=northside.cleo, now=NOW)
    page = f"/staff/protocols/{second.uid}/state/"
    cleo, dov = at_desk(northside.cleo), at_desk(northside.dov)
    step = ProtocolStep.objects.get(protocol=second, code="visit")
    good = step.texts
    step.texts = {
        language: {**text, "title": "Come at midnight" if language == "en" else text["title"]}
        for language, text in good.items()
    }
    step.save()

    assert "midnight" in said(cleo, f"{page}submit/")
    assert Protocol.objects.get(pk=second.pk).status == "draft"

    step.texts = good
    step.save()
    said(cleo, f"{page}submit/")
    assert "Sent back to its author" in said(dov, f"{page}send-back/")
    assert Protocol.objects.get(pk=second.pk).status == "draft"


@pytest.mark.full
def test_file_comes_back_as_a_draft_or_with_line_and_reason(northside: Clinic, clock: None) -> None:
    first = active_version(northside)
    cleo = at_desk(northside.cleo)
    text = protocol_as_yaml(first)
    wrong = text.replace("procedure: renal_cryo", "procedure: renal_cryo\ncolour: red", 1)

    def upload(name: str, content: bytes, *, by: Client = cleo) -> str:
        return said(by, "/staff/protocols/upload/", {"file": SimpleUploadedFile(name, content)})

    assert "kidney.yaml:2: colour: nobody knows this key" in upload("kidney.yaml", wrong.encode())
    assert "not a text in UTF-8" in upload("kidney.yaml", b"\xff\xfe\x00")
    assert "resourceType is Patient" in upload("kidney.json", b'{"resourceType": "Patient"}')
    scheduler = make_user(northside.organization, role=Role.SCHEDULER, username="sam")
    assert "role" in upload("kidney.yaml", text.encode(), by=at_desk(scheduler))
    assert not Protocol.objects.filter(status="draft").exists()

    assert "Read as a draft" in upload("kidney.yaml", text.encode())
    draft = Protocol.objects.get(status="draft")
    assert (draft.written_by, content_of(draft)) == (northside.cleo, content_of(first))
    assert "finish or delete it" in upload("kidney.yaml", text.encode())


@pytest.mark.full
def test_same_way_over_http(northside: Clinic, clock: None) -> None:
    first = active_version(northside)
    cleo, dov, portal = APIClient(), APIClient(), APIClient()
    cleo.force_login(northside.cleo)
    dov.force_login(northside.dov)

    def post(http: APIClient, address: str, **body: Any) -> tuple[int, dict[str, Any]]:
        answer = http.post(f"/api/v1/protocols/{address}", body, format="json")
        return answer.status_code, json.loads(answer.content)

    assert post(portal, f"{first.uid}/draft/")[0] == 401
    assert post(cleo, "import/")[1]["code"] == "check-the-fields"
    refused = post(cleo, "import/", yaml="procedure: renal_cryo\nprotocol:\n  colour: red\n")
    assert "Line 3: protocol.colour: nobody knows this key" in json.dumps(refused[1])
    status, draft = post(cleo, "import/", plan_definition=protocol_as_plan_definition(first))
    assert (status, draft["status"], draft["version"]) == (201, "draft", first.version + 1)
    way = f"{draft['uid']}/status/"

    assert post(cleo, way, status="in-review")[1]["status"] == "in-review"
    assert post(dov, way, status="active")[1]["code"] == "check-the-fields"
    assert post(cleo, way, status="active", active_from="2027-03-03")[1]["code"] == "approver-is-author"
    assert post(dov, way, status="active", active_from="2027-03-03")[1]["active_from"] == "2027-03-03"
    assert post(dov, way, status="draft")[1]["code"] == "protocol-transition-refused"
    assert post(dov, way, status="retired")[1]["status"] == "retired"
    assert post(cleo, f"{first.uid}/draft/")[1]["version"] == first.version + 2


def test_words_told_under_the_older_version_are_put_right_by_phone_once(
    northside: Clinic, booked: Appointment
) -> None:
    reconcile_timeline(appointment_id=booked.pk, now=NOW)
    deliver_due(now=NOW)
    second = draft_again(protocol=booked.protocol, by=northside.cleo, now=NOW)
    told = booked.communication_requests.filter(status="completed").values_list("notice", flat=True)
    notice = second.notices.get(code=told[0])
    notice.texts = {
        language: {**text, "email": f"{text['email']}\n\nPlease.", "sms": f"{text['sms']} Please."}
        for language, text in notice.texts.items()
    }
    notice.save()
    submit_protocol(protocol=second, by=northside.cleo, now=NOW)
    approve_protocol(protocol=second, by=northside.dov, active_from=NOW.date(), now=NOW)
    asked = Task.objects.filter(appointment=booked, about__contains=":reworded:")
    later = NOW + dt.timedelta(hours=1)

    roll_forward(
        chosen=[Chosen(appointment=booked)],
        protocol=second,
        by=Actor(user=northside.dov),
        reason="Politeness",
        now=later,
    )
    reconcile_timeline(appointment_id=booked.pk, now=later)

    task = asked.get()
    assert (task.kind, task.status, task.due_at) == ("phone-patient", "requested", later + DAY)
    assert not booked.communication_requests.filter(trigger="amendment").exists()
    complete_task(task=task, by=northside.nora, outcome="Reached", now=later)
    reconcile_timeline(appointment_id=booked.pk, now=later)
    assert asked.count() == 1

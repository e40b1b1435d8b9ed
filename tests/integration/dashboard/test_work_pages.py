"""The pages for the day's work: what they show, what they do, whom they refuse, what they keep of what was typed."""

import datetime as dt

import builders
import pytest
from builders import DAY, HOUR, START, Clinic, book, make_medication, make_patient
from django.db import OperationalError, connection
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from staff_records import attempt, owe, record_everything, sign_apixaban, staff_member

from cryoclinic.accounts.codes import Role
from cryoclinic.dashboard.access import Desk, staff_page
from notifications.models import Timeline
from scheduling.codes import TaskKind, TaskSeverity
from scheduling.models import Appointment, MedicationDecision, Task
from scheduling.operations import claim_task, open_task

pytestmark = pytest.mark.slow

PAGES = ["appointment", "move", "cancel", "end", "medicines"]


def page(name: str, appointment: Appointment) -> str:
    return reverse(f"work:{name}", args=[appointment.uid])


def on_the_day(clinic: Clinic) -> dict[str, str]:
    return {"day": "2027-03-16", "at": str(clinic.london.uid)}


def make_task(clinic: Clinic, *, about: str = "matter", **fields: object) -> Task:
    now = timezone.now()
    asked = {
        "organization": clinic.organization,
        "location": clinic.london,
        "kind": TaskKind.PHONE_PATIENT,
        "about": about,
        "severity": TaskSeverity.URGENT,
        "reason": "The visit moved.",
        "due_at": now + HOUR,
        "now": now,
    }
    return open_task(**{**asked, **fields})


def text_of(answer: object) -> str:
    return " ".join(answer.content.decode().split())


def test_pages_ask_for_a_sign_in_first(clinic: Clinic) -> None:
    answer = Client().get(reverse("work:tasks"))

    assert answer.status_code == 302
    assert answer["Location"] == f"{reverse('work:sign-in')}?next=/staff/tasks/"


def test_signing_in_leads_to_where_one_wanted_to_go(clinic: Clinic) -> None:
    staff_member(clinic, Role.NURSE)
    typed = {"username": staff_member(clinic, Role.NURSE).username, "password": "a long pass phrase"}

    answer = Client().post(
        f"{reverse('work:sign-in')}?next=/staff/tasks/", {**typed, "next": "/staff/tasks/"}
    )

    assert (answer.status_code, answer["Location"]) == (302, "/staff/tasks/")


def test_a_wrong_password_is_said_and_the_name_is_kept(clinic: Clinic) -> None:
    answer = Client().post(reverse("work:sign-in"), {"username": "nora", "password": "wrong"})

    assert "do not belong together" in text_of(answer)
    assert 'value="nora"' in text_of(answer)
    assert "<title>Error: Sign in" in text_of(answer)


def test_signing_out_ends_the_session(nurse: Client) -> None:
    nurse.post(reverse("work:sign-out"))

    assert nurse.get(reverse("work:today")).status_code == 302


def test_somebody_of_no_clinic_is_told_so(clinic: Clinic, nurse: Client) -> None:
    clinic.organization.memberships.all().update(active=False)

    answer = nurse.get(reverse("work:today"))

    assert answer.status_code == 403
    assert "You belong to no clinic yet" in text_of(answer)


def test_today_shows_visits_calls_and_who_is_not_ready_for_the_next_day(
    clinic: Clinic, nurse: Client
) -> None:
    book(clinic)
    other = make_patient(clinic.organization, family_name="Li", given_name="Wen")
    book(clinic, patient=other, start=START + DAY)
    make_task(clinic)

    answer = nurse.get(reverse("work:today"), on_the_day(clinic))

    day = answer.context["day"]
    assert [visit.appointment.patient for visit in day.visits] == [clinic.pia]
    assert [visit.appointment.patient for visit in day.next_not_ready] == [other]
    assert [call.task.reason for call in day.calls] == ["The visit moved."]
    assert "Tue 16 Mar 2027: 1 visit at London" in text_of(answer)
    assert "Novak, Pia" in text_of(answer)


def test_today_shows_at_most_five_calls_the_most_urgent_first(clinic: Clinic, nurse: Client) -> None:
    now = timezone.now()
    for hours in (6, 1, 5, 2, 4, 3):
        make_task(clinic, about=f"matter {hours}", due_at=now + hours * HOUR)

    answer = nurse.get(reverse("work:today"), on_the_day(clinic))

    assert [call.task.about for call in answer.context["day"].calls] == [
        f"matter {each}" for each in range(1, 6)
    ]


def test_an_empty_day_says_why_and_leads_on(clinic: Clinic, nurse: Client) -> None:
    answer = nurse.get(reverse("work:today"), {**on_the_day(clinic), "day": "2027-03-20"})

    assert "No visits on Sat 20 Mar 2027 at London. The location is closed that weekday" in text_of(answer)


def test_a_filter_that_finds_nothing_says_so(clinic: Clinic, nurse: Client) -> None:
    book(clinic)

    answer = nurse.get(reverse("work:today"), {**on_the_day(clinic), "show": "here"})

    assert 'No visit of this day is "In the house".' in text_of(answer)


@pytest.mark.parametrize("typed", ["", "16.3.2027", "2027-02-30", "x"])
def test_a_day_that_is_none_shows_today(clinic: Clinic, nurse: Client, typed: str) -> None:
    answer = nurse.get(reverse("work:today"), {"day": typed})

    assert answer.context["is_today"] is True


def test_the_location_chosen_last_is_kept(clinic: Clinic, nurse: Client) -> None:
    nurse.get(reverse("work:today"), {"at": str(clinic.new_york.uid)})

    answer = nurse.get(reverse("work:tasks"))

    assert answer.context["desk"].location == clinic.new_york


def test_a_member_of_one_location_sees_only_that_one(clinic: Clinic) -> None:
    appointment = book(clinic)
    member = builders.make_user(clinic.organization, role=Role.NURSE, username="ny", location=clinic.new_york)
    client = Client()
    client.force_login(member)

    seen = client.get(reverse("work:today"), {"at": str(clinic.london.uid)})

    assert seen.context["desk"].location == clinic.new_york
    assert client.get(page("appointment", appointment)).status_code == 404


def queries(client: Client, address: str, asked: dict[str, str] | None = None) -> int:
    client.get(address, asked)
    with CaptureQueriesContext(connection) as seen:
        client.get(address, asked)
    return len(seen)


def test_today_takes_the_same_number_of_queries_for_one_visit_and_three(
    clinic: Clinic, nurse: Client
) -> None:
    make_medication(clinic.pia, "apixaban")
    book(clinic)
    for_one = queries(nurse, reverse("work:today"), on_the_day(clinic))
    for hours in (3, 6):
        patient = make_patient(clinic.organization)
        make_medication(patient, "apixaban")
        book(clinic, patient=patient, start=START + hours * HOUR)

    for_three = queries(nurse, reverse("work:today"), on_the_day(clinic))

    assert for_one == for_three


def test_tasks_take_the_same_number_of_queries_for_one_and_three(clinic: Clinic, nurse: Client) -> None:
    appointment = book(clinic)
    make_task(clinic, about="1", appointment=appointment)
    for_one = queries(nurse, reverse("work:tasks"))
    make_task(clinic, about="2", appointment=appointment)
    make_task(clinic, about="3", appointment=appointment)

    for_three = queries(nurse, reverse("work:tasks"))

    assert for_one == for_three


@pytest.mark.parametrize("name", PAGES)
def test_every_page_of_a_visit_answers_those_who_work_there(clinic: Clinic, nurse: Client, name: str) -> None:
    appointment = record_everything(clinic)

    answer = nurse.get(page(name, appointment))

    assert answer.status_code == 200
    assert "Novak, Pia" in text_of(answer)
    assert "14 Mar 1961" in text_of(answer)
    assert clinic.pia.identifier in text_of(answer)


@pytest.mark.parametrize("name", PAGES)
def test_no_page_of_a_visit_exists_for_another_clinic(clinic: Clinic, stranger: Client, name: str) -> None:
    appointment = book(clinic)

    answers = stranger.get(page(name, appointment)), stranger.post(page("arrived", appointment))

    assert [answer.status_code for answer in answers] == [404, 404]
    assert "Pia" not in text_of(answers[0])


@pytest.mark.parametrize(
    ("name", "wanted"), [("move", "scheduler, nurse, clinician"), ("medicines", "nurse, clinician")]
)
def test_a_role_that_may_not_is_told_who_may(clinic: Clinic, auditor: Client, name: str, wanted: str) -> None:
    appointment = book(clinic)

    answer = auditor.get(page(name, appointment))

    assert answer.status_code == 403
    assert f"It is for: {wanted}." in text_of(answer)


def test_nobody_but_nurses_and_clinicians_sees_a_proposal(
    clinic: Clinic, auditor: Client, nurse: Client
) -> None:
    make_medication(clinic.pia, "aspirin", dose_times=["08:00"])
    appointment = book(clinic)

    pages = [text_of(client.get(page("appointment", appointment))) for client in (auditor, nurse)]

    assert ["Decide about" in each for each in pages] == [False, True]


def test_an_unknown_address_is_a_page(nurse: Client) -> None:
    assert nurse.get("/staff/nothing/here/").status_code == 404


def test_arrived_records_it_and_says_whom(clinic: Clinic, nurse: Client) -> None:
    appointment = book(clinic)

    answer = nurse.post(page("arrived", appointment), {"from": "today"}, follow=True)

    assert Appointment.objects.get(pk=appointment.pk).status == "arrived"
    assert "Arrived: Pia Novak." in text_of(answer)


def test_arriving_twice_says_why_not(clinic: Clinic, nurse: Client) -> None:
    appointment = book(clinic)
    nurse.post(page("arrived", appointment))

    answer = nurse.post(page("arrived", appointment), follow=True)

    assert "cannot change that way" in text_of(answer)


def test_cancelling_needs_a_reason_and_keeps_the_note(clinic: Clinic, nurse: Client) -> None:
    appointment = book(clinic)

    answer = nurse.post(page("cancel", appointment), {"revision": 1, "note": "rang at noon"})

    assert answer.status_code == 422
    assert "Choose a reason." in text_of(answer)
    assert 'value="rang at noon"' in text_of(answer)


def test_cancelling_lists_what_follows_then_does_it(clinic: Clinic, nurse: Client) -> None:
    appointment = record_everything(clinic)
    attempt(owe(appointment, facts_sha256="9" * 64))

    before = text_of(nurse.get(page("cancel", appointment)))
    answer = nurse.post(page("cancel", appointment), {"revision": 1, "reason": "pat", "note": ""})

    assert "Pia Novak (patient), 2 messages" in before
    assert answer.status_code == 302
    assert Appointment.objects.get(pk=appointment.pk).status == "cancelled"


def test_a_visit_that_changed_meanwhile_is_not_cancelled(clinic: Clinic, nurse: Client) -> None:
    appointment = book(clinic)
    Appointment.objects.filter(pk=appointment.pk).update(revision=5)

    answer = nurse.post(page("cancel", appointment), {"revision": 1, "reason": "pat"})

    assert answer.status_code == 409
    assert "has changed since you saw it" in text_of(answer)
    assert Appointment.objects.get(pk=appointment.pk).status == "booked"


def test_a_move_to_a_taken_time_names_what_is_taken_and_offers_the_next_start(
    clinic: Clinic, nurse: Client
) -> None:
    appointment = book(clinic)
    book(clinic, patient=make_patient(clinic.organization), start=START + DAY)
    typed = {
        "revision": 1,
        "day": "2027-03-17",
        "time": "09:00",
        "reason": "as asked",
        "override_reason": "told so",
    }

    answer = nurse.post(page("move", appointment), typed)

    assert answer.status_code == 409
    assert "Radiologist is in use until Wed 17 Mar 2027, 10:30." in text_of(answer)
    assert answer.context["offered"] > START + DAY
    assert 'value="as asked"' in text_of(answer)
    assert Appointment.objects.get(pk=appointment.pk).start == START


def test_a_move_goes_to_the_wall_clock_time_of_the_location(clinic: Clinic, nurse: Client) -> None:
    appointment = book(clinic)
    typed = {"revision": 1, "day": "2027-03-30", "time": "10:00", "override_reason": "told so"}

    answer = nurse.post(page("move", appointment), typed)

    assert answer.status_code == 302
    assert Appointment.objects.get(pk=appointment.pk).start == dt.datetime(2027, 3, 30, 9, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"day": "", "time": "09:00"}, "Write a date such as"),
        ({"day": "2027-03-17", "time": "nine"}, "This cannot be read"),
        ({"day": "2027-03-28", "time": "01:30"}, "The clocks go forward"),
    ],
)
def test_a_move_that_cannot_be_read_says_why(
    clinic: Clinic, nurse: Client, typed: dict[str, str], said: str
) -> None:
    appointment = book(clinic)

    answer = nurse.post(page("move", appointment), {"revision": 1, **typed})

    assert answer.status_code == 422
    assert said in text_of(answer)


def test_an_end_before_the_beginning_is_refused_and_kept(clinic: Clinic, nurse: Client) -> None:
    appointment = book(clinic)
    nurse.post(page("arrived", appointment))
    typed = {"began_on": "2026-03-16", "began_at": "10:00", "ended_on": "2026-03-16", "ended_at": "09:10"}

    answer = nurse.post(page("end", appointment), {"revision": 2, **typed})

    assert answer.status_code == 409
    assert 'value="09:10"' in text_of(answer)


def test_an_end_is_recorded(clinic: Clinic, nurse: Client) -> None:
    appointment = book(clinic)
    nurse.post(page("arrived", appointment))
    typed = {"began_on": "2026-03-16", "began_at": "09:00", "ended_on": "2026-03-16", "ended_at": "10:10"}

    answer = nurse.post(page("end", appointment), {"revision": 2, **typed})

    assert answer.status_code == 302
    assert Appointment.objects.get(pk=appointment.pk).status == "fulfilled"


def test_the_timeline_says_what_was_sent_and_why_anything_was_not(clinic: Clinic, nurse: Client) -> None:
    appointment = record_everything(clinic)
    owe(appointment, facts_sha256="8" * 64, status="on-hold", status_reason="unsigned")
    Timeline.objects.filter(appointment=appointment).update(
        not_owed=[{"recipient": f"patient:{clinic.pia.pk}", "notice": "driving", "reason": "too-late"}]
    )

    said = text_of(nurse.get(page("appointment", appointment)))

    assert "No food after Tue 16 March, 3am." in said
    assert "Waits for a clinician&#x27;s signature." in said
    assert "<strong>Driving</strong>, patient: It would come too late." in said


def test_the_inbox_counts_under_every_filter(clinic: Clinic, nurse: Client) -> None:
    now = timezone.now()
    make_task(
        clinic, about="a", kind=TaskKind.SIGN_MEDICINES, severity=TaskSeverity.ROUTINE, due_at=now - HOUR
    )
    make_task(clinic, about="b")

    answer = nurse.get(reverse("work:tasks"), {"show": "calls"})

    assert {each.code: each.count for each in answer.context["inbox"].filters} == {
        "all": 2,
        "mine": 0,
        "unclaimed": 2,
        "overdue": 1,
        "sign": 1,
        "calls": 1,
    }
    assert [task.about for group in answer.context["inbox"].groups for task in group.tasks] == ["b"]


def test_an_empty_filter_names_the_next_deadline(clinic: Clinic, nurse: Client) -> None:
    make_task(clinic)

    assert "Next deadline of all" in text_of(nurse.get(reverse("work:tasks"), {"show": "mine"}))


def test_a_task_is_taken_given_back_and_closed(clinic: Clinic, nurse: Client) -> None:
    task = make_task(clinic)
    states = []
    for act, typed in (
        ("take", {}),
        ("give-back", {}),
        ("take", {}),
        ("done", {"outcome": "Not reached", "note": "x"}),
    ):
        nurse.post(reverse("work:task", args=[task.uid, act]), typed)
        states.append(Task.objects.get(pk=task.pk).status)

    assert states == ["in-progress", "requested", "in-progress", "completed"]
    assert Task.objects.get(pk=task.pk).outcome == "Not reached. x"


def test_closing_a_task_needs_an_outcome(clinic: Clinic, nurse: Client) -> None:
    task = make_task(clinic)

    answer = nurse.post(reverse("work:task", args=[task.uid, "done"]), follow=True)

    assert "Say what came of it" in text_of(answer)
    assert Task.objects.get(pk=task.pk).status == "requested"


def test_a_task_taken_meanwhile_says_who_has_it(clinic: Clinic, nurse: Client) -> None:
    task = make_task(clinic)
    claim_task(task=task, by=clinic.nora, now=task.opened_at)

    answer = nurse.post(reverse("work:task", args=[task.uid, "take"]), follow=True)

    assert "Nora has this task, as of" in text_of(answer)


def test_tasks_of_another_clinic_are_not_there(clinic: Clinic, stranger: Client, auditor: Client) -> None:
    task = make_task(clinic)
    take = reverse("work:task", args=[task.uid, "take"])

    assert [stranger.post(take).status_code, auditor.post(take).status_code] == [404, 403]


def test_a_task_leads_back_only_within_the_site(clinic: Clinic, nurse: Client) -> None:
    task = make_task(clinic)

    answer = nurse.post(reverse("work:task", args=[task.uid, "take"]), {"back": "https://elsewhere.example/"})

    assert answer["Location"] == f"/staff/tasks/#task-{task.uid}"


def form_for(client: Client, appointment: Appointment, *, drug: str, choice: str) -> dict[str, str]:
    basis = client.get(page("medicines", appointment)).context["prepared"].basis
    return {"drug": drug, "choice": choice, "basis": basis}


def test_what_is_checked_is_what_is_signed(clinic: Clinic, clinician: Client) -> None:
    make_medication(clinic.pia, "aspirin", dose_times=["08:00"])
    appointment = book(clinic)
    choices = clinician.get(page("medicines", appointment)).context["cards"][0].choices
    form = form_for(clinician, appointment, drug="aspirin", choice=choices[0].value)

    worded = clinician.post(page("sign", appointment), {**form, "step": "word"})
    typed = {**form, "sentence-en": "Aspirin.\r\n Take your last tablet  on Friday."}
    checked = clinician.post(page("sign", appointment), {**typed, "step": "check"})
    [(_, shown)] = checked.context["draft"].sentences
    signed = clinician.post(
        page("sign", appointment),
        {**form, "sentence-en": shown, "step": "sign", "password": "a long pass phrase"},
    )

    assert worded.context["draft"].sentences == (("en", choices[0].sentence),)
    assert shown in text_of(checked)
    assert signed.status_code == 302
    decision = MedicationDecision.objects.get()
    assert decision.sentences == {"en": "Aspirin. Take your last tablet on Friday."}
    assert decision.last_dose_on == choices[0].last_dose_on


def test_nothing_is_preselected_where_a_choice_is_needed(clinic: Clinic, clinician: Client) -> None:
    make_medication(clinic.pia, "aspirin", dose_times=["08:00"])
    appointment = book(clinic)

    answer = clinician.get(page("medicines", appointment))

    assert " checked" not in text_of(answer)
    assert [len(choice.strip) for choice in answer.context["cards"][0].choices] == [5, 6, 7, 0, 0, 0]


def test_a_wrong_password_signs_nothing_and_keeps_the_words(clinic: Clinic, clinician: Client) -> None:
    make_medication(clinic.pia, "apixaban")
    appointment = book(clinic)
    form = form_for(clinician, appointment, drug="apixaban", choice="continue")

    answer = clinician.post(
        page("sign", appointment), {**form, "sentence-en": "Go on.", "step": "sign", "password": "wrong"}
    )

    assert answer.status_code == 422
    assert "This is not your password." in text_of(answer)
    assert "<p>Go on.</p>" in text_of(answer)
    assert not MedicationDecision.objects.exists()


def test_a_basis_that_changed_meanwhile_is_said(clinic: Clinic, clinician: Client) -> None:
    medicine = make_medication(clinic.pia, "apixaban")
    appointment = book(clinic)
    form = form_for(clinician, appointment, drug="apixaban", choice="continue")
    medicine.dose_times = ["09:00", "21:00"]
    medicine.save()

    answer = clinician.post(
        page("sign", appointment),
        {**form, "sentence-en": "Go on.", "step": "sign", "password": "a long pass phrase"},
    )

    assert answer.status_code == 409
    assert "Something this decision rests on has changed." in text_of(answer)


def test_a_missing_language_is_asked_for(clinic: Clinic, clinician: Client) -> None:
    clinic.pia.language = "pl"
    clinic.pia.save()
    make_medication(clinic.pia, "apixaban")
    appointment = book(clinic)
    form = form_for(clinician, appointment, drug="apixaban", choice="continue")

    answer = clinician.post(page("sign", appointment), {**form, "step": "check", "sentence-pl": " "})

    assert answer.status_code == 422
    assert "Language: pl." in text_of(answer)


def test_phoning_instead_is_signed_without_words(clinic: Clinic, clinician: Client) -> None:
    make_medication(clinic.pia, "apixaban")
    appointment = book(clinic)
    form = form_for(clinician, appointment, drug="apixaban", choice="phone")

    clinician.post(page("sign", appointment), {**form, "step": "sign", "password": "a long pass phrase"})

    assert MedicationDecision.objects.get().kind == "phone"


@pytest.mark.parametrize(
    "form", [{}, {"drug": "apixaban"}, {"drug": "apixaban", "choice": "hold 1999-01-01"}]
)
def test_a_choice_that_is_none_is_refused(clinic: Clinic, clinician: Client, form: dict[str, str]) -> None:
    make_medication(clinic.pia, "apixaban")
    appointment = book(clinic)

    answer = clinician.post(page("sign", appointment), {**form, "step": "sign"})

    assert answer.status_code == 409
    assert "Choose one of the options." in text_of(answer)


def test_only_clinicians_sign_and_withdraw(clinic: Clinic, nurse: Client, clinician: Client) -> None:
    make_medication(clinic.pia, "apixaban")
    appointment = book(clinic)
    sign_apixaban(clinic, appointment, now=timezone.now())
    decision = MedicationDecision.objects.get()
    withdraw = reverse("work:withdraw", args=[appointment.uid, decision.uid])

    refused = [nurse.post(each).status_code for each in (page("sign", appointment), withdraw)]
    done = clinician.post(withdraw).status_code

    assert (refused, done) == ([403, 403], 302)
    assert MedicationDecision.objects.get().withdrawn_at is not None


def test_a_signature_whose_basis_changed_is_shown_as_void(clinic: Clinic, clinician: Client) -> None:
    make_medication(clinic.pia, "apixaban")
    appointment = book(clinic)
    sign_apixaban(clinic, appointment)
    make_medication(clinic.pia, "aspirin")

    answer = clinician.get(page("medicines", appointment))

    assert [card.tag.word for card in answer.context["cards"] if card.drug == "apixaban"] == [
        "Void, sign again"
    ]


def test_a_page_that_cannot_be_read_is_unknown_and_not_empty(clinic: Clinic, rf: RequestFactory) -> None:
    @staff_page
    def broken(request: HttpRequest, desk: Desk) -> HttpResponse:
        raise OperationalError

    request = rf.get("/staff/")
    request.user = clinic.nora
    request.session = {}

    answer = broken(request)

    assert answer.status_code == 503
    assert "is not empty, it is unknown" in text_of(answer)


def test_a_forgotten_slash_is_put_right(nurse: Client) -> None:
    answer = nurse.get("/staff/tasks")

    assert (answer.status_code, answer["Location"]) == (301, "/staff/tasks/")

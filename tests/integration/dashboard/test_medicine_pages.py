"""The pages about medicines: what nobody has confirmed, what is reduced or refused, what starts again."""

import datetime as dt

import pytest
from builders import HOUR, LONDON, NOW, START, Clinic, book, make_medication, make_patient
from django.test import Client
from django.urls import reverse

from scheduling.codes import TaskKind
from scheduling.models import Appointment, MedicationDecision, MedicationStatement, RestartDecision, Task
from scheduling.operations import mark_arrived, record_end, register_medicine

pytestmark = pytest.mark.slow

PASSWORD = "a long pass phrase"


def page(name: str, appointment: Appointment, *more: object) -> str:
    return reverse(f"work:{name}", args=[appointment.uid, *more])


def text_of(answer: object) -> str:
    return " ".join(answer.content.decode().split())


# --- the list -----------------------------------------------------------------------------------------


def test_written_medicine_is_shown_with_what_it_may_be(clinic: Clinic, nurse: Client) -> None:
    appointment = book(clinic)

    nurse.post(
        page("medicine-list", appointment, "add"),
        {"text": "Elikuis 5 mg tablet", "dose_times": "08:00, 20:00"},
    )
    answer = nurse.get(page("medicines", appointment))

    entry = MedicationStatement.objects.get()
    assert (entry.drug, entry.dose_times, entry.form) == (
        '"Elikuis 5 mg tablet"',
        ["08:00", "20:00"],
        "5 mg tablet",
    )
    [identity] = answer.context["identities"]
    assert [(each.drug, each.words) for each in identity.candidates] == [
        ("apixaban", "Probably: spelled nearly so, Eliquis")
    ]
    assert "It is apixaban" in text_of(answer)
    assert [card.drug for card in answer.context["cards"]] == ['"Elikuis 5 mg tablet"']


@pytest.mark.parametrize(
    ("sent", "drug", "identity"),
    [
        ({"drug": "apixaban"}, "apixaban", "confirmed"),
        ({"drug": " Apixaban "}, "apixaban", "confirmed"),
        ({"none": "1"}, '"Eliquis"', "unlisted"),
        ({"drug": ""}, '"Eliquis"', "unconfirmed"),
        ({"drug": "eliquis"}, '"Eliquis"', "unconfirmed"),
    ],
)
def test_one_click_says_which_medicine_it_is(
    clinic: Clinic, nurse: Client, sent: dict[str, str], drug: str, identity: str
) -> None:
    appointment = book(clinic)
    medicine = register_medicine(patient=clinic.pia, text="Eliquis")

    answer = nurse.post(page("medicine-list", appointment, "confirm"), {"medicine": medicine.uid, **sent})

    medicine.refresh_from_db()
    assert answer.status_code == 302
    assert (medicine.drug, medicine.identity) == (drug, identity)


def test_wrong_entry_is_taken_off(clinic: Clinic, nurse: Client) -> None:
    appointment = book(clinic)
    medicine = register_medicine(patient=clinic.pia, text="Eliquis and aspirin")
    shown = nurse.get(page("medicines", appointment))
    assert "More than one medicine is written here." in text_of(shown)

    nurse.post(page("medicine-list", appointment, "end"), {"medicine": medicine.uid})

    medicine.refresh_from_db()
    assert not medicine.active


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"text": ""}, "Write the medicine as it stands on the box."),
        ({"text": "Eliquis", "dose_times": "in the morning"}, "Write the times of day as 08:00, 20:00."),
    ],
)
def test_what_cannot_be_written_down_is_said(
    clinic: Clinic, nurse: Client, sent: dict[str, str], said: str
) -> None:
    answer = nurse.post(page("medicine-list", book(clinic), "add"), sent, follow=True)

    assert said in text_of(answer)
    assert not MedicationStatement.objects.exists()


def test_medicines_of_others_are_not_there(
    clinic: Clinic, nurse: Client, stranger: Client, auditor: Client
) -> None:
    appointment = book(clinic)
    theirs = register_medicine(patient=make_patient(clinic.organization), text="Eliquis")
    sent = {"medicine": theirs.uid, "drug": "apixaban"}
    confirm = page("medicine-list", appointment, "confirm")

    answers = [
        nurse.post(confirm, sent).status_code,
        nurse.post(confirm, {**sent, "medicine": "x"}).status_code,
        nurse.post(page("medicine-list", appointment, "burn"), sent).status_code,
        stranger.post(confirm, sent).status_code,
        auditor.post(confirm, sent).status_code,
    ]

    assert answers == [404, 404, 404, 404, 403]


@pytest.mark.parametrize(
    ("typed", "drug", "identity"),
    [
        ("apixaban", "apixaban", "recorded"),
        (" Apixaban", "apixaban", "recorded"),
        ("Eliquis 5 mg", '"Eliquis 5 mg"', "unconfirmed"),
        ("apixabam", '"apixabam"', "unconfirmed"),
    ],
)
def test_records_take_generic_names_and_keep_other_words_apart(
    clinic: Clinic, nurse: Client, typed: str, drug: str, identity: str
) -> None:
    sent = {"patient": clinic.pia.pk, "drug": typed, "dose_times": "", "weekdays": "", "active": "on"}

    answer = nurse.post(reverse("admin:scheduling_medicationstatement_add"), sent)

    assert answer.status_code == 302, answer.context["errors"]
    entry = MedicationStatement.objects.get()
    assert (entry.drug, entry.identity) == (drug, identity)


def test_records_do_not_rename_what_waits_to_be_confirmed(clinic: Clinic, nurse: Client) -> None:
    medicine = register_medicine(patient=clinic.pia, text="Eliquis")
    sent = {"drug": "aspirin", "dose_times": "08:00", "weekdays": "", "active": "on"}

    answer = nurse.post(reverse("admin:scheduling_medicationstatement_change", args=[medicine.pk]), sent)

    medicine.refresh_from_db()
    assert answer.status_code == 302, answer.context["errors"]
    assert (medicine.drug, medicine.dose_times) == ('"Eliquis"', ["08:00"])


def test_records_refuse_a_medicine_without_a_name(clinic: Clinic, nurse: Client) -> None:
    sent = {"patient": clinic.pia.pk, "drug": "5 mg", "active": "on"}

    answer = nurse.post(reverse("admin:scheduling_medicationstatement_add"), sent)

    assert answer.context["adminform"].form.errors == {
        "drug": ["Write the medicine as it stands on the box."]
    }


# --- reduced, refused, of one's own --------------------------------------------------------------------


def sign(client: Client, appointment: Appointment, **typed: object) -> object:
    basis = client.get(page("medicines", appointment)).context["prepared"].basis
    form = {"basis": basis, "step": "sign", "password": PASSWORD, **typed}
    return client.post(page("sign", appointment), form)


def test_share_of_the_insulin_is_proposed_worded_and_signed(clinic: Clinic, clinician: Client) -> None:
    make_medication(clinic.pia, "insulin glargine", brand="Lantus", dose_times=["22:00"])
    appointment = book(clinic)
    [card] = clinician.get(page("medicines", appointment)).context["cards"]
    shares = [choice for choice in card.choices if choice.kind == "reduce"]
    assert [choice.words for choice in shares] == [
        "Take 75% of the usual dose: Mon 15 Mar 2027, 22:00",
        "Take 80% of the usual dose: Mon 15 Mar 2027, 22:00",
    ]

    answer = sign(
        clinician,
        appointment,
        drug="insulin glargine",
        choice=shares[1].value,
        **{"sentence-en": shares[1].sentence},
    )

    decision = MedicationDecision.objects.get()
    assert answer.status_code == 302
    assert (decision.dose_percent, decision.dose_at, decision.sentences) == (
        80,
        dt.datetime(2027, 3, 15, 22, tzinfo=LONDON),
        {"en": shares[1].sentence},
    )
    shown = text_of(clinician.get(page("appointment", appointment)))
    assert "80% of the dose of Mon 15 Mar 2027, 22:00" in shown
    assert "80% of the usual dose of insulin glargine, signed" in shown


def test_share_of_ones_own_needs_a_reason(clinic: Clinic, clinician: Client) -> None:
    make_medication(clinic.pia, "insulin glargine", dose_times=["22:00"])
    appointment = book(clinic)
    typed = {"drug": "insulin glargine", "choice": "share", "dose_percent": "60", "sentence-en": "Words."}

    refused = sign(clinician, appointment, **typed)
    signed = sign(clinician, appointment, **typed, reason="Low sugar  at night.")

    assert (refused.status_code, signed.status_code) == (422, 302)
    assert "Proposed, in per cent: 75, 80." in text_of(refused)
    assert [(each.dose_percent, each.reason) for each in MedicationDecision.objects.all()] == [
        (60, "Low sugar at night.")
    ]


def test_last_dose_of_ones_own_is_signed_with_its_reason(clinic: Clinic, clinician: Client) -> None:
    make_medication(clinic.pia, "aspirin", dose_times=["08:00"])
    appointment = book(clinic)
    typed = {"drug": "aspirin", "choice": "typed", "last_dose_on": "2027-03-05", "sentence-en": "Words."}

    refused = sign(clinician, appointment, **typed)
    signed = sign(clinician, appointment, **typed, reason="Very low platelets.")

    assert (refused.status_code, signed.status_code) == (422, 302)
    assert MedicationDecision.objects.get().last_dose_on == dt.date(2027, 3, 5)


def test_refusal_needs_a_reason_and_says_nothing(clinic: Clinic, clinician: Client) -> None:
    make_medication(clinic.pia, "aspirin", dose_times=["08:00"])
    appointment = book(clinic)

    refused = sign(clinician, appointment, drug="aspirin", choice="refuse")
    signed = sign(clinician, appointment, drug="aspirin", choice="refuse", reason="New stent.")

    assert (refused.status_code, signed.status_code) == (409, 302)
    decision = MedicationDecision.objects.get()
    assert (decision.kind, decision.reason, decision.sentences) == ("refuse", "New stent.", {})


# --- starting again -------------------------------------------------------------------------------------


@pytest.fixture
def ended(clinic: Clinic) -> Appointment:
    """A visit with held apixaban, over since 11:00."""
    make_medication(clinic.pia, "apixaban", brand="Eliquis")
    appointment = book(clinic)
    MedicationDecision.objects.create(
        appointment=appointment,
        drug="apixaban",
        kind="hold",
        last_dose_on=dt.date(2027, 3, 14),
        sentences={"en": "Words."},
        basis_sha256="0" * 64,
        signed_by=clinic.cleo,
        signed_at=NOW,
    )
    mark_arrived(appointment=appointment, now=START - HOUR, by=clinic.staff)
    record_end(
        appointment=appointment,
        began_at=START,
        ended_at=START + 2 * HOUR,
        now=START + 3 * HOUR,
        by=clinic.staff,
    )
    return Appointment.objects.get(pk=appointment.pk)


def answer_restart(client: Client, appointment: Appointment, **typed: object) -> object:
    [question] = client.get(page("restarts", appointment)).context["questions"]
    form = {
        "drug": "apixaban",
        "basis": question.basis,
        "kind": "restart",
        "bleeding_stopped": "1",
        "on": "2027-03-18",
        "at": "08:00",
        **typed,
    }
    return client.post(page("sign-restart", appointment), form)


def test_restart_is_chosen_worded_and_signed(ended: Appointment, clinician: Client) -> None:
    worded = answer_restart(clinician, ended)
    [(language, sentence)] = worded.context["draft"].sentences
    assert (language, sentence) == (
        "en",
        "Eliquis (apixaban). Take it again, as before, from Thursday 18 March, 8:00 in the morning.",
    )

    signed = answer_restart(clinician, ended, step="sign", password=PASSWORD, **{"sentence-en": sentence})

    decision = RestartDecision.objects.get()
    assert signed.status_code == 302
    assert (decision.restart_at, decision.sentences) == (
        dt.datetime(2027, 3, 18, 8, tzinfo=LONDON),
        {"en": sentence},
    )
    assert Task.objects.get(kind=TaskKind.RESTART_MEDICINES).status == "cancelled"
    assert "Take it again" in text_of(clinician.get(page("restarts", ended)))
    assert "Starting again" in text_of(clinician.get(page("appointment", ended)))


def test_what_is_wrong_with_a_restart_is_said_and_kept(ended: Appointment, clinician: Client) -> None:
    sent = {"step": "sign", "password": PASSWORD, "sentence-en": "Words."}

    answers = [
        answer_restart(clinician, ended, **{**sent, "password": "wrong"}),
        answer_restart(clinician, ended, **sent, at="eight"),
        answer_restart(clinician, ended, **sent, kind="stay-off"),
        answer_restart(clinician, ended, **{**sent, "sentence-en": " "}),
        answer_restart(clinician, ended, **sent, kind="perhaps"),
    ]

    assert [answer.status_code for answer in answers] == [422] * 5
    assert "Say when the medicine starts again" in text_of(answers[1])
    assert 'value="eight"' in text_of(answers[1])
    assert not RestartDecision.objects.exists()


def test_signed_restart_is_withdrawn(ended: Appointment, clinician: Client) -> None:
    answer_restart(clinician, ended, step="sign", password=PASSWORD, **{"sentence-en": "Words."})
    decision = RestartDecision.objects.get()
    withdraw = page("withdraw-restart", ended, decision.uid)

    answers = [clinician.post(withdraw, follow=True) for _ in range(2)]

    decision.refresh_from_db()
    assert decision.withdrawn_at is not None
    assert "The signature is withdrawn." in text_of(answers[0])
    assert "was withdrawn before" in text_of(answers[1])


def test_nurse_sees_what_is_decided_and_does_not_sign(
    ended: Appointment, nurse: Client, auditor: Client, stranger: Client
) -> None:
    shown = nurse.get(page("restarts", ended))

    assert (shown.status_code, "Only a clinician of" in text_of(shown)) == (200, True)
    assert nurse.post(page("sign-restart", ended), {}).status_code == 403
    assert [each.get(page("restarts", ended)).status_code for each in (auditor, stranger)] == [403, 404]


def test_nothing_starts_again_before_the_end(clinic: Clinic, clinician: Client) -> None:
    answer = clinician.get(page("restarts", book(clinic)))

    assert "The end of the procedure is not recorded." in text_of(answer)

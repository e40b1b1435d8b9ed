"""What a patient hears about taking a medicine again: nothing before a clinician has signed it, then at once."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal

import pytest
from builders import Clinic, book, make_medication
from clinic_clock import london
from page_people import make_link, page_at, said, sign

from notifications.models import CommunicationRequest
from scheduling import operations
from scheduling.codes import RestartKind, TaskKind
from scheduling.models import Appointment, Evidence, RestartDecision, Task
from scheduling.operations import restart_questions

pytestmark = pytest.mark.slow

AGAIN = "Eliquis (apixaban). Take it again, as before, from Thursday 18 March, in the morning."


@pytest.fixture
def ended(northside: Clinic) -> Appointment:
    """Pia's apixaban was held by a signature; the procedure ended on Tuesday at 11:00, recorded at noon."""
    make_medication(northside.pia, "apixaban", brand="Eliquis")
    Evidence.objects.create(
        patient=northside.pia, item="creatinine_clearance", done_on=dt.date(2027, 2, 26), value=Decimal(80)
    )
    appointment = book(northside)
    sign(northside, appointment, last_dose_on=dt.date(2027, 3, 14))
    operations.mark_arrived(appointment=appointment, now=london(16, 8), by=northside.staff)
    operations.record_end(
        appointment=appointment,
        began_at=london(16, 9),
        ended_at=london(16, 11),
        now=london(16, 12),
        by=northside.staff,
    )
    return appointment


def sign_restart(clinic: Clinic, appointment: Appointment) -> RestartDecision:
    [question] = restart_questions(Appointment.objects.with_facts().get(pk=appointment.pk))
    return operations.sign_restart(
        appointment=appointment,
        drug="apixaban",
        kind=RestartKind.RESTART,
        basis_sha256=question.basis,
        bleeding_stopped=True,
        by=clinic.cleo,
        now=london(16, 13),
        sentences={"en": AGAIN},
        restart_at=london(18, 8),
    )


def owed(appointment: Appointment) -> list[tuple[str, str]]:
    """Return what is owed or was sent about starting again, with its status."""
    found = CommunicationRequest.objects.filter(appointment=appointment, notice__contains="restart")
    return list(found.order_by("id").values_list("notice", "status").distinct())


def test_nothing_is_said_about_starting_again_before_the_signature(
    ended: Appointment, run: Callable[..., list[str]]
) -> None:
    run(london(16, 12, 30), ended)

    page = page_at(make_link(ended)[1], london(16, 14))

    assert owed(ended) == []
    assert page.medicines.again == ()


def test_signed_restart_is_told_at_once_and_stands_on_the_page(
    northside: Clinic, ended: Appointment, run: Callable[..., list[str]]
) -> None:
    run(london(16, 12, 30), ended)

    sign_restart(northside, ended)
    texts = run(london(16, 13), ended)

    assert owed(ended) == [("medicines-restart", "completed")]
    assert texts != []
    assert not any("apixaban" in text or "Eliquis" in text for text in texts)
    [medicine] = page_at(make_link(ended)[1], london(16, 14)).medicines.again
    assert medicine.words == AGAIN
    assert medicine.signed.startswith("Checked for you by Cleo")


def test_withdrawn_restart_is_silent_again_and_somebody_phones(
    northside: Clinic, ended: Appointment, run: Callable[..., list[str]]
) -> None:
    decision = sign_restart(northside, ended)
    run(london(16, 13), ended)

    operations.withdraw_restart(decision=decision, by=northside.cleo, now=london(16, 14))
    run(london(16, 14), ended)

    assert AGAIN not in said(page_at(make_link(ended)[1], london(16, 15)))
    kinds = set(Task.objects.still_open().filter(appointment=ended).values_list("kind", flat=True))
    assert {TaskKind.RESTART_MEDICINES, TaskKind.MAY_HAVE_STOPPED} <= kinds


def test_refused_proposal_is_told_by_phone_on_the_page(northside: Clinic) -> None:
    make_medication(northside.pia, "apixaban", brand="Eliquis")
    appointment = book(northside)
    sign(
        northside, appointment, kind="refuse", last_dose_on=None, sentences={}, reason="Valve: never without."
    )

    page = page_at(make_link(appointment)[1], london(3, 9))

    assert (page.medicines.signed, page.medicines.void) == ((), "")
    assert page.medicines.by_phone.startswith("We will talk with you about one of your medicines by phone.")
    assert "Valve" not in said(page)

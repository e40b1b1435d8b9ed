"""A POST that is repeated with the same key is answered, not done again."""

import datetime as dt
import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from api_callers import client_of, problem
from builders import NOW, START, Clinic, make_clinic
from django.db import IntegrityError, connection, connections, transaction
from django.http import HttpResponse
from django.utils import timezone
from rest_framework.response import Response
from rest_framework.test import APIClient

from cryoclinic.models import TAKES_HOLD_WITHIN, IdempotencyKey
from scheduling.models import Appointment, Patient

PATIENTS = "/api/v1/patients/"
PIA = {
    "identifier": "N-1",
    "given_name": "Pia",
    "family_name": "Lind",
    "birth_date": "1961-03-14",
    "sex": "f",
}


def register(http: APIClient, *, key: str, **facts: str) -> HttpResponse:
    return http.post(PATIENTS, PIA | facts, headers={"Idempotency-Key": key})


def test_repeated_request_is_answered_as_the_first_time(portal: APIClient) -> None:
    first = register(portal, key="a")
    again = register(portal, key="a")

    assert (again.status_code, again.content, again["Content-Type"]) == (
        201,
        first.content,
        first["Content-Type"],
    )
    assert (first.get("Idempotent-Replay"), again["Idempotent-Replay"]) == (None, "true")
    assert Patient.objects.filter(identifier="N-1").count() == 1


def test_refusal_is_repeated_too(portal: APIClient) -> None:
    first = register(portal, key="a", birth_date="yesterday")
    again = register(portal, key="a", birth_date="yesterday")

    assert problem(first) == problem(again) == (400, "check-the-fields")
    assert again["Idempotent-Replay"] == "true"


def test_key_with_another_request_is_refused(portal: APIClient) -> None:
    register(portal, key="a")

    assert problem(register(portal, key="a", identifier="N-2")) == (422, "idempotency-key-reused")
    assert Patient.objects.filter(identifier="N-1").count() == 1


def test_key_is_one_callers_own(portal: APIClient, omar: APIClient, nora: APIClient) -> None:
    born = "1961-03-1"  # Each is somebody else.
    answers = [
        register(http, key="a", identifier=f"N-{n}", birth_date=f"{born}{n}")
        for n, http in enumerate([portal, omar, nora])
    ]

    assert [answer.status_code for answer in answers] == [201, 201, 201]


def test_request_without_key_is_done_each_time(portal: APIClient) -> None:
    answers = [portal.post(PATIENTS, PIA) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [201, 409]
    assert IdempotencyKey.objects.count() == 0


@pytest.mark.parametrize("key", ["", "x" * 201, "café", "a\tb"])
def test_key_that_cannot_be_one_is_refused(portal: APIClient, key: str) -> None:
    assert problem(register(portal, key=key)) == (400, "idempotency-key-unusable")


def test_refused_sign_in_leaves_no_key(clinic: Clinic) -> None:
    reader = client_of(clinic.organization, scopes=["scheduling.read"])

    assert problem(register(APIClient(), key="a")) == (401, "sign-in-needed")
    assert problem(register(reader, key="a")) == (403, "scope-missing")
    assert IdempotencyKey.objects.count() == 0


@pytest.fixture
def claimed(portal: APIClient) -> Callable[[dt.timedelta], IdempotencyKey]:
    """Return a function that leaves a key as a request does that died so long ago."""

    def leave(ago: dt.timedelta) -> IdempotencyKey:
        register(portal, key="a")
        Patient.objects.filter(identifier="N-1").delete()
        died_at = timezone.now() - ago
        IdempotencyKey.objects.update(
            status=None, body="", headers={}, claimed_at=died_at, created_at=died_at
        )
        return IdempotencyKey.objects.get()

    return leave


def test_key_that_was_just_claimed_is_refused(
    portal: APIClient, claimed: Callable[[dt.timedelta], IdempotencyKey]
) -> None:
    claimed(dt.timedelta(seconds=1))

    assert problem(register(portal, key="a")) == (409, "idempotency-key-in-use")


def test_key_of_a_request_that_died_is_taken_over(
    portal: APIClient, claimed: Callable[[dt.timedelta], IdempotencyKey]
) -> None:
    claimed(dt.timedelta(seconds=3))

    answers = [register(portal, key="a") for _ in range(2)]

    assert [(answer.status_code, "Idempotent-Replay" in answer) for answer in answers] == [
        (201, False),
        (201, True),
    ]
    assert Patient.objects.filter(identifier="N-1").count() == 1


def test_answer_is_forgotten_after_a_day(portal: APIClient) -> None:
    register(portal, key="a")
    IdempotencyKey.objects.update(created_at=timezone.now() - dt.timedelta(hours=24))

    assert problem(register(portal, key="a")) == (409, "identifier-taken")


def test_server_error_is_not_kept(portal: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    portal.raise_request_exception = False
    with monkeypatch.context() as broken:
        broken.setattr(Patient, "_meta", None)
        failed = register(portal, key="a")

    assert problem(failed) == (500, "unexpected")
    assert register(portal, key="a").status_code == 201


class Crashed(BaseException):
    """Stands for a process that ends."""


@pytest.mark.django_db(transaction=True)
def test_crash_before_the_answer_is_stored_leaves_nothing_done(
    clock: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    portal = client_of(make_clinic().organization)
    with monkeypatch.context() as broken:
        broken.setattr(Response, "render", crash)
        with pytest.raises(Crashed):
            register(portal, key="a")

    assert not Patient.objects.filter(identifier="N-1").exists()
    assert register(portal, key="a").status_code == 201


def crash(_response: Response) -> None:
    raise Crashed


@pytest.mark.django_db(transaction=True)
def test_request_whose_key_was_taken_over_does_nothing(clock: None, monkeypatch: pytest.MonkeyPatch) -> None:
    portal = client_of(make_clinic().organization)
    save = Patient.save

    def slowly(patient: Patient, **options: object) -> None:
        save(patient, **options)
        # As another request does that finds this one silent for too long.
        IdempotencyKey.objects.update(claimed_at=timezone.now() + dt.timedelta(seconds=61))

    with monkeypatch.context() as slow:
        slow.setattr(Patient, "save", slowly)
        late = register(portal, key="a")

    assert problem(late) == (409, "idempotency-key-in-use")
    assert not Patient.objects.filter(identifier="N-1").exists()


@pytest.mark.full
@pytest.mark.django_db(transaction=True)
def test_key_of_a_running_request_is_refused_however_long_it_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    credentials = client_of(make_clinic().organization)._credentials
    begun, finish = threading.Event(), threading.Event()
    save = Patient.save

    def slowly(patient: Patient, **options: object) -> None:
        begun.set()
        assert finish.wait(30)
        save(patient, **options)

    def send(_: int) -> HttpResponse:
        http = APIClient()
        http.credentials(**credentials)
        try:
            return register(http, key="a")
        finally:
            connection.close()

    monkeypatch.setattr(Patient, "save", slowly)
    with ThreadPoolExecutor(1) as thread:
        running = thread.submit(send, 0)
        assert begun.wait(30)
        much_later = timezone.now() + dt.timedelta(minutes=10)
        monkeypatch.setattr(timezone, "now", lambda: much_later)
        meanwhile = send(1)
        finish.set()
        first = running.result()
    again = send(2)

    assert problem(meanwhile) == (409, "idempotency-key-in-use")
    assert (first.status_code, again.status_code, again["Idempotent-Replay"]) == (201, 201, "true")


@pytest.mark.full
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("moment", ["before anything", "before the answer is stored"])
def test_request_that_is_killed_is_done_by_its_repetition(
    clock: None, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    clinic = make_clinic()
    credentials = client_of(clinic.organization)._credentials
    wish = {"offering": clinic.offering.uid, "patient": clinic.pia.uid, "start": START.isoformat()}
    target = {"before anything": "scheduling.api.appointments.actor_of"}.get(
        moment, "rest_framework.response.Response.render"
    )

    def send() -> HttpResponse:
        http = APIClient()
        http.credentials(**credentials)
        return http.post("/api/v1/appointments/", wish, headers={"Idempotency-Key": "a"})

    # The child must have no connection of the parent's to close.
    connections.close_all()
    child = os.fork()
    if child == 0:
        with pytest.MonkeyPatch.context() as dying:
            dying.setattr(target, lambda *_: os.kill(os.getpid(), signal.SIGKILL))
            send()
        os._exit(0)
    _, ended = os.waitpid(child, 0)
    monkeypatch.setattr(timezone, "now", lambda: NOW + TAKES_HOLD_WITHIN)
    answers = [send(), send()]

    assert os.WTERMSIG(ended) == signal.SIGKILL
    assert [(answer.status_code, "Idempotent-Replay" in answer) for answer in answers] == [
        (201, False),
        (201, True),
    ]
    assert Appointment.objects.count() == 1


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_of_four_bookings_with_one_key_one_is_made(clock: None) -> None:
    clinic = make_clinic()
    credentials = client_of(clinic.organization)._credentials
    wish = {"offering": clinic.offering.uid, "patient": clinic.pia.uid, "start": START.isoformat()}

    def repeat(_: int) -> HttpResponse:
        http = APIClient()
        http.credentials(**credentials)
        try:
            return http.post("/api/v1/appointments/", wish, headers={"Idempotency-Key": "a"})
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(repeat, range(4)))

    made = [answer for answer in answers if answer.status_code == 201]
    refused = {problem(answer) for answer in answers if answer.status_code != 201}
    assert len([answer for answer in made if "Idempotent-Replay" not in answer]) == 1
    assert len({answer.content for answer in made}) == 1
    assert refused <= {(409, "idempotency-key-in-use")}
    assert Appointment.objects.count() == 1


@pytest.mark.parametrize(
    ("constraint", "fields"),
    [
        ("cryoclinic_idempotency_key_used_once", {}),
        ("cryoclinic_idempotency_key_has_an_owner", {"key": "b", "client": None}),
        ("cryoclinic_answer_of_a_server_error_is_not_kept", {"key": "b", "status": 500}),
    ],
)
def test_database_keeps_the_promises(portal: APIClient, constraint: str, fields: dict[str, object]) -> None:
    register(portal, key="a")
    row = IdempotencyKey.objects.get()
    row.pk = None
    for name, value in fields.items():
        setattr(row, name, value)

    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        row.save(force_insert=True)

"""Each alarm made true, and over again: a task for the clinic, a number for Prometheus."""

import datetime as dt
from typing import Any

import pytest
from builders import DAY, HOUR, NOW, Clinic, book
from django.db.models import F
from django.test import Client
from owed import owe, planned

from notifications.models import (
    Communication,
    CommunicationRequest,
    ContactPoint,
    Heartbeat,
    ProviderState,
    Timeline,
)
from notifications.operations.heartbeat import beat
from notifications.operations.watch import SWEEPS, alarms, measure, watch
from scheduling.models import Appointment, Task

pytestmark = pytest.mark.slow


@pytest.fixture
def visit(northside: Clinic) -> Appointment:
    """Pia's visit, planned, with sweeps that run."""
    for name in SWEEPS:
        beat(name=name, now=NOW)
    return planned(book(northside))


def doubtful(request: CommunicationRequest) -> None:
    point = ContactPoint.objects.filter(organization=request.organization).first()
    Communication.objects.create(
        request=request, recipient=request.recipient, contact_point=point, channel="sms", text="words",
        status="unknown", status_reason="lease-lapsed", attempted_at=NOW - HOUR, lease_until=NOW, settled_at=NOW,
    )  # fmt: skip


def behind(visit: Appointment) -> None:
    Timeline.objects.filter(appointment=visit).update(
        wanted_revision=F("planned_revision") + 1, wanted_since=NOW - HOUR
    )


ALARMS: dict[str, Any] = {
    "unplanned": behind,
    "overdue": lambda visit: owe(visit, due_at=NOW - HOUR, next_at=NOW - HOUR),
    "sweep": lambda _visit: Heartbeat.objects.update(beat_at=NOW - HOUR),
    "unknown": lambda visit: doubtful(owe(visit, status="on-hold", status_reason="in-doubt")),
    "breaker": lambda visit: owe(visit, status="on-hold", status_reason="breaker"),
    "capped": lambda visit: [
        owe(visit, status="revoked", status_reason="capped", closed_at=NOW) for _ in range(21)
    ],
    "provider": lambda _visit: ProviderState.objects.create(
        channel="sms", failures=10, pauses=1, failing_since=NOW, paused_until=NOW + HOUR
    ),
}
OVER: dict[str, Any] = {
    "unplanned": planned,
    "overdue": lambda visit: CommunicationRequest.objects.update(next_at=NOW + DAY),
    "sweep": lambda _visit: [beat(name=name, now=NOW) for name in SWEEPS],
    "unknown": lambda _visit: CommunicationRequest.objects.update(status="completed", closed_at=NOW),
    "breaker": lambda _visit: CommunicationRequest.objects.update(status="active", status_reason=""),
    "capped": lambda _visit: CommunicationRequest.objects.update(closed_at=NOW - 2 * DAY),
    "provider": lambda _visit: ProviderState.objects.update(paused_until=NOW),
}


def standing(clinic: Clinic) -> set[str]:
    tasks = Task.objects.still_open().filter(organization=clinic.organization, kind="delivery-trouble")
    return {about.partition(":")[2] for about in tasks.values_list("about", flat=True)}


def test_nothing_wrong_opens_nothing(northside: Clinic, visit: Appointment) -> None:
    owe(visit, due_at=NOW + DAY, next_at=NOW + DAY)

    assert (watch(now=NOW), standing(northside)) == (0, set())


@pytest.mark.parametrize("code", list(ALARMS))
def test_alarm_opens_one_task_and_closes_it_when_it_is_over(
    northside: Clinic, visit: Appointment, code: str
) -> None:
    ALARMS[code](visit)

    watch(now=NOW)
    watch(now=NOW)

    assert standing(northside) == {code}
    OVER[code](visit)
    watch(now=NOW)
    assert standing(northside) == set()


def test_alarm_is_only_the_clinics_that_it_is_about(northside: Clinic, visit: Appointment) -> None:
    ALARMS["breaker"](visit)

    health = measure(now=NOW)

    assert {pk: alarms(vitals, health=health) for pk, vitals in health.by_organization.items()} == {
        northside.organization.pk: ("breaker",),
        northside.elsewhere.pk: (),
    }


def test_sign_of_life_never_goes_back(northside: Clinic) -> None:
    beat(name="sweep", now=NOW)
    beat(name="sweep", now=NOW - HOUR)

    assert Heartbeat.objects.get(name="sweep").beat_at == NOW


@pytest.mark.django_db
def test_live_and_ready_answer_without_signing_in(client: Client) -> None:
    assert client.get("/health/live").json() == {"status": "alive"}
    assert client.get("/health/ready").json() == {"status": "ready", "database": True, "sweeping": False}


@pytest.mark.parametrize(
    ("token", "shown"), [("", ""), ("", "Bearer "), ("secret", ""), ("secret", "Bearer x")]
)
@pytest.mark.django_db
def test_metrics_are_for_whoever_has_the_token(client: Client, settings: Any, token: str, shown: str) -> None:
    settings.METRICS_TOKEN = token

    assert client.get("/metrics", headers={"Authorization": shown}).status_code == 404


def test_metrics_name_no_person(northside: Clinic, visit: Appointment, client: Client, settings: Any) -> None:
    settings.METRICS_TOKEN = "secret"
    ALARMS["breaker"](visit)

    response = client.get("/metrics", headers={"Authorization": "Bearer secret"})

    text = response.content.decode()
    slug = northside.organization.slug
    assert response["Content-Type"].startswith("text/plain; version=0.0.4")
    assert f'cryoclinic_breaker_held{{organization="{slug}"}} 1' in text
    assert f'cryoclinic_alarm{{organization="{slug}",alarm="breaker"}} 1' in text
    patient = northside.pia
    assert [each for each in (patient.family_name, patient.identifier, patient.phone) if each in text] == []


def test_age_of_a_plan_counts_from_the_first_change_not_planned(northside: Clinic) -> None:
    appointment = book(northside)
    first = Timeline.objects.get(appointment=appointment).wanted_since
    Appointment.objects.filter(pk=appointment.pk).update(plan_revision=F("plan_revision") + 1)

    timeline = Timeline.objects.get(appointment=appointment)

    assert isinstance(first, dt.datetime)
    assert (timeline.wanted_since, timeline.wanted_revision > timeline.planned_revision) == (first, True)

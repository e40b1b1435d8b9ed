"""
Is it alive, can it serve, and is anything stuck: for a load balancer, an orchestrator and Prometheus.

Nothing here is about a person: organizations are named by their slug, and rows are only counted.
"""

import hmac
from collections.abc import Iterable, Iterator

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from cryoclinic.accounts.models import Organization
from notifications.operations.watch import Health, alarms, measure

PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"
# Name of the metric, which number of the vitals it is, and what it says.
BY_ORGANIZATION = (
    ("unplanned_oldest_seconds", "unplanned_age", "Age of the oldest change that has not been planned."),
    ("overdue_oldest_seconds", "overdue_age", "Age of the oldest message that is due and has not been sent."),
    ("overdue", "overdue", "Messages that are due and have not been sent."),
    ("unknown_oldest_seconds", "unknown_age", "Age of the oldest attempt in doubt."),
    ("unknown", "unknown", "Attempts in doubt."),
    ("breaker_held", "breaker", "Messages that the breaker holds."),
    ("capped_last_day", "capped", "Messages not sent in the last 24 hours because of a cap."),
    ("on_hold", "on_hold", "Messages on hold for any reason."),
)


@require_safe
def live(request: HttpRequest) -> HttpResponse:
    """Answer: the process runs."""
    return JsonResponse({"status": "alive"})


@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """
    Answer whether pages can be served: 200, or 503 without a database.

    Messages are the workers' business, so a sweep that stands still is told and makes nothing unready.
    """
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        ages = measure(now=timezone.now()).sweep_ages
    except DatabaseError:
        return JsonResponse({"status": "not-ready", "database": False}, status=503)
    limit = settings.WATCH["sweep_seconds"]
    sweeping = all(age is not None and age <= limit for age in ages.values())
    return JsonResponse({"status": "ready", "database": True, "sweeping": sweeping})


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """
    Answer with everything that is measured, as Prometheus reads it.

    :raises Http404: without the token of the settings, or while none is set
    """
    shown = request.headers.get("Authorization", "")
    token = settings.METRICS_TOKEN
    if not token or not hmac.compare_digest(shown.encode(), f"Bearer {token}".encode()):
        raise Http404
    slugs = dict(Organization.objects.values_list("pk", "slug"))
    lines = exposition(measure(now=timezone.now()), slugs=slugs)
    return HttpResponse("\n".join(lines) + "\n", content_type=PROMETHEUS)


def exposition(health: Health, *, slugs: dict[int, str]) -> Iterable[str]:
    """Yield the measurements in Prometheus's text format."""
    for name, field, words in BY_ORGANIZATION:
        rows = {slugs[pk]: getattr(vitals, field) for pk, vitals in health.by_organization.items()}
        yield from _family(name, words, [(f'organization="{slug}"', value) for slug, value in rows.items()])
    ages = [(f'sweep="{name}"', age) for name, age in health.sweep_ages.items() if age is not None]
    yield from _family("sweep_age_seconds", "Time since a sweep last came to its end.", ages)
    rests = [(f'channel="{channel}"', left) for channel, left in health.resting.items()]
    yield from _family("provider_rest_seconds", "For how long a channel still rests.", rests)
    standing = [
        (f'organization="{slugs[pk]}",alarm="{code}"', 1.0)
        for pk, vitals in health.by_organization.items()
        for code in alarms(vitals, health=health)
    ]
    yield from _family("alarm", "An alarm that stands; staff of the clinic have a task about it.", standing)


def _family(name: str, words: str, rows: Iterable[tuple[str, float]]) -> Iterator[str]:
    yield f"# HELP cryoclinic_{name} {words}"
    yield f"# TYPE cryoclinic_{name} gauge"
    for labels, value in rows:
        yield f"cryoclinic_{name}{{{labels}}} {value:g}"

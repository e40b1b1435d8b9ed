"""The queue's application. Its settings are those in `cryoclinic.settings` that begin with CELERY_."""

import os
from typing import Any

from celery import Celery, signals
from django.conf import settings

from cryoclinic import embedded

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cryoclinic.settings")

app = Celery("cryoclinic")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@signals.celeryd_init.connect
@signals.beat_init.connect
def start_embedded_services(**_signal: Any) -> None:
    """Start or join what a worker or the clock stands on; without it, end with the reason in one sentence."""
    try:
        if settings.EMBEDDED_DATA_DIR:
            embedded.start_postgres(settings.EMBEDDED_DATA_DIR)
        if settings.EMBEDDED_REDIS_DIR:
            embedded.start_redis(settings.EMBEDDED_REDIS_DIR)
    except embedded.EmbeddedServiceUnavailable as error:
        # Celery logs an Exception out of a receiver and goes on.
        raise SystemExit(str(error)) from error

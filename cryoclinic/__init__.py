"""The roof: settings, addresses, the queue's application, the embedded services."""

from cryoclinic.celery import app as celery_app

__all__ = ["celery_app"]

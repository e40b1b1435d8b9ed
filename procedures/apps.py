"""The procedures package as a Django app."""

from django.apps import AppConfig


class ProceduresConfig(AppConfig):
    name = "procedures"
    verbose_name = "Procedures and protocols"
    default_auto_field = "django.db.models.BigAutoField"

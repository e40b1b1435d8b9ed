"""The scheduling package as a Django app."""

from django.apps import AppConfig


class SchedulingConfig(AppConfig):
    name = "scheduling"
    verbose_name = "Diary"
    default_auto_field = "django.db.models.BigAutoField"

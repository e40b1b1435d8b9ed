"""The roof: settings, API conventions, dashboard, demo."""

from django.apps import AppConfig


class CryoclinicConfig(AppConfig):
    name = "cryoclinic"
    verbose_name = "Cryoclinic"
    default_auto_field = "django.db.models.BigAutoField"

"""The roof: settings, API conventions, dashboard, demo."""

from django.apps import AppConfig
from django.contrib import admin
from django.contrib.admin import sites

from cryoclinic.dashboard.site import RecordsSite


class CryoclinicConfig(AppConfig):
    name = "cryoclinic"
    verbose_name = "Cryoclinic"
    default_auto_field = "django.db.models.BigAutoField"


class UnfoldConfig(AppConfig):
    """Unfold with our admin site in place of its own; it must come before `django.contrib.admin`."""

    name = "unfold"
    default = False

    def ready(self) -> None:
        """Put the site in place before any package registers with it, as Unfold's own configuration does."""
        site = RecordsSite()
        admin.site = site
        sites.site = site

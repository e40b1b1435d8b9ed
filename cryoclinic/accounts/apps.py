"""Whose it is: organizations, locations, people at work and their roles."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "cryoclinic.accounts"
    label = "accounts"
    verbose_name = "Clinic and people"
    default_auto_field = "django.db.models.BigAutoField"

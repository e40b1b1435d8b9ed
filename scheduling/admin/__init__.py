"""Admin of the diary, the patients and the set-up. Appointments change through operations only."""

from scheduling.admin import diary, patients, setting_up, work

__all__ = ["diary", "patients", "setting_up", "work"]

"""Admin of the tenant, its sites, its people and the programs that speak for it."""

from cryoclinic.accounts.admin import people, places

__all__ = ["people", "places"]

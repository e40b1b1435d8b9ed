"""Writes that carry a rule, one transaction each."""

from notifications.operations.people import mark_contact_point
from notifications.operations.reconcile import Reconciled, reconcile_timeline, record_planning_failure

__all__ = ["Reconciled", "mark_contact_point", "reconcile_timeline", "record_planning_failure"]

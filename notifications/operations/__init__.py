"""Writes that carry a rule, one transaction each."""

from notifications.operations.behind import plan_again, record_planning_failure
from notifications.operations.people import mark_contact_point
from notifications.operations.reconcile import Reconciled, reconcile_timeline

__all__ = ["Reconciled", "mark_contact_point", "plan_again", "reconcile_timeline", "record_planning_failure"]

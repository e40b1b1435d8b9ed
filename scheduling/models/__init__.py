"""Who is booked with what and when, as rows."""

from scheduling.models.adoption import ProtocolAdoption
from scheduling.models.allocation import Allocation, Hold
from scheduling.models.appointment import Appointment
from scheduling.models.appointment_change import AppointmentChange
from scheduling.models.backfill import Backfill, BackfillPolicy, BackfillStep, WaitlistOffer
from scheduling.models.calendar import BusyCalendar, BusyTime, CalendarFeed
from scheduling.models.closure import ClosureChoice
from scheduling.models.evidence import Evidence, MedicationDecision, PatientAnswer
from scheduling.models.merging import ConsentRecord, PatientMerge
from scheduling.models.offering import PlannedLocation, ProcedureOffering
from scheduling.models.patient import MedicationStatement, Patient, PatientCondition, RelatedPerson
from scheduling.models.readiness import ReadinessRecord
from scheduling.models.record import ChecklistTick, FreezeCycle
from scheduling.models.resource import OpeningException, Resource, ResourceHours
from scheduling.models.restart import RestartDecision
from scheduling.models.series import FollowUp, Series, SeriesSession
from scheduling.models.task import Task
from scheduling.models.treatment import OtherTreatment, PayerAuthorization
from scheduling.models.waitlist import WaitlistEntry

__all__ = [
    "Allocation",
    "Appointment",
    "AppointmentChange",
    "Backfill",
    "BackfillPolicy",
    "BackfillStep",
    "BusyCalendar",
    "BusyTime",
    "CalendarFeed",
    "ChecklistTick",
    "ClosureChoice",
    "ConsentRecord",
    "Evidence",
    "FollowUp",
    "FreezeCycle",
    "Hold",
    "MedicationDecision",
    "MedicationStatement",
    "OpeningException",
    "OtherTreatment",
    "Patient",
    "PatientAnswer",
    "PatientCondition",
    "PatientMerge",
    "PayerAuthorization",
    "PlannedLocation",
    "ProcedureOffering",
    "ProtocolAdoption",
    "ReadinessRecord",
    "RelatedPerson",
    "Resource",
    "ResourceHours",
    "RestartDecision",
    "Series",
    "SeriesSession",
    "Task",
    "WaitlistEntry",
    "WaitlistOffer",
]

"""Who is booked with what and when, as rows."""

from scheduling.models.adoption import ProtocolAdoption
from scheduling.models.allocation import Allocation, Hold
from scheduling.models.appointment import Appointment, AppointmentChange
from scheduling.models.evidence import Evidence, MedicationDecision, PatientAnswer
from scheduling.models.offering import PlannedLocation, ProcedureOffering
from scheduling.models.patient import MedicationStatement, Patient, PatientCondition, RelatedPerson
from scheduling.models.resource import OpeningException, Resource, ResourceHours
from scheduling.models.task import Task

__all__ = [
    "Allocation",
    "Appointment",
    "AppointmentChange",
    "Evidence",
    "Hold",
    "MedicationDecision",
    "MedicationStatement",
    "OpeningException",
    "Patient",
    "PatientAnswer",
    "PatientCondition",
    "PlannedLocation",
    "ProcedureOffering",
    "ProtocolAdoption",
    "RelatedPerson",
    "Resource",
    "ResourceHours",
    "Task",
]

"""The addresses of the scheduling package below /api/v1/."""

from django.urls import path

from scheduling.api import (
    appointments,
    day_record,
    medicines,
    offerings,
    patients,
    preparation,
    qualifying,
    slots,
)

urlpatterns = [
    path("offerings/", offerings.OfferingList.as_view(), name="offerings"),
    path("slots/", slots.SlotList.as_view(), name="slots"),
    path("slots/explain/", slots.SlotExplain.as_view(), name="slots-explain"),
    path("patients/", patients.PatientList.as_view(), name="patients"),
    path("patients/search/", patients.PatientSearch.as_view(), name="patient-search"),
    path("medicines/match/", medicines.MedicineMatch.as_view(), name="medicine-match"),
    path("medicines/<uuid:uid>/confirm/", medicines.MedicineConfirm.as_view(), name="medicine-confirm"),
    path("patients/<uuid:uid>/medicines/", medicines.PatientMedicines.as_view(), name="patient-medicines"),
    path("patients/<uuid:uid>/", patients.PatientDetail.as_view(), name="patient"),
    path("patients/<uuid:uid>/treatments/", qualifying.TreatmentList.as_view(), name="patient-treatments"),
    path(
        "patients/<uuid:uid>/authorizations/",
        qualifying.AuthorizationList.as_view(),
        name="patient-authorizations",
    ),
    path("appointments/", appointments.AppointmentList.as_view(), name="appointments"),
    path("appointments/<uuid:uid>/", appointments.AppointmentDetail.as_view(), name="appointment"),
    path("appointments/<uuid:uid>/move/", appointments.AppointmentMove.as_view(), name="appointment-move"),
    path(
        "appointments/<uuid:uid>/cancel/", appointments.AppointmentCancel.as_view(), name="appointment-cancel"
    ),
    path(
        "appointments/<uuid:uid>/arrive/", appointments.AppointmentArrive.as_view(), name="appointment-arrive"
    ),
    path(
        "appointments/<uuid:uid>/complete/",
        appointments.AppointmentComplete.as_view(),
        name="appointment-complete",
    ),
    path(
        "appointments/<uuid:uid>/preparation-plan/",
        preparation.PreparationPlanDetail.as_view(),
        name="appointment-preparation-plan",
    ),
    path("appointments/<uuid:uid>/freezes/", day_record.FreezeList.as_view(), name="appointment-freezes"),
    path("appointments/<uuid:uid>/checklist/", day_record.Checklist.as_view(), name="appointment-checklist"),
]

"""The addresses of the scheduling package below /api/v1/."""

from django.urls import path

from scheduling.api import (
    answers,
    appointments,
    backfills,
    closures,
    day_record,
    feeds,
    holds,
    medicines,
    merging,
    offerings,
    patients,
    preparation,
    progress,
    protocols,
    qualifying,
    related_persons,
    running_late,
    series,
    slots,
    statuses,
    waitlist,
)

urlpatterns = [
    path("offerings/", offerings.OfferingList.as_view(), name="offerings"),
    path("offerings/<uuid:uid>/adopt/", protocols.OfferingAdopt.as_view(), name="offering-adopt"),
    path("protocols/<uuid:uid>/roll-forward/", protocols.RollForward.as_view(), name="roll-forward"),
    path("slots/", slots.SlotList.as_view(), name="slots"),
    path("slots/explain/", slots.SlotExplain.as_view(), name="slots-explain"),
    path("patients/", patients.PatientList.as_view(), name="patients"),
    path("patients/search/", patients.PatientSearch.as_view(), name="patient-search"),
    path("medicines/match/", medicines.MedicineMatch.as_view(), name="medicine-match"),
    path("medicines/<uuid:uid>/confirm/", medicines.MedicineConfirm.as_view(), name="medicine-confirm"),
    path("patients/<uuid:uid>/medicines/", medicines.PatientMedicines.as_view(), name="patient-medicines"),
    path("patients/<uuid:uid>/", patients.PatientDetail.as_view(), name="patient"),
    path("patients/<uuid:uid>/merge/", merging.PatientMerging.as_view(), name="patient-merge"),
    path("calendar-feeds/", feeds.FeedList.as_view(), name="calendar-feeds"),
    path("calendar-feeds/<uuid:uid>/revoke/", feeds.FeedRevoke.as_view(), name="calendar-feed-revoke"),
    path("patients/<uuid:uid>/treatments/", qualifying.TreatmentList.as_view(), name="patient-treatments"),
    path(
        "patients/<uuid:uid>/authorizations/",
        qualifying.AuthorizationList.as_view(),
        name="patient-authorizations",
    ),
    path(
        "patients/<uuid:uid>/related-persons/",
        related_persons.RelatedPersonList.as_view(),
        name="patient-related-persons",
    ),
    path(
        "related-persons/<uuid:uid>/consent/",
        related_persons.RelatedPersonConsent.as_view(),
        name="related-person-consent",
    ),
    path("patients/<uuid:uid>/death/", statuses.PatientDeath.as_view(), name="patient-death"),
    path("holds/", holds.HoldList.as_view(), name="holds"),
    path("holds/<uuid:uid>/", holds.HoldDetail.as_view(), name="hold"),
    path("holds/<uuid:uid>/release/", holds.HoldRelease.as_view(), name="hold-release"),
    path("appointments/", appointments.AppointmentList.as_view(), name="appointments"),
    path("appointments/<uuid:uid>/", appointments.AppointmentDetail.as_view(), name="appointment"),
    path("appointments/<uuid:uid>/move/", appointments.AppointmentMove.as_view(), name="appointment-move"),
    path(
        "appointments/<uuid:uid>/cancel/", appointments.AppointmentCancel.as_view(), name="appointment-cancel"
    ),
    path(
        "appointments/<uuid:uid>/arrive/", appointments.AppointmentArrive.as_view(), name="appointment-arrive"
    ),
    path("appointments/<uuid:uid>/noshow/", statuses.AppointmentNoShow.as_view(), name="appointment-noshow"),
    path("appointments/<uuid:uid>/void/", statuses.AppointmentVoid.as_view(), name="appointment-void"),
    path(
        "appointments/<uuid:uid>/history/", statuses.AppointmentHistory.as_view(), name="appointment-history"
    ),
    path("appointments/<uuid:uid>/swap/", progress.AppointmentSwap.as_view(), name="appointment-swap"),
    path("appointments/<uuid:uid>/start/", progress.AppointmentStart.as_view(), name="appointment-start"),
    path(
        "appointments/<uuid:uid>/deposit/", progress.AppointmentDeposit.as_view(), name="appointment-deposit"
    ),
    path("delays/", running_late.Delays.as_view(), name="delays"),
    path("closures/", closures.ClosureList.as_view(), name="closures"),
    path("closures/preview/", closures.ClosurePreview.as_view(), name="closure-preview"),
    path("closures/<uuid:uid>/", closures.ClosureDetail.as_view(), name="closure"),
    path("closures/<uuid:uid>/choices/", closures.ClosureChoices.as_view(), name="closure-choices"),
    path("closures/<uuid:uid>/reopen/", closures.ClosureReopen.as_view(), name="closure-reopen"),
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
    path("appointments/<uuid:uid>/answers/", answers.AnswerList.as_view(), name="appointment-answers"),
    path("appointments/<uuid:uid>/freezes/", day_record.FreezeList.as_view(), name="appointment-freezes"),
    path("appointments/<uuid:uid>/checklist/", day_record.Checklist.as_view(), name="appointment-checklist"),
    path("appointments/<uuid:uid>/follow-ups/", series.FollowUps.as_view(), name="appointment-follow-ups"),
    path("series/", series.SeriesList.as_view(), name="series"),
    path("series/<uuid:uid>/", series.SeriesDetail.as_view(), name="one-series"),
    path("waitlist/", waitlist.WaitlistList.as_view(), name="waitlist"),
    path("waitlist/<uuid:uid>/", waitlist.WaitlistDetail.as_view(), name="waitlist-entry"),
    path("waitlist/<uuid:uid>/remove/", waitlist.WaitlistRemove.as_view(), name="waitlist-remove"),
    path("waitlist/<uuid:uid>/put-back/", waitlist.WaitlistPutBack.as_view(), name="waitlist-put-back"),
    path("backfills/", backfills.BackfillList.as_view(), name="backfills"),
    path("backfills/<uuid:uid>/", backfills.BackfillDetail.as_view(), name="backfill"),
    path("backfills/<uuid:uid>/stop/", backfills.BackfillStop.as_view(), name="backfill-stop"),
    path("offers/<uuid:uid>/accept/", backfills.OfferAccept.as_view(), name="offer-accept"),
    path("offers/<uuid:uid>/decline/", backfills.OfferDecline.as_view(), name="offer-decline"),
]

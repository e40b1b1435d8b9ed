"""Addresses of the work pages, below /staff/. None of them holds a name, a number or a medicine."""

from django.urls import path, re_path

from cryoclinic.dashboard.views import (
    answers,
    appointment,
    calendars,
    changes,
    medicine_list,
    medicines,
    patients,
    protocols,
    refusals,
    restarts,
    sign_in,
    simulation,
    tasks,
    today,
)

app_name = "work"
urlpatterns = [
    path("", today.today, name="today"),
    path("sign-in/", sign_in.SignIn.as_view(), name="sign-in"),
    path("sign-out/", sign_in.sign_out, name="sign-out"),
    path("tasks/", tasks.inbox, name="tasks"),
    path("tasks/<uuid:uid>/<slug:act>/", tasks.change, name="task"),
    path("appointments/<uuid:uid>/", appointment.detail, name="appointment"),
    path("appointments/<uuid:uid>/arrived/", changes.arrived, name="arrived"),
    path("appointments/<uuid:uid>/coming/", answers.coming, name="coming"),
    path("appointments/<uuid:uid>/end/", changes.end, name="end"),
    path("appointments/<uuid:uid>/move/", changes.move, name="move"),
    path("appointments/<uuid:uid>/cancel/", changes.cancel, name="cancel"),
    path("appointments/<uuid:uid>/medicines/", medicines.plan, name="medicines"),
    path("appointments/<uuid:uid>/medicines/sign/", medicines.sign, name="sign"),
    path("appointments/<uuid:uid>/medicines/<uuid:decision>/withdraw/", medicines.withdraw, name="withdraw"),
    path("appointments/<uuid:uid>/restarts/", restarts.questions, name="restarts"),
    path("appointments/<uuid:uid>/restarts/sign/", restarts.sign, name="sign-restart"),
    path(
        "appointments/<uuid:uid>/restarts/<uuid:decision>/withdraw/",
        restarts.withdraw,
        name="withdraw-restart",
    ),
    path("appointments/<uuid:uid>/medicine-list/<slug:act>/", medicine_list.change, name="medicine-list"),
    path("protocols/", protocols.versions, name="protocols"),
    path("protocols/<uuid:uid>/", protocols.version, name="protocol"),
    path("protocols/<uuid:uid>/simulation/", simulation.simulation, name="simulation"),
    path("protocols/<uuid:uid>/adopt/", protocols.adopt, name="protocol-adopt"),
    path("protocols/<uuid:uid>/bookings/", protocols.bookings, name="protocol-bookings"),
    path("patients/duplicates/", patients.duplicates, name="duplicates"),
    path("patients/<uuid:uid>/", patients.detail, name="patient"),
    path("patients/<uuid:kept>/merge/<uuid:merged>/", patients.merge, name="merge"),
    path("related-persons/<uuid:uid>/consent/", patients.consent, name="consent"),
    path("calendars/", calendars.calendars, name="calendars"),
    path("calendars/<uuid:uid>/feed/<slug:act>/", calendars.feed, name="feed"),
    path("calendars/<uuid:uid>/busy/", calendars.busy, name="busy"),
    path("calendars/busy/<uuid:uid>/remove/", calendars.remove, name="unblock"),
    # With a slash at the end only, so that a forgotten one is still put right.
    re_path("^(?P<unknown>.*)/$", refusals.missing, name="missing"),
]

"""Addresses of the work pages, below /staff/. None of them holds a name, a number or a medicine."""

from django.urls import path, re_path

from cryoclinic.dashboard.views import (
    answers,
    appointment,
    changes,
    medicine_list,
    medicines,
    refusals,
    restarts,
    sign_in,
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
    # With a slash at the end only, so that a forgotten one is still put right.
    re_path("^(?P<unknown>.*)/$", refusals.missing, name="missing"),
]

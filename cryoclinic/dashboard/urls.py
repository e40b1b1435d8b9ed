"""Addresses of the work pages, below /staff/."""

from django.urls import URLPattern, path

from cryoclinic.dashboard.site import environment_label

app_name = "work"
urlpatterns: list[URLPattern] = [
    path(address, environment_label, name=name)  # type: ignore[arg-type]
    for address, name in {
        "": "today",
        "sign-in/": "sign-in",
        "tasks/": "tasks",
        "appointments/<uuid:uid>/": "appointment",
    }.items()
]

"""The addresses of the notifications package below /api/v1/."""

from django.urls import path

from notifications.api.views import TimelineDetail

urlpatterns = [
    path("appointments/<uuid:uid>/timeline/", TimelineDetail.as_view(), name="appointment-timeline"),
]

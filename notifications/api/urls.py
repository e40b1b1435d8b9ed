"""The addresses of the notifications package below /api/v1/."""

from django.urls import path

from notifications.api.explanations import Explanation
from notifications.api.pauses import ChannelPauses, ChannelResume
from notifications.api.previews import ProtocolPreview
from notifications.api.views import TimelineDetail

urlpatterns = [
    path("appointments/<uuid:uid>/timeline/", TimelineDetail.as_view(), name="appointment-timeline"),
    path(
        "communication-requests/<uuid:uid>/explanation/",
        Explanation.as_view(),
        name="communication-request-explanation",
    ),
    path(
        "appointments/<uuid:uid>/protocol-preview/",
        ProtocolPreview.as_view(),
        name="appointment-protocol-preview",
    ),
    path("channel-pauses/", ChannelPauses.as_view(), name="channel-pauses"),
    path("channel-pauses/<uuid:uid>/resume/", ChannelResume.as_view(), name="channel-resume"),
]

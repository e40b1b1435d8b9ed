"""The addresses that providers post to, and the one behind "unsubscribe"."""

from django.urls import path

from notifications.hooks.unsubscribe import Unsubscribe
from notifications.hooks.views import EmailEvents, EmailInbound, TwilioInbound, TwilioStatus

urlpatterns = [
    path("twilio/status/<uuid:uid>", TwilioStatus.as_view(), name="hook-twilio-status"),
    path("twilio/inbound", TwilioInbound.as_view(), name="hook-twilio-inbound"),
    path("email/<slug:esp>", EmailEvents.as_view(), name="hook-email-events"),
    path("email/<slug:esp>/inbound", EmailInbound.as_view(), name="hook-email-inbound"),
    path("unsubscribe/<str:token>", Unsubscribe.as_view(), name="unsubscribe"),
]

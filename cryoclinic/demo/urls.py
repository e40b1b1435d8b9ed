"""The addresses below /demo/; the roof includes them only in a demo."""

from django.urls import path

from cryoclinic.demo.views import conversation, outbox

app_name = "demo"
urlpatterns = [
    path("outbox/", outbox, name="outbox"),
    path("outbox/<str:channel>/<str:address>/", conversation, name="conversation"),
]

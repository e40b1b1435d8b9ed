"""The addresses of /api/v1/."""

from django.urls import include, path, re_path
from django.views.decorators.csrf import csrf_exempt
from drf_spectacular.views import SpectacularSwaggerSplitView

from cryoclinic.api.problems import not_found
from cryoclinic.api.schema import SchemaDocument

urlpatterns = [
    path("schema/", SchemaDocument.as_view(), name="schema"),
    path("docs/", SpectacularSwaggerSplitView.as_view(url_name="schema"), name="docs"),
    path("", include("procedures.api.urls")),
    path("", include("scheduling.api.urls")),
    path("", include("notifications.api.urls")),
    # An unknown address is a problem document too, also where Django would show its debug page, and whatever is sent.
    re_path(r"^.*$", csrf_exempt(not_found)),
]

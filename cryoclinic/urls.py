"""Every address of the product."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView
from oauth2_provider.views import TokenView

from cryoclinic import health
from cryoclinic.api.problem_pages import problem_list, problem_page
from scheduling.api.calendar_feed import calendar_feed

urlpatterns = [
    path("", RedirectView.as_view(url="/staff/")),
    path("admin/", admin.site.urls),
    path("staff/", include("cryoclinic.dashboard.urls")),
    path("oauth/token/", TokenView.as_view(), name="token"),
    path("api/v1/", include("cryoclinic.api.urls")),
    path("p/", include("notifications.pages.urls")),
    path("hooks/", include("notifications.hooks.urls")),
    path("health/live", health.live, name="live"),
    path("health/ready", health.ready, name="ready"),
    path("metrics", health.metrics, name="metrics"),
    path("calendars/<str:token>.ics", calendar_feed, name="calendar-feed"),
    path("problems/", problem_list, name="problems"),
    path("problems/<slug:code>", problem_page, name="problem"),
]

if settings.DEMO:
    urlpatterns.append(path("demo/", include("cryoclinic.demo.urls")))

handler400 = "cryoclinic.api.problems.bad_request"
handler403 = "cryoclinic.api.problems.permission_denied"
handler404 = "cryoclinic.api.problems.not_found"
handler500 = "cryoclinic.api.problems.server_error"

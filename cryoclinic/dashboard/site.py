"""The admin site: Unfold's, with persons named in its searches."""

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, resolve_url
from django.urls import reverse
from unfold.sites import UnfoldAdminSite


class LabelledAutocomplete(AutocompleteJsonView):
    """A search that calls rows what their admin class calls them."""

    def serialize_result(self, obj: Any, to_field_name: str) -> dict[str, str]:
        """Return one found row; `__str__` of persons is without a name on purpose."""
        label_of = getattr(self.model_admin, "label_of", str)
        return {"id": str(getattr(obj, to_field_name)), "text": label_of(obj)}


class RecordsSite(UnfoldAdminSite):
    """The admin site of the product."""

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponseBase:
        """
        Send to the one door of staff, and from there back.

        :raises PermissionDenied: if somebody is signed in who may not see records
        """
        wanted = request.GET.get("next", reverse("admin:index"))
        if not request.user.is_authenticated:
            return redirect(f"{resolve_url(settings.LOGIN_URL)}?{urlencode({'next': wanted})}")
        if not self.has_permission(request):
            raise PermissionDenied
        return redirect("admin:index")

    def autocomplete_view(self, request: HttpRequest) -> HttpResponseBase:
        """Answer a search of a choice field."""
        return LabelledAutocomplete.as_view(admin_site=self)(request)


def environment_label(request: HttpRequest) -> list[str]:
    """Return what Unfold shows beside the name, so that nobody takes one for the other."""
    return ["Demo", "info"] if settings.DEMO else ["Production", "danger"]

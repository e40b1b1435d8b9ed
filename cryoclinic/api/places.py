"""What a caller reaches, for every list and every row that an endpoint looks up."""

from typing import Any

from django.db.models import QuerySet
from rest_framework.filters import BaseFilterBackend
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request

from cryoclinic.accounts.caller import caller_of
from notifications.models import CommunicationRequest
from scheduling.api.places import within_reach

PATHS = {CommunicationRequest: "appointment__location"}


class AtPlacesOfCaller(BaseFilterBackend):
    """Rows at locations for which the caller has a membership; to change one, a membership with a role that may."""

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: Any) -> QuerySet[Any]:
        """Return what is within reach; a row out of reach is not found."""
        return within_reach(
            queryset,
            caller=caller_of(request),
            changing=request.method not in SAFE_METHODS,
            path=PATHS.get(queryset.model),
        )

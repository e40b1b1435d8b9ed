"""What can be booked where."""

from rest_framework import generics

from cryoclinic.accounts.caller import organization_of
from scheduling.api.filters import OfferingFilter
from scheduling.api.serializers import OfferingOutput
from scheduling.models import ProcedureOffering
from scheduling.models.offering import ProcedureOfferingQuerySet


class OfferingList(generics.ListAPIView[ProcedureOffering]):
    """List what the organization's locations offer."""

    scopes = {"GET": "scheduling.read"}
    queryset = ProcedureOffering.objects.none()
    serializer_class = OfferingOutput
    filterset_class = OfferingFilter
    page_order = ("id",)

    def get_queryset(self) -> ProcedureOfferingQuerySet:
        return ProcedureOffering.objects.of(organization_of(self.request)).in_use().with_terms()

"""Procedure types: what can be done, and what it occupies."""

from rest_framework import generics

from procedures.api.serializers import ProcedureTypeOutput
from procedures.models import ProcedureType
from procedures.models.procedure_type import ProcedureTypeQuerySet


class ProcedureTypes(generics.GenericAPIView[ProcedureType]):
    """Procedure types are the same for every organization."""

    scopes = {"GET": "procedures.read"}
    serializer_class = ProcedureTypeOutput
    queryset = ProcedureType.objects.none()
    lookup_field = "code"

    def get_queryset(self) -> ProcedureTypeQuerySet:
        return ProcedureType.objects.in_use().with_details()


class ProcedureTypeList(ProcedureTypes, generics.ListAPIView[ProcedureType]):
    """List the procedure types in use."""


class ProcedureTypeDetail(ProcedureTypes, generics.RetrieveAPIView[ProcedureType]):
    """Read one procedure type by its code."""

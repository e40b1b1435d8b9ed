"""The addresses of the procedures package below /api/v1/."""

from django.urls import path

from procedures.api import comparison, protocol_changes, protocols, views

urlpatterns = [
    path("procedure-types/", views.ProcedureTypeList.as_view(), name="procedure-types"),
    path("procedure-types/<slug:code>/", views.ProcedureTypeDetail.as_view(), name="procedure-type"),
    path("protocols/", protocols.ProtocolList.as_view(), name="protocols"),
    path("protocols/import/", protocol_changes.ProtocolImport.as_view(), name="protocol-import"),
    path("protocols/<uuid:uid>/", protocols.ProtocolDetail.as_view(), name="protocol"),
    path(
        "protocols/<uuid:uid>/status/",
        protocol_changes.ProtocolStatusChange.as_view(),
        name="protocol-status",
    ),
    path("protocols/<uuid:uid>/draft/", protocol_changes.ProtocolDraft.as_view(), name="protocol-draft"),
    path(
        "protocols/<uuid:uid>/difference/",
        comparison.ProtocolDifference.as_view(),
        name="protocol-difference",
    ),
    path("protocols/<uuid:uid>/yaml/", protocols.ProtocolAsYaml.as_view(), name="protocol-yaml"),
    path(
        "protocols/<uuid:uid>/plan-definition/",
        protocols.ProtocolAsPlanDefinition.as_view(),
        name="protocol-plan-definition",
    ),
]

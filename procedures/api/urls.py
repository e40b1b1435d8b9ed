"""The addresses of the procedures package below /api/v1/."""

from django.urls import path

from procedures.api import views

urlpatterns = [
    path("procedure-types/", views.ProcedureTypeList.as_view(), name="procedure-types"),
    path("procedure-types/<slug:code>/", views.ProcedureTypeDetail.as_view(), name="procedure-type"),
]
